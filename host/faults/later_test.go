package faults

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/mail/mailtest"
	"github.com/mailweir/mailweir/host/mail/mailtest/faulty"
	"github.com/mailweir/mailweir/host/task"
)

// removed is how many copies in INBOX a person removes at each destination.
const removed = 6

// later is a world in which everything was copied once. Then some copies were
// removed at the destinations, and twins of them have come to the source: what is
// there says little of what was copied, and only the ledger knows.
type later struct {
	*world
	ready []*copying // one for each run that is to be broken
	want  mailtest.Account
}

func newLater(t *testing.T, runs int) *later {
	t.Helper()
	l := &later{world: newWorld(t, mailtest.DovecotOptions{})}
	db := openStore(t)
	for range runs {
		c := l.copying(t, db, l.from.Addr(), l.to.Addr())
		if r := c.run(); r.Outcome != task.OutcomeDone {
			t.Fatalf("undisturbed: %q: %s", r.Outcome, r.Cause)
		}
		target := l.to.Dial(c.user)
		expunge(target, "INBOX", fmt.Sprintf("1:%d", removed))
		target.Close()
		l.ready = append(l.ready, c)
	}
	source := l.from.Dial("ann")
	for i, m := range l.mail["INBOX"][:removed] {
		source.Append("INBOX", "", m.Date.Add(time.Duration(i%2)*time.Hour), m.Body)
	}
	l.mail = source.DumpUTF8()
	l.want = source.DumpUTF8()
	l.want["INBOX"] = slices.Delete(l.want["INBOX"], 0, removed)
	return l
}

// next takes a copying that nobody has used since, through proxies.
func (l *later) next(t *testing.T, from, to string) *copying {
	t.Helper()
	if len(l.ready) == 0 {
		t.Fatal("too few runs were prepared")
	}
	c := l.ready[0]
	l.ready = l.ready[1:]
	c.t, c.from, c.to = t, from, to
	return c
}

func TestCopy_losesAndDoublesNothingOfNewMailWhereverAConnectionEnds(t *testing.T) {
	t.Parallel()
	each := 3 + perSweep()/4
	if whole() {
		each = 80
	}
	kinds := servers[:2] // with and without UIDPLUS
	l := newLater(t, len(kinds)*2*each)
	for _, server := range kinds {
		for _, side := range []string{"source", "destination"} {
			t.Run(server.name+"/"+side, func(t *testing.T) {
				from := faulty.Start(t, l.from.Addr(), faulty.Options{Without: server.without})
				to := faulty.Start(t, l.to.Addr(), faulty.Options{Without: server.without})
				broken := map[string]*faulty.Proxy{"source": from, "destination": to}[side]
				sound := l.next(t, from.Addr(), to.Addr())
				if r := sound.run(); r.Outcome != task.OutcomeDone || r.Counts.Copied != removed {
					t.Fatalf("undisturbed: %q (%s), %+v", r.Outcome, r.Cause, r.Counts)
				}
				if diff := mailtest.Diff(l.want, l.dump(sound.user)); diff != "" {
					t.Fatalf("undisturbed:\n%s", diff)
				}
				steps := broken.Steps()
				for i := range each - 1 {
					k, way := 1+i*steps/(each-1), ways[i%len(ways)]
					var hit faulty.Step
					broken.Restart(func(s faulty.Step) faulty.Fault {
						if s.N != k {
							return faulty.Fault{}
						}
						hit = s
						return faulty.Fault{Do: way.do}
					})
					c := l.next(t, from.Addr(), to.Addr())
					first := c.run()
					if !from.Quiet() || !to.Quiet() {
						t.Fatalf("%s: the servers did not end the connections", hit)
					}
					broken.Restart(nil)
					if r := c.run(); r.Outcome != task.OutcomeDone {
						t.Errorf("broken %s %s: then %q: %s", way.name, hit, r.Outcome, r.Cause)
					}
					if diff := mailtest.Diff(l.want, l.dump(c.user)); diff != "" {
						t.Errorf("broken %s %s; that run ended %q (%s):\n%s", way.name, hit, first.Outcome, first.Cause, diff)
					}
				}
				t.Logf("%d steps, %d broken", steps, each-1)
			})
		}
	}
}

// forgetful is a ledger that keeps neither intents nor how far a folder is known.
type forgetful struct{ copier.Ledger }

func (f forgetful) Pairs(ctx context.Context, source string) ([]copier.Pair, error) {
	pairs, err := f.Ledger.Pairs(ctx, source)
	for i := range pairs {
		pairs[i].TargetNext = 0
	}
	return pairs, err
}

func (f forgetful) Put(ctx context.Context, pair int64, entries []copier.Entry) error {
	return f.Ledger.Put(ctx, pair, slices.DeleteFunc(slices.Clone(entries), func(e copier.Entry) bool { return e.State == copier.EntryIntent }))
}

// TestSweep_noticesAMistake shows that the comparison can fail: what is right with
// the ledger is wrong without its intents.
func TestSweep_noticesAMistake(t *testing.T) {
	t.Parallel()
	l := newLater(t, 2)
	to := faulty.Start(t, l.to.Addr(), faulty.Options{})
	for _, forgets := range []bool{false, true} {
		to.Restart(once(isAnswer("APPEND"), faulty.Fault{Do: faulty.CutBefore}))
		c := l.next(t, l.from.Addr(), to.Addr())
		if forgets {
			c.ledger = forgetful{c.ledger}
		}
		c.run()
		if diff := mailtest.Diff(l.want, l.dump(c.user)); (diff != "") != forgets {
			t.Errorf("a ledger that forgets its intents: %v; the difference is\n%s", forgets, diff)
		}
	}
}
