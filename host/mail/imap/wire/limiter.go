package wire

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"time"
)

// lines cuts a stream into lines and literals and keeps the limits that do not
// depend on grammar. A slice that it returns is valid until its next call.
//
// An error stays: after it the position in the stream has no meaning.
type lines struct {
	src   io.Reader
	buf   []byte
	r, w  int // buf[r:w] has arrived and is not read yet
	limit Limits
	spent int   // bytes of the current response outside literals
	total int64 // bytes that have arrived since the beginning
	err   error

	// Of the current response, since the pace was last looked at.
	waited time.Duration
	got    int64
}

// bufferSize holds dozens of index lines or a typical message.
const bufferSize = 64 << 10

func newLines(src io.Reader, limit Limits) *lines {
	return &lines{src: src, buf: make([]byte, bufferSize), limit: limit}
}

// position is how many bytes of the stream have been read from the buffer.
func (l *lines) position() int64 { return l.total - int64(l.w-l.r) }

// begin starts a response: the next line is its first.
func (l *lines) begin() { l.spent, l.waited, l.got = 0, 0, 0 }

// read reads from the stream. Within a response it keeps an eye on the pace: each
// single wait is bounded by whoever owns the connection, but a server that sends a
// byte now and then would hold it for ever.
func (l *lines) read(p []byte) (int, error) {
	if l.spent == 0 && l.r == l.w {
		return l.src.Read(p) // nothing of it is here yet
	}
	began := time.Now()
	n, err := l.src.Read(p)
	l.waited += time.Since(began)
	l.got += int64(n)
	if l.waited >= l.limit.PaceOver && err == nil {
		if l.got < int64(l.waited.Seconds()*float64(l.limit.Pace)) {
			return 0, fmt.Errorf("the server sent %d bytes in %v: %w", l.got, l.waited.Round(time.Millisecond), errPace)
		}
		l.waited, l.got = 0, 0
	}
	return n, err
}

// errPace ends a connection that is too slow to be of use. It reads like silence.
var errPace = fmt.Errorf("too slow: %w", os.ErrDeadlineExceeded)

// line returns the bytes up to the next line end, without it. The line end is
// CRLF; a bare LF is taken too, because some servers send one within a response.
func (l *lines) line() ([]byte, error) {
	scanned := 0
	for {
		if i := bytes.IndexByte(l.buf[l.r+scanned:l.w], '\n'); i >= 0 {
			line := l.buf[l.r : l.r+scanned+i]
			if err := l.spend(line, len(line)+1); err != nil {
				return nil, err
			}
			l.r += len(line) + 1
			if n := len(line); n > 0 && line[n-1] == '\r' {
				line = line[:n-1]
			}
			return line, nil
		}
		scanned = l.w - l.r
		if l.spent+scanned > l.limit.Line {
			if err := l.spend(l.buf[l.r:l.w], scanned); err != nil {
				return nil, err
			}
			l.spent -= scanned
		}
		if err := l.fill(); err != nil {
			if err == io.EOF && scanned > 0 {
				err = io.ErrUnexpectedEOF
				l.err = err
			}
			return nil, err
		}
	}
}

// spend counts n bytes of the response whose current line begins with start.
func (l *lines) spend(start []byte, n int) error {
	limit := l.limit.Line
	if l.spent == 0 && isNumberList(start) {
		limit *= searchFactor
	}
	l.spent += n
	if l.spent > limit {
		l.err = syntax(start, "a response of more than %d bytes", limit)
		return l.err
	}
	return nil
}

// isNumberList reports whether a response that begins so lists numbers and may
// be long.
func isNumberList(line []byte) bool {
	if len(line) < 10 || line[0] != '*' || line[1] != ' ' {
		return false
	}
	for _, name := range []string{"SEARCH", "ESEARCH", "SORT", "VANISHED"} {
		if len(line) > 2+len(name) && bytes.EqualFold(line[2:2+len(name)], []byte(name)) {
			return true
		}
	}
	return false
}

// fill reads at least one byte more into the buffer. It makes room by moving
// what is unread to the front, then by doubling the buffer; line keeps that
// below the limit.
func (l *lines) fill() error {
	if l.err != nil {
		return l.err
	}
	switch {
	case l.r == l.w:
		l.r, l.w = 0, 0
		if len(l.buf) > 16*bufferSize {
			l.buf = make([]byte, bufferSize) // one long line does not cost its memory for ever
		}
	case l.w == len(l.buf) && l.r > 0:
		l.w = copy(l.buf, l.buf[l.r:l.w])
		l.r = 0
	case l.w == len(l.buf):
		bigger := make([]byte, 2*len(l.buf))
		copy(bigger, l.buf)
		l.buf = bigger
	}
	for range 100 {
		n, err := l.read(l.buf[l.w:])
		l.w += n
		l.total += int64(n)
		if n > 0 {
			return nil
		}
		if err != nil {
			l.err = err
			return err
		}
	}
	l.err = io.ErrNoProgress
	return l.err
}

// Read reads bytes of a literal; the caller knows how many there are. It never
// returns io.EOF: a stream that ends here ends too early.
func (l *lines) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if l.r == l.w && len(p) >= bufferSize && l.err == nil {
		n, err := l.read(p) // large reads go past the buffer
		l.total += int64(n)
		if err != nil && n == 0 {
			l.err = whole(err)
			return 0, l.err
		}
		return n, nil
	}
	if l.r == l.w {
		if err := l.fill(); err != nil {
			l.err = whole(err)
			return 0, l.err
		}
	}
	n := copy(p, l.buf[l.r:l.w])
	l.r += n
	return n, nil
}

// discard skips n bytes of a literal.
func (l *lines) discard(n int64) error {
	for n > 0 {
		if l.r == l.w {
			if err := l.fill(); err != nil {
				l.err = whole(err)
				return l.err
			}
		}
		k := min(n, int64(l.w-l.r))
		l.r += int(k)
		n -= k
	}
	return nil
}

// appendLiteral appends n bytes of a literal to dst. dst grows with what arrives,
// not with n.
func (l *lines) appendLiteral(dst []byte, n int64) ([]byte, error) {
	for n > 0 {
		if l.r == l.w {
			if err := l.fill(); err != nil {
				l.err = whole(err)
				return dst, l.err
			}
		}
		k := min(n, int64(l.w-l.r))
		dst = append(dst, l.buf[l.r:l.r+int(k)]...)
		l.r += int(k)
		n -= k
	}
	return dst, nil
}

// whole makes the end of the stream inside a literal an error that no reader
// takes for the end of the literal.
func whole(err error) error {
	if err == io.EOF {
		return fmt.Errorf("the connection ended within a message: %w", io.ErrUnexpectedEOF)
	}
	return err
}
