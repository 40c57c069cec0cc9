package wire

import (
	"bytes"
	"context"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/mail"
)

// tape is a connection that says what was recorded, whatever it is told.
type tape struct {
	io.Reader
	left io.Writer
}

func (t tape) Write(p []byte) (int, error)    { return t.left.Write(p) }
func (tape) Close() error                     { return nil }
func (tape) LocalAddr() net.Addr              { return nil }
func (tape) RemoteAddr() net.Addr             { return nil }
func (tape) SetDeadline(time.Time) error      { return nil }
func (tape) SetReadDeadline(time.Time) error  { return nil }
func (tape) SetWriteDeadline(time.Time) error { return nil }

// fuzzLimits are small, so that the fuzzer reaches them.
var fuzzLimits = Limits{Line: 300, Nesting: 5, Literal: 40, Header: 30, Early: 10, Name: 20, Folders: 5}

func replay(data []byte, caps string) *Conn {
	return NewConn(tape{bytes.NewReader(data), io.Discard}, ParseCaps(caps), fuzzLimits)
}

func crlf(s string) []byte { return []byte(strings.ReplaceAll(s, "\n", "\r\n")) }

func FuzzFetch(f *testing.F) {
	for _, s := range []string{
		"* 1 FETCH (UID 5 FLAGS (\\Seen) INTERNALDATE " + aDate + " RFC822.SIZE 3 BODY[] {3}\nabc)\nW1 OK done\n",
		"* 1 FETCH (BODY[] {3}\nabc FLAGS () INTERNALDATE NIL UID 5)\nW1 OK done\n",
		"* 1 FETCH (BODY[] {13}\nabcabcabcabca FLAGS () UID 5)\nW1 OK\n* 1 FETCH (UID 5 FLAGS ())\nW2 OK\n* 1 FETCH (BODY[] {13}\nabcabcabcabca UID 5)\nW3 OK\n",
		"* 1 FETCH (UID 5 X (((\"a\" {2}\n))) NIL)) BODY[HEADER.FIELDS ({1}\n])]<0> \"x\" FLAGS () INTERNALDATE \"\" BODY[] \"abc\\\"\")\nW1 NO [SERVERBUG] x\n",
		"* BYE [UNAVAILABLE] x\n\n* OK {3}\nW1 BAD x\n",
		"* 1 FETCH (UID 5 FLAGS () INTERNALDATE " + aDate + " BODY[] ~{50}\n",
	} {
		f.Add(crlf(s))
	}
	uids := mail.UIDSpan(5, 8)
	f.Fuzz(func(t *testing.T, data []byte) {
		c := replay(data, "")
		given := map[mail.UID]bool{}
		err := c.Fetch(context.Background(), uids, func(m mail.Message, body io.Reader) error {
			if !uids.Contains(m.UID) || given[m.UID] || m.Size > fuzzLimits.Literal && m.Size > int64(fuzzLimits.Line) {
				t.Errorf("was given %+v", m)
			}
			given[m.UID] = true
			b, err := io.ReadAll(body)
			if err == nil && int64(len(b)) != m.Size {
				t.Errorf("body has %d bytes and Size is %d", len(b), m.Size)
			}
			return nil
		})
		if err == nil && c.Err() != nil {
			t.Errorf("no error, but the connection ended with %v", c.Err())
		}
	})
}

