package copier_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/task"
)

// TestRun_endsWhenAHookStopsIt: nothing more is asked, what was copied before is
// recorded, and the next run copies the rest, once.
func TestRun_endsWhenAHookStopsIt(t *testing.T) {
	stop := fmt.Errorf("plugin x: it has failed: %w", copier.ErrStop)
	const messages = 40
	isSixth := func(c *copier.Candidate) bool {
		return strings.Contains(string(c.Message.Header), "Subject: letter 6\r\n")
	}
	filter := func(c *copier.Candidate) (copier.Verdict, error) {
		if isSixth(c) {
			return copier.Verdict{}, stop
		}
		return copier.Verdict{}, nil
	}
	tests := map[string]hooks{
		"mapping a folder":     {mapFolder: func(copier.FolderQuestion) (copier.FolderAnswer, error) { return copier.FolderAnswer{}, stop }},
		"by the envelope":      {envelope: filter},
		"by the whole message": {message: filter},
	}
	for name, h := range tests {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			s.hooks = h
			for i := range messages {
				s.source.put(mail.Inbox, letter(i), day(i))
				s.source.put("Other", letter(100+i), day(i))
			}
			r := s.run()
			if r.Outcome != task.OutcomeNeedsUser || !strings.Contains(r.Cause, "plugin x: it has failed") {
				t.Fatalf("outcome %q: %s", r.Outcome, r.Cause)
			}
			if r.Counts.Copied == 2*messages {
				t.Errorf("everything was copied: %+v", r.Counts)
			}
			s.hooks = hooks{}
			if r = s.run(); r.Outcome != task.OutcomeDone {
				t.Fatalf("the next run: %q: %s", r.Outcome, r.Cause)
			}
			for i := range messages {
				for folder, serial := range map[string]int{mail.Inbox: i, "Other": 100 + i} {
					if n := s.target.bodies(folder)[letter(serial)]; n != 1 {
						t.Errorf("letter %d is there %d times", serial, n)
					}
				}
			}
		})
	}
}

// TestOutcomeOf_aHookThatStops: a person has to look at the plugin.
func TestOutcomeOf_aHookThatStops(t *testing.T) {
	if got := copier.OutcomeOf(fmt.Errorf("plan: %w", copier.ErrStop)); got != task.OutcomeNeedsUser {
		t.Errorf("the outcome is %q", got)
	}
	if got := copier.OutcomeOf(errors.Join(mail.ErrBusy, copier.ErrStop)); got != task.OutcomeNeedsUser {
		t.Errorf("beside something temporary it is %q", got)
	}
}
