package wire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"time"

	"github.com/mailweir/mailweir/host/mail"
)

// literalMinus is the longest non-synchronizing literal where the server has
// LITERAL- (RFC 7888 section 5).
const literalMinus = 4096

// afterWriteError is how long the server's last words are waited for when it has
// stopped reading: they say why.
const afterWriteError = 2 * time.Second

// errRefused from sendPart: the server has answered before the command was sent.
var errRefused = errors.New("refused before it was sent")

// shortBody is what a Body ended with before its Size.
type shortBody struct{ cause error }

func (e *shortBody) Error() string { return e.cause.Error() }
func (e *shortBody) Unwrap() error { return e.cause }

// send writes all commands of the batch. Its error says whether anything of the
// batch may be stored.
func (a *Append) send(ctx context.Context, raw string) error {
	c := a.c
	stop := c.guard(ctx)
	defer stop()
	defer c.sending.Store(false)
	if c.out == nil {
		c.out = make([]byte, 0, bufferSize)
	}
	c.out = c.out[:0]
	for i := range a.parts {
		p := &a.parts[i]
		c.sending.Store(true)
		err := a.sendPart(p, raw)
		if errors.Is(err, errRefused) {
			c.out = c.out[:0] // the command is over
			continue
		}
		if err != nil {
			return a.abort(i, err)
		}
	}
	if err := c.flush(); err != nil {
		return a.abort(len(a.parts)-1, err)
	}
	return nil
}

// sendPart writes one command; what fits stays in the buffer.
func (a *Append) sendPart(p *appendPart, raw string) error {
	c := a.c
	c.tag++
	p.tag = c.tag
	if err := c.owe(p); err != nil {
		return err
	}
	c.out = strconv.AppendUint(append(c.out, tagPrefix), p.tag, 10)
	c.out = c.appendFolder(append(c.out, " APPEND "...), raw)
	for i := range p.batch {
		u := &p.batch[i]
		var err error
		if c.out, err = appendArguments(c.out, u); err != nil {
			return err // not reached: checkBatch has seen it
		}
		if err := a.announce(p, u.Size); err != nil {
			return err
		}
		if err := c.copyBody(u, func() {
			if i == len(p.batch)-1 {
				c.mu.Lock()
				p.whole = true
				c.mu.Unlock()
			}
		}); err != nil {
			return err
		}
	}
	c.out = append(c.out, "\r\n"...)
	return nil
}

// announce writes the announcement of a literal and, for a synchronizing one,
// waits until the server wants it.
func (a *Append) announce(p *appendPart, size int64) error {
	c := a.c
	c.out = strconv.AppendInt(append(c.out, " {"...), size, 10)
	if c.caps.Has("LITERAL+") || (c.caps.Has("LITERAL-") && size <= literalMinus) {
		c.out = append(c.out, "+}\r\n"...)
		c.mu.Lock()
		p.open = true
		c.mu.Unlock()
		return nil
	}
	c.out = append(c.out, "}\r\n"...)
	c.mu.Lock()
	c.wanted = p
	c.mu.Unlock()
	if err := c.flush(); err != nil {
		return err
	}
	c.sending.Store(false) // now the server has to speak
	defer c.sending.Store(true)
	select {
	case <-c.cont:
		return nil
	case <-p.ended:
		return errRefused
	case <-c.failed:
	}
	select {
	case <-p.ended: // the server refused, and hung up
		return errRefused
	default:
		return c.Err()
	}
}

// copyBody writes exactly u.Size bytes of u.Body. last is called before the last
// of them can leave.
func (c *Conn) copyBody(u *mail.Upload, last func()) error {
	left := u.Size
	idle := 0
	for left > 0 {
		if len(c.out) == cap(c.out) {
			if err := c.flush(); err != nil {
				return err
			}
		}
		free := c.out[len(c.out):cap(c.out)]
		if int64(len(free)) > left {
			free = free[:left]
		}
		n, err := u.Body.Read(free)
		if n < 0 || n > len(free) {
			return &shortBody{errors.New("the body counts wrongly")}
		}
		c.out = c.out[:len(c.out)+n]
		left -= int64(n)
		if left == 0 {
			break // an error now comes too late to matter
		}
		if idle++; n > 0 {
			idle = 0
		}
		if err == nil && idle > 100 {
			err = io.ErrNoProgress
		}
		if err != nil {
			return &shortBody{fmt.Errorf("%d of %d bytes are missing: %w", left, u.Size, early(err))}
		}
	}
	last()
	return nil
}

// early is err, and io.ErrUnexpectedEOF where err only says that there is no more.
func early(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// flush writes the buffer to the connection.
func (c *Conn) flush() error {
	if len(c.out) == 0 {
		return nil
	}
	err := c.write(c.out)
	c.out = c.out[:0]
	return err
}

// owe registers a command before its first byte is written, and has somebody read
// the answers: the server may speak before it has read the message, and would
// stop reading if nobody listened.
func (c *Conn) owe(p *appendPart) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return c.err
	}
	p.ended = make(chan struct{})
	c.owed = append(c.owed, p)
	if c.reading == nil {
		c.heard = false
		c.reading = make(chan struct{})
		go c.readAnswers(c.reading)
	}
	return nil
}

// abort ends the connection after sending part i failed with err, and says what
// may have become of the batch.
func (a *Append) abort(i int, err error) error {
	c := a.c
	var short *shortBody
	if errors.As(err, &short) {
		// RFC 9051 section 4.3: an announced literal can not be taken back. The
		// server never stores one that it did not get in full.
		c.kill(fmt.Errorf("closed within a message: %w", net.ErrClosed))
	} else {
		select {
		case <-c.failed:
		case <-time.After(afterWriteError):
		}
		c.kill(err)
	}
	a.settle()
	_, _, result := a.result()
	var whole *mail.Error
	unknown := false
	for k := range a.parts {
		p := &a.parts[k]
		if p.err == nil || mail.OutcomeUnknown(p.err) {
			unknown = true
		}
	}
	if short != nil {
		return &mail.Error{Op: a.op, Kind: mail.ErrShortBody, Err: short.cause, Unknown: unknown}
	}
	if !errors.As(result, &whole) && !errors.As(a.parts[i].err, &whole) {
		return lostAppend(a.op, err, unknown)
	}
	out := *whole
	out.Unknown = unknown
	return &out
}

// settle waits for the answers to what was sent, on a connection that has ended,
// and gives those parts an error that were not even begun.
func (a *Append) settle() {
	c := a.c
	c.mu.Lock()
	reading := c.reading
	c.mu.Unlock()
	if reading != nil {
		<-reading
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for k := range a.parts {
		if p := &a.parts[k]; !p.answered {
			p.answer(lostAppend(a.op, ended(c.err), p.whole))
		}
	}
}
