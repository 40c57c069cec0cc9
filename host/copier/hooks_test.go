package copier_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/task"
)

// hooks are functions as copier.Hooks; nil ones are not asked.
type hooks struct {
	mapFolder func(copier.FolderQuestion) (copier.FolderAnswer, error)
	envelope  func(*copier.Candidate) (copier.Verdict, error)
	message   func(*copier.Candidate) (copier.Verdict, error)
	digest    string
	storing   // further kinds
	later
}

func (h hooks) Asks(kind copier.HookKind) bool {
	switch kind {
	case copier.HookMapFolder:
		return h.mapFolder != nil
	case copier.HookFilterEnvelope:
		return h.envelope != nil
	case copier.HookFilterMessage:
		return h.message != nil
	}
	return h.storing.asks(kind) || h.later.asks(kind)
}

func (h hooks) MapFolder(_ context.Context, q copier.FolderQuestion) (copier.FolderAnswer, error) {
	return h.mapFolder(q)
}

func (h hooks) FilterEnvelope(_ context.Context, c *copier.Candidate) (copier.Verdict, error) {
	return h.envelope(c)
}

func (h hooks) FilterMessage(_ context.Context, c *copier.Candidate) (copier.Verdict, error) {
	return h.message(c)
}

func (h hooks) Digest() string { return h.digest }

// bySubject decides by the serial of a letter.
func bySubject(c *copier.Candidate) (copier.Verdict, error) {
	has := func(n int) bool {
		return strings.Contains(string(c.Message.Header), fmt.Sprintf("Subject: letter %d\r\n", n))
	}
	switch {
	case has(1):
		return copier.Verdict{Action: copier.ActionSkip, By: "test", Note: "not wanted"}, nil
	case has(2):
		return copier.Verdict{Action: copier.ActionDefer, By: "test", Note: "later"}, nil
	case has(3):
		return copier.Verdict{}, errors.New("trap")
	case has(4):
		return copier.Verdict{Target: "Elsewhere", By: "test"}, nil
	case has(5):
		return copier.Verdict{Flags: []mail.Flag{mail.FlagFlagged}, Date: day(99), By: "test"}, nil
	case has(6):
		return copier.Verdict{Flags: []mail.Flag{}}, nil
	case has(7):
		return copier.Verdict{Target: "bad//name", By: "test"}, nil
	}
	return copier.Verdict{}, nil
}

func TestRun_filtersDecide(t *testing.T) {
	tests := []struct {
		name      string
		hooks     hooks
		askBefore int64 // Options.AskFirstFrom
	}{
		{"by the envelope before the download", hooks{envelope: bySubject, digest: "1"}, 1},
		{"by the envelope on arrival", hooks{envelope: bySubject, digest: "1"}, 0},
		{"by the whole message", hooks{message: bySubject, digest: "1"}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newScene(t)
			s.hooks, s.options.AskFirstFrom = tt.hooks, tt.askBefore
			for i := range 10 {
				s.source.put(mail.Inbox, letter(i), day(i), mail.FlagSeen)
			}
			r := s.run()
			c := r.Counts
			if r.Outcome != task.OutcomeListed || c.Copied != 6 || c.Skipped != 1 || c.Held != 3 || c.Failed != 0 {
				t.Fatalf("outcome %q: %+v", r.Outcome, c)
			}
			fates := map[uint32]string{}
			for _, l := range r.Listed {
				fates[l.UID] = string(l.Fate) + ": " + l.Reason
			}
			want := map[uint32]string{
				2: "skipped: skipped by test: not wanted", 3: "held: deferred by test: later", 4: "held: the filter failed: trap",
				8: `held: test wants it in "bad//name"`,
			}
			for uid, text := range want {
				if !strings.HasPrefix(fates[uid], text) {
					t.Errorf("UID %d: %q, want %q", uid, fates[uid], text)
				}
			}
			if got := s.target.bodies("Elsewhere"); len(got) != 1 || got[letter(4)] != 1 {
				t.Errorf("Elsewhere holds %v", got)
			}
			for _, l := range s.target.box(mail.Inbox).mails {
				flags, date := fmt.Sprint(l.flags), l.date
				switch l.text {
				case letter(5):
					if flags != `[\Flagged]` || !date.Equal(day(99)) {
						t.Errorf("letter 5 has %s, %v", flags, date)
					}
				case letter(6):
					if flags != `[]` {
						t.Errorf("letter 6 has %s", flags)
					}
				default:
					if flags != `[\Seen]` {
						t.Errorf("%.40q has %s", l.text, flags)
					}
				}
			}
			// What is held is asked about again; what is skipped is not.
			s.hooks = hooks{message: func(*copier.Candidate) (copier.Verdict, error) { return copier.Verdict{}, nil }, digest: "1"}
			s.wants(s.run(), task.OutcomeDone, 3, 6)
			// Other rules reconsider what was skipped.
			s.hooks = hooks{digest: "2"}
			s.wants(s.run(), task.OutcomeDone, 1, 9)
			s.wants(s.run(), task.OutcomeDone, 0, 10)
		})
	}
}

