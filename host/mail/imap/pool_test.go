package imap

import (
	"context"
	"errors"
	"io"
	"net"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/mail/mailtest"
)

var inbox = mail.Folder{Name: mail.Inbox, Raw: mail.Inbox}

// overheard is the client's side of everything that an account sends.
type overheard struct {
	net.Conn
	lines func(string)
}

func (c overheard) Write(p []byte) (int, error) {
	c.lines(string(p))
	return c.Conn.Write(p)
}

// listenIn has every command line of an account's connections shown to fn.
func listenIn(cfg *Config, fn func(line string)) (connections *atomic.Int32) {
	connections = new(atomic.Int32)
	cfg.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		connections.Add(1)
		nc, err := (&net.Dialer{}).DialContext(ctx, network, address)
		return overheard{nc, fn}, err
	}
	return connections
}

// harmless is every command that can change nothing in an account.
var harmless = regexp.MustCompile(`^[A-Z]+[0-9]+ (CAPABILITY|NOOP|LOGOUT|ID .*|NAMESPACE|LIST .*|LSUB .*|STATUS .*|EXAMINE .*|UNSELECT|` +
	`AUTHENTICATE .*|LOGIN .*|GETQUOTAROOT .*|` +
	`UID FETCH [0-9:,*]+ \(((UID|FLAGS|INTERNALDATE|RFC822\.SIZE|MODSEQ|BODY\.PEEK\[[^]]*\]) ?)+\)( \(CHANGEDSINCE [0-9]+\))?)$`)

