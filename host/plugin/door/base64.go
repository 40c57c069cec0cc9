package door

import (
	"encoding/base64"
	"errors"
	"io"
)

// A line of Base64 has at most 76 characters (RFC 2045 section 6.8).
const (
	base64In  = 57 // bytes of a full line
	base64Out = 76 // characters of it, without CR LF
)

// base64Size is how long size bytes are as lines of Base64.
func base64Size(size int64) int64 {
	n := size / base64In * (base64Out + 2)
	if rest := size % base64In; rest > 0 {
		n += int64(base64.StdEncoding.EncodedLen(int(rest))) + 2
	}
	return n
}

// base64Lines reads bytes as lines of Base64.
type base64Lines struct {
	from io.Reader
	out  []byte // encoded, not yet read
	err  error  // what from has ended with
}

// Read implements io.Reader.
func (b *base64Lines) Read(p []byte) (int, error) {
	for len(b.out) == 0 {
		if b.err != nil {
			return 0, b.err
		}
		b.fill()
	}
	n := copy(p, b.out)
	b.out = b.out[n:]
	return n, nil
}

// fill encodes the next lines. Only the last of a message is not full.
func (b *base64Lines) fill() {
	in := make([]byte, 400*base64In)
	n, err := io.ReadFull(b.from, in)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = io.EOF
	}
	b.err = err
	if err != nil && !errors.Is(err, io.EOF) {
		return // nobody is sent half a message
	}
	b.out = b.out[:0]
	for in = in[:n]; len(in) > 0; in = in[min(base64In, len(in)):] {
		b.out = base64.StdEncoding.AppendEncode(b.out, in[:min(base64In, len(in))])
		b.out = append(b.out, '\r', '\n')
	}
}
