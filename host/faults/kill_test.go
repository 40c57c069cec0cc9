package faults

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/mail/mailtest"
	"github.com/mailweir/mailweir/host/mail/mailtest/faulty"
	"github.com/mailweir/mailweir/host/store"
	"github.com/mailweir/mailweir/host/task"
)

// childEnv makes the test binary a program that copies once: source, destination,
// user, database, user at the source and what is deleted, separated by "|".
const childEnv = "MAILWEIR_FAULTS_CHILD"

func child() int {
	args := strings.Split(os.Getenv(childEnv), "|")
	ctx := context.Background()
	db, err := store.Open(ctx, args[3], nil)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return task.OutcomeBug.ExitStatus()
	}
	options := quick()
	options.Removal = removals[args[5]]
	r := copyOnce(ctx, args[0], args[1], args[4], args[2], db.Ledger(args[2]), options, 5*time.Second, io.Discard)
	if err := db.Close(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return task.OutcomeBug.ExitStatus()
	}
	if r.Cause != "" {
		fmt.Fprintln(os.Stderr, r.Cause)
	}
	return r.Outcome.ExitStatus()
}

// program returns the copy as a process of its own, with its ledger in a file.
func (c *copying) program(file string) *exec.Cmd {
	cmd := exec.CommandContext(c.t.Context(), os.Args[0])
	mode := ""
	for name, removal := range removals {
		if reflect.DeepEqual(c.options.Removal, removal) {
			mode = name
		}
	}
	cmd.Env = append(os.Environ(), childEnv+"="+strings.Join([]string{c.from, c.to, c.user, file, cmp.Or(c.source, "ann"), mode}, "|"))
	return cmd
}

func TestCopy_losesAndDoublesNothingWheneverItIsKilled(t *testing.T) {
	w := newWorld(t, mailtest.DovecotOptions{})
	for _, server := range servers[:4] {
		for _, side := range []string{"source", "destination"} {
			t.Run(server.name+"/"+side, func(t *testing.T) {
				t.Parallel()
				killing(t, w, server.without, side)
			})
		}
	}
}

func killing(t *testing.T, w *world, without []string, side string) {
	from := faulty.Start(t, w.from.Addr(), faulty.Options{Without: without})
	to := faulty.Start(t, w.to.Addr(), faulty.Options{Without: without})
	watched := map[string]*faulty.Proxy{"source": from, "destination": to}[side]
	db := openStore(t)
	sound := w.copying(t, db, from.Addr(), to.Addr())
	if r := sound.run(); r.Outcome != task.OutcomeDone {
		t.Fatalf("undisturbed: %q: %s", r.Outcome, r.Cause)
	}
	steps, stride := watched.Steps(), 1
	if !whole() {
		stride = max(1, steps/5)
	}
	var sum tally
	for k := 2; k <= steps; k += stride {
		do := []faulty.Action{faulty.CutBefore, faulty.CutAfter}[k/stride%2]
		file := filepath.Join(t.TempDir(), store.FileName)
		c := w.copying(t, db, from.Addr(), to.Addr())
		hit := kill(t, c, file, watched, k, do)
		if !from.Quiet() || !to.Quiet() {
			t.Fatalf("%s: the servers did not end the connections", hit)
		}
		if hit.N == 0 {
			continue
		}
		sum.broken++
		left, err := store.Open(t.Context(), file, nil)
		if err != nil {
			t.Errorf("after a kill at %s: %v", hit, err)
			continue
		}
		c.ledger = left.Ledger(c.user)
		w.recovers(t, c, fmt.Sprintf("by a kill at %s", hit), &sum)
		if err := left.Close(); err != nil {
			t.Error(err)
		}
	}
	t.Logf("%d steps, killed at %d, %d lost, %d doubled", steps, sum.broken, sum.lost, sum.doubled)
}

// kill runs the copy as a process and kills it at step k, while the rest of the
// world stands still.
func kill(t *testing.T, c *copying, file string, watched *faulty.Proxy, k int, do faulty.Action) (hit faulty.Step) {
	t.Helper()
	cmd := c.program(file)
	started := make(chan struct{})
	watched.Restart(func(s faulty.Step) faulty.Fault {
		if s.N != k {
			return faulty.Fault{}
		}
		hit = s
		return faulty.Fault{Do: do, Then: func() {
			<-started
			_ = cmd.Process.Kill()
		}}
	})
	defer watched.Restart(nil)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	close(started)
	err := cmd.Wait()
	if hit.N == 0 && err != nil {
		t.Fatalf("the copy ended by itself: %v: %s", err, stderr.String())
	}
	return hit
}
