package copier_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/task"
)

func verdict(action copier.RunAction) copier.RunVerdict {
	return copier.RunVerdict{Action: action, By: "guard", Note: "because"}
}

func TestBeforeTask_decidesWhetherTheRunBegins(t *testing.T) {
	tests := []struct {
		name    string
		answer  copier.RunVerdict
		err     error
		outcome task.Outcome
		cause   string
		want    func(task.Counts) bool
	}{
		{"no opinion", copier.RunVerdict{}, nil, task.OutcomeDone, "", func(c task.Counts) bool { return c.Copied == 3 }},
		{"skip", verdict(copier.RunSkip), nil, task.OutcomeDone, "", func(c task.Counts) bool { return c.Skipped == 3 }},
		{"defer", verdict(copier.RunDefer), nil, task.OutcomeTemporary, "everything is held until the next run: deferred by guard: because", func(c task.Counts) bool { return c.Held == 3 }},
		{"stop", verdict(copier.RunStop), nil, task.OutcomeNeedsUser, "the run was stopped by guard: because", func(c task.Counts) bool { return c.Failed == 3 }},
		{
			"failure",
			copier.RunVerdict{},
			errors.New("plugin guard: before_task: it trapped"), task.OutcomeTemporary,
			"everything is held until the next run, because the hook before_task failed: plugin guard: before_task: it trapped", func(c task.Counts) bool { return c.Held == 3 },
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newScene(t)
			for i := range 3 {
				s.source.put(mail.Inbox, letter(i), day(i))
			}
			asked := 0
			s.hooks = hooks{later: later{before: func(p *copier.Plan) (copier.RunVerdict, error) {
				asked++
				if len(p.Pairs) != 1 || p.Pairs[0].Folder != mail.Inbox || p.Pairs[0].Messages != 3 {
					t.Errorf("the plan is %+v", p)
				}
				if s.world.taken("target append") > 0 {
					t.Error("the run has begun already")
				}
				return tt.answer, tt.err
			}}}
			r := s.run()
			if asked != 1 || r.Outcome != tt.outcome || r.Cause != tt.cause || !tt.want(r.Counts) {
				t.Errorf("asked %d times: %q: %q, %+v", asked, r.Outcome, r.Cause, r.Counts)
			}
			// Nothing of it is remembered.
			s.hooks = nil
			copied := 3 - r.Counts.Copied
			s.wants(s.run(), task.OutcomeDone, copied, 3-copied)

			s.hooks = hooks{later: later{before: func(*copier.Plan) (copier.RunVerdict, error) { return tt.answer, tt.err }}}
			plan, err := copier.New(s.config()).Plan(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			if noted := len(plan.Notes) > 0; noted != (tt.outcome != task.OutcomeDone || tt.answer.Action == copier.RunSkip) {
				t.Errorf("the plan notes %q", plan.Notes)
			}
		})
	}
}

func TestAfterHooks_areToldOfEachFolderAndOfTheEnd(t *testing.T) {
	s := newScene(t)
	s.source.put(mail.Inbox, letter(1), day(1))
	s.source.put("Bad", letter(2), day(2))
	s.source.cannotOpen = func(name string) error {
		if name == "Bad" {
			return &mail.Error{Op: "open Bad", Where: "source", Kind: mail.ErrDenied}
		}
		return nil
	}
	var mu sync.Mutex
	folders := map[string]task.FolderReport{}
	var end *task.Report
	s.hooks = hooks{later: later{
		folder: func(f task.FolderReport) error {
			mu.Lock()
			defer mu.Unlock()
			folders[f.Folder] = f
			return errors.New("no luck")
		},
		end: func(r *task.Report) error { end = r; return errors.New("no luck at the end") },
	}}
	r := s.run()
	if len(folders) != 2 || !folders[mail.Inbox].Done || folders[mail.Inbox].Copied != 1 || folders["Bad"].Error == "" {
		t.Errorf("told of %+v", folders)
	}
	if end == nil || end.Outcome != r.Outcome || end.Counts != r.Counts || len(end.Folders) != 2 || end.Ended.IsZero() {
		t.Errorf("told of the end %+v", end)
	}
	// Their failures change nothing, and a person learns of them.
	if r.Counts.Copied != 1 || r.Outcome != task.OutcomeListed {
		t.Errorf("%q: %s", r.Outcome, r.Cause)
	}
	want := []string{"the hook after_folder failed: no luck, and 1 times more", "the hook after_task failed: no luck at the end"}
	if !slices.Equal(r.Notes, want) {
		t.Errorf("the notes are %q", r.Notes)
	}
}

func TestAfterTask_isToldOfARunThatDidNotBegin(t *testing.T) {
	s := newScene(t)
	s.target.cannotLogIn = &mail.Error{Op: "log in", Where: "target", Kind: mail.ErrAuth}
	var outcome task.Outcome
	s.hooks = hooks{later: later{end: func(r *task.Report) error { outcome = r.Outcome; return nil }}}
	if s.run(); outcome != task.OutcomeNeedsUser {
		t.Errorf("told of %q", outcome)
	}
}

