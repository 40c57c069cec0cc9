package copier_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/task"
)

// stampOf is what the hook stamp makes of a message: one more header field, and
// another Message-ID for every fourth letter; nameless messages stay as they are.
func stampOf(text string) string {
	if !strings.Contains(text, "Message-ID:") {
		return text
	}
	for _, digit := range []string{"3", "7"} {
		text = strings.Replace(text, "Message-ID: <"+digit+"@", "Message-ID: <new-"+digit+"@", 1)
	}
	return "X-Stamp: seen\r\n" + text
}

// rewriteBy makes a hook of a function on texts.
func rewriteBy(fn func(q *copier.RewriteQuestion, text string) (string, error)) func(*copier.RewriteQuestion) (copier.Rewrite, error) {
	return func(q *copier.RewriteQuestion) (copier.Rewrite, error) {
		old, err := io.ReadAll(io.NewSectionReader(q.Body, 0, q.Message.Size))
		if err != nil || int64(len(old)) != q.Message.Size {
			return copier.Rewrite{}, fmt.Errorf("read %d of %d bytes: %w", len(old), q.Message.Size, err)
		}
		made, err := fn(q, string(old))
		if err != nil {
			return copier.Rewrite{}, err
		}
		return copier.Rewrite{Message: strings.NewReader(made), Size: int64(len(made)), By: "test"}, nil
	}
}

func stamp(_ *copier.RewriteQuestion, text string) (string, error) { return stampOf(text), nil }

// rewrittenTo checks that the target holds what a function makes of the messages of
// the source, each as often.
func (s *scene) rewrittenTo(of func(string) string) error {
	for _, name := range s.source.names() {
		want := map[string]int{}
		for k, n := range s.source.content(name) {
			i := strings.Index(k, "] ") + 2
			want[k[:i]+of(k[i:])] += n
		}
		if diff := difference(want, s.target.content(name)); diff != "" {
			return fmt.Errorf("%s:\n%s", name, diff)
		}
	}
	return nil
}

func TestRun_storesWhatAHookMakesOfAMessage(t *testing.T) {
	s := newScene(t)
	oddMail(s)
	var asked []string
	s.hooks = hooks{storing: storing{rewrite: func(q *copier.RewriteQuestion) (copier.Rewrite, error) {
		if q.Source != "a" || q.Target != q.Folder.Name || q.Attempt != 0 || !strings.HasSuffix(string(q.Message.Header), "\r\n\r\n") {
			asked = append(asked, fmt.Sprintf("%+v", q))
		}
		return rewriteBy(stamp)(q)
	}}}
	r := s.run()
	s.wants(r, task.OutcomeDone, 17, 0)
	if err := s.rewrittenTo(stampOf); err != nil {
		t.Error(err)
	}
	if len(asked) > 0 || r.Counts.Rewritten != 14 || len(r.Notes) != 1 || r.Notes[0] != "14 messages rewritten by test" {
		t.Errorf("rewritten %d, notes %q, strange questions %q", r.Counts.Rewritten, r.Notes, asked)
	}
	s.wants(s.run(), task.OutcomeDone, 0, 17)
	for _, with := range []copier.Hooks{s.hooks, nil} {
		s.hooks = with
		if v := s.verify(); v.Outcome != task.OutcomeDone || v.Matched != 17 || v.Differ != 0 || v.Extra != 0 {
			t.Errorf("verify: %q (%s) %+v %v", v.Outcome, v.Cause, v.VerifyCounts, v.Listed)
		}
	}
	// Without a ledger the hook tells what should be there.
	s.ledger, s.hooks = newLedger(s.world), hooks{storing: storing{rewrite: rewriteBy(stamp)}}
	if v := s.verify(); v.Outcome != task.OutcomeDone || v.Matched != 17 {
		t.Errorf("verify without a ledger: %q (%s) %+v", v.Outcome, v.Cause, v.VerifyCounts)
	}
}

