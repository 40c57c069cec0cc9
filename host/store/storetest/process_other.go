//go:build !linux

package storetest

import (
	"os"
	"os/exec"
	"syscall"
)

type sysProcAttr = syscall.SysProcAttr

func ownProcess(uint32, uint32) *sysProcAttr { return nil }

func keep(cmd *exec.Cmd, started chan<- error, end <-chan struct{}, gone chan<- struct{}) {
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
		_ = cmd.Process.Signal(os.Interrupt)
		<-done
	}
}
