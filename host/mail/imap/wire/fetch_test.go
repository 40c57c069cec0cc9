package wire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mailweir/mailweir/host/mail"
)

const (
	fetchItems = "(UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[])"
	aDate      = `"17-Jul-1996 02:44:25 -0700"`
	aDateText  = "1996-07-17 02:44:25 -0700"
)

func TestFetch_toleratesWhatServersSend(t *testing.T) {
	tests := []struct {
		name   string
		answer string
		want   []fetched
	}{
		{
			"in the order of the request",
			"* 1 FETCH (UID 5 FLAGS (\\Seen) INTERNALDATE " + aDate + " RFC822.SIZE 3 BODY[] {3}\nabc)\n",
			[]fetched{{5, `\Seen`, aDateText, "abc"}},
		},
		{
			"unknown responses, blank lines and unsolicited data in between",
			"* XVENDOR (a (b {3}\n)(( c)) \"d)\"\n\n  \n* 3 EXISTS\n* OK [XYZ {3}] still here {3}\n* ESEARCH x ALL 1:5\n" +
				"* 1 FETCH (UID 5 FLAGS (\\Seen) INTERNALDATE " + aDate + " BODY[] {3}\nabc)\n",
			[]fetched{{5, `\Seen`, aDateText, "abc"}},
		},
		{
			"unknown attributes with anything inside",
			"* 1 FETCH (X-GM-LABELS (\"\\\\Sent\" {4}\n)\"(( a) EMAILID (M1) UID 5 XNIL NIL ENVELOPE (\"x\" ((NIL NIL \"a\" {1}\n)))) SAVEDATE \"z\" FLAGS () " +
				"BODY[1.MIME] {2}\n)) BINARY.SIZE[1] 5 BODY[HEADER.FIELDS (\"]\" {2}\n]])]<0> \"x\" INTERNALDATE " + aDate + " BODY[] {3}\nabc X-TAIL ({2}\nxx \"y\"))\n",
			[]fetched{{5, "", aDateText, "abc"}},
		},
		{
			"body before everything, as Office 365 sends it",
			"* 1 FETCH (BODY[] {3}\nabc FLAGS (\\Seen) INTERNALDATE " + aDate + " UID 5)\n",
			[]fetched{{5, `\Seen`, aDateText, "abc"}},
		},
		{
			"spaces before the parenthesis and twice between attributes",
			"*  1 FETCH  ( UID  5  FLAGS ( \\Seen  $x )  INTERNALDATE " + aDate + "  BODY[]  {3}\nabc  ) \n",
			[]fetched{{5, `\Seen $x`, aDateText, "abc"}},
		},
		{
			"flags with odd bytes",
			"* 1 FETCH (UID 5 FLAGS (\\Seen a]b \xc3\x80\x80 [x {3}) INTERNALDATE " + aDate + " BODY[] {3}\nabc)\n",
			[]fetched{{5, "\\Seen a]b \xc3\x80\x80 [x {3}", aDateText, "abc"}},
		},
		{
			"dates that are none and a size of -1",
			"* 1 FETCH (UID 5 FLAGS () INTERNALDATE NIL RFC822.SIZE -1 BODY[] {3}\nabc)\n" +
				"* 2 FETCH (UID 6 FLAGS () INTERNALDATE \"31-Foo-1996 02:44:25 -0700\" RFC822.SIZE 3 BODY[] {3}\ndef)\n" +
				"* 3 FETCH (UID 7 FLAGS () INTERNALDATE \"17-Jul-1996 02:44:25 +99999\" RFC822.SIZE 3 BODY[] {3}\nghi)\n",
			[]fetched{{5, "", "", "abc"}, {6, "", "", "def"}, {7, "", "", "ghi"}},
		},
		{
			"literal8, non-synchronizing spelling, quoted body and empty body",
			"* 1 FETCH (UID 5 FLAGS () INTERNALDATE " + aDate + " BODY[] ~{3}\na\x00c)\n" +
				"* 2 FETCH (UID 6 FLAGS () INTERNALDATE " + aDate + " BODY[] {3+}\nabc)\n" +
				"* 3 FETCH (UID 7 FLAGS () INTERNALDATE " + aDate + " BODY[] \"a\\\"c\")\n" +
				"* 4 FETCH (UID 8 FLAGS () INTERNALDATE " + aDate + " BODY[] {0}\n)\n",
			[]fetched{{5, "", aDateText, "a\x00c"}, {6, "", aDateText, "abc"}, {7, "", aDateText, `a"c`}, {8, "", aDateText, ""}},
		},
		{
			"flags that nobody asked for before and after the answer",
			"* 1 FETCH (UID 5 FLAGS (\\Flagged))\n* 1 FETCH (FLAGS (\\Flagged))\n" +
				"* 1 FETCH (UID 5 FLAGS (\\Seen) INTERNALDATE " + aDate + " BODY[] {3}\nabc)\n* 1 FETCH (UID 5 FLAGS (\\Draft))\n",
			[]fetched{{5, `\Seen`, aDateText, "abc"}},
		},
		{
			"a message that nobody asked for and one that comes twice",
			"* 9 FETCH (UID 777777 FLAGS () INTERNALDATE " + aDate + " BODY[] {3}\nbad)\n" +
				"* 1 FETCH (UID 5 FLAGS () INTERNALDATE " + aDate + " BODY[] {3}\nabc)\n" +
				"* 1 FETCH (UID 5 FLAGS () INTERNALDATE " + aDate + " BODY[] {3}\nabc)\n",
			[]fetched{{5, "", aDateText, "abc"}},
		},
		{
			"lower case",
			"* 1 fetch (uid 5 flags (\\seen) internaldate \" 7-jul-1996 02:44:25 +0530\" body[] {3}\nabc)\n",
			[]fetched{{5, `\seen`, "1996-07-07 02:44:25 +0530", "abc"}},
		},
		{"nothing, because the messages are gone", "", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := play(t, "", Limits{}, func(s *server) {
				tag := s.expect("UID FETCH 5:8 " + fetchItems)
				s.say("%s%s OK done\n", tt.answer, tag)
			})
			got, err := fetchAll(t.Context(), c, mail.UIDSpan(5, 8))
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestFetch_neverTakesCutBodyForWhole(t *testing.T) {
	const start = "* 1 FETCH (UID 5 FLAGS () INTERNALDATE " + aDate + " BODY[] "
	tests := []struct {
		name   string
		answer string
		kind   error
	}{
		{"connection ends within the literal", start + "{10}\nabc", mail.ErrConnect},
		{"connection ends with the literal", start + "{3}\nabc", mail.ErrConnect},
		{"literal announced far too long", start + "{90}\nabc)\nW1 OK done\n", mail.ErrConnect},
		{"literal announced too long", start + "{9}\nabc)\nW1 OK done\n", mail.ErrProtocol},
		{"literal announced a little too long", start + "{5}\nabc)\nW1 OK done\n", mail.ErrProtocol},
		{"literal announced too short", start + "{2}\nabc)\nW1 OK done\n", mail.ErrProtocol},
		{"connection ends in an early body", "* 1 FETCH (BODY[] {10}\nabc", mail.ErrConnect},
		{"UID changes after the body", start + "{3}\nabc UID 6)\n", mail.ErrProtocol},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := play(t, "", Limits{}, func(s *server) {
				s.expect("UID FETCH 5 " + fetchItems)
				s.say("%s", tt.answer)
			})
			var readErr error
			err := c.Fetch(t.Context(), mail.UIDs(5), func(m mail.Message, body io.Reader) error {
				b := make([]byte, m.Size)
				if _, readErr = io.ReadFull(body, b); readErr == nil {
					t.Errorf("body %q was taken for whole", b)
				}
				return nil // and even so, Fetch says that it failed
			})
			wantKind(t, err, tt.kind)
			if errors.Is(readErr, io.EOF) {
				t.Errorf("the body's error %v is io.EOF", readErr)
			}
			if c.Err() == nil {
				t.Error("the connection counts as usable")
			}
		})
	}
}

func TestFetch_asksAgainForAnswerThatCanNotBeUsed(t *testing.T) {
	const good = "* 1 FETCH (UID 5 FLAGS (\\Seen) INTERNALDATE " + aDate + " BODY[] {3}\nabc)\n"
	tests := []struct {
		name  string
		first string // about UID 6
		alone string // the answer for its body alone
		want  []fetched
	}{
		{
			"large body before its UID",
			"* 2 FETCH (BODY[] {12}\nlarger limit UID 6 FLAGS () INTERNALDATE " + aDate + ")\n",
			"* 2 FETCH (BODY[] {12}\nlarger limit UID 6)\n",
			[]fetched{{5, `\Seen`, aDateText, "abc"}, {6, "$k", aDateText, "larger limit"}},
		},
		{
			"answer garbled before its UID",
			"* 2 FETCH (ENVELOPE (\"broken \"quotes\" {3}\nxyz \" ) UID 6 BODY[] {3}\nabc)\n",
			"* 2 FETCH (UID 6 BODY[] {3}\ndef)\n",
			[]fetched{{5, `\Seen`, aDateText, "abc"}, {6, "$k", aDateText, "def"}},
		},
		{
			"no body in the answer",
			"* 2 FETCH (UID 6 FLAGS () INTERNALDATE " + aDate + " RFC822.SIZE 3)\n",
			"* 2 FETCH (UID 6 BODY[] {3}\ndef)\n",
			[]fetched{{5, `\Seen`, aDateText, "abc"}, {6, "$k", aDateText, "def"}},
		},
		{
			"NIL for a body",
			"* 2 FETCH (UID 6 FLAGS () INTERNALDATE " + aDate + " BODY[] NIL)\n",
			"* 2 FETCH (UID 6 BODY[] {3}\ndef)\n",
			[]fetched{{5, `\Seen`, aDateText, "abc"}, {6, "$k", aDateText, "def"}},
		},
		{
			"gone in the meantime",
			"* 2 FETCH (BODY[] {12}\nlarger limit UID 6 FLAGS () INTERNALDATE " + aDate + ")\n",
			"",
			[]fetched{{5, `\Seen`, aDateText, "abc"}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := play(t, "", Limits{Early: 8}, func(s *server) {
				tag := s.expect("UID FETCH 5:6 " + fetchItems)
				s.say("%s%s%s OK done\n", good, tt.first, tag)
				// A garbled answer may have been about either message that is missing.
				meta := s.expect("UID FETCH 6 (UID FLAGS INTERNALDATE)")
				body := s.expect("UID FETCH 6 (UID BODY.PEEK[])")
				if tt.alone != "" {
					s.say("* 2 FETCH (UID 6 FLAGS ($k) INTERNALDATE %s)\n", aDate)
				}
				s.say("%s OK done\n%s%s OK done\n", meta, tt.alone, body)
			})
			got, err := fetchAll(t.Context(), c, mail.UIDs(5, 6))
			if tt.alone == "" && err == nil {
				t.Error("a message that had an answer is gone without a word")
			}
			if tt.alone != "" && err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestFetch_cutsRefusedCommandDownToTheGuiltyMessage(t *testing.T) {
	c := play(t, "", Limits{}, func(s *server) {
		for {
			line := s.line()
			if line == "" {
				return
			}
			f := strings.Fields(line)
			if len(f) < 4 || f[1] != "UID" || f[2] != "FETCH" {
				s.stop("got %q", line)
				return
			}
			set, err := mail.ParseUIDSet(f[3])
			if err != nil {
				s.stop("%v", err)
				return
			}
			body := strings.Contains(line, "BODY.PEEK[]")
			if body && set.Contains(6) {
				s.say("%s NO [SERVERBUG] can not read it\n", f[0])
				continue
			}
			for u := range set.All() {
				b := ""
				if body {
					b = fmt.Sprintf(" BODY[] {2}\n%02d", u)
				}
				s.say("* %d FETCH (UID %d FLAGS () INTERNALDATE %s%s)\n", u, u, aDate, b)
			}
			s.say("%s OK done\n", f[0])
		}
	})
	got, err := fetchAll(t.Context(), c, mail.UIDSpan(1, 9))
	failed := failedUIDs(t, err)
	if len(failed) != 1 || failed[6] == nil {
		t.Fatalf("got errors %v, want one for UID 6", failed)
	}
	if e := wantKind(t, failed[6], mail.ErrRefused); e.Code != "SERVERBUG" {
		t.Errorf("got code %q", e.Code)
	}
	var uids []mail.UID
	for _, m := range got {
		uids = append(uids, m.UID)
		if m.Body != fmt.Sprintf("%02d", m.UID) {
			t.Errorf("UID %d has body %q", m.UID, m.Body)
		}
	}
	slices.Sort(uids)
	if d := cmp.Diff([]mail.UID{1, 2, 3, 4, 5, 7, 8, 9}, uids); d != "" {
		t.Error(d)
	}
	if c.Err() != nil {
		t.Errorf("connection lost: %v", c.Err())
	}
}

func TestFetch_returnsRefusalOfTheWholeFolder(t *testing.T) {
	for _, tt := range []struct {
		answer string
		kind   error
	}{
		{"NO [UNAVAILABLE] later", mail.ErrBusy},
		{"NO [NOPERM] no", mail.ErrDenied},
		{"BAD what", mail.ErrProtocol},
	} {
		c := play(t, "", Limits{}, func(s *server) {
			tag := s.expect("UID FETCH 1:9 " + fetchItems)
			s.say("%s %s\n", tag, tt.answer)
		})
		_, err := fetchAll(t.Context(), c, mail.UIDSpan(1, 9))
		wantKind(t, err, tt.kind)
	}
}

func TestFetch_skipsMessageBeyondTheLimit(t *testing.T) {
	c := play(t, "", Limits{Literal: 5}, func(s *server) {
		tag := s.expect("UID FETCH 5:6 " + fetchItems)
		s.say("* 1 FETCH (UID 5 FLAGS () INTERNALDATE %s BODY[] {9}\n123456789)\n", aDate)
		s.say("* 2 FETCH (UID 6 FLAGS () INTERNALDATE %s BODY[] {3}\nabc)\n%s OK done\n", aDate, tag)
	})
	got, err := fetchAll(t.Context(), c, mail.UIDs(5, 6))
	wantKind(t, failedUIDs(t, err)[5], mail.ErrTooBig)
	if len(got) != 1 || got[0].UID != 6 {
		t.Errorf("got %v", got)
	}
}

func TestFetch_keepsTheNextWindowOnTheWire(t *testing.T) {
	c := play(t, "", Limits{}, func(s *server) {
		first := s.expect("UID FETCH 1:250 " + fetchItems)
		second := s.expect("UID FETCH 251:500 " + fetchItems) // before a word of an answer
		for _, tag := range []string{first, second} {
			s.say("%s OK done\n", tag)
		}
		s.say("%s OK done\n", s.expect("UID FETCH 501:600 "+fetchItems))
	})
	if _, err := fetchAll(t.Context(), c, mail.UIDSpan(1, 600)); err != nil {
		t.Fatal(err)
	}
}

func TestFetch_doesNotCutSparseSetByNumber(t *testing.T) {
	c := play(t, "", Limits{}, func(s *server) {
		s.open(`"x"`, "* 3 EXISTS\n")
		s.say("%s OK done\n", s.expect("UID FETCH 1:4294967295 "+fetchItems))
	})
	if _, err := c.Select(t.Context(), "x", true); err != nil {
		t.Fatal(err)
	}
	if _, err := fetchAll(t.Context(), c, mail.UIDSpan(1, 1<<32-1)); err != nil {
		t.Fatal(err)
	}
}

func TestFetch_returnsErrorOfFnAsItIs(t *testing.T) {
	mine := errors.New("mine")
	message := "* 1 FETCH (UID 5 FLAGS () INTERNALDATE " + aDate + " BODY[] {3}\nabc)\n"
	c := play(t, "", Limits{}, func(s *server) {
		tag := s.expect("UID FETCH 5:9 " + fetchItems)
		s.say("%s%s%s OK done\n", message, strings.ReplaceAll(message, "UID 5", "UID 6"), tag)
		s.say("%s OK\n", s.expect("NOOP"))
	})
	calls := 0
	err := c.Fetch(t.Context(), mail.UIDSpan(5, 9), func(mail.Message, io.Reader) error {
		calls++
		return mine
	})
	if err != mine || calls != 1 { //nolint:errorlint // as it is
		t.Errorf("got %v after %d calls", err, calls)
	}
	if err := c.Noop(t.Context()); err != nil {
		t.Errorf("the connection is of no use any more: %v", err)
	}
}

func TestFetch_goesOnWhenFnDoesNotReadTheBody(t *testing.T) {
	c := play(t, "", Limits{}, func(s *server) {
		tag := s.expect("UID FETCH 5:6 " + fetchItems)
		for u := 5; u <= 6; u++ {
			s.say("* 1 FETCH (UID %d FLAGS () INTERNALDATE %s BODY[] {300000}\n%s)\n", u, aDate, strings.Repeat("x", 300000))
		}
		s.say("%s OK done\n", tag)
	})
	calls := 0
	err := c.Fetch(t.Context(), mail.UIDs(5, 6), func(_ mail.Message, body io.Reader) error {
		calls++
		_, err := body.Read(make([]byte, 10))
		return err
	})
	if err != nil || calls != 2 {
		t.Errorf("got %v after %d calls", err, calls)
	}
}

func TestFetch_endsWhenTheContextDoes(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	c := play(t, "", Limits{}, func(s *server) {
		s.expect("UID FETCH 5 " + fetchItems)
		s.say("* 1 FETCH (UID 5 FLAGS () INTERNALDATE %s BODY[] {10}\nabc", aDate)
		cancel()
		s.line()
	})
	_, err := fetchAll(ctx, c, mail.UIDs(5))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
}