func TestVerify_namesACopyThatIsNotAsItWasRewritten(t *testing.T) {
	s := newScene(t)
	s.source.put(mail.Inbox, letter(1), day(1))
	s.hooks = hooks{storing: storing{rewrite: rewriteBy(stamp)}}
	s.wants(s.run(), task.OutcomeDone, 1, 0)
	s.target.remove(mail.Inbox, 1)
	s.target.put(mail.Inbox, letter(1), day(1))
	v := s.verify()
	if v.Matched != 1 || v.Altered != 1 || len(v.Listed) != 1 || !strings.Contains(v.Listed[0].Reason, "as it is at the source, and not as it was rewritten") {
		t.Errorf("%+v %v", v.VerifyCounts, v.Listed)
	}
}

// ladder refuses a message until its third version.
func ladder(s *scene) {
	s.target.refuses = func(body string) error {
		if strings.Contains(body, "Subject: letter 3\r\n") && !strings.Contains(body, "X-Version: 2\r\n") || strings.Contains(body, "Subject: letter 5\r\n") {
			return &mail.Error{Op: "append", Where: "target", Kind: mail.ErrRefused, Text: "not this one"}
		}
		return nil
	}
	s.hooks = hooks{storing: storing{rewrite: rewriteBy(version)}}
}

func version(q *copier.RewriteQuestion, text string) (string, error) {
	if q.Attempt == 0 || strings.Contains(text, "Subject: letter 5\r\n") && q.Attempt > 1 {
		return text, nil
	}
	if !strings.Contains(q.Refusal, "not this one") {
		return text, nil // it is asked what it would do, not why
	}
	return fmt.Sprintf("X-Version: %d\r\n%s", q.Attempt, text), nil
}

func TestRun_offersARefusedMessageAgain(t *testing.T) {
	for _, single := range []bool{false, true} {
		s := newScene(t)
		oddMail(s)
		s.target.single = single
		ladder(s)
		r := s.run()
		// The letter 3 is there five times, the letter 5 once.
		if r.Outcome != task.OutcomeListed || r.Counts.Copied != 16 || r.Counts.Failed != 1 || r.Counts.Rewritten != 5 {
			t.Fatalf("single %v: %q (%s) %+v %v", single, r.Outcome, r.Cause, r.Counts, r.Listed)
		}
		if len(r.Listed) != 1 || r.Listed[0].Fate != task.FateFailed || !strings.Contains(r.Listed[0].Reason, "not this one") {
			t.Errorf("listed %v", r.Listed)
		}
		bodies := s.target.bodies(mail.Inbox)
		if bodies["X-Version: 2\r\n"+letter(3)] != 4 || s.target.bodies("Other")["X-Version: 2\r\n"+letter(3)] != 1 {
			t.Errorf("the target holds %v", bodies)
		}
		s.target.refuses = nil
		s.wants(s.run(), task.OutcomeDone, 1, 16)
	}
}

func TestRun_offersARefusedMessageFiveTimes(t *testing.T) {
	s := newScene(t)
	s.source.put(mail.Inbox, letter(1), day(1))
	s.source.put(mail.Inbox, bigLetter(2), day(2))
	s.options.StreamFrom = 1000
	s.target.refuses = func(string) error { return &mail.Error{Op: "append", Kind: mail.ErrTooBig} }
	attempts := map[mail.UID][]int{}
	s.hooks = hooks{storing: storing{rewrite: func(q *copier.RewriteQuestion) (copier.Rewrite, error) {
		attempts[q.Message.UID] = append(attempts[q.Message.UID], q.Attempt)
		return rewriteBy(func(q *copier.RewriteQuestion, text string) (string, error) {
			return fmt.Sprintf("X: %d\r\n%s", q.Attempt, text), nil
		})(q)
	}}}
	r := s.run()
	if r.Counts.Failed != 2 || fmt.Sprint(attempts) != "map[1:[0 1 2 3 4 5] 2:[0 1 2 3 4 5]]" {
		t.Errorf("%+v, attempts %v", r.Counts, attempts)
	}
	if n := s.ledger.states(); n[copier.EntryIntent]+n[copier.EntryDone] != 0 {
		t.Errorf("the ledger has %v", n)
	}
	// A full destination would refuse every version.
	s.target.refuses = func(string) error { return &mail.Error{Op: "append", Kind: mail.ErrQuota} }
	clear(attempts)
	if r := s.run(); r.Outcome != task.OutcomeFull || len(attempts[1]) > 1 {
		t.Errorf("%q, attempts %v", r.Outcome, attempts)
	}
}

