package faults

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/mail/mailtest"
	"github.com/mailweir/mailweir/host/mail/mailtest/faulty"
	"github.com/mailweir/mailweir/host/task"
)

// the first of something, once.
func once(is func(faulty.Step) bool, f faulty.Fault) func(faulty.Step) faulty.Fault {
	return nth(1, is, f)
}

// nth lets the nth such step go wrong.
func nth(n int, is func(faulty.Step) bool, f faulty.Fault) func(faulty.Step) faulty.Fault {
	return func(s faulty.Step) faulty.Fault {
		if is(s) {
			if n--; n == 0 {
				return f
			}
		}
		return faulty.Fault{}
	}
}

func isCommand(name string) func(faulty.Step) bool {
	return func(s faulty.Step) bool { return s.Kind == faulty.Command && s.Command == name }
}

func isAnswer(name string) func(faulty.Step) bool {
	return func(s faulty.Step) bool { return s.Kind == faulty.Tagged && s.Command == name }
}

func TestCopy_aServerThatLiesAboutAnAppendLosesAndDoublesNothing(t *testing.T) {
	w := newWorld(t, mailtest.DovecotOptions{})
	lies := []struct {
		name string
		is   func(faulty.Step) bool
		give faulty.Fault
	}{
		{"NO after storing", isAnswer("APPEND"), faulty.Fault{Do: faulty.Replace, Text: "NO [SERVERBUG] Internal error occurred."}},
		{"NO without a code after storing", isAnswer("APPEND"), faulty.Fault{Do: faulty.Replace, Text: "NO try again"}},
		{"full after storing", isAnswer("APPEND"), faulty.Fault{Do: faulty.Replace, Text: "NO [OVERQUOTA] full"}},
		{"busy after storing", isAnswer("APPEND"), faulty.Fault{Do: faulty.Replace, Text: "NO [UNAVAILABLE] later"}},
		{"BAD after storing", isAnswer("APPEND"), faulty.Fault{Do: faulty.Replace, Text: "BAD what?"}},
		{"no answer after storing", isAnswer("APPEND"), faulty.Fault{Do: faulty.Swallow}},
		{"OK without storing", isCommand("APPEND"), faulty.Fault{Do: faulty.Pretend}},
	}
	for _, server := range servers[:4] {
		for _, lie := range lies {
			t.Run(server.name+"/"+lie.name, func(t *testing.T) {
				t.Parallel()
				to := faulty.Start(t, w.to.Addr(), faulty.Options{Without: server.without})
				db := openStore(t)
				appends := []int{1, 2, 4, 6} // the sixth is, with batches, the one that is streamed
				if testing.Short() {
					appends = []int{2, 6}
				}
				for _, n := range appends {
					hit := false
					give := lie.give
					give.Then = func() { hit = true }
					to.Restart(nth(n, lie.is, give))
					c := w.copying(t, db, w.from.Addr(), to.Addr())
					if lie.give.Do == faulty.Swallow {
						c.timeout = 500 * time.Millisecond // nothing else is waited for
					}
					if strings.HasPrefix(lie.name, "BAD") {
						// The copier hangs up while the server still stores the appends
						// behind that one; the wait before it looks them up is what
						// keeps them from being sent again.
						c.options.RetryAfter, c.options.RetryAtMost = time.Second, time.Second
					}
					first := c.run()
					if !hit {
						t.Fatalf("there were not %d appends", n)
					}
					got := w.dump(c.user)
					lost, doubled := w.count(got)
					if doubled != 0 {
						t.Errorf("append %d: the first run, %q (%s), doubled %d", n, first.Outcome, first.Cause, doubled)
					}
					if lost > 0 && first.Outcome == task.OutcomeDone {
						t.Errorf("append %d: the first run says that it is done, and %d are missing", n, lost)
					}
					if listed := int(first.Counts.Failed + first.Counts.Held); listed < lost {
						t.Errorf("append %d: %d are missing, %d counted as failed: %+v", n, lost, listed, first.Listed)
					}
					var sum tally
					to.Restart(nil)
					c.timeout = 5 * time.Second
					w.recovers(t, c, "by "+lie.name, &sum)
				}
			})
		}
	}
}

