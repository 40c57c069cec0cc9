//go:build linux

// Command gauge runs another program and writes down what it cost: wall time, CPU
// time and peak memory, from wait4. It is a program of its own because Linux
// counts the memory of the parent until exec into a child's peak: the parent must
// be small.
//
//	gauge -o RESULT.json -limit 5m PROGRAM ARGUMENT...
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"syscall"
	"time"
)

// result is what RESULT.json holds.
type result struct {
	Wall     time.Duration `json:"wall_ns"`
	CPU      time.Duration `json:"cpu_ns"` // user and system, of the program and the children it waited for
	PeakKiB  int64         `json:"peak_kib"`
	Status   int           `json:"status"` // exit status; -1 after a signal
	TimedOut bool          `json:"timed_out"`
}

func main() {
	out := flag.String("o", "", "`FILE` for the result")
	limit := flag.Duration("limit", 5*time.Minute, "kill the program after")
	flag.Parse()
	r, err := measure(flag.Args(), *limit)
	if err == nil {
		var text []byte
		if text, err = json.Marshal(r); err == nil {
			err = os.WriteFile(*out, text, 0o600)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "gauge:", err)
		os.Exit(1)
	}
}

func measure(argv []string, limit time.Duration) (*result, error) {
	if len(argv) == 0 {
		return nil, errors.New("no program")
	}
	// The kernel kills the program when the thread that started it ends.
	runtime.LockOSThread()
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)

	begin := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait() // the status is in ProcessState
		close(ended)
	}()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	r := &result{}
	select {
	case <-ended:
	case <-timer.C:
		r.TimedOut = true
	case <-stop:
	}
	r.Wall = time.Since(begin)
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // whatever is left of the group
	<-ended
	usage := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	r.CPU = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	r.PeakKiB = usage.Maxrss
	r.Status = cmd.ProcessState.ExitCode()
	return r, nil
}
