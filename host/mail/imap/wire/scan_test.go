package wire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mailweir/mailweir/host/mail"
)

func scanAll(ctx context.Context, c *Conn, uids mail.UIDSet, opts mail.ScanOptions) (got []string, err error) {
	err = c.Scan(ctx, uids, opts, func(m mail.Message) error {
		got = append(got, fmt.Sprintf("%d (%s) %s %d %d %q", m.UID, flagText(m.Flags), dateText(m.InternalDate), m.Size, m.ModSeq, m.Header))
		return nil
	})
	return got, err
}

func TestScan_toleratesWhatServersSend(t *testing.T) {
	const all = mail.ItemFlags | mail.ItemDate | mail.ItemSize | mail.ItemModSeq
	tests := []struct {
		name   string
		opts   mail.ScanOptions
		items  string
		answer string
		want   []string
		failed []mail.UID
	}{
		{
			"everything",
			mail.ScanOptions{Items: all},
			"(UID FLAGS INTERNALDATE RFC822.SIZE MODSEQ)",
			"* 1 FETCH (UID 5 FLAGS (\\Seen) INTERNALDATE " + aDate + " RFC822.SIZE 99 MODSEQ (12))\n",
			[]string{`5 (\Seen) ` + aDateText + ` 99 12 ""`},
			nil,
		},
		{
			"answers in any order and flags twice",
			mail.ScanOptions{Items: mail.ItemFlags | mail.ItemSize},
			"(UID FLAGS RFC822.SIZE)",
			"* 3 FETCH (FLAGS () RFC822.SIZE 3 UID 7)\n* 1 FETCH (UID 5 FLAGS (\\Flagged))\n* 1 FETCH (UID 5 FLAGS () RFC822.SIZE 1)\n" +
				"* 2 FETCH (UID 6 FLAGS () RFC822.SIZE 2)\n* 1 FETCH (UID 5 FLAGS (\\Seen))\n* 1 FETCH (FLAGS (\\Draft))\n* 9 FETCH (UID 777 FLAGS () RFC822.SIZE 3)\n",
			[]string{`5 (\Seen)  1 0 ""`, `6 ()  2 0 ""`, `7 ()  3 0 ""`},
			nil,
		},
		{
			"header fields",
			mail.ScanOptions{Items: mail.ItemHeader, Fields: []string{"Message-ID", "From"}},
			"(UID BODY.PEEK[HEADER.FIELDS (Message-ID From)])",
			"* 1 FETCH (UID 5 BODY[HEADER.FIELDS (\"MESSAGE-ID\" {4}\nFROM)] {8}\na: b\n\n)\n" +
				"* 2 FETCH (BODY[HEADER.FIELDS (Message-ID From)] \"\" UID 6)\n* 3 FETCH (BODY[HEADER.FIELDS (MESSAGE-ID FROM)] NIL UID 7)\n",
			[]string{`5 ()  0 0 "a: b\r\n\r\n"`, `6 ()  0 0 ""`},
			[]mail.UID{7},
		},
		{
			"whole header, one of them too long",
			mail.ScanOptions{Items: mail.ItemHeader},
			"(UID BODY.PEEK[HEADER])",
			"* 1 FETCH (UID 5 BODY[HEADER] {2}\n\n)\n* 2 FETCH (BODY[HEADER] {31}\n0123456789012345678901234567890 UID 6)\n",
			[]string{`5 ()  0 0 "\r\n"`},
			[]mail.UID{6},
		},
		{
			"answer that is garbled after its UID",
			mail.ScanOptions{Items: mail.ItemFlags},
			"(UID FLAGS)",
			"* 1 FETCH (UID 5 FLAGS (\\Seen)\n* 2 FETCH (UID 6 FLAGS (\\Seen))\n",
			[]string{`6 (\Seen)  0 0 ""`},
			[]mail.UID{5},
		},
		{
			"answer without what was asked for",
			mail.ScanOptions{Items: mail.ItemFlags | mail.ItemSize},
			"(UID FLAGS RFC822.SIZE)",
			"* 1 FETCH (UID 5 FLAGS (\\Seen))\n* 2 FETCH (UID 6 FLAGS (\\Seen) RFC822.SIZE 1)\n",
			[]string{`6 (\Seen)  1 0 ""`},
			[]mail.UID{5},
		},
		{
			"changed ones only",
			mail.ScanOptions{Items: mail.ItemFlags, ChangedSince: 77},
			"(UID FLAGS) (CHANGEDSINCE 77)",
			"* 1 FETCH (UID 5 MODSEQ (78) FLAGS ())\n",
			[]string{`5 ()  0 78 ""`},
			nil,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := play(t, "CONDSTORE", Limits{Header: 30}, func(s *server) {
				s.open(`"x"`, "* OK [HIGHESTMODSEQ 100] x\n")
				tag := s.expect("UID FETCH 1:9 " + tt.items)
				s.say("%s%s OK done\n", tt.answer, tag)
			})
			if _, err := c.Select(t.Context(), "x", true); err != nil {
				t.Fatal(err)
			}
			got, err := scanAll(t.Context(), c, mail.UIDSpan(1, 9), tt.opts)
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Error(d)
			}
			if tt.failed == nil {
				if err != nil {
					t.Error(err)
				}
				return
			}
			failed := failedUIDs(t, err)
			for _, u := range tt.failed {
				if failed[u] == nil {
					t.Errorf("no error for UID %d", u)
				}
			}
			if len(failed) != len(tt.failed) {
				t.Errorf("got errors %v", failed)
			}
		})
	}
}