func FuzzScan(f *testing.F) {
	for _, s := range []string{
		"* 1 FETCH (UID 5 FLAGS (\\Seen) INTERNALDATE " + aDate + " RFC822.SIZE 3 BODY[HEADER] {3}\nabc)\nW1 OK done\n",
		"* 2 FETCH (UID 6 FLAGS () RFC822.SIZE -1 BODY[HEADER] \"a\")\n* 1 FETCH (UID 5 FLAGS () MODSEQ (5) RFC822.SIZE 3 BODY[HEADER] {31}\n0123456789012345678901234567890)\nW1 OK done\n",
		"* 1 FETCH (UID 5 FLAGS (\\Seen)\n* 1 FETCH (FLAGS (\\Seen) UID 5)\nW1 OK\n",
	} {
		f.Add(crlf(s))
	}
	uids := mail.UIDSpan(5, 8)
	opts := mail.ScanOptions{Items: mail.ItemFlags | mail.ItemDate | mail.ItemSize | mail.ItemHeader}
	f.Fuzz(func(t *testing.T, data []byte) {
		last := mail.UID(0)
		_ = replay(data, "").Scan(context.Background(), uids, opts, func(m mail.Message) error {
			if m.UID <= last || !uids.Contains(m.UID) || m.Header == nil {
				t.Errorf("was given %+v after UID %d", m, last)
			}
			last = m.UID
			return nil
		})
	})
}

