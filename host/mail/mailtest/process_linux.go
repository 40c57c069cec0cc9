package mailtest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// ownGroup makes the processes of cmd one group, so that they can be ended
// together. When the test process dies without its cleanup, cmd is told to end.
func ownGroup(cmd *exec.Cmd) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Setpgid = true
	cmd.SysProcAttr.Pdeathsig = syscall.SIGTERM
}

// inRoot makes dir the root directory of cmd.
func inRoot(cmd *exec.Cmd, dir string) { cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: dir} }

// killRooted ends all processes whose root directory is dir, and waits until none
// can write any more.
func killRooted(dir string) {
	for range 1000 {
		roots, _ := filepath.Glob("/proc/[0-9]*/root")
		some := false
		for _, link := range roots {
			if root, err := os.Readlink(link); err != nil || root != dir {
				continue // it has ended, or is another's
			}
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(link)))
			_ = syscall.Kill(pid, syscall.SIGKILL)
			some = true
		}
		if !some {
			return
		}
		time.Sleep(2 * time.Millisecond)
	}
}

func terminate(cmd *exec.Cmd) { _ = cmd.Process.Signal(syscall.SIGTERM) }

// killGroup ends all processes of cmd's group and waits until none can write any
// more. It may be called after cmd has ended: the group lives on in its children.
func killGroup(cmd *exec.Cmd) {
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	for range 1000 {
		if !groupRuns(cmd.Process.Pid) {
			return
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// groupRuns reports whether a process of the group still runs. One that has ended
// and was not reaped does not count: in a container nobody may ever reap it.
func groupRuns(group int) bool {
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range stats {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended meanwhile
		}
		// proc(5): pid (name) state parent group; the name may hold anything.
		fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
		if len(fields) > 2 && fields[2] == strconv.Itoa(group) && fields[0] != "Z" && fields[0] != "X" {
			return true
		}
	}
	return false
}
