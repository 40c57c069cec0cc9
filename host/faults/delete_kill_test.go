package faults

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/mailweir/mailweir/host/mail/mailtest/faulty"
	"github.com/mailweir/mailweir/host/store"
	"github.com/mailweir/mailweir/host/task"
)

func TestDelete_losesNothingWheneverItIsKilled(t *testing.T) {
	t.Parallel()
	each := perSweep()
	if whole() {
		each = 200
	}
	for _, mode := range []string{"move", "mirror"} {
		for _, side := range []string{"source", "destination"} {
			t.Run(mode+"/"+side, func(t *testing.T) {
				t.Parallel()
				d := newDeleting(t, each+1)
				from := faulty.Start(t, d.from.Addr(), faulty.Options{})
				to := faulty.Start(t, d.to.Addr(), faulty.Options{})
				watched := map[string]*faulty.Proxy{"source": from, "destination": to}[side]
				// prepare leaves a ledger in a file for the process that is killed.
				prepare := func() (c *copying, file string) {
					file = filepath.Join(t.TempDir(), store.FileName)
					db := reopened(t, file)
					d.db = db
					c = d.copied(t, from.Addr(), to.Addr(), deletable())
					c.options.Removal = removals[mode]
					if mode == "mirror" {
						d.lose(c, "INBOX", "2,3")
						d.lose(c, "Archiv", "1")
					}
					if err := db.Close(); err != nil {
						t.Fatal(err)
					}
					if !from.Quiet() || !to.Quiet() {
						t.Fatal("the servers did not end the connections")
					}
					return c, file
				}
				finish := func(c *copying, file, when string) {
					db := reopened(t, file)
					c.ledger = db.Ledger(c.user)
					if r := c.run(); r.Outcome != task.OutcomeDone {
						t.Errorf("%s: then %q (%s), %+v", when, r.Outcome, r.Cause, r.Listed)
					}
					d.check(t, c, deletable(), when, true)
					if err := db.Close(); err != nil {
						t.Error(err)
					}
				}
				sound, file := prepare()
				watched.Restart(nil)
				finish(sound, file, "undisturbed")
				if !from.Quiet() || !to.Quiet() {
					t.Fatal("the servers did not end the connections")
				}
				steps, killed := watched.Steps(), 0
				for i := range min(each, steps-1) {
					k := 2 + i*(steps-1)/min(each, steps-1)
					watched.Restart(nil)
					c, file := prepare()
					do := []faulty.Action{faulty.CutBefore, faulty.CutAfter}[i%2]
					hit := kill(t, c, file, watched, k, do)
					if !from.Quiet() || !to.Quiet() {
						t.Fatalf("%s: the servers did not end the connections", hit)
					}
					if hit.N == 0 {
						continue
					}
					killed++
					when := fmt.Sprintf("killed at %s", hit)
					d.check(t, c, deletable(), when, false)
					finish(c, file, when)
				}
				t.Logf("%d steps, killed at %d", steps, killed)
			})
		}
	}
}

func reopened(t *testing.T, file string) *store.Store {
	t.Helper()
	db, err := store.Open(t.Context(), file, nil)
	if err != nil {
		t.Fatal(err)
	}
	return db
}
