package wire

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// exchange is a series of commands whose answers are read while later commands
// are on their way.
type exchange struct {
	// depth is how many commands may be without an answer.
	depth int
	// next appends the next command, without tag and line end; false if there is
	// none for now. id comes back with its answer.
	next func(b []byte) (cmd []byte, id int, ok bool)
	// untagged handles a response and leaves nothing of it unread; false leaves
	// it to be skipped. Its error ends the connection, but for errStop.
	untagged func(r response) (bool, error)
	// status is shown the untagged OK, NO and BAD; nil if they do not matter.
	status func(s StatusError)
	// done is told each tagged answer. Its error ends the exchange, but not the
	// connection: what is under way is read to its end and dropped.
	done func(id int, answer StatusError) error
}

// errStop from untagged ends an exchange as an error from done does.
var errStop = errors.New("stop")

// maxDrop is how much of the answers to an exchange that was ended early is read
// and dropped before it is cheaper to connect again.
const maxDrop = 4 << 20

// waiting is a command without an answer.
type waiting struct {
	tag uint64
	id  int
}

// ofPreface is the id of the command that goes ahead of an exchange. Whatever its
// answer is, it changes nothing.
const ofPreface = -1

// run carries out x. A refusal is for x.done to judge; any other error than the
// one of x.done or errStop is the end of the connection.
func (c *Conn) run(ctx context.Context, x exchange) error {
	if ctx.Err() != nil {
		return context.Cause(ctx) // nothing was sent, nothing is broken
	}
	if err := c.ready(ctx); err != nil {
		return c.lost(err)
	}
	stop := c.guard(ctx)
	defer stop()

	feed := make(chan []byte, x.depth+1)
	fed := make(chan struct{})
	go func() {
		defer close(fed)
		for cmd := range feed {
			if err := c.write(cmd); err != nil {
				c.kill(err) // and so the reader learns of it
			}
		}
	}()
	err := c.converse(x, feed)
	close(feed)
	<-fed
	return err
}

// converse reads answers and keeps x.depth commands on the wire.
func (c *Conn) converse(x exchange, feed chan<- []byte) error {
	var open []waiting
	var line []byte
	var ended error   // why no further command is sent
	var arrived int64 // bytes before that
	var wasted int64  // bytes of responses that were of no use
	depth := x.depth
	began, first := time.Now(), true
	if c.preface != "" {
		c.tag++
		depth++
		open = append(open, waiting{c.tag, ofPreface})
		feed <- append(append(strconv.AppendUint([]byte{tagPrefix}, c.tag, 10), ' '), c.preface+"\r\n"...)
		c.preface = ""
	}
	for {
		for ended == nil && len(open) < depth {
			line = append(strconv.AppendUint(append(line[:0], tagPrefix), c.tag+1, 10), ' ')
			cmd, id, ok := x.next(line)
			if !ok {
				break
			}
			c.tag++
			open = append(open, waiting{c.tag, id})
			line = append(cmd, "\r\n"...)
			feed <- bytes.Clone(line)
		}
		if len(open) == 0 {
			return ended
		}
		from := c.p.in.position()
		c.took = false
		r, err := c.receive()
		if err != nil {
			if ended != nil {
				c.kill(err)
				return ended
			}
			return c.lost(err)
		}
		if took := time.Since(began); first && (c.trip == 0 || took < c.trip) {
			c.trip = took
		}
		first = false
		switch r.kind {
		case untagged:
			err = c.dispatch(x, r, ended != nil)
			if err != nil && ended != nil {
				c.kill(err)
				return ended
			}
			if err != nil && !errors.Is(err, errStop) {
				return c.lost(err)
			}
		case tagged:
			for i, w := range open {
				if w.tag == r.tag {
					open = append(open[:i], open[i+1:]...)
					if w.id == ofPreface {
						depth--
					} else if ended == nil {
						err = x.done(w.id, r.stat)
					}
					break
				}
			}
		}
		if err != nil && ended == nil {
			ended, arrived = err, c.p.in.total
		}
		if !c.took && r.kind != tagged {
			wasted += c.p.in.position() - from
		}
		if wasted > c.lim.Waste && ended == nil {
			c.p.in.err = &SyntaxError{What: fmt.Sprintf("more than %d bytes of answers that nobody asked for", c.lim.Waste)}
			return c.lost(c.p.in.err)
		}
		if ended != nil && c.p.in.total-arrived > maxDrop {
			c.kill(errClosed)
			return ended
		}
	}
}

// dispatch gives an untagged response to whom it concerns.
func (c *Conn) dispatch(x exchange, r response, drop bool) error {
	if s, ok := c.common(r); ok {
		if x.status != nil && !drop && s.Type != "" {
			x.status(s)
		}
		return nil
	}
	if r.num < 0 && equalFold(r.name, "ID") {
		return c.identified()
	}
	if x.untagged != nil && !drop {
		if ok, err := x.untagged(r); ok || err != nil {
			return err
		}
	}
	if n, ok := c.p.trailingLiteral(); drop && ok && n > maxDrop {
		return errClosed
	}
	return c.p.rest()
}

// simple runs one command and returns its refusal as an error.
func (c *Conn) simple(ctx context.Context, cmd string, untagged func(r response) (bool, error)) error {
	sent := false
	return c.run(ctx, exchange{
		depth: 1,
		next: func(b []byte) ([]byte, int, bool) {
			if sent {
				return b, 0, false
			}
			sent = true
			return append(b, cmd...), 0, true
		},
		untagged: untagged,
		done:     func(_ int, answer StatusError) error { return refusal(answer) },
	})
}

// refusal is a tagged answer as an error; nil for OK.
func refusal(answer StatusError) error {
	if answer.Type == "OK" {
		return nil
	}
	return &answer
}
