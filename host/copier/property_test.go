package copier_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/task"
)

// TestRun_anyAccountUnderAnyFaults draws accounts, servers, hooks and faults. What
// a hook leaves out or sends elsewhere depends on the message alone, so that in
// the end each message is where it belongs exactly as often as the source has it.
func TestRun_anyAccountUnderAnyFaults(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := newScene(tb{TB: t, rt: rt})
		folders := []string{mail.Inbox, "A", "A/B", "C"}
		add := func(label string) {
			for range rapid.IntRange(0, 12).Draw(rt, label) {
				s.source.put(rapid.SampledFrom(folders).Draw(rt, "folder"), anyLetter(rt), day(rapid.IntRange(0, 3).Draw(rt, "day")), anyFlags(rt)...)
			}
		}
		add("messages")
		s.source.noModSeq = rapid.Bool().Draw(rt, "no mod-sequences")
		s.source.noStatus = rapid.Bool().Draw(rt, "no status in the listing")
		s.source.oddSizes = rapid.Bool().Draw(rt, "odd sizes")
		s.target.oddSizes = rapid.Bool().Draw(rt, "odd sizes at the target")
		s.target.noUIDPlus = rapid.Bool().Draw(rt, "no UIDPLUS")
		s.target.single = rapid.Bool().Draw(rt, "single")
		s.target.batch = rapid.IntRange(1, 5).Draw(rt, "batch")
		s.options.StreamFrom = 300
		s.options.Lanes = rapid.IntRange(1, 3).Draw(rt, "lanes")
		s.options.WindowMessages = rapid.IntRange(1, 6).Draw(rt, "window")
		s.options.AskFirstFrom = rapid.SampledFrom([]int64{0, 1}).Draw(rt, "ask first from")
		s.hooks = anyHooks(rt)
		stored := anyRewriting(rt, s)
		for range rapid.IntRange(0, 4).Draw(rt, "runs") {
			rate := rapid.IntRange(2, 60).Draw(rt, "fault at every")
			offset := rapid.IntRange(0, 59).Draw(rt, "offset")
			kind := rapid.SampledFrom([]fault{faultDrop, faultDropAfter, faultKill, faultKillAfter}).Draw(rt, "kind")
			s.world.at = func(n int, op string) fault {
				if (n+offset)%rate != 0 || kind < faultKill && strings.HasPrefix(op, "ledger") {
					return faultNone
				}
				return kind
			}
			s.run()
			s.world.heal()
			switch rapid.IntRange(0, 5).Draw(rt, "meanwhile") {
			case 0:
				s.source.renumber(mail.Inbox)
			case 1:
				if b := s.target.box(mail.Inbox); b != nil {
					s.target.renumber(mail.Inbox)
				}
			case 2:
				add("more messages")
			}
		}
		r := s.run()
		if r.Outcome != task.OutcomeDone {
			rt.Fatalf("outcome %q (%s)\n%+v\n%+v", r.Outcome, r.Cause, r.Folders, r.Listed)
		}
		want := map[string]map[string]int{}
		for _, name := range s.source.names() {
			for body, n := range s.source.bodies(name) {
				target := whereTo(s.hooks, name, body)
				if want[target] == nil {
					want[target] = map[string]int{}
				}
				want[target][stored(body)] += n
			}
		}
		for target := range want {
			if target == "" {
				continue
			}
			if diff := difference(want[target], s.target.bodies(target)); diff != "" {
				rt.Fatalf("%s:\n%s", target, diff)
			}
		}
		if r := s.run(); r.Counts.Copied != 0 || r.Outcome != task.OutcomeDone {
			rt.Fatalf("once more: %+v", r)
		}
	})
}

// tb reports to rapid, so that it can shrink.
type tb struct {
	testing.TB
	rt *rapid.T
}

func (t tb) Errorf(format string, args ...any) { t.rt.Errorf(format, args...) }
func (t tb) Fatalf(format string, args ...any) { t.rt.Fatalf(format, args...) }
func (t tb) Error(args ...any)                 { t.rt.Error(args...) }
func (t tb) Fatal(args ...any)                 { t.rt.Fatal(args...) }
func (t tb) Helper()                           {}

