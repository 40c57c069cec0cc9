package wire

import (
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mailweir/mailweir/host/mail"
)

// endless sends a pattern for ever and counts.
type endless struct {
	first, pattern string
	sent           int
}

func (e *endless) Read(p []byte) (int, error) {
	n := copy(p, e.first)
	e.first = e.first[n:]
	for n < len(p) {
		n += copy(p[n:], e.pattern)
	}
	e.sent += n
	return n, nil
}

func TestLines_endsResponsesThatAreTooLong(t *testing.T) {
	tests := []struct {
		name  string
		first string
		limit int
	}{
		{"line", "* 1 FETCH (", 1 << 20},
		{"quoted string", "* 1 FETCH (X \"", 1 << 20},
		{"tagged", "W1 OK ", 1 << 20},
		{"no response at all", "", 1 << 20},
		{"search", "* SEARCH ", 16 << 20},
		{"extended search", "* esearch ", 16 << 20},
		{"nearly a search", "* SEARC ", 1 << 20},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			src := &endless{first: tt.first, pattern: "x1 "}
			var lim Limits
			lim.applyDefaults()
			l := newLines(src, lim)
			_, err := l.line()
			var malformed *SyntaxError
			if !errors.As(err, &malformed) || !errors.Is(err, mail.ErrProtocol) {
				t.Fatalf("got %v", err)
			}
			if src.sent < tt.limit || src.sent > tt.limit*2+bufferSize {
				t.Errorf("read %d bytes, the limit is %d", src.sent, tt.limit)
			}
			if cap(l.buf) > 2*tt.limit+2*bufferSize {
				t.Errorf("holds %d bytes", cap(l.buf))
			}
			if _, again := l.line(); again == nil {
				t.Error("the error does not stay")
			}
		})
	}
}

func TestLines_countsAllLinesOfOneResponse(t *testing.T) {
	var lim Limits
	lim.Line = 1000
	lim.applyDefaults()
	p := parser{in: newLines(&endless{first: "* 1 FETCH (", pattern: " X {5}\r\nabcde"}, lim)}
	if err := p.next(); err != nil {
		t.Fatal(err)
	}
	if err := p.rest(); !errors.Is(err, mail.ErrProtocol) {
		t.Errorf("got %v", err)
	}
}

func TestLines_holdsNoMoreThanHasArrived(t *testing.T) {
	var lim Limits
	lim.applyDefaults()
	l := newLines(strings.NewReader("abc"), lim)
	got, err := l.appendLiteral(nil, 1<<40)
	if !errors.Is(err, io.ErrUnexpectedEOF) || cap(got) > 1000 {
		t.Errorf("got %d bytes of room and %v", cap(got), err)
	}
}

func TestLines_cutsWhateverTheSizeOfReads(t *testing.T) {
	long := strings.Repeat("y", 3*bufferSize)
	text := "a\r\nb\n\r\n" + long + "\r\n12345rest\r\n"
	for name, src := range map[string]io.Reader{
		"at once": strings.NewReader(text), "byte by byte": iotest.OneByteReader(strings.NewReader(text)),
		"data with the error": iotest.DataErrReader(strings.NewReader(text)),
	} {
		var lim Limits
		lim.applyDefaults()
		l := newLines(src, lim)
		var got []string
		for range 4 {
			line, err := l.line()
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			got = append(got, string(line))
		}
		b := make([]byte, 5)
		if _, err := io.ReadFull(l, b); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		line, err := l.line()
		got = append(got, string(b), string(line))
		if d := cmp.Diff([]string{"a", "b", "", long, "12345", "rest"}, got); d != "" || err != nil {
			t.Error(name, d, err)
		}
		if _, err := l.line(); !errors.Is(err, io.EOF) {
			t.Errorf("%s: got %v at the end", name, err)
		}
	}
}

func TestParser_bombOfParenthesesIsSkipped(t *testing.T) {
	c := play(t, "", Limits{}, func(s *server) {
		tag := s.expect("UID FETCH 5 " + fetchItems)
		s.say("* 1 FETCH (UID 5 BODYSTRUCTURE %s)\n", strings.Repeat("(", 900000))
		s.say("%s OK\n", tag)
		meta, body := s.expect("UID FETCH 5 (UID FLAGS INTERNALDATE)"), s.expect("UID FETCH 5 (UID BODY.PEEK[])")
		s.say("%s OK\n* 1 FETCH (UID 5 BODYSTRUCTURE %s)\n%s OK\n", meta, strings.Repeat("(", 900000), body)
	})
	_, err := fetchAll(t.Context(), c, mail.UIDs(5))
	wantKind(t, failedUIDs(t, err)[5], mail.ErrProtocol)
	if c.Err() != nil {
		t.Error(c.Err())
	}
}

func TestParser_refusesLiteralOfAbsurdSize(t *testing.T) {
	for _, size := range []string{"1099511627777", "9223372036854775807"} {
		c := play(t, "", Limits{}, func(s *server) {
			s.line()
			s.say("* XLONG {%s}\nabc", size)
			s.line()
		})
		wantKind(t, c.Noop(t.Context()), mail.ErrProtocol)
	}
}

// dripping sends one byte at a time.
type dripping struct {
	text  string
	every time.Duration
}

func (d *dripping) Read(p []byte) (int, error) {
	if d.text == "" {
		return 0, io.EOF
	}
	time.Sleep(d.every)
	n := copy(p[:1], d.text)
	d.text = d.text[n:]
	return n, nil
}

func TestLines_endsAnswersThatDrip(t *testing.T) {
	text := "* 1 FETCH (" + strings.Repeat("x", 1000)
	for pace, tooSlow := range map[int64]bool{1 << 20: true, 1: false} {
		l := newLines(&dripping{text, 100 * time.Microsecond}, Limits{Line: 1 << 20, Pace: pace, PaceOver: 20 * time.Millisecond})
		l.begin()
		_, err := l.line()
		if errors.Is(err, os.ErrDeadlineExceeded) != tooSlow || err == nil {
			t.Errorf("at a pace of %d: %v", pace, err)
		}
	}
}

// thinking sends each answer at once, some time after the one before.
type thinking struct {
	answers []string
	after   time.Duration
}

func (s *thinking) Read(p []byte) (int, error) {
	if len(s.answers) == 0 {
		return 0, io.EOF
	}
	time.Sleep(s.after)
	n := copy(p, s.answers[0])
	s.answers = s.answers[1:]
	return n, nil
}

func TestLines_waitingForAnAnswerToBeginIsNotItsPace(t *testing.T) {
	l := newLines(&thinking{[]string{"a\n", "b\n", "c\n"}, 150 * time.Millisecond}, Limits{Line: 1 << 20, Pace: 1 << 20, PaceOver: 100 * time.Millisecond})
	for range 3 {
		l.begin()
		if _, err := l.line(); err != nil {
			t.Fatal(err)
		}
	}
}