func TestRun_aHookThatCanNotRewriteHolds(t *testing.T) {
	s := newScene(t)
	for i := range 5 {
		s.source.put(mail.Inbox, letter(i), day(i))
	}
	s.hooks = hooks{storing: storing{rewrite: func(q *copier.RewriteQuestion) (copier.Rewrite, error) {
		switch q.Message.UID {
		case 1:
			return copier.Rewrite{}, errors.New("trap")
		case 2:
			return copier.Rewrite{Action: copier.ActionSkip, By: "test", Note: "spam"}, nil
		case 3:
			return copier.Rewrite{Action: copier.ActionDefer, By: "test"}, nil
		case 4: // shorter than it says
			return copier.Rewrite{Message: strings.NewReader("short"), Size: 9, By: "test"}, nil
		}
		return copier.Rewrite{}, nil
	}}}
	r := s.run()
	if r.Counts.Copied != 1 || r.Counts.Held != 3 || r.Counts.Skipped != 1 {
		t.Fatalf("%+v %v", r.Counts, r.Listed)
	}
	for _, l := range r.Listed {
		want := map[uint32]string{1: "the rewriting failed: trap", 2: "skipped by test: spam", 3: "deferred by test", 4: "the rewriting failed: unexpected EOF"}[l.UID]
		if l.Reason != want {
			t.Errorf("UID %d: %q, want %q", l.UID, l.Reason, want)
		}
	}
	s.hooks = nil
	s.wants(s.run(), task.OutcomeDone, 3, 1) // what was skipped stays so under the same rules
}

// TestRun_rewritingLosesAndDoublesNothing breaks copies with a rewriting hook at every
// step, and those in which versions are refused.
func TestRun_rewritingLosesAndDoublesNothing(t *testing.T) {
	t.Parallel()
	stories := []struct {
		name string
		set  func(*scene)
		of   func(string) string
		left int64
	}{
		{"stamp", func(s *scene) { s.hooks = hooks{storing: storing{rewrite: rewriteBy(stamp)}} }, stampOf, 0},
		{"refused", ladder, nil, 1},
	}
	for _, server := range servers {
		for _, story := range stories {
			t.Run(server.name+"/"+story.name, func(t *testing.T) {
				t.Parallel()
				prepare := func() *scene {
					s := newScene(t)
					oddMail(s)
					server.set(s)
					story.set(s)
					return s
				}
				sound := prepare()
				r := sound.run()
				if r.Counts.Failed != story.left {
					t.Fatalf("without a fault: %q %s", r.Outcome, r.Cause)
				}
				steps := sound.world.n
				inbox, other := sound.target.content(mail.Inbox), sound.target.content("Other")
				if story.of != nil {
					if err := sound.rewrittenTo(story.of); err != nil {
						t.Fatal(err)
					}
				}
				for i, kind := range []fault{faultDrop, faultDropAfter, faultKill, faultKillAfter} {
					for k := 1 + i%3; k <= steps; k += 3 {
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
						if r.Counts.Failed != story.left {
							t.Fatalf("fault %d at step %d (%s): then %q: %s", kind, k, op, r.Outcome, r.Cause)
						}
						for name, want := range map[string]map[string]int{mail.Inbox: inbox, "Other": other} {
							if diff := difference(want, s.target.content(name)); diff != "" {
								t.Fatalf("fault %d at step %d (%s): %s:\n%s", kind, k, op, name, diff)
							}
						}
						if n := s.ledger.states()[copier.EntryIntent]; n != 0 {
							t.Fatalf("fault %d at step %d (%s): %d intents are still open", kind, k, op, n)
						}
					}
				}
			})
		}
	}
}

