package plugin

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/sdk/abi"
)

// draftMemory is how much of a new message is kept in memory; a longer one goes to a
// temporary file.
const draftMemory = 64 << 10

// A draft is a whole new message that a plugin writes, piece by piece.
type draft struct {
	limit  int64 // bytes
	spools func() (copier.Spool, error)

	size   int64
	memory []byte
	spool  copier.Spool // holds all of it once it is there
	cr     bool         // the last byte is a CR
}

// add appends bytes. A *draftError is the plugin's fault; any other error is ours.
func (d *draft) add(b []byte) error {
	if d.size+int64(len(b)) > d.limit {
		return draftErrorf("a new message of more than %d bytes", d.limit)
	}
	for i, c := range b {
		at := d.size + int64(i)
		switch {
		case c == '\n' && !d.cr:
			return draftErrorf("a new message with an LF by itself at byte %d", at)
		case c != '\n' && d.cr:
			return draftErrorf("a new message with a CR by itself at byte %d", at-1)
		case c == 0:
			return draftErrorf("a new message with a NUL at byte %d", at)
		}
		d.cr = c == '\r'
	}
	if d.spool == nil && d.size+int64(len(b)) > draftMemory && d.spools != nil {
		spool, err := d.spools()
		if err != nil {
			return fmt.Errorf("spool a new message: %w", err)
		}
		d.spool = spool
		if _, err := spool.Write(d.memory); err != nil {
			return fmt.Errorf("spool a new message: %w", err)
		}
		d.memory = nil
	}
	d.size += int64(len(b))
	if d.spool == nil {
		d.memory = append(d.memory, b...)
		return nil
	}
	if _, err := d.spool.Write(b); err != nil {
		return fmt.Errorf("spool a new message: %w", err)
	}
	return nil
}

// content is the message when it is complete.
func (d *draft) content() (content, error) {
	switch {
	case d.size == 0:
		return content{}, draftErrorf("a new message without a single byte")
	case d.cr:
		return content{}, draftErrorf("a new message with a CR by itself at byte %d", d.size-1)
	}
	c := content{size: d.size}
	if d.spool != nil {
		c.at = d.spool
	} else {
		c.at = bytes.NewReader(d.memory)
	}
	head, err := headerSection(c.at, c.size)
	c.header = head
	return c, err
}

func (d *draft) close() {
	if d.spool != nil {
		_ = d.spool.Close() // a temporary file; what is left of it does no harm
		d.spool = nil
	}
}

// A draftError follows "asked for".
type draftError struct{ error }

func draftErrorf(format string, args ...any) error { return &draftError{fmt.Errorf(format, args...)} }

// content is a message that a plugin has made.
type content struct {
	at     io.ReaderAt
	size   int64
	header []byte // the header section with the empty line, as far as it is looked at
}

// headerSection reads the header section of a message whose lines end in CR LF.
func headerSection(at io.ReaderAt, size int64) ([]byte, error) {
	head := make([]byte, min(size, abi.MaxHeader))
	if n, err := at.ReadAt(head, 0); n < len(head) {
		if err == nil || errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, fmt.Errorf("read back a new message: %w", err)
	}
	if bytes.HasPrefix(head, []byte("\r\n")) {
		return head[:2], nil
	}
	if i := bytes.Index(head, []byte("\r\n\r\n")); i >= 0 {
		return head[: i+4 : i+4], nil
	}
	return head, nil
}

// withHeader is the message old, size bytes, of which the first cut are replaced by
// head. What follows is read from old when it is wanted.
func withHeader(head []byte, old io.ReaderAt, cut, size int64) content {
	return content{at: joint{head, old, cut}, size: int64(len(head)) + size - cut, header: head}
}

// joint is head and, behind it, rest from an offset on.
type joint struct {
	head []byte
	rest io.ReaderAt
	from int64
}

func (j joint) ReadAt(b []byte, off int64) (n int, err error) {
	if off < int64(len(j.head)) {
		n = copy(b, j.head[off:])
		if n == len(b) {
			return n, nil
		}
	}
	more, err := j.rest.ReadAt(b[n:], j.from+off+int64(n)-int64(len(j.head)))
	return n + more, err
}
