package plugin

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/mailweir/mailweir/sdk/abi"
)

// decoded reads a part as a plugin does, in pieces.
func decoded(t testing.TB, message string, all *parts, p *part, piece int) string {
	t.Helper()
	var out []byte
	for buf := make([]byte, piece); ; {
		n, _, err := all.readAt(strings.NewReader(message), p, int64(len(out)), buf)
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			return string(out)
		}
		out = append(out, buf[:n]...)
	}
}

// describe puts the parts of a message into lines.
func describe(t testing.TB, message string) (lines []string) {
	t.Helper()
	all, err := findParts(strings.NewReader(message), int64(len(message)))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range all.list {
		line := fmt.Sprintf("%d %s", p.depth, p.mediaType)
		for _, s := range []string{p.charset, p.disposition, p.filename} {
			if s != "" {
				line += " " + s
			}
		}
		if p.leaf {
			line += fmt.Sprintf(" %q", decoded(t, message, all, p, 7))
		}
		lines = append(lines, line)
	}
	return lines
}

// crlf makes the line ends of a message.
func crlf(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }

const nested = `Subject: nested
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="outer"

This is a preamble.
--outer
Content-Type: multipart/alternative; boundary=inner

--inner
Content-Type: text/plain; charset=UTF-8
Content-Transfer-Encoding: quoted-printable

Gr=C3=BC=C3=9Fe, a line that =
goes on = 100=25
--inner
Content-Type: text/html; charset="iso-8859-1"

<p>hello</p>

--inner--
between
--outer
Content-Type: application/pdf; name="=?utf-8?q?fo=C3=BC.pdf?="
Content-Disposition: attachment; filename*=utf-8''f%C3%BC.pdf
Content-Transfer-Encoding: base64

aGVs
bG8=
--outer--
epilogue
`

func TestParts_areFoundAndDecoded(t *testing.T) {
	tests := []struct {
		name, give string
		want       []string
	}{
		{"one text", "Subject: x\n\nhello\n", []string{`0 text/plain "hello\r\n"`}},
		{"no header section", "\nhello", []string{`0 text/plain "hello"`}},
		{"nothing", "", []string{`0 text/plain ""`}},
		{"nested", nested, []string{
			`0 multipart/mixed`,
			`1 multipart/alternative`,
			`2 text/plain utf-8 "Grüße, a line that goes on = 100%"`,
			`2 text/html iso-8859-1 "<p>hello</p>\r\n"`,
			`1 application/pdf attachment fü.pdf "hello"`,
		}},
		{"a boundary that never ends", "Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b\n\ntwo\n", []string{
			`0 multipart/mixed`, `1 text/plain "one"`, `1 text/plain "two\r\n"`,
		}},
		{"the outer boundary ends the inner parts", "Content-Type: multipart/mixed; boundary=o\n\n--o\nContent-Type: multipart/mixed; boundary=i\n\n--i\n\none\n--o\n\ntwo\n--o--\n", []string{
			`0 multipart/mixed`, `1 multipart/mixed`, `2 text/plain "one"`, `1 text/plain "two"`,
		}},
		{"a boundary inside a header section", "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/html\n--b\n\ntwo\n--b--\n", []string{
			`0 multipart/mixed`, `1 text/html ""`, `1 text/plain "two"`,
		}},
		{"empty parts", "Content-Type: multipart/mixed; boundary=b\n\n--b\n\n--b\n\n\n--b--\n", []string{
			`0 multipart/mixed`, `1 text/plain ""`, `1 text/plain ""`,
		}},
		{"a boundary is a whole line", "Content-Type: multipart/mixed; boundary=b\n\n--b \t\n\n--bb\nx --b\n--b--x\n--b--\n", []string{
			`0 multipart/mixed`, `1 text/plain "--bb\r\nx --b\r\n--b--x"`,
		}},
		{"a digest", "Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: x\n\ny\n--b--\n", []string{
			`0 multipart/digest`, `1 message/rfc822 "Subject: x\r\n\r\ny"`,
		}},
		{"what is encoded holds no parts", "Content-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: base64\n\nLS1iCg==\n--b\n\nx\n", []string{
			`0 multipart/mixed "--b\n"`,
		}},
		{"parameters without rules", "Content-Type: text/plain; charset=utf-8; charset=x; name=a b;\n\nx", []string{`0 text/plain utf-8 a b "x"`}},
		{"no media type", "Content-Type: text\n\nx", []string{`0 text/plain "x"`}},
		{"base64 with noise", "Content-Transfer-Encoding: BASE64\n\n a*G!V\ns bG8=\nIGlnbm9yZWQ=", []string{`0 text/plain "hello"`}},
		{"base64 that breaks off", "Content-Transfer-Encoding: base64\n\naGVsbG", []string{`0 text/plain "hell"`}},
		{"quoted-printable without rules", "Content-Transfer-Encoding: quoted-printable\n\na=3db=ZZ=4 \x01=  \nc=", []string{"0 text/plain \"a=b=ZZ=4 \\x01c\""}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := describe(t, crlf(tt.give)); strings.Join(got, "\n") != strings.Join(tt.want, "\n") {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(tt.want, "\n"))
			}
			// Bare LF is as good, but for what the data itself holds.
			for i, line := range describe(t, tt.give) {
				if want := strings.ReplaceAll(tt.want[i], `\r\n`, `\n`); line != want {
					t.Errorf("with bare LF: %s, want %s", line, want)
				}
			}
		})
	}
}

