package plugin

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/sdk/abi"
)

// put is a call of header_put, which is import number fn; the texts lie at name and
// value in the guest's memory.
func put(fn int, op int32, name, nameLen, value, valueLen int) []byte {
	return seq(i32(op), i32(int32(name)), i32(int32(nameLen)), i32(int32(value)), i32(int32(valueLen)), callFunc(fn), drop)
}

// stamps is a guest that changes one header field of each message.
func stamps(op int32, name, value string) guest {
	return one(abi.HookRewriteMessage, name+value, []string{"header_put"},
		put(0, op, 0, len(name), len(name), len(value)), i32(abi.ResultNoOpinion))
}

// writes is a guest that writes whole new messages, piece by piece.
func writes(result int32, pieces ...string) guest {
	var code [][]byte
	at := 0
	for _, p := range pieces {
		code = append(code, seq(i32(int32(at)), i32(int32(len(p))), callFunc(0), drop))
		at += len(p)
	}
	g := one(abi.HookRewriteMessage, strings.Join(pieces, ""), []string{"out_write"}, append(code, i32(result))...)
	g.pages = 4
	return g
}

func rewriting() *copier.RewriteQuestion { return &copier.RewriteQuestion{Candidate: *candidate()} }

// rewritten asks and returns the whole of the new message, "" if there is none.
func rewritten(t *testing.T, c *Chain, q *copier.RewriteQuestion) (string, copier.Rewrite) {
	t.Helper()
	r, err := c.RewriteMessage(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	if r.Message == nil {
		return "", r
	}
	text, err := io.ReadAll(io.NewSectionReader(r.Message, 0, 1<<30))
	if err != nil || int64(len(text)) != r.Size {
		t.Fatalf("read %d bytes of %d: %v", len(text), r.Size, err)
	}
	if r.Close != nil {
		r.Close()
	}
	return string(text), r
}

func TestRewrite_changesOneFieldAndNothingElse(t *testing.T) {
	const from = "From: ann@example.org\r\n"
	const subject = "Subject: =?iso-8859-1?Q?Gr=FC=DFe?=\r\n from afar\r\n"
	const twice = "X-Twice: one\r\nx-twice: two\r\n"
	const body = "\r\nHello.\r\n"
	tests := []struct {
		name string
		give guest
		want string
	}{
		{"set", stamps(abi.HeaderSet, "subject", "Hi"), from + "subject: Hi\r\n" + twice + body},
		{"set the first of two", stamps(abi.HeaderSet, "X-TWICE", "Grüße"), from + subject + "X-TWICE: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n" + body},
		{"set what is not there", stamps(abi.HeaderSet, "X-New", "1"), "X-New: 1\r\n" + from + subject + twice + body},
		{"add", stamps(abi.HeaderAdd, "X-Twice", "zero"), "X-Twice: zero\r\n" + from + subject + twice + body},
		{"remove", stamps(abi.HeaderRemove, "x-twice", ""), from + subject + body},
		{"remove a folded one", stamps(abi.HeaderRemove, "Subject", ""), from + twice + body},
		{"remove what is not there", stamps(abi.HeaderRemove, "X-None", ""), from + subject + twice + body},
	}
	h := newHost(t, quick)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, r := rewritten(t, chain(t, h, tt.give), rewriting())
			if got != tt.want || r.By != "a" {
				t.Errorf("got %q by %q\nwant %q", got, r.By, tt.want)
			}
		})
	}
}