// refusing is a scene whose target refuses letter 2.
func refusing(t *testing.T, answer copier.RunVerdict, err error) (*scene, *[]copier.Trouble) {
	s := newScene(t)
	s.target.refuses = func(body string) error {
		if strings.Contains(body, "letter 2\r") {
			return &mail.Error{Op: "append", Where: "target", Kind: mail.ErrRefused, Text: "bad header"}
		}
		return nil
	}
	for i := range 4 {
		s.source.put(mail.Inbox, letter(i), day(i), mail.FlagSeen)
	}
	var mu sync.Mutex
	var asked []copier.Trouble
	s.hooks = hooks{digest: "x", later: later{trouble: func(tr *copier.Trouble) (copier.RunVerdict, error) {
		mu.Lock()
		defer mu.Unlock()
		asked = append(asked, *tr)
		return answer, err
	}}}
	return s, &asked
}

func TestOnError_decidesAboutAMessage(t *testing.T) {
	tests := []struct {
		name    string
		answer  copier.RunVerdict
		err     error
		outcome task.Outcome
		fate    task.Fate
		reason  string
		again   task.Counts // of the next run
	}{
		{"no opinion", copier.RunVerdict{}, nil, task.OutcomeListed, task.FateFailed, "append to INBOX", task.Counts{Present: 3, Failed: 1}},
		{"failure", verdict(copier.RunSkip), errors.New("trap"), task.OutcomeListed, task.FateFailed, "append to INBOX", task.Counts{Present: 3, Failed: 1}},
		{"skip", verdict(copier.RunSkip), nil, task.OutcomeDone, task.FateSkipped, "skipped by guard: because: append to INBOX", task.Counts{Present: 3, Skipped: 1}},
		{"defer", verdict(copier.RunDefer), nil, task.OutcomeListed, task.FateHeld, "deferred by guard: because: append to INBOX", task.Counts{Present: 3, Held: 1}},
		{"stop", verdict(copier.RunStop), nil, task.OutcomeNeedsUser, task.FateFailed, "append to INBOX", task.Counts{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, asked := refusing(t, tt.answer, tt.err)
			r := s.run()
			if r.Outcome != tt.outcome || len(r.Listed) != 1 || r.Listed[0].UID != 3 || r.Listed[0].Fate != tt.fate || !strings.HasPrefix(r.Listed[0].Reason, tt.reason) {
				t.Errorf("%q: %q, listed %+v", r.Outcome, r.Cause, r.Listed)
			}
			if len(*asked) != 1 {
				t.Fatalf("asked about %+v", *asked)
			}
			tr := (*asked)[0]
			if tr.UID != 3 || tr.Source != "a" || tr.Folder.Name != mail.Inbox || tr.Target != mail.Inbox || tr.Stage != copier.StageAppend ||
				tr.Kind != copier.KindRefused || tr.Size != int64(len(letter(2))) || !strings.Contains(tr.Err, "bad header") {
				t.Errorf("asked about %+v", tr)
			}
			if tt.err != nil && !strings.Contains(strings.Join(r.Notes, "\n"), "the hook on_error failed: trap") {
				t.Errorf("the notes are %q", r.Notes)
			}
			if tt.answer.Action == copier.RunStop {
				if !strings.HasPrefix(r.Cause, "the run was stopped by guard: because; what failed: append to INBOX") {
					t.Errorf("the cause is %q", r.Cause)
				}
				return
			}
			again := s.run()
			got := again.Counts
			got.Source, got.SourceBytes = 0, 0
			if got != tt.again {
				t.Errorf("the next run: %+v, want %+v", got, tt.again)
			}
		})
	}
}

// TestOnError_leavesOutAMessageThatBreaksEveryConnection: what became of its append
// is unknown each time.
func TestOnError_leavesOutAMessageThatBreaksEveryConnection(t *testing.T) {
	for _, side := range []string{"source", "target"} {
		t.Run(side, func(t *testing.T) {
			s, asked := refusing(t, verdict(copier.RunSkip), nil)
			s.target.refuses = nil
			poison := func(body string) bool { return strings.Contains(body, "letter 2\r") }
			if side == "source" {
				s.source.poison = poison
			} else {
				s.target.poison = poison
			}
			s.options.Retries = 10
			r := s.run()
			s.wants(r, task.OutcomeDone, 3, 0)
			if r.Counts.Skipped != 1 || len(*asked) != 1 || (*asked)[0].Attempts != 4 || (*asked)[0].Kind != copier.KindLost {
				t.Fatalf("%+v, asked about %+v", r.Counts, *asked)
			}
			if n := s.ledger.states()[copier.EntryIntent]; n != 0 {
				t.Errorf("%d intents are open", n)
			}
			s.world.heal()
			r = s.run()
			s.wants(r, task.OutcomeDone, 0, 3)
			if r.Counts.Skipped != 1 || s.world.taken("source fetch") != 0 {
				t.Errorf("then %+v", r.Counts)
			}
		})
	}
}

