package wire

import (
	"fmt"
	"net"
	"slices"
)

// answer records what became of the part. Conn.mu is held.
func (p *appendPart) answer(err error) {
	p.answered, p.err = true, err
	if p.ended != nil {
		close(p.ended)
	}
	if p.a.left--; p.a.left == 0 {
		close(p.a.done)
	}
}

// readAnswers reads until no APPEND is owed an answer.
func (c *Conn) readAnswers(done chan struct{}) {
	defer close(done)
	for {
		c.mu.Lock()
		if len(c.owed) == 0 {
			c.reading = nil
			c.mu.Unlock()
			return
		}
		c.mu.Unlock()
		if err := c.readAnswer(); err != nil {
			c.failOwed(c.lost(err))
			return
		}
	}
}

// readAnswer reads one response. An error is the end of the connection.
func (c *Conn) readAnswer() error {
	r, err := c.receive()
	if err != nil {
		return err
	}
	switch r.kind {
	case untagged:
		if _, ok := c.common(r); !ok {
			return c.p.rest()
		}
	case continuation:
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.wanted != nil {
			c.wanted = nil
			c.cont <- struct{}{}
		}
	case tagged:
		return c.settleTagged(r)
	}
	return nil
}

// errAfterBAD is the reason of a connection that was closed for safety.
var errAfterBAD = fmt.Errorf("closed, because the server did not understand an APPEND: %w", net.ErrClosed)

// settleTagged gives a tagged answer to the part that waits for it.
func (c *Conn) settleTagged(r response) error {
	c.mu.Lock()
	i := slices.IndexFunc(c.owed, func(p *appendPart) bool { return p.tag == r.tag })
	if i < 0 {
		c.mu.Unlock()
		return nil
	}
	p := c.owed[i]
	if r.stat.Type == "OK" && !p.whole {
		c.mu.Unlock()
		return &SyntaxError{What: "the server says that it stored a message before it had it"}
	}
	c.owed = slices.Delete(c.owed, i, i+1)
	if c.wanted == p {
		c.wanted = nil
	}
	if r.stat.Type == "OK" {
		if p.a.here {
			c.hidden, c.heard = c.hidden || !c.heard, false
		}
		if r.stat.Code == "APPENDUID" {
			p.validity, p.uids = appendUID(r.stat.CodeArg, len(p.batch))
		}
		p.answer(nil)
		c.mu.Unlock()
		return nil
	}
	p.answer(lostAppend(p.a.op, &r.stat, false))
	dangerous := r.stat.Type == "BAD" && p.open
	c.mu.Unlock()
	if dangerous {
		// Dovecot 2.3.19 goes on with the bytes of the literal as commands.
		c.kill(errAfterBAD)
		return errAfterBAD
	}
	return nil
}

// failOwed gives everything that waits the error that ended the connection.
func (c *Conn) failOwed(reason error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range c.owed {
		p.answer(lostAppend(p.a.op, reason, p.whole))
	}
	c.owed, c.reading = nil, nil
}