func TestRewrite_theNextPluginSeesTheNewMessage(t *testing.T) {
	// It copies the header section and then the field X-New behind a mark of its own.
	reads := guest{
		imports: []string{"headers_raw", "out_write", "prop_u64", "header_put", "prop_str"},
		data:    "Seen:",
		funcs: map[string][]byte{abi.HookRewriteMessage: seq(
			i64(0), i32(100), i32(4000), callFunc(0), []byte{0x21, 0}, // local 0 = headers_raw(0, 100, 4000)
			i32(0), i32(5), callFunc(1), drop,
			i32(100), []byte{0x20, 0}, callFunc(1), drop,
			i32(abi.ResultAccept),
		)},
	}
	h := newHost(t, quick)
	got, r := rewritten(t, chain(t, h, stamps(abi.HeaderSet, "Subject", "Hi"), reads, stamps(abi.HeaderSet, "Subject", "never")), rewriting())
	want := "Seen:From: ann@example.org\r\nSubject: Hi\r\nX-Twice: one\r\nx-twice: two\r\n\r\n"
	if got != want || r.By != "b" {
		t.Errorf("got %q by %q\nwant %q", got, r.By, want)
	}
	// The other way round: fields of a message that was written anew.
	got, _ = rewritten(t, chain(t, h, writes(0, "A: 1\r\n\r\nnew\r\n"), stamps(abi.HeaderRemove, "a", ""), stamps(abi.HeaderAdd, "B", "2")), rewriting())
	if want := "B: 2\r\n\r\nnew\r\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestRewrite_refusesWhatIsNoMessage(t *testing.T) {
	long := strings.Repeat("x", 60_000)
	both := one(abi.HookRewriteMessage, "A: 1\r\nB", []string{"out_write", "header_put"},
		i32(0), i32(6), callFunc(0), drop, put(1, abi.HeaderAdd, 6, 1, 0, 1), i32(1))
	tests := []struct {
		name string
		give guest
		want string
	}{
		{"LF by itself", writes(0, "A: 1\r\n\r\n", "one\ntwo"), "it asked for a new message with an LF by itself at byte 11"},
		{"LF by itself at the start", writes(0, "\n"), "an LF by itself at byte 0"},
		{"CR by itself", writes(0, "A: 1\r", "B"), "a CR by itself at byte 4"},
		{"CR at the end", writes(0, "A: 1\r"), "a CR by itself at byte 4"},
		{"NUL", writes(0, "A\x00"), "a NUL at byte 1"},
		{"nothing", writes(0, ""), "a new message without a single byte"},
		{"too much", writes(0, long, long, long, long), ""},
		{"both ways", both, "it changed header fields and wrote a new message"},
		{"name with a colon", stamps(abi.HeaderSet, "A:b", "1"), `the header field "A:b", which is no name`},
		{"name with a line end", stamps(abi.HeaderSet, "A\r\nB", "1"), "which is no name"},
		{"no name", stamps(abi.HeaderSet, "", "1"), "a name of 0 bytes"},
		{"line end in a value", stamps(abi.HeaderAdd, "A", "1\r\nEvil: 2"), "a value of A with the control character 0x0d"},
		{"value that is not UTF-8", stamps(abi.HeaderAdd, "A", "\xff"), "not valid UTF-8"},
		{"word without an end", stamps(abi.HeaderAdd, "A", long), "a word of 60000 bytes, which no line can hold"},
		{"no address", stamps(abi.HeaderSet, "To", "Jürgen"), "no list of addresses"},
		{"address beyond ASCII", stamps(abi.HeaderSet, "To", "jürgen@example.org"), "an address beyond ASCII"},
		{"date beyond ASCII", stamps(abi.HeaderSet, "Date", "Mär"), "which this field can not hold"},
		{"unknown operation", stamps(9, "A", "1"), "the operation 9 on header fields"},
		{"skip in no words", one(abi.HookRewriteMessage, "", nil, i32(abi.ResultReplace)), "it returned 5 (replace), which has no meaning in this hook"},
		{"folder", one(abi.HookRewriteMessage, "A", []string{"set_folder"}, i32(0), i32(1), callFunc(0), drop, i32(0)), "another folder where that is not possible"},
	}
	opts := quick
	opts.BodyTicks = 10_000_000
	h := newHost(t, opts)
	for _, tt := range tests {
		if tt.want == "" {
			continue // below
		}
		t.Run(tt.name, func(t *testing.T) {
			_, err := chain(t, h, tt.give).RewriteMessage(t.Context(), rewriting())
			wantError(t, err, tt.want)
		})
	}
	t.Run("too much", func(t *testing.T) {
		var code [][]byte
		for range 20 {
			code = append(code, seq(i32(0), i32(60_000), callFunc(0), drop))
		}
		g := one(abi.HookRewriteMessage, "", []string{"out_write"}, append(code, i32(0))...)
		g.data, g.pages = long, 2
		_, err := chain(t, h, g).RewriteMessage(t.Context(), rewriting())
		wantError(t, err, fmt.Sprintf("a new message of more than %d bytes", 2*len(testMessage)+1<<20))
	})
}

