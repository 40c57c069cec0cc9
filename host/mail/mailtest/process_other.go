//go:build !linux

package mailtest

import (
	"os"
	"os/exec"
)

// Without process groups the server's children notice by themselves that their
// master is gone.
func ownGroup(*exec.Cmd) {}

func terminate(cmd *exec.Cmd) { _ = cmd.Process.Signal(os.Interrupt) }

func killGroup(cmd *exec.Cmd) { _ = cmd.Process.Kill() }

// Servers with a root directory of their own are there on Linux alone.
func inRoot(*exec.Cmd, string) {}

func killRooted(string) {}