func TestCopy_aServerThatNeverStoresIsFoundOut(t *testing.T) {
	w := newWorld(t, mailtest.DovecotOptions{})
	for _, server := range servers[:4] {
		t.Run(server.name, func(t *testing.T) {
			t.Parallel()
			to := faulty.Start(t, w.to.Addr(), faulty.Options{Without: server.without, At: func(s faulty.Step) faulty.Fault {
				if isCommand("APPEND")(s) {
					return faulty.Fault{Do: faulty.Pretend}
				}
				return faulty.Fault{}
			}})
			c := w.copying(t, openStore(t), w.from.Addr(), to.Addr())
			r := c.run()
			if r.Outcome == task.OutcomeDone || r.Counts.Copied != 0 || int(r.Counts.Failed) != w.mail.Messages() {
				t.Errorf("outcome %q (%s), %+v", r.Outcome, r.Cause, r.Counts)
			}
			to.Restart(nil)
			w.recovers(t, c, "by a server that stored nothing", &tally{})
		})
	}
}

func TestCopy_aMessageThatIsLeftOutOfAnAnswerIsNotLost(t *testing.T) {
	t.Parallel()
	w := newWorld(t, mailtest.DovecotOptions{})
	from := faulty.Start(t, w.from.Addr(), faulty.Options{})
	const text = "* 10 FETCH (UID 10 FLAGS"
	hit := false
	from.Restart(once(func(s faulty.Step) bool {
		return s.Kind == faulty.Untagged && strings.HasPrefix(s.Text, text) && !strings.Contains(s.Text, "BODY[")
	}, faulty.Fault{Do: faulty.Swallow, Then: func() { hit = true }}))
	c := w.copying(t, openStore(t), from.Addr(), w.to.Addr())
	c.run()
	if !hit {
		t.Fatalf("there was no answer %q", text)
	}
	from.Restart(nil)
	w.recovers(t, c, "by an answer without "+text, &tally{})
}

// meanwhile runs a copy that stands still at a step until do has returned. do is
// another client at work.
func (c *copying) meanwhile(p *faulty.Proxy, is func(faulty.Step) bool, do func()) *task.Report {
	c.t.Helper()
	reached, resume := make(chan struct{}), make(chan struct{})
	p.Restart(once(is, faulty.Fault{Do: faulty.Pass, Then: func() { close(reached); <-resume }}))
	defer p.Restart(nil)
	var r *task.Report
	var wg sync.WaitGroup
	wg.Go(func() { r = c.run() })
	over := make(chan struct{})
	go func() { wg.Wait(); close(over) }()
	select {
	case <-reached:
		func() {
			defer close(resume) // even when do ends the test
			do()
		}()
		<-over
	case <-over:
		c.t.Fatal("the copy has ended before the step at which something was to happen")
	}
	return r
}

// replace deletes a folder and makes it anew with the same mail: another life.
func replace(c *mailtest.Client, folder string, mails []mailtest.Mail) {
	raw := c.Quote(c.Raw(folder))
	c.Cmd("DELETE " + raw)
	c.Create(folder)
	for _, m := range mails {
		c.Append(folder, strings.Join(m.Flags, " "), m.Date, m.Body)
	}
}

func expunge(c *mailtest.Client, folder, message string) {
	c.Cmd("SELECT " + c.Quote(c.Raw(folder)))
	c.Cmd("STORE " + message + ` +FLAGS.SILENT (\Deleted)`)
	c.Cmd("EXPUNGE")
	c.Cmd("CLOSE")
}

