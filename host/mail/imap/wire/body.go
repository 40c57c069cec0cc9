package wire

import (
	"fmt"
	"io"

	"github.com/mailweir/mailweir/host/mail"
)

// body is a message on its way from the connection to fn.
type body struct {
	f        *fetch
	uid      mail.UID
	left     int64
	finished bool  // the response has been read to its end
	err      error // what ended the connection
}

// Read reads from the connection. The last byte comes only after the rest of the
// response has been read and is well formed: a literal that was announced too long
// has swallowed it, one that was announced too short leaves text behind.
func (b *body) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, describe(fmt.Sprintf("fetch UID %d", b.uid), b.f.c.lost(b.err))
	}
	if b.left == 0 {
		return 0, io.EOF
	}
	if int64(len(p)) > b.left {
		p = p[:b.left]
	}
	n, err := b.f.c.p.in.Read(p)
	b.left -= int64(n)
	if err == nil && b.left == 0 {
		if err = b.finish(); err != nil {
			n--
		}
	}
	if err != nil {
		b.err = err
		return n, describe(fmt.Sprintf("fetch UID %d", b.uid), b.f.c.lost(err))
	}
	return n, nil
}

// finish reads what follows the literal. After an error the place in the stream is
// not known any more.
func (b *body) finish() error {
	c := b.f.c
	b.finished = true
	if err := c.p.advance(); err != nil {
		return err
	}
	var m mail.Message
	var got have
	for {
		at, err := c.attribute(&m, &got)
		if err == nil && (at == sectionBody || at == sectionHeader) {
			err = c.p.skip()
		}
		if err == nil && got&haveUID != 0 && m.UID != b.uid {
			err = c.p.fail("UID %d instead of UID %d", m.UID, b.uid)
		}
		if err != nil {
			if c.p.in.err == nil {
				c.p.in.err = err
			}
			return c.p.in.err
		}
		if at == sectionEnd {
			return nil
		}
	}
}
