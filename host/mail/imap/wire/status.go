package wire

import (
	"context"
	"errors"
	"fmt"

	"github.com/mailweir/mailweir/host/mail"
)

// Status asks for the state of a folder without opening it.
func (c *Conn) Status(ctx context.Context, raw string) (mail.Status, error) {
	op := fmt.Sprintf("ask for the status of %q", raw)
	if err := c.checkFolder(raw); err != nil {
		return mail.Status{}, name(op, err)
	}
	var s mail.Status
	known := false
	err := c.simple(ctx, string(c.appendStatus(nil, raw)), func(r response) (bool, error) {
		if !equalFold(r.name, "STATUS") {
			return false, nil
		}
		other, got, err := c.statusResponse()
		if err == nil && sameFolder(other, raw) {
			s, known = got, true
		}
		return true, c.tolerate(err)
	})
	if err == nil && !known {
		err = &SyntaxError{What: "no STATUS in the answer"}
	}
	return s, describe(op, err)
}

// Size asks how many bytes a folder holds (RFC 8438). A server that can not say is
// [errors.ErrUnsupported].
func (c *Conn) Size(ctx context.Context, raw string) (int64, error) {
	op := fmt.Sprintf("ask for the size of %q", raw)
	if !c.caps.Has("STATUS=SIZE") {
		return 0, errors.ErrUnsupported
	}
	if err := c.checkFolder(raw); err != nil {
		return 0, name(op, err)
	}
	size := int64(-1)
	command := append(c.appendFolder([]byte("STATUS "), raw), " (SIZE)"...)
	err := c.simple(ctx, string(command), func(r response) (bool, error) {
		if !equalFold(r.name, "STATUS") {
			return false, nil
		}
		told := int64(-1)
		other, err := c.statusItemsOf(func(item string, n int64) {
			if equalFold([]byte(item), "SIZE") {
				told = n
			}
		})
		if err == nil && sameFolder(other, raw) {
			size = told
		}
		return true, c.tolerate(err)
	})
	if err == nil && size < 0 {
		err = &SyntaxError{What: "no SIZE in the answer"}
	}
	return max(0, size), describe(op, err)
}

func (c *Conn) appendStatus(b []byte, raw string) []byte {
	b = c.appendFolder(append(b, "STATUS "...), raw)
	return append(append(b, ' '), c.statusItems()...)
}

// statusResponse reads what follows STATUS. Items that we did not ask for are skipped.
func (c *Conn) statusResponse() (raw string, s mail.Status, err error) {
	raw, err = c.statusItemsOf(func(item string, n int64) {
		switch {
		case equalFold([]byte(item), "MESSAGES"):
			s.Messages = clamp32(n)
		case equalFold([]byte(item), "UIDNEXT"):
			s.UIDNext = mail.UID(clamp32(n))
		case equalFold([]byte(item), "UIDVALIDITY"):
			s.UIDValidity = clamp32(n)
		case equalFold([]byte(item), "HIGHESTMODSEQ"):
			s.HighestModSeq = uint64(n)
		}
	})
	return raw, s, err
}

// statusItemsOf reads name (item value ...). Items whose value is no number are skipped.
func (c *Conn) statusItemsOf(take func(item string, n int64)) (raw string, err error) {
	p := &c.p
	p.spaces()
	b, tooLong, err := p.str(int64(c.lim.Name))
	if err != nil {
		return "", err
	}
	if tooLong {
		return "", p.fail("a folder name of more than %d bytes", c.lim.Name)
	}
	raw = string(b)
	p.spaces()
	if err := p.expect('('); err != nil {
		return "", err
	}
	for {
		p.spaces()
		if p.peek() == ')' {
			p.i++
			return raw, p.rest()
		}
		item := string(p.word()) // the line may change below it
		p.spaces()
		n, ok := p.number()
		if !ok {
			if err := p.skip(); err != nil {
				return "", err
			}
			continue
		}
		take(item, n)
	}
}

// clamp32 is n, or 0 where it is no number of 32 bits: not known.
func clamp32(n int64) uint32 {
	if n < 0 || n > 1<<32-1 {
		return 0
	}
	return uint32(n)
}
