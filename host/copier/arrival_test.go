package copier_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/task"
)

// askFirst is the size from which tests ask about a message before it is downloaded.
const askFirst = 64 << 10

// long is a letter of that size.
func long(serial int) string {
	return letter(serial) + strings.Repeat("0123456789abcdef\r\n", 4000)
}

// once checks that each message is asked about once, and as a filter of envelopes is to
// see it.
type once struct {
	mu    sync.Mutex
	asked map[mail.UID]bool
}

func (o *once) check(c *copier.Candidate) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.asked == nil {
		o.asked = map[mail.UID]bool{}
	}
	head := string(c.Message.Header)
	switch {
	case o.asked[c.Message.UID]:
		return fmt.Errorf("%d was asked about twice", c.Message.UID)
	case c.Body != nil || c.Message.Size == 0 || c.Message.InternalDate.IsZero():
		return fmt.Errorf("%d: %+v", c.Message.UID, c)
	case !strings.HasPrefix(head, "From: ann@example.org\r\n") || strings.Index(head, "\r\n\r\n") != len(head)-4:
		return fmt.Errorf("%d: the header section is %q", c.Message.UID, head)
	}
	o.asked[c.Message.UID] = true
	return nil
}

func TestRun_asksAboutLargeMessagesBeforeTheyAreDownloaded(t *testing.T) {
	s := newScene(t)
	s.options.AskFirstFrom = askFirst
	for i := range 6 {
		s.source.put(mail.Inbox, letter(i), day(i), mail.FlagSeen)
		s.source.put(mail.Inbox, long(i), day(i))
	}
	var seen once
	s.hooks = hooks{envelope: func(c *copier.Candidate) (copier.Verdict, error) {
		if err := seen.check(c); err != nil {
			t.Error(err)
		}
		if strings.Contains(string(c.Message.Header), "letter 2\r") {
			return copier.Verdict{Action: copier.ActionSkip}, nil
		}
		return copier.Verdict{}, nil
	}}
	r := s.run()
	s.wants(r, task.OutcomeDone, 10, 0)
	if n := s.world.taken("source fetch"); n != 11 || len(seen.asked) != 12 {
		t.Errorf("%d downloads, %d asked about", n, len(seen.asked))
	}
	if r.Counts.SourceBytes != r.Counts.Bytes {
		t.Errorf("%d bytes to copy, %d copied", r.Counts.SourceBytes, r.Counts.Bytes)
	}
}

func TestRun_downloadsLittleInVainWhenFiltersLeaveMuchOut(t *testing.T) {
	const messages, window = 600, 50
	s := newScene(t)
	s.options.WindowMessages = window
	for i := range messages {
		s.source.put(mail.Inbox, letter(i), day(i))
	}
	var seen once
	s.hooks = hooks{envelope: func(c *copier.Candidate) (copier.Verdict, error) {
		if err := seen.check(c); err != nil {
			t.Error(err)
		}
		if c.Message.UID%3 != 0 {
			return copier.Verdict{Action: copier.ActionSkip}, nil
		}
		return copier.Verdict{}, nil
	}}
	r := s.run()
	s.wants(r, task.OutcomeDone, messages/3, 0)
	if n := s.world.taken("source fetch"); n < messages/3 || n > messages/3+window || len(seen.asked) != messages {
		t.Errorf("%d downloads, %d asked about", n, len(seen.asked))
	}
	if n := s.world.taken("ledger put"); n > 60 {
		t.Errorf("%d commits", n)
	}
	if r.Counts.SourceBytes != r.Counts.Bytes {
		t.Errorf("%d bytes to copy, %d copied", r.Counts.SourceBytes, r.Counts.Bytes)
	}
	s.world.heal()
	s.wants(s.run(), task.OutcomeDone, 0, messages/3)
}

// A larger message is downloaded undecided where hardly anything is left out, and asked about
// first as soon as one of them was.
func TestRun_asksAboutLargerMessagesOnArrivalWhereNearlyAllGoOn(t *testing.T) {
	s := newScene(t)
	s.options.Lanes, s.options.AskFirstFrom, s.options.StreamFrom = 1, askFirst, askFirst-1
	for i := range 60 {
		s.source.put(mail.Inbox, letter(i), day(i))
	}
	s.source.put("J-later", long(100), day(1))
	s.source.put("J-later", long(101), day(2)) // is left out
	s.source.put("K-last", long(102), day(3))
	asked := map[string]int{} // downloads so far
	s.hooks = hooks{envelope: func(c *copier.Candidate) (copier.Verdict, error) {
		_, name, _ := strings.Cut(string(c.Message.Header), "letter ")
		name, _, _ = strings.Cut(name, "\r")
		asked[name] = s.world.taken("source fetch")
		if name == "101" {
			return copier.Verdict{Action: copier.ActionSkip}, nil
		}
		return copier.Verdict{}, nil
	}}
	r := s.run()
	s.wants(r, task.OutcomeDone, 62, 0)
	for name, want := range map[string]int{"100": 61, "101": 62, "102": 62} {
		if asked[name] != want {
			t.Errorf("%s was asked about after %d downloads, want %d", name, asked[name], want)
		}
	}
	if r.Counts.SourceBytes != r.Counts.Bytes {
		t.Errorf("%d bytes to copy, %d copied", r.Counts.SourceBytes, r.Counts.Bytes)
	}
	s.world.heal()
	s.wants(s.run(), task.OutcomeDone, 0, 62)
}