func FuzzList(f *testing.F) {
	for _, s := range []string{
		"* LIST (\\HasNoChildren \\Subscribed) \"/\" INBOX\n* STATUS INBOX (MESSAGES 1 UIDNEXT 2 UIDVALIDITY 3)\nW1 OK\n",
		"* LIST () NIL {5}\na\"b\\c\n* LIST (\\Noselect) \".\" Entw\xfcrfe (OLDNAME (\"a\"))\nW1 OK\n",
		"W1 BAD x\n* LIST () \"\\\\\" \"x \\\"y\"\nW2 OK\n* LSUB () NIL x\nW3 OK\nW4 NO x\n",
		"* LIST (\n* LIST () \"/\" {21}\n012345678901234567890\nW1 OK\n",
	} {
		f.Add(crlf(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		list, err := replay(data, "LIST-EXTENDED LIST-STATUS CONDSTORE").List(context.Background(), true)
		if err != nil && list != nil {
			t.Error("a list and an error")
		}
		seen := map[string]bool{}
		for _, e := range list {
			if len(e.Raw) > fuzzLimits.Line || len(list) > fuzzLimits.Folders {
				t.Errorf("beyond the limits: %+v", list)
			}
			if e.Fault == "" && seen[inboxKey(e.Raw)] {
				t.Errorf("%q is there twice", e.Raw)
			}
			seen[inboxKey(e.Raw)] = seen[inboxKey(e.Raw)] || e.Fault == ""
		}
	})
}

func FuzzCommands(f *testing.F) {
	f.Add(crlf("* FLAGS (\\Seen)\n* 5 EXISTS\n* OK [PERMANENTFLAGS (a] \\*)] x\n* OK [UIDVALIDITY 5] x\nW1 OK [READ-WRITE] x\n* STATUS x (MESSAGES 5)\nW2 OK\n* NAMESPACE ((\"\" \"/\")) NIL NIL\nW3 OK\nW4 OK\n"))
	f.Add(crlf("W1 NO [NONEXISTENT] x\nW2 NO\nW3 NO\n* LIST () \"/\" \"\"\nW4 OK\nW5 NO [ALREADYEXISTS] x\n* BYE x\n"))
	f.Add(crlf("W1 OK\n* ID (\"name\" \"x\" \"version\" {3}\n2.3)\n* 2 EXISTS\nW2 OK\n* 1 FETCH (UID 3 FLAGS (a))\n* 2 FETCH (FLAGS () UID 4)\nW3 OK\n* NAMESPACE NIL NIL NIL\nW4 OK\n* LIST () \"/\" a\nW5 OK\nW6 OK\nW7 NO\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		ctx := context.Background()
		c := replay(data, "ID NAMESPACE CONDSTORE LIST-EXTENDED LIST-STATUS")
		c.Introduce("x", func(product string) {
			if len(product) > maxProduct {
				t.Errorf("%q is too long a name", product)
			}
		})
		ended := -1
		_ = c.ScanFlags(ctx, []string{"a", "b"}, func(folder int, m mail.Message) {
			if folder <= ended || m.UID == 0 {
				t.Errorf("UID %d of folder %d", m.UID, folder)
			}
		}, func(folder int, _ mail.Status) { ended = folder })
		_, _ = c.Survey(ctx)
		if sel, err := c.Select(ctx, "x", false); err != nil && sel.Permanent != nil {
			t.Error("a folder and an error")
		}
		_, _ = c.Status(ctx, "x")
		_, _, _, _ = c.Namespaces(ctx)
		_ = c.Create(ctx, "x", "")
		_ = c.StoreFlags(ctx, []mail.FlagChange{{UIDs: mail.UIDs(1)}})
		_ = c.Logout(ctx)
	})
}

// FuzzAppend plays any answers to a batch and checks that every message has one
// fate, and that what is sent is well formed whatever the arguments are.
func FuzzAppend(f *testing.F) {
	f.Add(crlf("W1 OK [APPENDUID 1 5] x\nW2 NO [TOOBIG] x\n"), "x", `\Seen`, int64(0))
	f.Add(crlf("+ go\nW1 OK\n* 5 EXISTS\n+ go\nW2 OK\n"), "a\"b\\\xff", "$Label", int64(1<<33))
	f.Add(crlf("W1 BAD x\n"), "x\r\ny", "a\r\nb", int64(-1<<40))
	f.Fuzz(func(t *testing.T, data []byte, raw, flag string, unix int64) {
		for _, caps := range []string{"LITERAL+", "MULTIAPPEND LITERAL-", ""} {
			var sent bytes.Buffer
			c := NewConn(tape{bytes.NewReader(data), &sent}, ParseCaps(caps), fuzzLimits)
			batch := []mail.Upload{
				{Flags: []mail.Flag{mail.Flag(flag)}, InternalDate: time.Unix(unix, 0), Size: 1, Body: strings.NewReader("Z")},
				{Size: 2, Body: strings.NewReader("ZZ")},
			}
			var uids []mail.UID
			a, err := c.Append(context.Background(), raw, batch)
			if err == nil {
				_, uids, err = a.Wait(context.Background())
				if len(uids) != len(batch) {
					t.Errorf("%d UIDs", len(uids))
				}
			}
			_ = c.Close()
			for line := range strings.SplitSeq(sent.String(), "\r\n") {
				// Whatever came in, a line is one of ours.
				ok := line == "" || line == "Z" || line == "ZZ" || line == raw || strings.HasPrefix(line, "W") ||
					strings.HasPrefix(line, "Z (") || strings.HasPrefix(line, raw+" (") || strings.HasPrefix(line, " (")
				if !ok {
					t.Errorf("sent %q within %q", line, sent.String())
				}
			}
			if err == nil && sent.Len() == 0 {
				t.Error("stored, but nothing was sent")
			}
		}
	})
}

func FuzzStatusText(f *testing.F) {
	for _, s := range []string{
		" [OVERQUOTA] full", " [APPENDUID 1 5:7,9] ok", " [PERMANENTFLAGS (a] \\*)] x", "[", " []", " [ ] x", " x]", " [A (] x)] y",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s := parseStatus("NO", data)
		if s.Kind() == nil || len(s.Text) > maxText || strings.ContainsAny(s.Code, " ]") {
			t.Errorf("%q became %+v", data, s)
		}
		validity, uids := appendUID(s.CodeArg, 3)
		if uids != nil && (len(uids) != 3 || uids[0] == 0) {
			t.Errorf("%q became %d, %v", s.CodeArg, validity, uids)
		}
	})
}

func FuzzDate(f *testing.F) {
	f.Add([]byte("17-Jul-1996 02:44:25 -0700"))
	f.Add([]byte(" 7-Jul-1996 02:44:25 +0545"))
	f.Add([]byte("7-Jul-1996 02:44:25"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var z zoneCache
		d := z.date(data)
		if d.IsZero() {
			return
		}
		b, err := appendDate(nil, d)
		if err != nil {
			return // the zone moved it out of the calendar
		}
		if again := z.date(b[1 : len(b)-1]); !again.Equal(d) {
			t.Errorf("%q is %v, written as %s it is %v", data, d, b, again)
		}
	})
}