// TestRun_findsRewrittenCopiesAgain: the ledger, or what the hook says, tells what the
// copies look like.
func TestRun_findsRewrittenCopiesAgain(t *testing.T) {
	// Every message keeps its Message-ID, and is another one all the same.
	keepsID := func(_ *copier.RewriteQuestion, text string) (string, error) { return "X-Stamp: seen\r\n" + text, nil }
	tests := []struct {
		name string
		hook func(*copier.RewriteQuestion, string) (string, error)
		do   func(*scene)
		more int64 // messages that are new
	}{
		{"target folder numbered anew", stamp, func(s *scene) { s.target.renumber(mail.Inbox); s.target.renumber("Other") }, 0},
		{"target folder numbered anew, no hook", stamp, func(s *scene) { s.target.renumber(mail.Inbox); s.target.renumber("Other"); s.hooks = nil }, 0},
		{"the ledger is lost", keepsID, func(s *scene) { s.ledger = newLedger(s.world) }, 0},
		{"source folder numbered anew", keepsID, func(s *scene) {
			s.source.renumber(mail.Inbox)
			s.source.put(mail.Inbox, letter(50), day(1))
		}, 1},
	}
	for _, server := range servers {
		for _, tt := range tests {
			t.Run(server.name+"/"+tt.name, func(t *testing.T) {
				s := newScene(t)
				oddMail(s)
				server.set(s)
				s.hooks = hooks{storing: storing{rewrite: rewriteBy(tt.hook)}}
				s.wants(s.run(), task.OutcomeDone, 17, 0)
				tt.do(s)
				s.wants(s.run(), task.OutcomeDone, tt.more, 17)
				s.wants(s.run(), task.OutcomeDone, 0, 17+tt.more)
			})
		}
	}
}

