package faults

import (
	"strings"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/mail/mailtest"
	"github.com/mailweir/mailweir/host/task"
)

// quota is Dovecot's quota plugin with limits of its own.
func quota(settings string) mailtest.DovecotOptions {
	return mailtest.DovecotOptions{Extra: `
mail_plugins = quota
plugin {
  quota = count:User quota
  quota_vsizes = yes
  quota_grace = 0
  ` + settings + `
}`}
}

func TestCopy_aFullDestinationEndsTheRunAndTheNextOneGoesOn(t *testing.T) {
	full := map[string]func(t *testing.T) (w *world, limit func(user string)){
		"Dovecot": func(t *testing.T) (*world, func(string)) {
			return newWorld(t, quota("quota_rule = *:storage=900k")), func(string) {}
		},
		"Cyrus": func(t *testing.T) (*world, func(string)) {
			w := newWorldInto(t, 5, func(users map[string]string) *mailtest.Server {
				users["cyrus"] = password // the administrator
				return mailtest.StartCyrus(t, mailtest.CyrusOptions{Users: users}).Server
			})
			return w, func(user string) { w.to.Dial("cyrus").Cmd("SETQUOTA user/" + user + " (STORAGE 900)") }
		},
		"Courier": func(t *testing.T) (*world, func(string)) {
			w := newWorldInto(t, 5, func(users map[string]string) *mailtest.Server {
				return mailtest.StartCourier(t, mailtest.CourierOptions{Users: users, Quota: "900000S"}).Server
			})
			w.mail = w.mail.WithLastLineEnds()
			return w, func(string) {}
		},
	}
	for name, start := range full {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, limit := start(t)
			becomesFull(t, w, limit)
		})
	}
}

func becomesFull(t *testing.T, w *world, limit func(user string)) {
	c := w.copying(t, openStore(t), w.from.Addr(), w.to.Addr())
	target := w.to.Dial(c.user)
	limit(c.user)
	target.Create("Ballast")
	target.Append("Ballast", "", time.Time{}, []byte("Subject: ballast\r\n\r\n"+strings.Repeat("ballast\r\n", 50000)))

	first := c.run()
	if first.Outcome != task.OutcomeFull || first.Outcome.ExitStatus() != 6 || first.Counts.Failed == 0 {
		t.Fatalf("outcome %q (%s), %+v", first.Outcome, first.Cause, first.Counts)
	}
	got := w.dump(c.user)
	delete(got, "Ballast")
	if _, doubled := w.count(got); doubled != 0 || int64(got.Messages()) != first.Counts.Copied {
		t.Errorf("%d messages are there, %d doubled; the report says %+v", got.Messages(), doubled, first.Counts)
	}

	target.Cmd("DELETE " + target.Quote(target.Raw("Ballast")))
	if r := c.run(); r.Outcome != task.OutcomeDone {
		t.Errorf("with room again: %q: %s", r.Outcome, r.Cause)
	}
	if diff := mailtest.Diff(w.mail, w.dump(c.user)); diff != "" {
		t.Error(diff)
	}
}

func TestCopy_aMessageThatIsTooBigIsListedAndTheOthersAreCopied(t *testing.T) {
	t.Parallel()
	w := newWorld(t, quota("quota_max_mail_size = 500k"))
	c := w.copying(t, openStore(t), w.from.Addr(), w.to.Addr())
	for range 2 {
		r := c.run()
		if r.Outcome != task.OutcomeListed || r.Counts.Failed != 1 || len(r.Listed) != 1 {
			t.Fatalf("outcome %q (%s), %+v, listed %+v", r.Outcome, r.Cause, r.Counts, r.Listed)
		}
		if l := r.Listed[0]; l.Folder != "Archiv/Größe" || l.UID != 1 || l.Fate != task.FateFailed || l.Reason == "" {
			t.Errorf("listed is %+v", l)
		}
		if lost, doubled := w.count(w.dump(c.user)); lost != 1 || doubled != 0 {
			t.Errorf("%d lost, %d doubled", lost, doubled)
		}
	}
}

func TestCopy_fewConnectionsAreEnough(t *testing.T) {
	for _, limit := range []string{"1", "2"} {
		for _, lanes := range []int{1, 2} {
			t.Run(limit+" allowed, lanes "+strings.Repeat("I", lanes), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, mailtest.DovecotOptions{Extra: "mail_max_userip_connections = " + limit})
				c := w.copying(t, openStore(t), w.from.Addr(), w.to.Addr())
				c.options.Lanes = lanes
				r := c.run()
				if r.Outcome != task.OutcomeDone {
					t.Fatalf("outcome %q (%s), %+v", r.Outcome, r.Cause, r.Counts)
				}
				if diff := mailtest.Diff(w.mail, w.dump(c.user)); diff != "" {
					t.Error(diff)
				}
			})
		}
	}
}