func TestParts_hostileMessagesCostBoundedTime(t *testing.T) {
	var deep strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&deep, "Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n", i, i)
	}
	const head = "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
	for name, message := range map[string]string{
		"deep":               deep.String(),
		"many":               head + strings.Repeat("--b\r\n\r\nx\r\n", 200_000),
		"boundary alone":     head + strings.Repeat("--b\r\n", 400_000),
		"nearly a boundary":  head + strings.Repeat("--\n", 1_000_000),
		"one line":           head + strings.Repeat("--b", 1_000_000),
		"one header line":    "Content-Type: multipart/mixed; " + strings.Repeat("boundary=b; ", 200_000) + "\r\n\r\n",
		"headers of parts":   head + strings.Repeat("--b\r\n"+strings.Repeat("x: "+strings.Repeat("y", 1000)+"\r\n", 30), 100),
		"quoted-printable":   "Content-Transfer-Encoding: quoted-printable\r\n\r\n" + strings.Repeat("="+strings.Repeat(" ", 70), 40_000),
		"base64 of nothing":  "Content-Transfer-Encoding: base64\r\n\r\n" + strings.Repeat("*", 3_000_000),
		"parameters in vain": "Content-Type: multipart/mixed; " + strings.Repeat(`x="`, 20_000) + "\r\n\r\n",
	} {
		began := time.Now()
		all, err := findParts(strings.NewReader(message), int64(len(message)))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if n := len(all.list); n == 0 || n > maxParts {
			t.Errorf("%s: %d parts", name, n)
		}
		for _, p := range all.list {
			if p.depth > maxPartDepth {
				t.Errorf("%s: a part of depth %d", name, p.depth)
			}
			if _, err := p.decodedSize(strings.NewReader(message)); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		// Machines are slow at times; what grows with the square takes minutes.
		if took := time.Since(began); took > 20*time.Second {
			t.Errorf("%s: %d bytes took %s", name, len(message), took)
		}
	}
}

type failingReader struct{}

func (failingReader) ReadAt([]byte, int64) (int, error) { return 0, errors.New("the disk is gone") }

func TestParts_troubleWithReadingIsNotTheEndOfTheMessage(t *testing.T) {
	if _, err := findParts(failingReader{}, 100); err == nil {
		t.Error("no error")
	}
	message := "Content-Transfer-Encoding: base64\r\n\r\naGVsbG8="
	all, err := findParts(strings.NewReader(message), int64(len(message)))
	if err != nil {
		t.Fatal(err)
	}
	if n, _, err := all.readAt(failingReader{}, all.list[0], 0, make([]byte, 10)); err == nil {
		t.Errorf("%d bytes and no error", n)
	}
	if _, err := all.list[0].decodedSize(failingReader{}); err == nil {
		t.Error("a size and no error")
	}
}