func TestCopy_followsWhatOthersDoMeanwhile(t *testing.T) {
	const folder = "Archiv/Größe"
	// The conversation of the folder that others work on, at either side.
	at := func(side faulty.Side, command string) func(faulty.Step) bool {
		in := false
		return func(s faulty.Step) bool {
			if s.Kind == faulty.Command && (s.Command == "SELECT" || s.Command == "EXAMINE") {
				in = strings.Contains(s.Text, "Gr&")
			}
			return in && s.Kind == faulty.Command && s.Command == command
		}
	}
	tests := []struct {
		name   string
		source bool
		at     func(faulty.Step) bool
		do     func(source, target *mailtest.Client, mail mailtest.Account)
		want   func(mail mailtest.Account) // what the target then lacks
	}{
		{"the source folder is replaced before it is read", true, at(faulty.Client, "EXAMINE"), func(s, _ *mailtest.Client, mail mailtest.Account) {
			replace(s, folder, mail[folder])
		}, nil},
		{"the source folder is replaced while it is read", true, at(faulty.Client, "UID FETCH"), func(s, _ *mailtest.Client, mail mailtest.Account) {
			replace(s, folder, mail[folder])
		}, nil},
		{"the source folder is deleted", true, at(faulty.Client, "UID FETCH"), func(s, _ *mailtest.Client, _ mailtest.Account) {
			s.Cmd("DELETE " + s.Quote(s.Raw(folder)))
		}, func(mail mailtest.Account) { delete(mail, folder) }},
		{"a source message is expunged", true, at(faulty.Client, "UID FETCH"), func(s, _ *mailtest.Client, _ mailtest.Account) {
			expunge(s, folder, "3")
		}, func(mail mailtest.Account) { mail[folder] = append(mail[folder][:2:2], mail[folder][3:]...) }},
		{"the destination folder is replaced", false, at(faulty.Client, "APPEND"), func(_, d *mailtest.Client, _ mailtest.Account) {
			replace(d, folder, nil)
		}, nil},
		{"the destination folder is deleted", false, at(faulty.Client, "APPEND"), func(_, d *mailtest.Client, _ mailtest.Account) {
			d.Cmd("DELETE " + d.Quote(d.Raw(folder)))
		}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, mailtest.DovecotOptions{})
			from := faulty.Start(t, w.from.Addr(), faulty.Options{})
			to := faulty.Start(t, w.to.Addr(), faulty.Options{})
			c := w.copying(t, openStore(t), from.Addr(), to.Addr())
			source, target := w.from.Dial("ann"), w.to.Dial(c.user)
			p := to
			if tt.source {
				p = from
			}
			first := c.meanwhile(p, tt.at, func() { tt.do(source, target, w.mail) })
			if strings.HasSuffix(tt.name, "destination folder is deleted") && first.Outcome != task.OutcomeDone {
				t.Errorf("that run ended %q (%s), %+v", first.Outcome, first.Cause, first.Listed) // it can make the folder anew
			}
			want := w.mail
			if tt.want != nil {
				tt.want(want)
			}
			if r := c.run(); r.Outcome != task.OutcomeDone {
				t.Errorf("then %q: %s", r.Outcome, r.Cause)
			}
			got := w.dump(c.user)
			if _, kept := want[folder]; !kept {
				delete(got, folder) // what was copied before stays
			}
			if diff := mailtest.Diff(want, got); diff != "" {
				t.Error(diff)
			}
			if r := c.run(); r.Counts.Copied != 0 || r.Outcome != task.OutcomeDone {
				t.Errorf("a third run ended %q and copied %d", r.Outcome, r.Counts.Copied)
			}
		})
	}
}

func TestCopy_aMessageExpungedAtTheDestinationStaysAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t, mailtest.DovecotOptions{})
	to := faulty.Start(t, w.to.Addr(), faulty.Options{})
	c := w.copying(t, openStore(t), w.from.Addr(), to.Addr())
	target := w.to.Dial(c.user)
	c.meanwhile(to, isAnswer("APPEND"), func() { expunge(target, "INBOX", "1") })
	if r := c.run(); r.Outcome != task.OutcomeDone {
		t.Errorf("then %q: %s", r.Outcome, r.Cause)
	}
	inbox := w.mail["INBOX"]
	got := w.dump(c.user)
	for i := range inbox {
		want := w.mail
		want["INBOX"] = append(inbox[:i:i], inbox[i+1:]...)
		if mailtest.Diff(want, got) == "" {
			return
		}
	}
	t.Errorf("not all but one of the messages are there:\n%s", mailtest.Diff(w.mail, got))
}