func TestScan_failsWhenNobodyKnowsWhichMessageIsMissing(t *testing.T) {
	for _, answer := range []string{
		`FETCH (FLAGS (\Seen UID 5`,
		"FETCH (UID 5\xff FLAGS (\\Seen))", // not to be taken for UID 5
		`FETCH (UID 5FLAGS (\Seen))`,
	} {
		c := play(t, "", Limits{}, func(s *server) {
			tag := s.expect("UID FETCH 5:6,50 (UID FLAGS)")
			s.say("* 1 %s\n* 2 FETCH (UID 6 FLAGS (\\Seen))\n%s OK done\n", answer, tag)
		})
		_, err := scanAll(t.Context(), c, mail.UIDs(5, 6, 50), mail.ScanOptions{Items: mail.ItemFlags})
		wantKind(t, err, mail.ErrProtocol)
	}
}

func TestScan_ignoresChangedSinceWithoutModSequences(t *testing.T) {
	c := play(t, "CONDSTORE", Limits{}, func(s *server) {
		s.open(`"x"`, "* OK [NOMODSEQ] none\n")
		s.say("%s OK done\n", s.expect("UID FETCH 5 (UID FLAGS)"))
	})
	if _, err := c.Select(t.Context(), "x", true); err != nil {
		t.Fatal(err)
	}
	opts := mail.ScanOptions{Items: mail.ItemFlags | mail.ItemModSeq, ChangedSince: 5}
	if _, err := scanAll(t.Context(), c, mail.UIDs(5), opts); err != nil {
		t.Fatal(err)
	}
}

func TestScan_returnsErrorOfFnAsItIs(t *testing.T) {
	mine := errors.New("mine")
	c := play(t, "", Limits{}, func(s *server) {
		one, two := s.expect("UID FETCH 1:1000 (UID FLAGS)"), s.expect("UID FETCH 1001:2000 (UID FLAGS)")
		s.say("* 1 FETCH (UID 1 FLAGS ())\n%s OK\n* 1001 FETCH (UID 1001 FLAGS ())\n%s OK\n", one, two)
		s.say("%s OK\n", s.expect("NOOP"))
	})
	calls := 0
	err := c.Scan(t.Context(), mail.UIDSpan(1, 3000), mail.ScanOptions{Items: mail.ItemFlags}, func(mail.Message) error {
		calls++
		return mine
	})
	if err != mine || calls != 1 { //nolint:errorlint // as it is
		t.Errorf("got %v after %d calls", err, calls)
	}
	if err := c.Noop(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestScan_refusesFieldNamesThatAreNone(t *testing.T) {
	c := play(t, "", Limits{}, func(*server) {})
	for _, field := range []string{"", "a b", "a\r\nb", "a)", "\\Seen"} {
		opts := mail.ScanOptions{Items: mail.ItemHeader, Fields: []string{field}}
		if _, err := scanAll(t.Context(), c, mail.UIDs(1), opts); err == nil || !strings.Contains(err.Error(), "header field") {
			t.Errorf("%q: got %v", field, err)
		}
	}
}

func TestScan_readsSparseFolderInOneCommand(t *testing.T) {
	const n = 10000 // more than is gathered at once
	c := play(t, "", Limits{}, func(s *server) {
		tag := s.expect("UID FETCH 1:4294967295 (UID FLAGS)")
		for i := range n {
			s.say("* %d FETCH (UID %d FLAGS ())\n", i+1, (i+1)*1000)
		}
		s.say("%s OK\n", tag)
	})
	got, err := scanAll(t.Context(), c, mail.UIDSpan(1, 1<<32-1), mail.ScanOptions{Items: mail.ItemFlags})
	if err != nil || len(got) != n {
		t.Errorf("got %d messages, %v", len(got), err)
	}
}

func TestScan_endsWhenAServerSendsWhatNobodyAskedFor(t *testing.T) {
	const waste = 4 << 20
	for _, useless := range []string{
		"* 7 FETCH (UID 77 FLAGS ())\n", // not in the set
		"* 7 FETCH (UID 3 FLAGS ())\n",  // told before
		"* 7 FETCH (FLAGS ())\n", "* XVENDOR x\n", "* OK still here\n", "+ go on\n",
	} {
		c := play(t, "", Limits{Waste: waste}, func(s *server) {
			s.open(`"INBOX"`, "* 9 EXISTS\n")
			s.line()
			block := strings.ReplaceAll(strings.Repeat(useless, 10_000), "\n", "\r\n")
			for range 2 * waste / len(block) {
				if _, err := io.WriteString(s.conn, block); err != nil {
					return
				}
			}
			s.t.Errorf("%q: all was read", useless)
		})
		if _, err := c.Select(t.Context(), "INBOX", true); err != nil {
			t.Fatal(err)
		}
		err := c.Scan(t.Context(), mail.UIDSpan(1, 9), mail.ScanOptions{Items: mail.ItemFlags}, func(mail.Message) error { return nil })
		if e := wantKind(t, err, mail.ErrProtocol); !strings.Contains(e.Error(), "nobody asked for") {
			t.Errorf("%q: %v", useless, err)
		}
	}
}