// A note keeper of spools.
type spools struct {
	open, made int
	fail       error
}

func (s *spools) spool() (copier.Spool, error) {
	if s.fail != nil {
		return nil, s.fail
	}
	s.open++
	s.made++
	return &memorySpool{s: s}, nil
}

type memorySpool struct {
	s *spools
	b []byte
}

func (m *memorySpool) Write(b []byte) (int, error) { m.b = append(m.b, b...); return len(b), nil }

func (m *memorySpool) ReadAt(b []byte, off int64) (int, error) {
	return strings.NewReader(string(m.b)).ReadAt(b, off)
}

func (m *memorySpool) Close() error { m.s.open--; return nil }

func TestRewrite_longMessagesGoToATemporaryFileThatIsRemoved(t *testing.T) {
	part := strings.Repeat("0123456789abcde\r\n", 2000)
	give := []guest{
		writes(0, "A: 1\r\n\r\n", part, part, part),
		stamps(abi.HeaderSet, "A", "2"),
	}
	h := newHost(t, quick)
	s := &spools{}
	q := rewriting()
	q.Spool = s.spool
	got, _ := rewritten(t, chain(t, h, give...), q)
	if want := "A: 2\r\n\r\n" + part + part + part; got != want || s.made != 1 || s.open != 0 {
		t.Errorf("got %d bytes, want %d; %d spools, %d left", len(got), len(want), s.made, s.open)
	}
	for _, tt := range []struct {
		name string
		last guest
	}{
		{"fails", one(abi.HookRewriteMessage, "", nil, unreachable)},
		{"skips", one(abi.HookRewriteMessage, "", nil, i32(abi.ResultSkip))},
		{"writes badly", writes(0, part, part, "\n")},
	} {
		s.made = 0
		r, err := chain(t, h, give[0], tt.last).RewriteMessage(t.Context(), q)
		if s.made == 0 || s.open != 0 || r.Message != nil || (err == nil) != (r.Action == copier.ActionSkip) {
			t.Errorf("%s: %d spools, %d left; %+v, %v", tt.name, s.made, s.open, r, err)
		}
	}
	s.fail = errors.New("the disk is full")
	_, err := chain(t, h, give[0]).RewriteMessage(t.Context(), q)
	wantError(t, err, "the disk is full")
}

func TestRewrite_leavesAHeaderSectionThatIsNotHereAsAWhole(t *testing.T) {
	q := rewriting()
	q.Message.Header = []byte(testHeader[:30])
	_, err := chain(t, newHost(t, quick), stamps(abi.HeaderSet, "A", "1")).RewriteMessage(t.Context(), q)
	wantError(t, err, "longer than the server looks at")
	// A message that is nothing but header fields has no empty line.
	q = rewriting()
	q.Message.Header, q.Message.Size, q.Body = []byte("B: 1\r\n"), 6, strings.NewReader("B: 1\r\n")
	if got, _ := rewritten(t, chain(t, newHost(t, quick), stamps(abi.HeaderSet, "A", "1")), q); got != "A: 1\r\nB: 1\r\n" {
		t.Errorf("got %q", got)
	}
}

// tellsProp is a guest that answers a question with a property as its note.
func tellsProp(hook string, id int32) guest {
	return one(hook, "", []string{"prop_str", "note"},
		i32(id), i32(0), i32(100), i32(1000), callFunc(0), []byte{0x22, 0}, // tee local 0
		i32(0), []byte{0x48, 0x04, 0x40}, i32(-1), []byte{0x0f, 0x0b}, // if < 0 return -1
		i32(100), []byte{0x20, 0}, callFunc(1), drop, i32(abi.ResultSkip))
}

