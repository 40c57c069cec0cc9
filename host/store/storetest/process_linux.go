package storetest

import (
	"os/exec"
	"runtime"
	"syscall"
)

type sysProcAttr = syscall.SysProcAttr

// ownProcess runs a program as uid, unless that is 0, in a process group of its
// own, and ends it when the thread that started it ends: see keep.
func ownProcess(uid, gid uint32) *sysProcAttr {
	attr := &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGQUIT}
	if uid != 0 {
		attr.Credential = &syscall.Credential{Uid: uid, Gid: gid}
	}
	return attr
}

// keep starts cmd and waits for its end, or ends it when end is closed. It stays on
// one thread, whose end would be the end of cmd, so that a test binary that dies
// takes its server along. SIGQUIT is how PostgreSQL stops at once.
func keep(cmd *exec.Cmd, started chan<- error, end <-chan struct{}, gone chan<- struct{}) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer close(gone)
	err := cmd.Start()
	started <- err
	if err != nil {
		return
	}
	done := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-end:
		_ = cmd.Process.Signal(syscall.SIGQUIT)
		<-done
	}
}