func TestRun_skippedMessagesAreNotDownloaded(t *testing.T) {
	s := newScene(t)
	s.options.AskFirstFrom = askFirst
	for i := range 10 {
		s.source.put(mail.Inbox, long(i), day(i))
	}
	s.hooks = hooks{envelope: func(*copier.Candidate) (copier.Verdict, error) { return copier.Verdict{Action: copier.ActionSkip}, nil }}
	r := s.run()
	if r.Outcome != task.OutcomeDone || r.Counts.Skipped != 10 || s.world.taken("source fetch") != 0 {
		t.Fatalf("outcome %q, %+v, %d downloads", r.Outcome, r.Counts, s.world.taken("source fetch"))
	}
	s.world.heal()
	if r = s.run(); r.Counts.Skipped != 10 || s.world.taken("source examine") != 0 {
		t.Fatalf("then %+v", r.Counts)
	}
}

func TestRun_folderHooks(t *testing.T) {
	s := newScene(t)
	for i, name := range []string{mail.Inbox, "Keep", "Later", "Out", "Trap"} {
		s.source.put(name, letter(i), day(i))
	}
	asked := map[string]int{}
	s.hooks = hooks{mapFolder: func(q copier.FolderQuestion) (copier.FolderAnswer, error) {
		asked[q.Folder.Name]++
		switch q.Folder.Name {
		case "Out":
			return copier.FolderAnswer{Exclude: true, By: "test", Note: "not wanted"}, nil
		case "Later":
			return copier.FolderAnswer{Defer: true, By: "test", Note: "not before Monday"}, nil
		case "Trap":
			return copier.FolderAnswer{}, errors.New("unreachable executed")
		}
		return copier.FolderAnswer{Target: "From a/" + q.Proposed, By: "test"}, nil
	}}
	r := s.run()
	if c := r.Counts; r.Outcome != task.OutcomeListed || c.Copied != 2 || c.Skipped != 1 || c.Held != 2 {
		t.Fatalf("outcome %q: %+v", r.Outcome, c)
	}
	for _, f := range r.Folders {
		if f.Folder == "Later" && (f.Held != 1 || f.Error != "held, because the folder was deferred: not before Monday") {
			t.Errorf("a folder that was deferred: %+v", f)
		}
	}
	s.same("From a/INBOX", mail.Inbox)
	s.same("From a/Keep", "Keep")
	if s.target.box("Out") != nil || s.target.box("Later") != nil || s.target.box("Trap") != nil {
		t.Error("a folder was made that nothing goes to")
	}
	for name, n := range asked {
		if n != 1 {
			t.Errorf("%s was asked about %d times", name, n)
		}
	}
}

func TestRun_largeMessagesAreSpooledForFilters(t *testing.T) {
	s := newScene(t)
	s.options.StreamFrom, s.options.SpoolFrom = 100, 500
	var spools []*spool
	s.options.Spool = func() (copier.Spool, error) {
		spools = append(spools, &spool{})
		return spools[len(spools)-1], nil
	}
	for i := range 3 {
		s.source.put(mail.Inbox, bigLetter(i), day(i))
		s.source.put(mail.Inbox, letter(i), day(i))
	}
	s.hooks = hooks{message: func(c *copier.Candidate) (copier.Verdict, error) {
		b, err := io.ReadAll(io.NewSectionReader(c.Body, 0, c.Message.Size))
		if err != nil || len(b) != int(c.Message.Size) || !strings.HasSuffix(string(c.Message.Header), "\r\n\r\n") {
			return copier.Verdict{}, fmt.Errorf("%d of %d bytes: %w", len(b), c.Message.Size, err)
		}
		if strings.Contains(string(b), "letter 1\r") {
			return copier.Verdict{Action: copier.ActionSkip}, nil
		}
		return copier.Verdict{}, nil
	}}
	s.wants(s.run(), task.OutcomeDone, 4, 0)
	if len(spools) != 3 {
		t.Errorf("%d spools, want 3", len(spools))
	}
	for i, sp := range spools {
		if !sp.closed {
			t.Errorf("spool %d is still there", i)
		}
	}
}

type spool struct {
	b      []byte
	closed bool
}

func (s *spool) Write(b []byte) (int, error) { s.b = append(s.b, b...); return len(b), nil }

func (s *spool) ReadAt(b []byte, off int64) (int, error) {
	if s.closed {
		return 0, errors.New("the spool is closed")
	}
	if off >= int64(len(s.b)) {
		return 0, io.EOF
	}
	n := copy(b, s.b[off:])
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

func (s *spool) Close() error { s.closed = true; return nil }