func TestSource_isNotTouched(t *testing.T) {
	d := mailtest.StartDovecot(t, mailtest.DovecotOptions{})
	c := d.Dial("ann")
	c.Fill(mailtest.Corpus(mailtest.CorpusOptions{Seed: 1, Messages: 60, Folders: 4}))
	before := d.Dial("ann").Dump()

	cfg := config(d.Port())
	cfg.ReadOnly = true
	var commands atomic.Int32
	listenIn(&cfg, func(sent string) {
		for line := range strings.Lines(sent) {
			commands.Add(1)
			if line = strings.TrimRight(line, "\r\n"); !harmless.MatchString(line) {
				t.Errorf("the source was sent %q", line)
			}
		}
	})
	a := open(t, cfg)
	folders, err := a.Folders(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	read := 0
	for _, f := range folders {
		if !f.Selectable {
			continue
		}
		r, err := a.Examine(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		all := mail.UIDSpan(1, 1<<32-1)
		items := mail.ItemFlags | mail.ItemDate | mail.ItemSize | mail.ItemModSeq | mail.ItemHeader
		for _, opts := range []mail.ScanOptions{{Items: items}, {Items: items, Fields: []string{"Message-ID"}, ChangedSince: 1}} {
			if err := r.Scan(t.Context(), all, opts, func(mail.Message) error { return nil }); err != nil {
				t.Fatal(err)
			}
		}
		err = r.Fetch(t.Context(), all, func(_ mail.Message, body io.Reader) error {
			read++
			_, err := io.Copy(io.Discard, body)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		_ = r.Close()
		wantError(t, a.Create(t.Context(), f), mail.ErrDenied)
		wantError(t, a.Subscribe(t.Context(), f), mail.ErrDenied)
		_, err = a.Select(t.Context(), f)
		wantError(t, err, mail.ErrDenied, "open for reading only")
	}
	if _, err := a.Quota(t.Context()); err != nil {
		t.Fatal(err)
	}
	_ = a.Close()
	if read != before.Messages() || commands.Load() < 10 {
		t.Errorf("%d messages read with %d commands, want %d", read, commands.Load(), before.Messages())
	}
	if diff := mailtest.Diff(before, d.Dial("ann").Dump()); diff != "" {
		t.Error(diff)
	}
}

func TestHarmless_knowsWhatIsNot(t *testing.T) {
	for _, line := range []string{
		`W1 SELECT "INBOX"`, `W1 UID STORE 1 FLAGS (\Seen)`, `W1 EXPUNGE`, `W1 CLOSE`, `W1 UID FETCH 1 (BODY[])`, `W1 UID FETCH 1 (RFC822)`,
		`W1 UID FETCH 1 (UID BODY[HEADER])`, `W1 CREATE x`, `W1 SUBSCRIBE x`, `W1 APPEND x {1}`, `W1 UID FETCH 1 (UID BODY.PEEK[] RFC822.TEXT)`,
	} {
		if harmless.MatchString(line) {
			t.Errorf("%q counts as harmless", line)
		}
	}
}

func TestAccount_looksForChangesOnOneConnectionWithOneCommand(t *testing.T) {
	d := mailtest.StartDovecot(t, mailtest.DovecotOptions{})
	d.Dial("ann").Fill(mailtest.Corpus(mailtest.CorpusOptions{Seed: 1, Messages: 30, Folders: 12}))
	cfg := config(d.Port())
	var lines atomic.Int32
	connections := listenIn(&cfg, func(sent string) { lines.Add(int32(strings.Count(sent, "\r\n"))) })
	a := open(t, cfg)
	opened := lines.Load()
	folders, err := a.Folders(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range folders {
		if f.Selectable && (f.Status == nil || f.Status.UIDValidity == 0 || f.Status.UIDNext == 0 || f.Status.HighestModSeq == 0) {
			t.Errorf("the listing does not tell the status of %q: %+v", f.Name, f.Status)
		}
	}
	if n := lines.Load() - opened; n != 1 || connections.Load() != 1 {
		t.Errorf("%d lines on %d connections for a listing of %d folders, want 1 on 1", n, connections.Load(), len(folders))
	}
	if r, s := a.Traffic().Received(), a.Traffic().Sent(); r < 1000 || s < 50 {
		t.Errorf("counted %d bytes received, %d sent", r, s)
	}
}

func TestAccount_listsAndCreatesWhileAllFoldersAreOpen(t *testing.T) {
	s := startMemory(t, memoryOptions{caps: usual})
	cfg := config(s.port)
	cfg.MaxConns = 2
	connections := listenIn(&cfg, func(string) {})
	a := open(t, cfg)
	r, err := a.Examine(t.Context(), inbox)
	if err != nil {
		t.Fatal(err)
	}
	w, err := a.Select(t.Context(), inbox)
	if err != nil {
		t.Fatal(err)
	}
	f, err := a.Spell("one/more")
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(a.Create(t.Context(), f), a.Subscribe(t.Context(), f)); err != nil {
		t.Fatal(err)
	}
	if folders, err := a.Folders(t.Context()); err != nil || len(folders) != 3 {
		t.Errorf("Folders = %v, %v", folders, err)
	}

	// One folder more has to wait, for as long as its context lets it.
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := a.Examine(ctx, inbox); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a third folder: %v", err)
	}
	third := make(chan error)
	go func() {
		r, err := a.Examine(t.Context(), inbox)
		if err == nil {
			err = r.Close()
		}
		third <- err
	}()
	_ = r.Close()
	_ = r.Close() // twice is once
	if err := <-third; err != nil {
		t.Error(err)
	}
	_ = w.Close()
	if n := connections.Load(); n != 3 {
		t.Errorf("%d connections, want 3", n)
	}
}

func TestAccount_goesOnAfterTheServerWasRestarted(t *testing.T) {
	d := mailtest.StartDovecot(t, mailtest.DovecotOptions{})
	a := open(t, config(d.Port()))
	r, err := a.Examine(t.Context(), inbox)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Subscribe(t.Context(), inbox); err != nil { // a second connection, which then is idle
		t.Fatal(err)
	}
	d.Stop()
	err = r.Scan(t.Context(), mail.UIDSpan(1, 9), mail.ScanOptions{Items: mail.ItemFlags}, func(mail.Message) error { return nil })
	wantError(t, err, mail.ErrConnect)
	_ = r.Close()
	_, err = a.Examine(t.Context(), inbox)
	wantError(t, err, mail.ErrConnect, "connection refused")
	d.Start()
	r, err = a.Examine(t.Context(), inbox)
	if err != nil {
		t.Fatalf("after the restart: %v", err)
	}
	_ = r.Close()
}

func TestAccount_replacesAnIdleConnectionThatTheServerHasEnded(t *testing.T) {
	ended := startFake(t, func(c *fakeConn) {
		c.say("* OK [CAPABILITY IMAP4rev1] hello\n")
		for {
			tag, cmd := c.command()
			if strings.HasPrefix(cmd, "EXAMINE") && c.s.connections() == 1 {
				c.say("* BYE idle for too long\n")
				return
			}
			if tag == "" {
				return
			}
			c.say(tag + " OK done\n")
		}
	})
	a := open(t, config(ended.port))
	r, err := a.Examine(t.Context(), inbox)
	if err != nil {
		t.Fatal(err)
	}
	_ = r.Close()
	if n := ended.connections(); n != 2 {
		t.Errorf("%d connections, want 2", n)
	}
}

func TestAccount_closeEndsEverything(t *testing.T) {
	s := startMemory(t, memoryOptions{caps: usual})
	cfg := config(s.port)
	cfg.MaxConns = 1
	a := open(t, cfg)
	r, err := a.Examine(t.Context(), inbox)
	if err != nil {
		t.Fatal(err)
	}
	waiting := make(chan error)
	go func() {
		_, err := a.Examine(t.Context(), inbox)
		waiting <- err
	}()
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	wantError(t, <-waiting, mail.ErrConnect, "closed")
	err = r.Scan(t.Context(), mail.UIDSpan(1, 9), mail.ScanOptions{}, func(mail.Message) error { return nil })
	wantError(t, err, mail.ErrConnect)
	_ = r.Close()
	_, err = a.Folders(t.Context())
	wantError(t, err, mail.ErrConnect, "closed")
	if !errors.Is(err, net.ErrClosed) {
		t.Errorf("%v is not %v", err, net.ErrClosed)
	}
	_ = a.Close() // twice is once
}

func TestSelect_refusesAFolderThatIsOpenedForReadingOnly(t *testing.T) {
	s := startFake(t, func(c *fakeConn) {
		c.say("* OK [CAPABILITY IMAP4rev1] hello\n")
		c.answers("", map[string]string{"SELECT": "* 0 EXISTS\n* OK [READ-ONLY] x\n"})
	})
	_, err := open(t, config(s.port)).Select(t.Context(), inbox)
	wantError(t, err, mail.ErrDenied, "reading only", "INBOX")
}

func TestReceipt_doesNotTellUIDsOfAFolderThatWasReplaced(t *testing.T) {
	for code, want := range map[string]mail.UID{"[APPENDUID 7 3]": 3, "[APPENDUID 8 3]": 0} {
		s := startFake(t, func(c *fakeConn) {
			c.say("* OK [CAPABILITY IMAP4rev1 UIDPLUS LITERAL+] hello\n")
			for {
				tag, cmd := c.command()
				switch {
				case tag == "":
					return
				case strings.HasPrefix(cmd, "LOGIN"):
					c.say("* CAPABILITY IMAP4rev1 UIDPLUS LITERAL+\n")
				case strings.HasPrefix(cmd, "SELECT"):
					c.say("* 0 EXISTS\n* OK [UIDVALIDITY 7] x\n")
				case strings.HasPrefix(cmd, "APPEND"):
					c.line()
					c.line()
					c.say(tag + " OK " + code + " done\n")
					continue
				}
				c.say(tag + " OK done\n")
			}
		})
		w, err := open(t, config(s.port)).Select(t.Context(), inbox)
		if err != nil {
			t.Fatal(err)
		}
		body := "x\r\n"
		receipt, err := w.Append(t.Context(), []mail.Upload{{Size: int64(len(body)), Body: strings.NewReader(body)}})
		if err != nil {
			t.Fatal(err)
		}
		uids, err := receipt.Wait(t.Context())
		if err != nil || len(uids) != 1 || uids[0] != want {
			t.Errorf("%s: UIDs %v, %v; want %d", code, uids, err, want)
		}
		_ = w.Close()
	}
}

func TestBatch_followsTheServer(t *testing.T) {
	for caps, want := range map[string]int{"MULTIAPPEND LITERAL+": 100, "LITERAL+": 64, "": 1} {
		s := startFake(t, ordinary(caps, nil))
		w, err := open(t, config(s.port)).Select(t.Context(), inbox)
		if err != nil {
			t.Fatal(err)
		}
		if n, size := w.Batch(); n != want || size != 4<<20 {
			t.Errorf("%q: Batch() = %d, %d; want %d", caps, n, size, want)
		}
		_ = w.Close()
	}
}