func FuzzParts(f *testing.F) {
	for _, seed := range []string{
		crlf(nested), nested, "", "\r\n", "Content-Type: multipart/mixed; boundary=\"\"\n\n--\n", "Content-Type: multipart/x; boundary=b\n\n--b--\n--b\n\n",
		"Content-Transfer-Encoding: base64\n\nQQ==", "Content-Transfer-Encoding: quoted-printable\n\n=\r=\n=4", testMessage,
		"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" + strings.Repeat("x", 17<<10) + "\r\n--b--",
	} {
		f.Add(seed, int64(3))
	}
	f.Fuzz(func(t *testing.T, message string, off int64) {
		r := strings.NewReader(message)
		all, err := findParts(r, int64(len(message)))
		if err != nil {
			t.Fatal(err)
		}
		if len(all.list) == 0 || len(all.list) > maxParts {
			t.Fatalf("%d parts", len(all.list))
		}
		var open []*part
		for i, p := range all.list {
			if p.start > p.end || p.end > int64(len(message)) || p.depth > maxPartDepth || (i == 0) != (p.depth == 0) {
				t.Fatalf("part %d lies at %d to %d of %d, depth %d", i, p.start, p.end, len(message), p.depth)
			}
			if p.depth > len(open) {
				t.Fatalf("part %d has the depth %d in nothing of depth %d", i, p.depth, p.depth-1)
			}
			open = open[:p.depth]
			if p.depth > 0 {
				if out := open[p.depth-1]; out.leaf || p.start < out.start || p.end > out.end {
					t.Fatalf("part %d (%d to %d) is not in its holder (%d to %d, leaf %v)", i, p.start, p.end, out.start, out.end, out.leaf)
				}
			}
			open = append(open, p)

			text := decoded(t, message, all, p, 64)
			size, err := p.decodedSize(r)
			if err != nil || size != int64(len(text)) || size > p.end-p.start {
				t.Fatalf("part %d: size %d, %d bytes read of %d encoded, %v", i, size, len(text), p.end-p.start, err)
			}
			// From any place, the same bytes come.
			if off >= 0 && off < size {
				buf := make([]byte, 16)
				n, _, err := all.readAt(r, p, off, buf)
				if err != nil || text[off:min(size, off+16)] != string(buf[:n]) {
					t.Fatalf("part %d at %d: %q, %v; want %q", i, off, buf[:n], err, text[off:])
				}
			}
		}
	})
}

// TestParts_undoWhatTheStandardLibraryDoes compares with an encoder.
func TestParts_undoWhatTheStandardLibraryDoes(t *testing.T) {
	for n := range 200 {
		data := make([]byte, n)
		for i := range data {
			data[i] = byte(i * 7)
		}
		message := "Content-Transfer-Encoding: base64\r\n\r\n" + base64.StdEncoding.EncodeToString(data)
		all, err := findParts(strings.NewReader(message), int64(len(message)))
		if err != nil {
			t.Fatal(err)
		}
		if got := decoded(t, message, all, all.list[0], 5); got != string(data) {
			t.Fatalf("%d bytes: %d came back", n, len(got))
		}
	}
}

// TestParts_readingBackwardsCostsTicks: each step back has the part decoded again.
func TestParts_readingBackwardsCostsTicks(t *testing.T) {
	message := "Content-Transfer-Encoding: base64\r\n\r\n" + strings.Repeat("QUJD", 500_000)
	read := func(off int64) []byte { return seq(i32(0), i64(off), i32(1000), i32(1), callFunc(0), drop) }
	g := one(abi.HookFilterMessage, "", []string{"body_read"}, loop(seq(read(1_400_000), read(0))), i32(0))
	m := candidate()
	m.Message.Size, m.Body = int64(len(message)), strings.NewReader(message)
	_, err := chain(t, newHost(t, Options{}), g).FilterMessage(t.Context(), m)
	wantError(t, err, "ticks")
}

// TestParts_needTheBody: a plugin that did not ask for it sees no parts.
func TestParts_needTheBody(t *testing.T) {
	g := one(abi.HookFilterMessage, "", []string{"part_u64"}, i32(0), i32(abi.PartSize), callFunc(0), []byte{0xa7})
	g.manifest = `{"id":"x","version":"1","abi":"1.0","description":"x","hooks":["filter_message"],"needs":"headers"}`
	_, err := chain(t, newHost(t, quick), g).FilterMessage(t.Context(), candidate())
	wantError(t, err, "it gave no reason") // it returned the read code, which is negative
}

// TestParts_thePassingOverOfAMessageIsFree: a plugin may look at the end of a part
// that is larger than what it may compute.
func TestParts_thePassingOverOfAMessageIsFree(t *testing.T) {
	message := "Content-Transfer-Encoding: base64\r\n\r\n" + strings.Repeat("QUJD", 500_000)
	g := one(abi.HookFilterMessage, "", []string{"body_read"}, i32(0), i64(1_499_999), i32(1000), i32(9), callFunc(0)) // 1 byte: accept
	m := candidate()
	m.Message.Size, m.Body = int64(len(message)), strings.NewReader(message)
	if v, err := chain(t, newHost(t, Options{BodyTicks: 1000}), g).FilterMessage(t.Context(), m); err != nil || v.By != "a" {
		t.Errorf("got %+v, %v", v, err)
	}
}
