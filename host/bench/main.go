// Command bench measures how fast mailweir copies mail, beside the bare minimum
// that the servers need and beside other programs, and whether what arrives is
// right. README.md has the method and the figures.
//
//	go tool task bench -- --quick
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"github.com/mailweir/mailweir/host/bench/rawimap"
)

const password = rawimap.Password

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	signal.Ignore(syscall.SIGPIPE) // a reader that went away must not keep us from tidying up
	if err := command(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		if !errors.Is(err, pflag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "bench:", err)
		}
		os.Exit(1)
	}
}

// command is the whole program.
func command(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o := options{log: stderr}
	var cases []string
	var quick bool
	var jsonFile, profile string
	flags := pflag.NewFlagSet("bench", pflag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.IntVar(&o.rounds, "rounds", 3, "how many times everything is measured")
	flags.StringSliceVar(&cases, "cases", []string{"M", "S", "L100k", "BIG"}, "`CORPUS` or CORPUS/lan or CORPUS/wan")
	flags.StringSliceVar(&o.tools, "tools", []string{"floor", "ours", "mbsync", "doveadm"}, "`NAME`s of the contestants")
	flags.BoolVar(&quick, "quick", false, "small accounts: whether it works, not how fast")
	flags.DurationVar(&o.limit, "limit", 10*time.Minute, "longest time for one run of one contestant")
	flags.DurationVar(&o.delay, "delay", 20*time.Millisecond, "delay of the WAN, one way")
	flags.BoolVar(&o.noModSeq, "without-condstore", false, "servers that announce no mod-sequences (CONDSTORE, QRESYNC)")
	flags.StringVar(&jsonFile, "json", "", "write all figures to `FILE` too")
	flags.StringVar(&profile, "profile", "", "instead, write the CPU and heap profile of a first copy to `DIR`; with --tools filters, of one with filters")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("%q is no flag", flags.Arg(0))
	}
	if err := o.choose(cases, quick); err != nil {
		return err
	}
	scratch, err := os.MkdirTemp("", "mailweir-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	p, err := build(ctx, filepath.Join(scratch, "bin"))
	if err != nil {
		return err
	}
	// The servers' mail lies in memory, so that no disk is measured. What the
	// contestants remember stays in scratch: for it they answer themselves.
	if dir, err := os.MkdirTemp("/dev/shm", "mailweir-bench"); err == nil {
		defer os.RemoveAll(dir)
		if err := os.Chmod(dir, 0o755); err != nil { // the servers' own users pass through it
			return err
		}
		if err := os.Setenv("TMPDIR", dir); err != nil {
			return err
		}
	}
	if profile != "" {
		return outside(func(t testing.TB) error { return writeProfile(ctx, t, o, p, profile, scratch, stdout) })
	}
	return outside(func(t testing.TB) error {
		r, err := run(ctx, t, o, p, scratch)
		if r == nil {
			return err
		}
		r.Machine = machine(context.WithoutCancel(ctx))
		r.Command = strings.Join(append([]string{"go tool task bench --"}, args...), " ")
		r.summarize(!quick)
		r.markdown(stdout)
		if jsonFile != "" {
			err = errors.Join(err, writeJSON(jsonFile, r))
		}
		if err != nil {
			return err
		}
		if r.wrong() {
			return errors.New("a copy is not right, see above")
		}
		return nil
	})
}

// choose fills in the corpora and networks that the cases name.
func (o *options) choose(cases []string, quick bool) error {
	if o.rounds < 1 {
		return fmt.Errorf("--rounds: %d rounds measure nothing", o.rounds)
	}
	all := corpora
	if quick {
		all = quickCorpora
	}
	o.networks = map[string][]network{}
	for _, text := range cases {
		name, over, narrow := strings.Cut(text, "/")
		i := slices.IndexFunc(all, func(c corpus) bool { return strings.EqualFold(c.Name, name) })
		if i < 0 {
			return fmt.Errorf("--cases: there is no corpus %q", name)
		}
		wanted := []network{lan}
		if all[i].Repeat || all[i].FarFirst {
			wanted = append(wanted, wan)
		}
		if narrow {
			wanted = slices.DeleteFunc(wanted, func(n network) bool { return !strings.EqualFold(string(n), over) })
		}
		if len(wanted) == 0 {
			return fmt.Errorf("--cases: %q is not measured over %q", name, over)
		}
		if o.networks[all[i].Name] == nil {
			o.corpora = append(o.corpora, all[i])
		}
		o.networks[all[i].Name] = append(o.networks[all[i].Name], wanted...)
	}
	known := contestants(programs{})
	for _, name := range o.tools {
		if !slices.ContainsFunc(known, func(c contestant) bool { return c.name == name }) {
			return fmt.Errorf("--tools: there is no contestant %q", name)
		}
	}
	return nil
}

// build builds the programs of this module into dir.
func build(ctx context.Context, dir string, flags ...string) (programs, error) {
	p := programs{
		mailweir: filepath.Join(dir, "mailweir"), floor: filepath.Join(dir, "floor"), gauge: filepath.Join(dir, "gauge"),
	}
	if runtime.GOOS != "linux" {
		return p, errors.New("the benchmark reads /proc and wait4 as Linux has them")
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return p, err
	}
	const module = "github.com/mailweir/mailweir/host/"
	argv := slices.Concat([]string{"build"}, flags, []string{"-o", dir + "/", module + "cmd/mailweir", module + "bench/floor", module + "bench/gauge"})
	if said, err := exec.CommandContext(ctx, "go", argv...).CombinedOutput(); err != nil {
		return p, fmt.Errorf("go build: %w: %s", err, said)
	}
	for _, file := range []string{p.mailweir, p.floor, p.gauge} {
		if err := evict(file); err != nil {
			return p, err
		}
	}
	return p, nil
}

func writeJSON(file string, r *results) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(text, '\n'), 0o644)
}

// machine says in a line what the figures were measured on.
func machine(ctx context.Context) string {
	words := []string{fmt.Sprintf("%d cores", runtime.NumCPU())}
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(text)) {
			if _, model, ok := strings.Cut(line, "model name\t: "); ok {
				words[0] += " " + strings.TrimSpace(model)
				break
			}
		}
	}
	if text, err := os.ReadFile("/proc/sys/kernel/osrelease"); err == nil {
		words = append(words, "Linux "+strings.TrimSpace(string(text)))
	}
	words = append(words, runtime.Version())
	for _, v := range [][2]string{{"/usr/sbin/dovecot", "Dovecot "}, {"mbsync", ""}} {
		if said, err := exec.CommandContext(ctx, v[0], "--version").Output(); err == nil {
			words = append(words, v[1]+strings.TrimSpace(string(said)))
		}
	}
	return strings.Join(append(words, "mail in "+filepath.Dir(os.TempDir())), ", ")
}
