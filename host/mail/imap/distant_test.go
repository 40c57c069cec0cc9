package imap

import (
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/mail/mailtest"
)

func TestAccount_openedToBeListedListsAtOnce(t *testing.T) {
	d := mailtest.StartDovecot(t, mailtest.DovecotOptions{})
	d.Dial("ann").Create("Old")
	cfg := config(d.Port())
	cfg.ListAtOnce = true
	var lines atomic.Int32
	listenIn(&cfg, func(sent string) { lines.Add(int32(strings.Count(sent, "\r\n"))) })
	a := open(t, cfg)
	if a.RoundTrip() <= 0 || a.Info().Server == "" {
		t.Errorf("round trip %v to %q", a.RoundTrip(), a.Info().Server)
	}
	opened := lines.Load()
	folders, err := a.Folders(t.Context())
	if err != nil || len(folders) != 2 || lines.Load() != opened {
		t.Errorf("%d lines for %v, %v; want none", lines.Load()-opened, folders, err)
	}
	d.Dial("ann").Create("New")
	if folders, err = a.Folders(t.Context()); err != nil || len(folders) != 3 {
		t.Errorf("the second listing gives %v, %v", folders, err)
	}
}

func TestMakeFolders_makesThemAllWithoutWaitingForEach(t *testing.T) {
	d := mailtest.StartDovecot(t, mailtest.DovecotOptions{Separator: '.', Prefix: "INBOX."})
	d.Dial("ann").Create("There")
	cfg := config(d.Port())
	connections := listenIn(&cfg, func(string) {})
	a := open(t, cfg)
	if _, err := a.Folders(t.Context()); err != nil {
		t.Fatal(err)
	}
	var wanted []mail.NewFolder
	for _, name := range []string{"A/B/C", "A", "Entwürfe", "There", "inbox"} {
		f, err := a.Spell(name)
		if err != nil {
			t.Fatal(err)
		}
		wanted = append(wanted, mail.NewFolder{Folder: f, Subscribe: name != "A"})
	}
	impossible := mail.Folder{Name: "x", Raw: "INBOX.x\r\n"}
	wanted = append(wanted, mail.NewFolder{Folder: impossible})
	done, err := a.MakeFolders(t.Context(), wanted)
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range wanted {
		if want := f.Raw != impossible.Raw; done[i] != want {
			t.Errorf("%q: done is %v, want %v", f.Name, done[i], want)
		}
	}
	folders, err := a.Folders(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	subscribed := map[string]bool{}
	for _, f := range folders {
		subscribed[f.Name] = f.Subscribed
	}
	for name, want := range map[string]bool{"A": false, "A/B/C": true, "Entwürfe": true, "There": true, "INBOX": true} {
		if got, there := subscribed[name]; !there || got != want {
			t.Errorf("%q: there %v, subscribed %v, want %v", name, there, got, want)
		}
	}
	if n := connections.Load(); n != 1 {
		t.Errorf("%d connections, want 1", n)
	}
	cfg.ReadOnly = true
	_, err = open(t, cfg).MakeFolders(t.Context(), wanted)
	wantError(t, err, mail.ErrDenied)
}

// stingy is a server that allows so many connections at a time, and says words to
// others.
func stingy(most int32, words string) func(c *fakeConn) {
	var open atomic.Int32
	return func(c *fakeConn) {
		defer open.Add(-1)
		if open.Add(1) > most {
			c.say(words)
			return
		}
		ordinary("", map[string]string{"EXAMINE": "* 0 EXISTS\n* OK [UIDVALIDITY 1] x\n"})(c)
	}
}

func TestAccount_makesDoWithFewerConnectionsThanItMay(t *testing.T) {
	for _, words := range []string{"* BYE [LIMIT] too many connections\n", ""} {
		s := startFake(t, stingy(2, words))
		cfg := config(s.port)
		cfg.MaxConns = 6
		a := open(t, cfg)
		a.Approach(6)
		var wg sync.WaitGroup
		var most, now atomic.Int32
		for range 12 {
			wg.Go(func() {
				r, err := a.Examine(t.Context(), inbox)
				if err != nil {
					t.Errorf("%q: %v", words, err)
					return
				}
				if n := now.Add(1); n > most.Load() {
					most.Store(n)
				}
				time.Sleep(5 * time.Millisecond)
				now.Add(-1)
				_ = r.Close()
			})
		}
		wg.Wait()
		if n := most.Load(); n < 1 || n > 2 {
			t.Errorf("%q: %d folders were open at a time", words, n)
		}
	}
}

func TestAccount_saysThatTheServerIsBusyWhenItHasNoConnectionAtAll(t *testing.T) {
	s := startFake(t, stingy(0, "* BYE [LIMIT] too many connections\n"))
	_, err := Open(t.Context(), config(s.port))
	wantError(t, err, mail.ErrBusy)
}

func TestApproach_connectsAheadAndNoMoreThanThat(t *testing.T) {
	s := startFake(t, stingy(100, ""))
	cfg := config(s.port)
	cfg.MaxConns = 3
	a := open(t, cfg)
	a.Approach(5)
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			r, err := a.Examine(t.Context(), inbox)
			if err != nil {
				t.Error(err)
				return
			}
			defer r.Close()
			time.Sleep(20 * time.Millisecond)
		})
	}
	wg.Wait()
	a.Approach(3)
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if n := s.connections(); n != 3 {
		t.Errorf("%d connections, want 3", n)
	}
}

func TestApproach_afterAFailureEveryoneConnectsForHimself(t *testing.T) {
	var dials atomic.Int32
	s := startFake(t, func(c *fakeConn) {
		if n := dials.Add(1); n == 2 || n == 3 {
			return // hangs up
		}
		stingy(100, "")(c)
	})
	a := open(t, config(s.port))
	first, err := a.Examine(t.Context(), inbox)
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	a.Approach(3)
	second, err := a.Examine(t.Context(), inbox)
	if err != nil && !errors.Is(err, mail.ErrConnect) {
		t.Fatal(err)
	}
	if err == nil {
		_ = second.Close()
	}
}