// anyLetter draws from few messages, so that twins are common.
func anyLetter(rt *rapid.T) string {
	n := rapid.IntRange(0, 5).Draw(rt, "serial")
	switch rapid.IntRange(0, 3).Draw(rt, "shape") {
	case 0:
		return nameless(n)
	case 1: // different mail with equal Message-ID and size
		return fmt.Sprintf("Message-ID: <same@example.org>\r\n\r\ntext %d\r\n", n)
	case 2:
		return bigLetter(n)
	}
	return letter(n)
}

func anyFlags(rt *rapid.T) []mail.Flag {
	return rapid.SliceOfN(rapid.SampledFrom([]mail.Flag{mail.FlagSeen, mail.FlagFlagged, "Work"}), 0, 2).Draw(rt, "flags")
}

func anyHooks(rt *rapid.T) copier.Hooks {
	filter := func(c *copier.Candidate) (copier.Verdict, error) {
		switch target := redirect(c.Folder.Name, string(c.Message.Header)); target {
		case "":
			return copier.Verdict{Action: copier.ActionSkip, By: "test"}, nil
		case c.Folder.Name:
			return copier.Verdict{}, nil
		default:
			return copier.Verdict{Target: target, By: "test"}, nil
		}
	}
	switch rapid.IntRange(0, 3).Draw(rt, "hooks") {
	case 0:
		return hooks{envelope: filter, digest: "filter"}
	case 1:
		return hooks{message: filter, digest: "filter"}
	case 2:
		return hooks{digest: "merge", mapFolder: func(q copier.FolderQuestion) (copier.FolderAnswer, error) {
			if q.Folder.Name == "" {
				return copier.FolderAnswer{}, errors.New("no name")
			}
			return copier.FolderAnswer{Target: "All", By: "test"}, nil
		}}
	}
	return nil
}

// anyRewriting draws whether a hook rewrites messages, all of them or those that the
// target refuses, and returns what is stored in place of a message in the end.
func anyRewriting(rt *rapid.T, s *scene) func(string) string {
	with, _ := s.hooks.(hooks)
	with.digest += "rewriting"
	marked := func(text string) string { return "X-Mark: 1\r\n" + text }
	switch rapid.IntRange(0, 3).Draw(rt, "rewriting") {
	case 0:
		with.rewrite = rewriteBy(func(_ *copier.RewriteQuestion, text string) (string, error) { return marked(text), nil })
		s.hooks = with
		return marked
	case 1:
		bad := func(text string) bool { return strings.Contains(text, "4") }
		s.target.refuses = func(body string) error {
			if bad(body) && !strings.HasPrefix(body, "X-Mark: 1\r\n") {
				return &mail.Error{Op: "append", Where: "target", Kind: mail.ErrRefused}
			}
			return nil
		}
		with.rewrite = rewriteBy(func(q *copier.RewriteQuestion, text string) (string, error) {
			if q.Attempt > 0 {
				return marked(text), nil
			}
			return text, nil
		})
		s.hooks = with
		return func(text string) string {
			if bad(text) {
				return marked(text)
			}
			return text
		}
	}
	return func(text string) string { return text }
}

// redirect sends letters with even serials of INBOX to C and leaves some out.
func redirect(folder, header string) string {
	switch {
	case strings.Contains(header, "Subject: letter 3\r"):
		return ""
	case folder == mail.Inbox && (strings.Contains(header, "Subject: letter 2\r") || strings.Contains(header, "Subject: letter 4\r")):
		return "C"
	}
	return folder
}

func whereTo(h copier.Hooks, folder, body string) string {
	switch {
	case h == nil:
		return folder
	case h.Digest() == "rewriting": // and nothing else
		return folder
	case strings.HasPrefix(h.Digest(), "merge"):
		return "All"
	}
	head, _, _ := strings.Cut(body, "\r\n\r\n")
	return redirect(folder, head+"\r\n\r\n")
}
