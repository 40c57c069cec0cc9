package faults

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/mail/mailtest"
	"github.com/mailweir/mailweir/host/mail/mailtest/faulty"
	"github.com/mailweir/mailweir/host/task"
)

// TestDelete_aDamagedAnswerTakesNothingThatIsThere damages, or leaves out, single
// lines of a server while a run decides what is gone and what is certain.
func TestDelete_aDamagedAnswerTakesNothingThatIsThere(t *testing.T) {
	t.Parallel()
	isLine := func(s faulty.Step) bool { return s.From == faulty.Server && s.Kind == faulty.Untagged }
	for _, mode := range []string{"move", "mirror"} {
		for _, side := range []string{"source", "destination"} {
			t.Run(mode+"/"+side, func(t *testing.T) {
				t.Parallel()
				each := 1 + perSweep()/2
				if whole() {
					each = 200
				}
				d := newDeleting(t, 2*each+1)
				from := faulty.Start(t, d.from.Addr(), faulty.Options{})
				to := faulty.Start(t, d.to.Addr(), faulty.Options{})
				damaged := map[string]*faulty.Proxy{"source": from, "destination": to}[side]
				prepare := func() *copying {
					damaged.Restart(nil)
					c := d.copied(t, from.Addr(), to.Addr(), deletable())
					c.options.Removal = removals[mode]
					if mode == "mirror" {
						d.lose(c, "INBOX", "2,3")
						d.lose(c, "Archiv", "1")
					}
					if !from.Quiet() || !to.Quiet() {
						t.Fatal("the servers did not end the connections")
					}
					return c
				}
				lines := 0
				sound := prepare()
				damaged.Restart(func(s faulty.Step) faulty.Fault {
					if isLine(s) {
						lines++
					}
					return faulty.Fault{}
				})
				sound.run()
				d.check(t, sound, deletable(), "undisturbed", true)
				n := min(each, lines)
				for _, do := range []faulty.Action{faulty.Swallow, faulty.Corrupt} {
					for i := range n {
						c := prepare()
						c.timeout = time.Second // an answer that is not recognised is waited for
						var hit faulty.Step
						fault := nth(1+i*lines/n, isLine, faulty.Fault{Do: do})
						damaged.Restart(func(s faulty.Step) faulty.Fault {
							f := fault(s)
							if f.Do == do {
								hit = s
							}
							return f
						})
						first := c.run()
						if !from.Quiet() || !to.Quiet() {
							t.Fatalf("%s: the servers did not end the connections", hit)
						}
						damaged.Restart(nil)
						when := fmt.Sprintf("%s (action %d); that run ended %q (%s)", hit, do, first.Outcome, first.Cause)
						d.check(t, c, deletable(), when, false)
						c.timeout = 5 * time.Second
						if second := c.run(); second.Outcome != task.OutcomeDone {
							t.Errorf("%s: then %q (%s), %+v", when, second.Outcome, second.Cause, second.Listed)
						}
						d.check(t, c, deletable(), when, false)
					}
				}
				t.Logf("%d lines, %d damaged", lines, 2*n)
			})
		}
	}
}

func TestDelete_mirrorsTheRightTwinAfterTheGracePeriod(t *testing.T) {
	t.Parallel()
	d := newDeleting(t, 1)
	c := d.copied(t, d.from.Addr(), d.to.Addr(), deletable())
	c.options.Removal = copier.Removal{AtTarget: true, Grace: copier.DefaultGrace}
	d.lose(c, "INBOX", "2") // of the twins 2 and 3
	_, before := d.sides(c)
	for _, days := range []time.Duration{0, 3, 6} {
		c.after(days * day)
		if r := c.run(); r.Outcome != task.OutcomeDone || r.Counts.DeletedTarget != 0 {
			t.Fatalf("after %d days: %q (%s), %+v", days, r.Outcome, r.Cause, r.Counts)
		}
	}
	_, got := d.sides(c)
	if diff := mailtest.Diff(before, got); diff != "" {
		t.Fatal(diff)
	}
	c.after(8 * day)
	if r := c.run(); r.Outcome != task.OutcomeDone || r.Counts.DeletedTarget != 1 {
		t.Fatalf("then %q (%s), %+v", r.Outcome, r.Cause, r.Counts)
	}
	_, got = d.sides(c)
	var uids, want []uint32
	for _, m := range got["INBOX"] {
		uids = append(uids, m.UID)
	}
	for _, m := range before["INBOX"] {
		if m.UID != 2 {
			want = append(want, m.UID)
		}
	}
	if !slices.Equal(uids, want) {
		t.Errorf("the UIDs %v are left, want %v", uids, want)
	}
}