func TestRewrite_tellsWhyItIsAskedAgain(t *testing.T) {
	h := newHost(t, quick)
	q := rewriting()
	q.Attempt, q.Refusal = 2, "line too long"
	r, err := chain(t, h, tellsProp(abi.HookRewriteMessage, abi.PropError)).RewriteMessage(t.Context(), q)
	if err != nil || r.Note != "line too long" {
		t.Errorf("got %+v, %v", r, err)
	}
	sum := sha256.Sum256([]byte("A: 1\r\n" + testMessage))
	r, err = chain(t, h, stamps(abi.HeaderAdd, "A", "1"), tellsProp(abi.HookRewriteMessage, abi.PropHash)).RewriteMessage(t.Context(), q)
	if err != nil || r.Note != hex.EncodeToString(sum[:]) {
		t.Errorf("got %+v, %v; want the hash of what the plugin before has made", r, err)
	}
	// Skip when PropAttempt is 2, fail otherwise.
	attempt := one(abi.HookRewriteMessage, "", []string{"prop_u64"}, i32(abi.PropAttempt), callFunc(0), i64(2), []byte{0x51, 0x04, 0x7f}, i32(2), []byte{0x05}, i32(-1), []byte{0x0b})
	if r, err := chain(t, h, attempt).RewriteMessage(t.Context(), q); err != nil || r.Action != copier.ActionSkip {
		t.Errorf("got %+v, %v", r, err)
	}
}

func TestMapFlags_seesAndChangesFlagsAlone(t *testing.T) {
	h := newHost(t, quick)
	add := one(abi.HookMapFlags, "Work $Forwarded", []string{"flags"},
		i32(abi.FlagsAdd), i32(0), i32(4), callFunc(0), drop, i32(abi.FlagsRemove), i32(5), i32(10), callFunc(0), drop, i32(0))
	q := copier.FlagQuestion{Target: "Archive", Flags: mail.CleanFlags([]mail.Flag{"$Forwarded", mail.FlagSeen}), Kept: []mail.Flag{mail.FlagSeen, `\*`}}
	got, err := chain(t, h, add).MapFlags(t.Context(), q)
	if err != nil || fmt.Sprint(got.Flags) != `[\Seen Work]` || got.By != "a" {
		t.Errorf("got %+v, %v", got, err)
	}
	if got, err := chain(t, h, one(abi.HookMapFlags, "", nil, i32(1))).MapFlags(t.Context(), q); err != nil || got.Flags != nil {
		t.Errorf("without an opinion: %+v, %v", got, err)
	}
	// number reads a property and adds the flag x if it has the value.
	number := func(id int32, value int64) guest {
		return one(abi.HookMapFlags, "x", []string{"prop_u64", "flags"}, i32(id), callFunc(0), i64(value), []byte{0x51, 0x04, 0x40},
			i32(abi.FlagsReplace), i32(0), i32(1), callFunc(1), drop, []byte{0x0b}, i32(0))
	}
	for id, value := range map[int32]int64{
		abi.PropFlags: abi.FlagSeen, abi.PropKeywords: 1, abi.PropKept: 2, abi.PropUID: int64(abi.ReadNotPermitted),
		abi.PropUIDValidity: int64(abi.ReadNotPermitted), abi.PropSide: int64(abi.ReadNotPermitted), 99: int64(abi.ReadBadArgument),
	} {
		if got, err := chain(t, h, number(id, value)).MapFlags(t.Context(), q); err != nil || fmt.Sprint(got.Flags) != "[x]" {
			t.Errorf("property %d is not %d: %+v, %v", id, value, got, err)
		}
	}
	for id, ok := range map[int32]bool{abi.PropTarget: true, abi.PropKeyword: true, abi.PropKeptFlag: true, abi.PropSource: false, abi.PropFolder: false, abi.PropUse: false} {
		g := tellsProp(abi.HookMapFlags, id) // skip has no meaning here, so the text can not be told
		_, err := chain(t, h, g).MapFlags(t.Context(), q)
		if want := "it returned 2 (skip)"; ok {
			wantError(t, err, want)
		} else {
			wantError(t, err, "it gave no reason")
		}
	}
	_, err = chain(t, h, one(abi.HookMapFlags, "", nil, i32(abi.ResultDefer))).MapFlags(t.Context(), q)
	wantError(t, err, "it returned 3 (defer)")
}

