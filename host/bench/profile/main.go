// Command profile makes one copy in its own process, through the same door as the
// command line, with the plugins and scripts that are its arguments, and writes what the Go profiler saw of it: where it
// computed (cpu), what it allocated (heap), and what it waited for (block).
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"time"

	"github.com/mailweir/mailweir/host/app"
	"github.com/mailweir/mailweir/host/task"
)

func main() {
	from := flag.String("from", "", "`URL` of the source")
	to := flag.String("to", "", "`URL` of the destination")
	password := flag.String("password", "", "`PASSWORD` of both accounts of the benchmark")
	data := flag.String("data", "", "`DIR` for the ledger")
	out := flag.String("out", ".", "`DIR` for cpu.pprof, heap.pprof and block.pprof")
	flag.Parse()
	if err := profile(context.Background(), *from, *to, *password, *data, *out, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "profile:", err)
		os.Exit(1)
	}
}

func profile(ctx context.Context, from, to, password, data, out string, plugins []string) (err error) {
	o := app.CopyOptions{Data: data, Timeout: 2 * time.Minute, Log: slog.New(slog.DiscardHandler)}
	source, err := account(from, password)
	if err != nil {
		return err
	}
	o.Sources = []task.Source{{Name: app.SoleSource, Account: source}}
	if o.Destination, err = account(to, password); err != nil {
		return err
	}
	for _, file := range plugins {
		o.Hooks = append(o.Hooks, task.Hook{Plugin: file})
	}
	// Every allocation that matters is of kilobytes; a finer grain costs time.
	runtime.MemProfileRate = 64 << 10
	cpu, err := os.Create(filepath.Join(out, "cpu.pprof"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, cpu.Close()) }()
	runtime.SetBlockProfileRate(int(50 * time.Microsecond))
	if err := pprof.StartCPUProfile(cpu); err != nil {
		return err
	}
	begin := time.Now()
	result, err := app.Copy(ctx, o)
	took := time.Since(begin)
	pprof.StopCPUProfile()
	if err != nil {
		return err
	}
	if result.Report.Outcome != task.OutcomeDone {
		return fmt.Errorf("the copy ended with %q: %s", result.Report.Outcome, result.Report.Cause)
	}
	fmt.Printf("%d messages in %.2f s, under the profiler\n", result.Report.Counts.Copied, took.Seconds())
	runtime.GC() // what is in use is what survives it
	return errors.Join(write(out, "heap"), write(out, "block"))
}

// write writes a profile of the runtime to its file.
func write(dir, name string) error {
	file, err := os.Create(filepath.Join(dir, name+".pprof"))
	if err != nil {
		return err
	}
	return errors.Join(pprof.Lookup(name).WriteTo(file, 0), file.Close())
}

func account(url, password string) (task.Account, error) {
	a, err := task.ParseAccount(url)
	if err != nil {
		return a, err
	}
	a.Password = task.Password(password)
	return a, nil
}
