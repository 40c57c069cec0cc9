package faults

import (
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/mail/mailtest"
	"github.com/mailweir/mailweir/host/mail/mailtest/faulty"
	"github.com/mailweir/mailweir/host/task"
)

// sweepEnv makes the sweeps take every step with every fault.
const sweepEnv = "MAILWEIR_SWEEP"

func whole() bool { return os.Getenv(sweepEnv) != "" }

// servers are kinds of destinations (and sources) by what they do not have.
var servers = []struct {
	name    string
	without []string
	lanes   int
}{
	{"all extensions", nil, 1},
	{"no UIDPLUS", []string{"UIDPLUS"}, 1},
	{"no MULTIAPPEND", []string{"MULTIAPPEND"}, 1},
	{"no extensions", []string{"UIDPLUS", "MULTIAPPEND", "LITERAL+", "CONDSTORE", "QRESYNC", "LIST-STATUS", "LIST-EXTENDED", "ESEARCH", "SPECIAL-USE", "NAMESPACE", "ID", "SASL-IR", "UNSELECT", "ENABLE"}, 1},
	{"two lanes", nil, 2}, // whose steps come in another order each time
}

// ways are how a connection can end.
var ways = []struct {
	name string
	do   faulty.Action
}{
	{"before", faulty.CutBefore},
	{"within", faulty.CutWithin},
	{"after", faulty.CutAfter},
	{"reset after", faulty.ResetAfter},
	{"reset before", faulty.ResetBefore},
}

// perSweep is how many steps of one side a sample takes.
func perSweep() int {
	if testing.Short() {
		return 4
	}
	return 8
}

// breakage is one fault of a sweep.
type breakage struct{ step, way int }

// breakages of a conversation of n steps: before every step, and each once in
// another way; or a sample that is spread evenly and takes turns in the ways.
func breakages(n int) []breakage {
	var out []breakage
	if whole() {
		for k := range n {
			out = append(out, breakage{k + 1, 0}, breakage{k + 1, 1 + k%(len(ways)-1)})
		}
		return out
	}
	sample := min(perSweep(), n)
	for i := range sample {
		out = append(out, breakage{1 + i*n/sample, i % len(ways)})
	}
	return out
}

// tally counts what a sweep met.
type tally struct{ broken, lost, doubled int }

func TestCopy_losesAndDoublesNothingWhereverAConnectionEnds(t *testing.T) {
	w := newWorld(t, mailtest.DovecotOptions{})
	for _, server := range servers {
		for _, side := range []string{"source", "destination"} {
			t.Run(server.name+"/"+side, func(t *testing.T) {
				t.Parallel()
				sweep(t, w, server.without, server.lanes, side)
			})
		}
	}
}

func sweep(t *testing.T, w *world, without []string, lanes int, side string) {
	from := faulty.Start(t, w.from.Addr(), faulty.Options{Without: without})
	to := faulty.Start(t, w.to.Addr(), faulty.Options{Without: without})
	broken := map[string]*faulty.Proxy{"source": from, "destination": to}[side]
	db := openStore(t)

	sound := w.copying(t, db, from.Addr(), to.Addr())
	sound.options.Lanes = lanes
	if r := sound.run(); r.Outcome != task.OutcomeDone {
		t.Fatalf("undisturbed: %q: %s", r.Outcome, r.Cause)
	}
	if diff := mailtest.Diff(w.mail, w.dump(sound.user)); diff != "" {
		t.Fatalf("undisturbed:\n%s", diff)
	}
	if !from.Quiet() || !to.Quiet() {
		t.Fatal("the servers did not end the connections")
	}
	steps := broken.Steps()
	var sum tally
	for _, b := range breakages(steps) {
		hit := faulty.Step{}
		broken.Restart(func(s faulty.Step) faulty.Fault {
			if s.N != b.step {
				return faulty.Fault{}
			}
			hit = s
			return faulty.Fault{Do: ways[b.way].do}
		})
		c := w.copying(t, db, from.Addr(), to.Addr())
		c.options.Lanes = lanes
		first := c.run()
		if !from.Quiet() || !to.Quiet() {
			t.Fatalf("%s: the servers did not end the connections", hit)
		}
		if hit.N == 0 {
			continue // the conversation was shorter this time
		}
		sum.broken++
		broken.Restart(nil)
		w.recovers(t, c, fmt.Sprintf("%s %s; that run ended %q (%s)", ways[b.way].name, hit, first.Outcome, first.Cause), &sum)
	}
	t.Logf("%d steps, %d broken, %d lost, %d doubled", steps, sum.broken, sum.lost, sum.doubled)
}

// recovers copies again, undisturbed, and compares. when says what had happened.
func (w *world) recovers(t *testing.T, c *copying, when string, sum *tally) {
	t.Helper()
	second := c.run()
	if second.Outcome != task.OutcomeDone {
		t.Errorf("broken %s: then %q: %s", when, second.Outcome, second.Cause)
	}
	got := w.dump(c.user)
	if diff := mailtest.Diff(w.mail, got); diff != "" {
		t.Errorf("broken %s:\n%s", when, diff)
		lost, doubled := w.count(got)
		sum.lost += lost
		sum.doubled += doubled
	}
	if third := c.run(); third.Counts.Copied != 0 || third.Counts.Flags != 0 || third.Outcome != task.OutcomeDone {
		t.Errorf("broken %s: a third run ended %q, copied %d and carried %d", when, third.Outcome, third.Counts.Copied, third.Counts.Flags)
	}
}

