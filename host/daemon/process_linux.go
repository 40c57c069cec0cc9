package daemon

import (
	"os/exec"
	"syscall"
)

// ownGroup makes the processes of cmd one group, so that they can be ended
// together. When the test process dies without its cleanup, cmd is told to end.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
}

func killGroup(cmd *exec.Cmd) { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
