package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// writeProfile copies the first corpus of o once over its first network, in a
// process that writes its profiles to dir, and prints where the time went. The tool
// filters is a copy with filters.
func writeProfile(ctx context.Context, t testing.TB, o options, p programs, dir, scratch string, stdout io.Writer) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	program := filepath.Join(scratch, "bin", "profile")
	said, err := exec.CommandContext(ctx, "go", "build", "-o", program, "github.com/mailweir/mailweir/host/bench/profile").CombinedOutput()
	if err != nil {
		return fmt.Errorf("go build: %w: %s", err, said)
	}
	from, err := startServer(t, o)
	if err != nil {
		return err
	}
	to, err := startServer(t, o)
	if err != nil {
		return err
	}
	c := o.corpora[0]
	user, n := c.user(), o.networks[c.Name][0]
	if err := c.fill(ctx, from.Addr(lan), user); err != nil {
		return err
	}
	if _, err := readContent(ctx, from.Addr(lan), user); err != nil { // warms the indexes
		return err
	}
	for _, s := range []*server{from, to} {
		if err := s.warmUp(ctx); err != nil {
			return err
		}
	}
	data := filepath.Join(scratch, "data")
	var hooks []string
	if slices.Contains(o.tools, "filters") {
		if hooks, err = p.filters(); err != nil {
			return err
		}
		for _, file := range hooks {
			if err := p.compile(file, data); err != nil {
				return err
			}
		}
	}
	before, err := serversCPU(from, to)
	if err != nil {
		return err
	}
	bounded, cancel := context.WithTimeout(ctx, o.limit)
	defer cancel()
	cmd := exec.CommandContext(bounded, program, append([]string{
		"-out", dir, "-data", data, "-password", password,
		"-from", "imap://" + user + "@" + from.Addr(n) + "?tls=none", "-to", "imap://" + user + "@" + to.Addr(n) + "?tls=none",
	}, hooks...)...)
	cmd.Stdout, cmd.Stderr = stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		return err
	}
	after, err := serversCPU(from, to)
	if err != nil {
		return err
	}
	usage := cmd.ProcessState
	fmt.Fprintf(stdout, "%s, %s: CPU of the copy %.2f s user, %.2f s system; of both servers %.2f s\n\n",
		c.Name, n, usage.UserTime().Seconds(), usage.SystemTime().Seconds(), (after - before).Seconds())
	for _, args := range [][]string{
		{"-top", "-nodecount=25", filepath.Join(dir, "cpu.pprof")},
		{"-top", "-cum", "-nodecount=30", filepath.Join(dir, "cpu.pprof")},
		{"-top", "-cum", "-nodecount=20", filepath.Join(dir, "block.pprof")},
		{"-top", "-nodecount=15", "-sample_index=alloc_space", filepath.Join(dir, "heap.pprof")},
	} {
		pprof := exec.CommandContext(ctx, "go", append([]string{"tool", "pprof"}, args...)...)
		pprof.Stdout = stdout
		if err := pprof.Run(); err != nil {
			return fmt.Errorf("go tool pprof: %w", err)
		}
		fmt.Fprintln(stdout)
	}
	return nil
}
