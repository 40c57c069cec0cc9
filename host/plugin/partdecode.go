package plugin

import (
	"bufio"
	"encoding/base64"
	"errors"
	"io"
	"strings"
)

// encoding is a Content-Transfer-Encoding (RFC 2045 section 6).
type encoding uint8

const (
	identity encoding = iota // 7bit, 8bit, binary, and what nobody knows
	quotedPrintable
	base64Encoded
)

func encodingOf(field string) encoding {
	switch strings.ToLower(strings.TrimSpace(field)) {
	case "quoted-printable":
		return quotedPrintable
	case "base64":
		return base64Encoded
	}
	return identity
}

// decoder undoes the transfer encoding. It never refuses what the encoding does not
// allow; its errors are those of r.
func (p *part) decoder(r io.ReaderAt) io.Reader {
	raw := io.NewSectionReader(r, p.start, p.end-p.start)
	switch p.encoding {
	case quotedPrintable:
		return &qpReader{r: bufio.NewReader(raw)}
	case base64Encoded:
		return base64.NewDecoder(base64.RawStdEncoding, &base64Reader{r: bufio.NewReader(raw)})
	}
	return raw
}

// decodedSize is how long the part is. To find out it is decoded, once.
func (p *part) decodedSize(r io.ReaderAt) (size int64, err error) {
	if p.encoding == identity {
		return p.end - p.start, nil
	}
	if p.sized {
		return p.size, nil
	}
	p.size, err = io.Copy(io.Discard, whole{p.decoder(r)})
	p.sized = err == nil
	return p.size, err
}

// decoding is a decoder under way.
type decoding struct {
	part *part
	r    io.Reader
	at   int64 // decoded bytes that were read
}

// readAt reads decoded bytes of a part from an offset on; 0 at the end. passed is
// how many bytes were decoded and thrown away: reading on from where the last read
// ended costs none.
func (s *parts) readAt(r io.ReaderAt, p *part, off int64, dst []byte) (n int, passed int64, err error) {
	if p.encoding == identity {
		left := p.end - p.start - off
		if left <= 0 {
			return 0, 0, nil
		}
		dst = dst[:min(int64(len(dst)), left)]
		n, err = r.ReadAt(dst, p.start+off)
		if n < len(dst) {
			return n, 0, errors.Join(err, io.ErrUnexpectedEOF)
		}
		return n, 0, nil
	}
	c := &s.cursor
	if c.part != p || off < c.at {
		*c = decoding{part: p, r: whole{p.decoder(r)}}
	}
	if off > c.at {
		passed, err = io.CopyN(io.Discard, c.r, off-c.at)
		c.at += passed
		if errors.Is(err, io.EOF) {
			return 0, passed, nil
		}
		if err != nil {
			return 0, passed, err
		}
	}
	n, err = io.ReadFull(c.r, dst)
	c.at += int64(n)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil
	}
	return n, passed, err
}

// whole is the end of what a decoder gives: data that breaks off in the middle is
// no trouble with reading.
type whole struct{ r io.Reader }

func (w whole) Read(b []byte) (int, error) {
	n, err := w.r.Read(b)
	var corrupt base64.CorruptInputError
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &corrupt) {
		err = io.EOF
	}
	return n, err
}

// base64Reader leaves out what is not of the alphabet (RFC 2045 section 6.8) and
// ends at the first padding.
type base64Reader struct {
	r    *bufio.Reader
	over bool
}

func (b *base64Reader) Read(p []byte) (n int, err error) {
	if b.over {
		return 0, io.EOF
	}
	for n < len(p) {
		c, err := b.r.ReadByte()
		if err != nil {
			return n, err
		}
		switch {
		case c == '=':
			b.over = true
			return n, nil
		case c >= 'A' && c <= 'Z', c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '+', c == '/':
			p[n] = c
			n++
		}
	}
	return n, nil
}

// qpReader undoes quoted-printable. Package mime's reader ends at the first byte
// that the encoding does not allow; here it stands for itself.
type qpReader struct{ r *bufio.Reader }

func (q *qpReader) Read(p []byte) (n int, err error) {
	for n < len(p) {
		c, err := q.r.ReadByte()
		if err != nil {
			return n, err
		}
		if c != '=' {
			p[n] = c
			n++
			continue
		}
		if q.softBreak() {
			continue
		}
		if next, _ := q.r.Peek(2); len(next) == 2 {
			if high, low := unhex(next[0]), unhex(next[1]); high >= 0 && low >= 0 {
				_, _ = q.r.Discard(2)
				c = byte(high<<4 | low)
			}
		}
		p[n] = c
		n++
	}
	return n, nil
}

// softBreak passes over what follows an "=" if that ends a line, or the data.
func (q *qpReader) softBreak() bool {
	for i := 1; i <= 80; i++ { // white space that was added on the way
		next, err := q.r.Peek(i)
		if len(next) < i {
			if errors.Is(err, io.EOF) {
				_, _ = q.r.Discard(len(next))
				return true
			}
			return false
		}
		switch next[i-1] {
		case ' ', '\t', '\r':
		case '\n':
			_, _ = q.r.Discard(i)
			return true
		default:
			return false
		}
	}
	return false
}

func unhex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'A' && c <= 'F':
		return int(c - 'A' + 10)
	case c >= 'a' && c <= 'f':
		return int(c - 'a' + 10)
	}
	return -1
}
