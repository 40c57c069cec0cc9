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
		"mapping flags":        {storing: storing{flags: func(copier.FlagQuestion) (copier.FlagAnswer, error) { return copier.FlagAnswer{}, stop }}},
		"rewriting": {storing: storing{rewrite: func(q *copier.RewriteQuestion) (copier.Rewrite, error) {
			_, err := filter(&q.Candidate)
			return copier.Rewrite{}, err
		}}},
		"telling a key":       {storing: storing{key: func(*copier.KeyQuestion) (string, error) { return "", stop }}},
		"settling a conflict": {storing: storing{conflict: func(*copier.Conflict) (copier.Ruling, error) { return copier.Ruling{}, stop }}},
		"before the run":      {later: later{before: func(*copier.Plan) (copier.RunVerdict, error) { return copier.RunVerdict{}, stop }}},
		"after a folder":      {later: later{folder: func(task.FolderReport) error { return stop }}},
		"after a message": {later: later{
			recipients: []copier.Recipient{{ID: "x"}},
			message:    func(string, *copier.Copied) (copier.DeliveryAnswer, error) { return copier.DeliveryAnswer{}, stop },
		}},
		"about a failure": {
			mapFolder: func(q copier.FolderQuestion) (copier.FolderAnswer, error) {
				if q.Folder.Name == mail.Inbox {
					return copier.FolderAnswer{Target: "bad//name"}, nil
				}
				return copier.FolderAnswer{}, nil
			},
			later: later{trouble: func(*copier.Trouble) (copier.RunVerdict, error) { return copier.RunVerdict{}, stop }},
		},
	}
	for name, h := range tests {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			s.hooks = h
			for i := range messages {
				s.source.put(mail.Inbox, letter(i), day(i))
				s.source.put("Other", letter(100+i), day(i))
			}
			// Met at the destination: one that is the same, and one with another date.
			s.target.put(mail.Inbox, letter(3), day(3))
			s.target.put(mail.Inbox, letter(4), day(4), mail.FlagFlagged)
			r := s.run()
			if r.Outcome != task.OutcomeNeedsUser || !strings.Contains(r.Cause, "plugin x: it has failed") {
				t.Fatalf("outcome %q: %s", r.Outcome, r.Cause)
			}
			if r.Counts.Copied == 2*messages-2 && name != "after a folder" && name != "after a message" {
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

// TestRun_endsWellButNeedsAPersonWhenItsLastHookStops: everything is done by then, and
// a plugin is to be looked at all the same.
func TestRun_endsWellButNeedsAPersonWhenItsLastHookStops(t *testing.T) {
	s := newScene(t)
	s.source.put(mail.Inbox, letter(1), day(1))
	s.hooks = hooks{later: later{end: func(*task.Report) error { return fmt.Errorf("plugin x: it has failed: %w", copier.ErrStop) }}}
	r := s.run()
	if r.Outcome != task.OutcomeNeedsUser || !strings.Contains(r.Cause, "plugin x: it has failed") || r.Counts.Copied != 1 {
		t.Errorf("outcome %q: %s: %+v", r.Outcome, r.Cause, r.Counts)
	}
}

// TestPlanAndVerify_sayWhichHookStoppedThem: not that something was cancelled.
func TestPlanAndVerify_sayWhichHookStoppedThem(t *testing.T) {
	stop := fmt.Errorf("plugin x: it has failed: %w", copier.ErrStop)
	s := newScene(t)
	s.source.put(mail.Inbox, letter(1), day(1))
	s.run()
	for name, h := range map[string]hooks{
		"mapping a folder": {mapFolder: func(copier.FolderQuestion) (copier.FolderAnswer, error) { return copier.FolderAnswer{}, stop }},
		"before the run":   {later: later{before: func(*copier.Plan) (copier.RunVerdict, error) { return copier.RunVerdict{}, stop }}},
		"mapping flags":    {storing: storing{flags: func(copier.FlagQuestion) (copier.FlagAnswer, error) { return copier.FlagAnswer{}, stop }}},
		"telling a key":    {storing: storing{key: func(*copier.KeyQuestion) (string, error) { return "", stop }}},
	} {
		s.hooks = h
		_, planned := copier.New(s.config()).Plan(t.Context())
		_, verified := copier.New(s.config()).Verify(t.Context())
		for what, err := range map[string]error{"plan": planned, "verify": verified} {
			asked := (what == "plan") == (name == "before the run") || name == "mapping a folder"
			if asked != errors.Is(err, copier.ErrStop) {
				t.Errorf("%s, %s: %v", name, what, err)
			}
		}
	}
}