// TestRun_rewrittenCopiesOutliveARestoredBackup: of the target, or of the ledger.
func TestRun_rewrittenCopiesOutliveARestoredBackup(t *testing.T) {
	keepsID := func(_ *copier.RewriteQuestion, text string) (string, error) { return "X-Stamp: seen\r\n" + text, nil }
	for _, server := range servers {
		t.Run(server.name, func(t *testing.T) {
			s := newScene(t)
			oddMail(s)
			server.set(s)
			s.hooks = hooks{storing: storing{rewrite: rewriteBy(keepsID)}}
			s.wants(s.run(), task.OutcomeDone, 17, 0)
			old := s.ledger.clone()
			for i := range 4 {
				s.source.put(mail.Inbox, letter(20+i%2), day(i))
				s.source.put(mail.Inbox, nameless(20), day(2))
			}
			s.wants(s.run(), task.OutcomeDone, 8, 17)
			s.ledger = old
			s.wants(s.run(), task.OutcomeDone, 0, 25)
			want := s.target.content(mail.Inbox)
			s.target.goBack(mail.Inbox, 9)
			if r := s.run(); r.Outcome != task.OutcomeDone || r.Counts.Copied == 0 {
				t.Fatalf("%q (%s) %+v", r.Outcome, r.Cause, r.Counts)
			}
			if diff := difference(want, s.target.content(mail.Inbox)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRun_deletesAtTheSourceWhatWasRewritten(t *testing.T) {
	s := newScene(t)
	oddMail(s)
	s.hooks = hooks{storing: storing{rewrite: rewriteBy(stamp)}}
	s.options.Removal = copier.Removal{AtSource: true, Limit: copier.LimitOf(100)}
	r := s.run()
	if r.Outcome != task.OutcomeDone || r.Counts.Copied != 17 || r.Counts.DeletedSource != 17 {
		t.Fatalf("%q (%s) %+v %v", r.Outcome, r.Cause, r.Counts, r.Listed)
	}
	if n := len(s.source.bodies(mail.Inbox)) + len(s.source.bodies("Other")); n != 0 {
		t.Errorf("%d messages are still at the source", n)
	}
}

func TestRun_rewritesLargeMessagesWithoutHoldingThem(t *testing.T) {
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
	given, closed := 0, 0
	s.hooks = hooks{storing: storing{rewrite: func(q *copier.RewriteQuestion) (copier.Rewrite, error) {
		given++
		head := "X-Stamp: seen\r\n"
		return copier.Rewrite{
			Message: stitched{head, q.Body}, Size: q.Message.Size + int64(len(head)), By: "test",
			Close: func() { closed++ },
		}, nil
	}}}
	s.wants(s.run(), task.OutcomeDone, 6, 0)
	if err := s.rewrittenTo(func(text string) string { return "X-Stamp: seen\r\n" + text }); err != nil {
		t.Error(err)
	}
	if len(spools) != 3 || given != 6 || closed != 6 {
		t.Errorf("%d spools, want 3; %d of 6 messages given back", len(spools), closed)
	}
	for i, sp := range spools {
		if !sp.closed {
			t.Errorf("spool %d is still there", i)
		}
	}
	// Nothing is left behind when something breaks on the way.
	spools, given, closed = nil, 0, 0
	s.source.put("More", bigLetter(9), day(9))
	s.source.put("More", bigLetter(8), day(8))
	s.world.heal()
	s.world.at = func(_ int, op string) fault {
		if op == "target append" {
			return faultKill
		}
		return faultNone
	}
	s.run()
	// A message may be here already, and no plugin has been asked about it yet.
	if len(spools) == 0 || given == 0 || closed != given {
		t.Errorf("%d spools, %d of %d messages given back", len(spools), closed, given)
	}
	for i, sp := range spools {
		if !sp.closed {
			t.Errorf("spool %d is still there", i)
		}
	}
}

// stitched is a text and, behind it, a message that is read only when it is sent.
type stitched struct {
	head string
	rest io.ReaderAt
}

func (s stitched) ReadAt(b []byte, off int64) (n int, err error) {
	if off < int64(len(s.head)) {
		if n = copy(b, s.head[off:]); n == len(b) {
			return n, nil
		}
	}
	more, err := s.rest.ReadAt(b[n:], off+int64(n-len(s.head)))
	return n + more, err
}

// TestRun_findsRewrittenCopiesThatAServerHasAltered breaks copies into servers that do
// what Courier and Cyrus do (see altered.go), at every step.
func TestRun_findsRewrittenCopiesThatAServerHasAltered(t *testing.T) {
	alterations := map[string]func(string) string{
		"ends the last line": func(body string) string { return strings.TrimSuffix(body, "\r\n") + "\r\n" },
		"munges the header": func(body string) string {
			head, text, _ := strings.Cut(body, "\r\n\r\n")
			munged := []byte(head)
			for i, c := range munged {
				if c >= 0x80 {
					munged[i] = 'X'
				}
			}
			return string(munged) + "\r\n\r\n" + text
		},
	}
	keepsID := func(_ *copier.RewriteQuestion, text string) (string, error) { return "X-Stamp: seen\r\n" + text, nil }
	for name, alters := range alterations {
		t.Run(name, func(t *testing.T) {
			prepare := func() *scene {
				s := newScene(t)
				for i := range 5 {
					s.source.put(mail.Inbox, fmt.Sprintf("Message-ID: <%d@example.org>\r\nSubject: gr\xfc\xdfe\r\n\r\nno end %d", i%4, i%4), day(i))
				}
				s.target.alters, s.target.batch = alters, 2
				s.hooks = hooks{storing: storing{rewrite: rewriteBy(keepsID)}}
				return s
			}
			sound := prepare()
			sound.wants(sound.run(), task.OutcomeDone, 5, 0)
			steps, want := sound.world.n, sound.target.content(mail.Inbox)
			for _, kind := range []fault{faultDropAfter, faultKill, faultKillAfter} {
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
					s.run()
					if diff := difference(want, s.target.content(mail.Inbox)); diff != "" {
						t.Fatalf("fault %d at step %d (%s):\n%s", kind, k, op, diff)
					}
				}
			}
		})
	}
}