// count says how many messages are missing and how many are there too often.
func (w *world) count(got mailtest.Account) (lost, doubled int) {
	for folder, mails := range w.mail {
		n := map[string]int{}
		for _, m := range mails {
			n[string(m.Body)]++
		}
		for _, m := range got[folder] {
			n[string(m.Body)]--
		}
		for _, d := range n {
			lost += max(d, 0)
			doubled += max(-d, 0)
		}
	}
	return lost, doubled
}

func TestCopy_endsAndRecoversWhenAServerFallsSilent(t *testing.T) {
	w := newWorld(t, mailtest.DovecotOptions{})
	for _, side := range []string{"source", "destination"} {
		t.Run(side, func(t *testing.T) {
			t.Parallel()
			from := faulty.Start(t, w.from.Addr(), faulty.Options{})
			to := faulty.Start(t, w.to.Addr(), faulty.Options{})
			broken := map[string]*faulty.Proxy{"source": from, "destination": to}[side]
			db := openStore(t)
			sound := w.copying(t, db, from.Addr(), to.Addr())
			sound.run()
			steps := broken.Steps()
			var sum tally
			silent := []int{1}
			for k := 5; k <= steps; k += max(1, steps/6) {
				silent = append(silent, k)
			}
			if whole() {
				silent = slices.Collect(upTo(steps))
			}
			for _, k := range silent {
				var hit faulty.Step
				broken.Restart(func(s faulty.Step) faulty.Fault {
					if s.N != k {
						return faulty.Fault{}
					}
					hit = s
					return faulty.Fault{Do: faulty.Stall}
				})
				c := w.copying(t, db, from.Addr(), to.Addr())
				c.timeout = 500 * time.Millisecond
				first := c.run()
				if hit.N == 0 {
					continue
				}
				sum.broken++
				broken.Restart(nil)
				c.timeout = 5 * time.Second
				w.recovers(t, c, fmt.Sprintf("by silence at %s; that run ended %q (%s)", hit, first.Outcome, first.Cause), &sum)
			}
			t.Logf("%d steps, %d silent, %d lost, %d doubled", steps, sum.broken, sum.lost, sum.doubled)
		})
	}
}

func upTo(n int) func(yield func(int) bool) {
	return func(yield func(int) bool) {
		for k := 1; k <= n && yield(k); k++ {
		}
	}
}

// TestCopy_survivesDamagedAnswers puts a byte that belongs to nothing into the
// middle of a server's line. Flags may suffer from that; messages may not.
func TestCopy_survivesDamagedAnswers(t *testing.T) {
	w := newWorld(t, mailtest.DovecotOptions{})
	for _, side := range []string{"source", "destination"} {
		t.Run(side, func(t *testing.T) {
			t.Parallel()
			from := faulty.Start(t, w.from.Addr(), faulty.Options{})
			to := faulty.Start(t, w.to.Addr(), faulty.Options{})
			damaged := map[string]*faulty.Proxy{"source": from, "destination": to}[side]
			isLine := func(s faulty.Step) bool { return s.From == faulty.Server && s.Kind != faulty.Literal }
			lines := 0
			damaged.Restart(func(s faulty.Step) faulty.Fault {
				if isLine(s) {
					lines++
				}
				return faulty.Fault{}
			})
			db := openStore(t)
			w.copying(t, db, from.Addr(), to.Addr()).run()
			if !from.Quiet() || !to.Quiet() {
				t.Fatal("the servers did not end the connections")
			}
			stride := max(1, lines/perSweep())
			if whole() {
				stride = 1
			}
			n := 0
			for k := 1; k <= lines; k += stride {
				var hit faulty.Step
				corrupt := nth(k, isLine, faulty.Fault{Do: faulty.Corrupt})
				damaged.Restart(func(s faulty.Step) faulty.Fault {
					f := corrupt(s)
					if f.Do == faulty.Corrupt {
						hit = s
					}
					return f
				})
				c := w.copying(t, db, from.Addr(), to.Addr())
				c.timeout = time.Second // an answer that is not recognised is waited for
				first := c.run()
				if !from.Quiet() || !to.Quiet() {
					t.Fatalf("%s: the servers did not end the connections", hit)
				}
				damaged.Restart(nil)
				c.timeout = 5 * time.Second
				second := c.run()
				if lost, doubled := w.count(w.dump(c.user)); lost+doubled != 0 || second.Outcome != task.OutcomeDone {
					t.Errorf("%s; that run ended %q (%s), then %q (%s): %d lost, %d doubled", hit, first.Outcome, first.Cause, second.Outcome, second.Cause, lost, doubled)
				}
				n++
			}
			t.Logf("%d lines, %d damaged", lines, n)
		})
	}
}
