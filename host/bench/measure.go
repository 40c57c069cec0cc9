package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// cost is what one run of a contestant took.
type cost struct {
	Wall    float64 `json:"wall_s"`
	CPU     float64 `json:"cpu_s"`         // of the program and both servers
	Tool    float64 `json:"cpu_tool_s"`    // of the program
	Servers float64 `json:"cpu_servers_s"` // of both servers
	PeakMB  float64 `json:"peak_mb"`       // of the program, in 10^6 bytes
}

// settle is how long the servers may tidy up before their time is read.
const settle = 50 * time.Millisecond

// measure runs argv as a process of its own and waits for its end. An exit status
// other than 0 is an error.
func (b *bench) measure(ctx context.Context, argv, env []string) (cost, error) {
	dir, err := os.MkdirTemp(b.scratch, "run")
	if err != nil {
		return cost{}, err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "result.json")
	before, err := serversCPU(b.source, b.destination)
	if err != nil {
		return cost{}, err
	}
	cmd := exec.CommandContext(ctx, b.programs.gauge, append([]string{"-o", file, "-limit", b.limit.String(), "--"}, argv...)...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) } // gauge takes the contestant with it
	cmd.WaitDelay = 10 * time.Second
	said, err := cmd.CombinedOutput()
	if err != nil {
		return cost{}, fmt.Errorf("%w: %s", err, lastLines(said))
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return cost{}, err
	}
	var r struct {
		Wall     time.Duration `json:"wall_ns"`
		CPU      time.Duration `json:"cpu_ns"`
		PeakKiB  int64         `json:"peak_kib"`
		Status   int           `json:"status"`
		TimedOut bool          `json:"timed_out"`
	}
	if err := json.Unmarshal(text, &r); err != nil {
		return cost{}, err
	}
	time.Sleep(settle)
	after, err := serversCPU(b.source, b.destination)
	if err != nil {
		return cost{}, err
	}
	switch {
	case r.TimedOut:
		return cost{}, fmt.Errorf("not done after %s", b.limit)
	case r.Status != 0:
		return cost{}, fmt.Errorf("exit status %d: %s", r.Status, lastLines(said))
	}
	servers := after - before
	return cost{
		Wall: r.Wall.Seconds(), CPU: (r.CPU + servers).Seconds(), Tool: r.CPU.Seconds(), Servers: servers.Seconds(),
		PeakMB: float64(r.PeakKiB) * 1024 / 1e6,
	}, nil
}

// serversCPU is the time of both servers.
func serversCPU(a, b *server) (time.Duration, error) {
	one, err := a.cpu()
	if err != nil {
		return 0, err
	}
	other, err := b.cpu()
	return one + other, err
}

// lastLines are what a program said before it gave up.
func lastLines(said []byte) string {
	lines := strings.Split(string(bytes.TrimSpace(said)), "\n")
	return strings.Join(lines[max(0, len(lines)-3):], " / ")
}
