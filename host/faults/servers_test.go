package faults

import (
	"fmt"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/mail/mailtest"
	"github.com/mailweir/mailweir/host/mail/mailtest/faulty"
)

// others are the destinations that are no Dovecot, and what each makes of the mail
// that it gets. Those that alter it are the harder ones: what an interrupted copy
// has sent is there, but not with the bytes that were sent.
var others = []struct {
	name   string
	start  func(t *testing.T, users map[string]string) *mailtest.Server
	stores func(mailtest.Account) mailtest.Account
}{
	{"Cyrus", func(t *testing.T, users map[string]string) *mailtest.Server {
		return mailtest.StartCyrus(t, mailtest.CyrusOptions{Users: users}).Server
	}, func(a mailtest.Account) mailtest.Account { return a }},
	{"Cyrus that munges", func(t *testing.T, users map[string]string) *mailtest.Server {
		return mailtest.StartCyrus(t, mailtest.CyrusOptions{Users: users, Munge8bit: true}).Server
	}, mailtest.Account.WithMungedHeaders},
	{"Courier", func(t *testing.T, users map[string]string) *mailtest.Server {
		return mailtest.StartCourier(t, mailtest.CourierOptions{Users: users}).Server
	}, mailtest.Account.WithLastLineEnds},
}

func TestCopy_losesAndDoublesNothingAtOtherServers(t *testing.T) {
	for _, other := range others {
		t.Run(other.name, func(t *testing.T) {
			t.Parallel()
			accounts := int32(200)
			if whole() {
				accounts = 4000
			}
			w := newWorldInto(t, accounts, func(users map[string]string) *mailtest.Server { return other.start(t, users) })
			// Nothing but its bytes tells such a message from another.
			source := w.from.Dial("ann")
			for range 2 {
				source.Append("Archiv", "", time.Unix(1e9, 0), []byte("Subject: Gr\xfc\xdfe\r\n\r\nwithout a name"))
				source.Append("Archiv", "", time.Unix(1e9, 0), []byte("Subject: Gr\xe4\xdfe\r\n\r\nwithout a name"))
			}
			w.mail = other.stores(source.DumpUTF8())
			// These still store what was on its way when the connection has ended; the
			// wait before that is looked up keeps it from being sent again.
			w.retryAfter = 500 * time.Millisecond
			t.Run("connections", func(t *testing.T) { sweep(t, w, nil, 1, "destination") })
			t.Run("answers", func(t *testing.T) { losingAnswers(t, w) })
			t.Run("kill", func(t *testing.T) { killing(t, w, nil, "destination") })
		})
	}
}

// losingAnswers ends the connection in place of each answer to an APPEND, when
// what was sent has been stored.
func losingAnswers(t *testing.T, w *world) {
	to := faulty.Start(t, w.to.Addr(), faulty.Options{})
	db := openStore(t)
	answers := 0
	to.Restart(func(s faulty.Step) faulty.Fault {
		if isAnswer("APPEND")(s) {
			answers++
		}
		return faulty.Fault{}
	})
	w.copying(t, db, w.from.Addr(), to.Addr()).run()
	stride := 1
	if !whole() {
		stride = max(1, answers/8)
	}
	var sum tally
	for k := 1; k <= answers; k += stride {
		var hit faulty.Step
		cut := nth(k, isAnswer("APPEND"), faulty.Fault{Do: faulty.CutBefore})
		to.Restart(func(s faulty.Step) faulty.Fault {
			f := cut(s)
			if f.Do == faulty.CutBefore {
				hit = s
			}
			return f
		})
		c := w.copying(t, db, w.from.Addr(), to.Addr())
		first := c.run()
		if !to.Quiet() {
			t.Fatalf("%s: the server did not end the connections", hit)
		}
		if hit.N == 0 {
			t.Fatalf("there were not %d answers", k)
		}
		sum.broken++
		to.Restart(nil)
		w.recovers(t, c, fmt.Sprintf("in place of %s; that run ended %q (%s)", hit, first.Outcome, first.Cause), &sum)
	}
	t.Logf("%d answers, %d broken, %d lost, %d doubled", answers, sum.broken, sum.lost, sum.doubled)
}