// Messages that have arrived are asked about together, and keep their order between those
// that were asked about before.
func TestRun_asksAboutTheMessagesOfAParcelInOneGo(t *testing.T) {
	const messages = 25
	s := newScene(t)
	s.options.AskFirstFrom = askFirst
	s.options.BatchMessages = 10
	for i := range messages {
		if i == 7 {
			s.source.put(mail.Inbox, long(i), day(i))
			continue
		}
		s.source.put(mail.Inbox, letter(i), day(i))
	}
	var turns []int // how many had been downloaded when one was asked about
	s.hooks = hooks{envelope: func(c *copier.Candidate) (copier.Verdict, error) {
		turns = append(turns, s.world.taken("source fetch"))
		if c.Message.UID == 4 {
			return copier.Verdict{Action: copier.ActionSkip}, nil
		}
		return copier.Verdict{}, nil
	}}
	s.wants(s.run(), task.OutcomeDone, messages-1, 0)
	slices.Sort(turns)
	if turns = slices.Compact(turns); len(turns) > 4 {
		t.Errorf("they were asked about at %d times: %v", len(turns), turns)
	}
	stored := s.target.boxes[raw(mail.Inbox)].mails
	if !slices.IsSortedFunc(stored, func(a, b *letterbox) int { return a.date.Compare(b.date) }) {
		t.Error("they are stored in another order")
	}
}

// What a filter leaves out is not to be found at the target, whenever it is asked.
func TestRun_asksFiltersBeforeMessagesAreLookedForAtTheTarget(t *testing.T) {
	s := newScene(t)
	for i := range 8 {
		s.source.put(mail.Inbox, letter(i), day(i))
		s.target.put(mail.Inbox, letter(i), day(i))
	}
	s.hooks = hooks{envelope: bySubject, digest: "1"}
	r := s.run()
	if c := r.Counts; c.Copied != 1 || c.Present != 3 || c.Skipped != 1 || c.Held != 3 {
		t.Fatalf("%+v", c)
	}
	if n := s.world.taken("source fetch"); n != 1 {
		t.Errorf("%d downloads", n)
	}
}

// byEnvelope needs no header section.
type byEnvelope struct{ hooks }

func (byEnvelope) NeedsHeader(copier.HookKind) bool { return false }

func TestRun_filtersThatReadNoHeaderAreAskedWithoutIt(t *testing.T) {
	s := newScene(t)
	for i := range 6 {
		s.source.put(mail.Inbox, letter(i), day(i))
	}
	s.hooks = byEnvelope{hooks{envelope: func(c *copier.Candidate) (copier.Verdict, error) {
		if c.Message.Header != nil {
			t.Errorf("%d comes with %q", c.Message.UID, c.Message.Header)
		}
		if c.Message.InternalDate.Before(day(2)) {
			return copier.Verdict{Action: copier.ActionSkip}, nil
		}
		return copier.Verdict{}, nil
	}}}
	s.wants(s.run(), task.OutcomeDone, 4, 0)
	if n := s.world.taken("source fetch"); n != 4 {
		t.Errorf("%d downloads", n)
	}
}

// TestRun_losesAndDoublesNothingOfWhatFiltersPass breaks every step of a copy in which
// filters are asked before and after the download, and send messages elsewhere.
func TestRun_losesAndDoublesNothingOfWhatFiltersPass(t *testing.T) {
	t.Parallel()
	prepare := func() *scene {
		s := newScene(t)
		s.options.WindowMessages, s.options.BatchMessages, s.options.AskFirstFrom = 5, 3, askFirst
		for i := range 12 {
			s.source.put(mail.Inbox, letter(i), day(i), mail.FlagSeen)
		}
		s.source.put(mail.Inbox, long(1), day(1))
		s.source.put(mail.Inbox, long(20), day(1))
		s.hooks = hooks{digest: "1", envelope: func(c *copier.Candidate) (copier.Verdict, error) {
			switch serial := c.Message.UID % 4; {
			case strings.Contains(string(c.Message.Header), "letter 1\r"), serial == 1:
				return copier.Verdict{Action: copier.ActionSkip}, nil
			case serial == 3:
				return copier.Verdict{Target: "Elsewhere"}, nil
			}
			return copier.Verdict{}, nil
		}}
		return s
	}
	sound := prepare()
	r := sound.run()
	if sound.wants(r, task.OutcomeDone, 9, 0); r.Counts.Skipped != 5 {
		t.Fatalf("%+v", r.Counts)
	}
	want := fmt.Sprint(sound.target.content(mail.Inbox), sound.target.content("Elsewhere"))
	for _, kind := range []fault{faultDrop, faultDropAfter, faultKill, faultKillAfter} {
		for k := 1; k <= len(sound.world.steps); k++ {
			s := prepare()
			s.world.at = func(n int, _ string) fault {
				if n == k {
					return kind
				}
				return faultNone
			}
			s.run()
			s.world.heal()
			r := s.run()
			if got := fmt.Sprint(s.target.content(mail.Inbox), s.target.content("Elsewhere")); r.Outcome != task.OutcomeDone || r.Counts.Skipped != 5 || got != want {
				t.Fatalf("fault %d at step %d (%s): %q %+v\n%s\nwant\n%s", kind, k, sound.world.steps[k-1], r.Outcome, r.Counts, got, want)
			}
		}
	}
}