func TestMessageKey(t *testing.T) {
	h := newHost(t, quick)
	key := func(text string) guest {
		return one(abi.HookMessageKey, text, []string{"set_key"}, i32(0), i32(int32(len(text))), callFunc(0), drop, i32(0))
	}
	q := &copier.KeyQuestion{Candidate: *candidate(), AtTarget: true}
	q.Body = nil
	for _, tt := range []struct {
		give []guest
		want string
	}{
		{[]guest{key("k")}, "k"},
		{[]guest{key("k"), key("")}, ""},
		{[]guest{one(abi.HookMessageKey, "", nil, i32(0))}, ""},
	} {
		if got, err := chain(t, h, tt.give...).MessageKey(t.Context(), q); err != nil || got != tt.want {
			t.Errorf("got %q, %v; want %q", got, err, tt.want)
		}
	}
	long := key(strings.Repeat("k", abi.MaxKey+1))
	_, err := chain(t, h, long).MessageKey(t.Context(), q)
	wantError(t, err, "it asked for a key of more than 512 bytes")
	side := one(abi.HookMessageKey, "k", []string{"prop_u64", "set_key"}, i32(0), i32(abi.PropSide), callFunc(0), []byte{0xa7}, callFunc(1), drop, i32(0))
	if got, err := chain(t, h, side).MessageKey(t.Context(), q); err != nil || got != "k" {
		t.Errorf("at the target: %q, %v", got, err)
	}
	_, err = chain(t, h, one(abi.HookFilterEnvelope, "k", []string{"set_key"}, i32(0), i32(1), callFunc(0), drop, i32(0))).FilterEnvelope(t.Context(), candidate())
	wantError(t, err, "it asked for a key where that is not possible")
}

func TestOnConflict_knowsBothSides(t *testing.T) {
	h := newHost(t, quick)
	q := &copier.Conflict{Candidate: *candidate(), There: mail.Message{UID: 9, Size: 33, Flags: []mail.Flag{mail.FlagDraft, "Word"}}, TargetValidity: 5}
	for result, want := range map[int32]copier.Resolution{
		abi.ResultNoOpinion: copier.ResolvePresent, abi.ResultAccept: copier.ResolvePresent, abi.ResultSkip: copier.ResolveSkip,
		abi.ResultDefer: copier.ResolveDefer, abi.ResultCopy: copier.ResolveCopy, abi.ResultReplace: copier.ResolveReplace,
	} {
		got, err := chain(t, h, one(abi.HookOnConflict, "", nil, i32(result))).OnConflict(t.Context(), q)
		if err != nil || got.Resolution != want {
			t.Errorf("%d: got %+v, %v", result, got, err)
		}
	}
	for id, value := range map[int32]int64{
		abi.PropTargetUID: 9, abi.PropTargetUIDValidity: 5, abi.PropTargetSize: 33, abi.PropTargetFlags: abi.FlagDraft,
		abi.PropTargetKeywords: 1, abi.PropTargetDate: int64(abi.ReadAbsent), abi.PropTargetZone: int64(abi.ReadAbsent), abi.PropUID: 7,
	} {
		g := one(abi.HookOnConflict, "", []string{"prop_u64"}, i32(id), callFunc(0), i64(value), []byte{0x51, 0x04, 0x7f}, i32(abi.ResultCopy), []byte{0x05}, i32(-1), []byte{0x0b})
		if got, err := chain(t, h, g).OnConflict(t.Context(), q); err != nil || got.Resolution != copier.ResolveCopy {
			t.Errorf("property %d is not %d: %+v, %v", id, value, got, err)
		}
	}
}