func TestOnError_decidesAboutAFolder(t *testing.T) {
	tests := []struct {
		answer  copier.RunVerdict
		outcome task.Outcome
		want    task.Counts
	}{
		{copier.RunVerdict{}, task.OutcomeListed, task.Counts{Copied: 1, Failed: 2}},
		{verdict(copier.RunSkip), task.OutcomeDone, task.Counts{Copied: 1, Skipped: 2}},
		{verdict(copier.RunDefer), task.OutcomeListed, task.Counts{Copied: 1, Held: 2}},
		{verdict(copier.RunStop), task.OutcomeNeedsUser, task.Counts{Copied: 1, Failed: 2}},
	}
	for _, tt := range tests {
		for _, where := range []string{"opening", "planning"} {
			t.Run(fmt.Sprint(tt.answer.Action, where), func(t *testing.T) {
				s, asked := refusing(t, tt.answer, nil)
				s.options.Lanes = 1
				s.target.refuses = nil
				for uid := range mail.UID(3) {
					s.source.remove(mail.Inbox, uid+1)
				}
				s.source.put("Bad", letter(1), day(1))
				s.source.put("Bad", letter(2), day(1))
				stage, kind := copier.StageFetch, copier.KindRefused
				if where == "opening" {
					s.source.cannotOpen = func(name string) error {
						if name == "Bad" {
							return &mail.Error{Op: "open Bad", Where: "source", Kind: mail.ErrDenied}
						}
						return nil
					}
				} else {
					s.target.refusesName = func(name string) bool { return name == "Bad" }
					stage = copier.StageMap
				}
				r := s.run()
				got := r.Counts
				got.Source, got.Bytes, got.SourceBytes = 0, 0, 0
				if where == "planning" && tt.answer.Action == copier.RunStop {
					// It ends before anything is copied.
					tt.want = task.Counts{Failed: 3}
				}
				if r.Outcome != tt.outcome || got != tt.want {
					t.Errorf("%q: %q, %+v", r.Outcome, r.Cause, r.Counts)
				}
				if len(*asked) != 1 || (*asked)[0].UID != 0 || (*asked)[0].Folder.Name != "Bad" || (*asked)[0].Stage != stage || (*asked)[0].Kind != kind {
					t.Errorf("asked about %+v", *asked)
				}
			})
		}
	}
}

func TestOnError_decidesHowARunEndsThatFailed(t *testing.T) {
	for action, want := range map[copier.RunAction]task.Outcome{
		copier.RunGoOn: task.OutcomeNeedsUser, copier.RunSkip: task.OutcomeNeedsUser, copier.RunDefer: task.OutcomeTemporary, copier.RunStop: task.OutcomeNeedsUser,
	} {
		s, asked := refusing(t, verdict(action), nil)
		s.target.cannotLogIn = &mail.Error{Op: "log in", Where: "target", Kind: mail.ErrAuth}
		r := s.run()
		if r.Outcome != want || !strings.Contains(r.Cause, "log in") {
			t.Errorf("action %d: %q: %q", action, r.Outcome, r.Cause)
		}
		if len(*asked) != 1 || (*asked)[0].Kind != copier.KindAuth || (*asked)[0].Stage != copier.StageList || (*asked)[0].Folder.Name != "" {
			t.Errorf("asked about %+v", *asked)
		}
	}
}

func TestKindOf_tellsErrorsApart(t *testing.T) {
	wrap := func(kind, cause error) error {
		return fmt.Errorf("folder A: %w", &mail.Error{Op: "x", Kind: kind, Err: cause})
	}
	tests := []struct {
		give error
		want string
	}{
		{wrap(mail.ErrAuth, nil), copier.KindAuth},
		{wrap(mail.ErrQuota, nil), copier.KindQuota},
		{wrap(mail.ErrRefused, nil), copier.KindRefused},
		{wrap(mail.ErrDenied, nil), copier.KindRefused},
		{wrap(mail.ErrTooBig, nil), copier.KindTooBig},
		{wrap(mail.ErrNoFolder, nil), copier.KindNoFolder},
		{wrap(mail.ErrConnect, nil), copier.KindLost},
		{wrap(mail.ErrConnect, os.ErrDeadlineExceeded), copier.KindTimeout},
		{wrap(mail.ErrConnect, context.DeadlineExceeded), copier.KindTimeout},
		{wrap(mail.ErrConnect, errors.New("reset")), copier.KindLost},
		{wrap(mail.ErrProtocol, nil), copier.KindOther},
		{errors.New("what"), copier.KindOther},
		{nil, copier.KindOther},
	}
	for _, tt := range tests {
		if got := copier.KindOf(tt.give); got != tt.want {
			t.Errorf("%v is %q, want %q", tt.give, got, tt.want)
		}
	}
}
