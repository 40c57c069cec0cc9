package copier_test

import (
	"strings"
	"testing"

	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/mail"
)

// TestRun_refusalsLoseAndDoubleNothingWhateverBreaks breaks copies at every step in
// which some messages are refused and twins of others travel in the same batches:
// of twins, one whose copy is known must not lose it to one whose append broke off.
func TestRun_refusalsLoseAndDoubleNothingWhateverBreaks(t *testing.T) {
	t.Parallel()
	prepare := func() *scene {
		s := newScene(t)
		oddMail(s)
		s.target.noUIDPlus = true
		s.target.refuses = func(body string) error {
			if strings.Contains(body, "Subject: letter 3\r\n") || strings.Contains(body, "Subject: letter 5\r\n") {
				return &mail.Error{Op: "append", Where: "target", Kind: mail.ErrRefused}
			}
			return nil
		}
		return s
	}
	sound := prepare()
	if r := sound.run(); r.Counts.Failed != 6 {
		t.Fatalf("without a fault: %q %s", r.Outcome, r.Cause)
	}
	steps, want := sound.world.n, sound.target.content(mail.Inbox)
	for _, kind := range []fault{faultDrop, faultDropAfter, faultKill, faultKillAfter} {
		for k := 1; k <= steps; k++ {
			s := prepare()
			op := ""
			s.world.at = func(n int, what string) fault {
				if n == k {
					op = what
					return kind
				}
				return faultNone
			}
			s.run()
			s.world.heal()
			r := s.run()
			if diff := difference(want, s.target.content(mail.Inbox)); diff != "" {
				t.Fatalf("fault %d at step %d (%s): then %q: %s\n%s", kind, k, op, r.Outcome, r.Cause, diff)
			}
			if n := s.ledger.states()[copier.EntryIntent]; n != 0 {
				t.Fatalf("fault %d at step %d (%s): %d intents are still open", kind, k, op, n)
			}
		}
	}
}
