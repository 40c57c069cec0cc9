package wire_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/mail/imap/wire"
	"github.com/mailweir/mailweir/host/mail/mailtest"
)

// login makes an authenticated connection. without are capabilities that the
// server has and the connection shall not know of.
func login(t testing.TB, addr, user string, without ...string) *wire.Conn {
	t.Helper()
	nc, err := net.DialTimeout("tcp", addr, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(nc)
	if _, err := r.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	_, _ = fmt.Fprintf(nc, "a LOGIN %s secret\r\nb CAPABILITY\r\n", user)
	caps := ""
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if rest, ok := strings.CutPrefix(line, "* CAPABILITY "); ok {
			caps = rest
		}
		if strings.HasPrefix(line, "a ") && !strings.HasPrefix(line, "a OK") {
			t.Fatal(line)
		}
		if strings.HasPrefix(line, "b ") {
			break
		}
	}
	var kept []string
	for _, atom := range strings.Fields(caps) {
		hidden := false
		for _, w := range without {
			hidden = hidden || w == atom
		}
		if !hidden {
			kept = append(kept, atom)
		}
	}
	c := wire.NewConn(nc, wire.ParseCaps(strings.Join(kept, " ")), wire.Limits{})
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// copyAccount carries everything from one connection to another, in small batches.
func copyAccount(t *testing.T, from, to *wire.Conn) {
	t.Helper()
	ctx := t.Context()
	folders, err := from.List(ctx, true)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range folders {
		if f.Has(`\Noselect`) {
			continue
		}
		if f.Raw != "INBOX" {
			if err := to.Create(ctx, f.Raw, ""); err != nil {
				t.Fatal(err)
			}
		}
		sel, err := from.Select(ctx, f.Raw, true)
		if err != nil {
			t.Fatal(err)
		}
		if f.Status == nil || f.Status.Messages != sel.Messages || f.Status.UIDNext != sel.UIDNext || f.Status.UIDValidity != sel.UIDValidity {
			t.Errorf("%q: listed as %+v, opened as %+v", f.Raw, f.Status, sel.Status)
		}
		copyFolder(t, from, to, f.Raw, sel)
	}
}

func copyFolder(t *testing.T, from, to *wire.Conn, raw string, sel wire.Selected) {
	t.Helper()
	ctx := t.Context()
	var uids mail.UIDSet
	sizes := map[mail.UID]int64{}
	span := mail.UIDSpan(1, sel.UIDNext-1)
	opts := mail.ScanOptions{Items: mail.ItemFlags | mail.ItemDate | mail.ItemSize | mail.ItemHeader | mail.ItemModSeq, Fields: []string{"Subject"}}
	if err := from.Scan(ctx, span, opts, func(m mail.Message) error {
		uids.Add(m.UID)
		sizes[m.UID] = m.Size
		if m.Header == nil || m.InternalDate.IsZero() {
			t.Errorf("%s/%d: incomplete: %+v", raw, m.UID, m)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if uids.Len() != int(sel.Messages) {
		t.Errorf("%s: %d of %d messages scanned", raw, uids.Len(), sel.Messages)
	}
	var batch []mail.Upload
	var receipts []*wire.Append
	send := func() {
		a, err := to.Append(ctx, raw, batch)
		if err != nil {
			t.Fatal(err)
		}
		receipts = append(receipts, a)
		batch = nil
	}
	if err := from.Fetch(ctx, uids, func(m mail.Message, body io.Reader) error {
		b, err := io.ReadAll(body)
		if err != nil {
			return err
		}
		if sizes[m.UID] != int64(len(b)) {
			t.Errorf("%s/%d: %d bytes, RFC822.SIZE %d", raw, m.UID, len(b), sizes[m.UID])
		}
		batch = append(batch, mail.Upload{
			Flags: mail.CleanFlags(m.Flags), InternalDate: m.InternalDate, Size: int64(len(b)), Body: bytes.NewReader(b),
		})
		if len(batch) == 7 {
			send()
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	send()
	last := mail.UID(0)
	for _, a := range receipts {
		_, got, err := a.Wait(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, u := range got {
			if u <= last {
				t.Errorf("%s: UID %d after %d", raw, u, last)
			}
			last = u
		}
	}
}

func TestDovecot_copyIsEqualByteForByte(t *testing.T) {
	for _, format := range []string{"maildir", "mdbox"} {
		d := mailtest.StartDovecot(t, mailtest.DovecotOptions{Format: format, Users: map[string]string{
			"ann": "secret", "batch": "secret", "single": "secret", "sync": "secret",
		}})
		ann := mailtest.DialPlain(t, d.Addr(), "ann", "secret")
		ann.Fill(mailtest.Corpus(mailtest.CorpusOptions{Seed: 7, Messages: 400, Folders: 25, BigMessages: 2, BigSize: 3 << 20}))
		want := ann.Dump()
		for user, without := range map[string][]string{
			"batch":  nil,
			"single": {"MULTIAPPEND", "LIST-EXTENDED", "CONDSTORE", "QRESYNC"},
			"sync":   {"LITERAL+", "LIST-STATUS", "UNSELECT", "NAMESPACE"},
		} {
			t.Run(format+" "+user, func(t *testing.T) {
				copyAccount(t, login(t, d.Addr(), "ann", without...), login(t, d.Addr(), user, without...))
				got := mailtest.DialPlain(t, d.Addr(), user, "secret").Dump()
				if diff := mailtest.Diff(want, got); diff != "" {
					t.Error(diff)
				}
			})
		}
	}
}

func TestDovecot_foldersAndFlags(t *testing.T) {
	d := mailtest.StartDovecot(t, mailtest.DovecotOptions{Separator: '.', Prefix: "INBOX."})
	c := login(t, d.Addr(), "ann")
	ctx := t.Context()
	prefix, delim, _, err := c.Namespaces(ctx)
	if err != nil || prefix != "INBOX." || delim != '.' {
		t.Fatalf("got %q, %q, %v", prefix, delim, err)
	}
	for range 2 { // the second time it is there already
		if err := c.Create(ctx, "INBOX.a.b", mail.UseSent); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Subscribe(ctx, "INBOX.a.b"); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Select(ctx, "INBOX.none", true); err == nil {
		t.Error("a folder that is not there was opened")
	}
	if _, err := c.Append(ctx, "INBOX.a.b", nil); err != nil {
		t.Error(err)
	}
	a, err := c.Append(ctx, "INBOX.none", []mail.Upload{{Size: 3, Body: strings.NewReader("abc")}})
	if err == nil {
		_, _, err = a.Wait(ctx)
	}
	if err == nil || mail.OutcomeUnknown(err) {
		t.Errorf("append to nowhere: %v", err)
	}
	a, err = c.Append(ctx, "INBOX.a.b", []mail.Upload{
		{Size: 10, Body: strings.NewReader("a: b\r\n\r\nc\n"), Flags: []mail.Flag{"$x"}},
		{Size: 10, Body: strings.NewReader("a: b\r\n\r\nd\n")},
	})
	if err != nil {
		t.Fatal(err)
	}
	validity, uids, err := a.Wait(ctx)
	if err != nil || len(uids) != 2 || uids[0] != 1 || uids[1] != 2 {
		t.Fatalf("got %v, %v", uids, err)
	}
	sel, err := c.Select(ctx, "INBOX.a.b", false)
	if err != nil || sel.UIDValidity != validity || sel.Messages != 2 || sel.HighestModSeq == 0 || !sel.Keeps("$x") || !sel.Keeps(mail.FlagSeen) {
		t.Fatalf("got %+v, %v", sel, err)
	}
	if err := c.StoreFlags(ctx, []mail.FlagChange{
		{UIDs: mail.UIDs(1, 99), Add: []mail.Flag{mail.FlagSeen, "$y"}, Remove: []mail.Flag{"$x"}},
		{UIDs: mail.UIDs(2)},
	}); err != nil {
		t.Fatal(err)
	}
	var changed []string
	if err := c.Scan(ctx, mail.UIDSpan(1, 1<<32-1), mail.ScanOptions{Items: mail.ItemFlags, ChangedSince: sel.HighestModSeq}, func(m mail.Message) error {
		changed = append(changed, fmt.Sprint(m.UID, mail.CleanFlags(m.Flags)))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(changed, "; "); got != `1 [$y \Seen]` {
		t.Errorf("changed: %s", got)
	}
	if err := c.Unselect(ctx); err != nil {
		t.Error(err)
	}
	list, err := c.List(ctx, true)
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, e := range list {
		if e.Raw == "INBOX.a.b" {
			found = e.Subscribed && e.Delim == '.' && e.Status != nil && e.Status.Messages == 2 && e.Status.UIDNext == 3
		}
	}
	if !found {
		t.Errorf("got %+v", list)
	}
	if err := c.Logout(ctx); err != nil {
		t.Error(err)
	}
}
