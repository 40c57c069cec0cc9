package maildir

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/afero"
)

// body is a message as it is shown: with CRLF where the file has bare LF. It
// gives exactly size bytes or an error.
type body struct {
	r    *bufio.Reader
	size int64
	left int64
	crlf bool // bare LF becomes CRLF
	last byte // the byte before the next one
	lf   bool // a CR was given for an LF that is still to come
}

// newBody prepares an open file of fileSize bytes. Where the name does not say
// what the lines end with, the file is read once before.
func newBody(f afero.File, base string, fileSize int64) (*body, error) {
	b := &body{r: bufio.NewReaderSize(f, 32<<10), size: fileSize}
	if head, _ := b.r.Peek(16); len(head) > 0 {
		for _, m := range magics {
			if bytes.HasPrefix(head, m.magic) {
				return nil, fmt.Errorf("the file is %s, which can not be read", m.what)
			}
		}
	}
	s, okS := sizeIn(base, "S")
	w, okW := sizeIn(base, "W")
	switch {
	case okS && okW && s == fileSize && w >= s:
		b.size = w
	default:
		bare, err := bareLF(b.r)
		if err != nil {
			return nil, err
		}
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			return nil, err
		}
		b.r.Reset(f)
		b.size += bare
	}
	b.crlf = b.size != fileSize
	b.left = b.size
	return b, nil
}

// magics are the first bytes of files that no mail begins with: Dovecot's plugins
// zlib and mail_crypt store such files.
var magics = []struct {
	magic []byte
	what  string
}{
	{[]byte("CRYPTED\x03\x07"), "encrypted (mail_crypt)"},
	{[]byte("\x1f\x8b\x08"), "compressed (gzip)"},
	{[]byte("\x28\xb5\x2f\xfd"), "compressed (zstd)"},
	{[]byte("\xfd7zXZ\x00"), "compressed (xz)"},
	{[]byte("BZh91AY&SY"), "compressed (bzip2)"},
	{[]byte("Dovecot-LZ4\r"), "compressed (lz4)"},
}

// bareLF counts the line feeds that no carriage return stands before.
func bareLF(r io.Reader) (n int64, err error) {
	buf := make([]byte, 32<<10)
	var last byte
	for {
		k, err := r.Read(buf)
		for _, c := range buf[:k] {
			if c == '\n' && last != '\r' {
				n++
			}
			last = c
		}
		if err == io.EOF {
			return n, nil
		}
		if err != nil {
			return 0, err
		}
	}
}

// Read gives io.EOF only after the last of size bytes.
func (b *body) Read(p []byte) (int, error) {
	if b.left == 0 {
		return 0, io.EOF
	}
	if int64(len(p)) > b.left {
		p = p[:b.left]
	}
	n, err := b.fill(p)
	b.left -= int64(n)
	if err == io.EOF && b.left > 0 {
		return n, fmt.Errorf("%d bytes of the message are missing: %w", b.left, io.ErrUnexpectedEOF)
	}
	if err == io.EOF {
		err = nil
	}
	return n, err
}

func (b *body) fill(p []byte) (int, error) {
	if !b.crlf {
		return b.r.Read(p)
	}
	for n := range p {
		if b.lf {
			p[n], b.last, b.lf = '\n', '\n', false
			continue
		}
		c, err := b.r.ReadByte()
		if err != nil {
			return n, err
		}
		if c == '\n' && b.last != '\r' {
			b.lf, c = true, '\r'
		}
		p[n], b.last = c, c
	}
	return len(p), nil
}

// maxHeader bounds the memory that a scan takes for one message; the header of a
// longer one is cut there.
const maxHeader = 16 << 20

// readHeader reads up to the empty line and adds it when the message ends before.
func readHeader(b *body) ([]byte, error) {
	var header []byte
	lines := bufio.NewReader(io.LimitReader(b, maxHeader))
	for {
		line, err := lines.ReadBytes('\n')
		header = append(header, line...)
		if len(line) > 0 && len(bytes.TrimRight(line, "\r\n")) == 0 {
			return header, nil
		}
		if errors.Is(err, io.EOF) {
			if len(line) > 0 {
				header = append(header, "\r\n"...)
			}
			return append(header, "\r\n"...), nil
		}
		if err != nil {
			return nil, err
		}
	}
}
