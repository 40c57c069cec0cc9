package wire

import (
	"compress/flate"
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mailweir/mailweir/host/mail"
)

// Conn is an authenticated connection. One goroutine at a time calls its methods;
// Close, Err and [Append.Wait] may be called by others meanwhile.
//
// When a context ends during a call, the connection is closed. After a lost
// connection, a malformed answer or a cancelled call every method returns the
// error that ended the connection; see Err.
type Conn struct {
	nc   net.Conn
	caps Caps
	lim  Limits

	// Owned by whoever reads: the running command, or the goroutine that reads
	// the answers to APPENDs.
	p      parser
	seen   flagCache
	zones  zoneCache
	bye    *StatusError
	exists uint32 // messages of the selected folder
	took   bool   // the response that is being read was of use
	heard  bool   // EXISTS has come since an APPEND into the selected folder was last answered
	hidden bool   // such an answer came without EXISTS: see catchUp

	// Owned by the caller of the methods.
	tag      uint64
	out      []byte
	selected string
	readOnly bool
	modseqs  bool                 // the selected folder keeps mod-sequences
	preface  string               // a command that goes ahead of the next one; see Introduce
	named    func(product string) // is told what the server calls itself
	trip     time.Duration        // see RoundTrip
	asked    bool                 // for compression
	deflate  *flate.Writer        // nil as long as nothing is compressed

	writes  atomic.Uint64 // counts calls of Write that moved bytes
	sending atomic.Bool   // a message is being written: silence of the server means nothing

	mu      sync.Mutex
	err     error         // why the connection is of no use any more
	owed    []*appendPart // APPENDs without an answer, in the order in which they were sent
	reading chan struct{} // closed when the goroutine that reads their answers ends; nil if there is none
	wanted  *appendPart   // whose synchronizing literal waits for its "+"
	cont    chan struct{} // that "+"
	failed  chan struct{} // closed together with setting err
}

// NewConn takes over a connection on which the server has accepted a login. The
// caller's net.Conn bounds each single Read and Write in time; Conn adds
// cancellation only. When Read times out while a message is being written, Conn
// reads again: the server has nothing to say yet.
func NewConn(c net.Conn, caps Caps, lim Limits) *Conn {
	lim.applyDefaults()
	conn := &Conn{nc: c, caps: caps, lim: lim, cont: make(chan struct{}, 1), failed: make(chan struct{})}
	conn.p.in = newLines(patientReader{conn}, lim)
	return conn
}

// Caps returns the capabilities that NewConn was given.
func (c *Conn) Caps() Caps { return c.caps }

// RoundTrip is the shortest time that any command waited for the first line of its
// answer: that of a round trip and of the little that a server has to do for its
// easiest command. It is 0 before the first one.
func (c *Conn) RoundTrip() time.Duration { return c.trip }

// Err returns why the connection can not be used any more, or nil.
func (c *Conn) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// errClosed is the reason of a connection that its owner closed.
var errClosed = fmt.Errorf("connection closed: %w", net.ErrClosed)

// Close closes the connection without a word. What waits on it returns.
func (c *Conn) Close() error {
	c.kill(errClosed)
	return nil
}

// kill closes the connection and keeps the first reason.
func (c *Conn) kill(reason error) {
	c.mu.Lock()
	if c.err == nil {
		c.err = reason
		close(c.failed)
	}
	c.mu.Unlock()
	_ = c.nc.Close() // the reason says more than what closing could
}

// patientReader reads from the connection. A time-out during which bytes were
// still going the other way is none.
type patientReader struct{ c *Conn }

func (r patientReader) Read(p []byte) (int, error) {
	for {
		before := r.c.writes.Load()
		n, err := r.c.nc.Read(p)
		var timeout net.Error
		if n == 0 && errors.As(err, &timeout) && timeout.Timeout() && r.c.Err() == nil {
			if r.c.sending.Load() || r.c.writes.Load() != before {
				continue
			}
		}
		return n, err
	}
}

// write sends b as a whole.
func (c *Conn) write(b []byte) error {
	var n int
	var err error
	if c.deflate == nil {
		n, err = c.nc.Write(b)
	} else if n, err = c.deflate.Write(b); err == nil {
		err = c.deflate.Flush()
	}
	if n > 0 {
		c.writes.Add(1)
	}
	return err
}

// guard makes the connection end when ctx does. stop ends the watch.
func (c *Conn) guard(ctx context.Context) (stop func() bool) {
	return context.AfterFunc(ctx, func() { c.kill(context.Cause(ctx)) })
}

// ready waits until no APPEND is owed an answer, and says whether the connection
// can be used.
func (c *Conn) ready(ctx context.Context) error {
	for {
		c.mu.Lock()
		reading, err := c.reading, c.err
		c.mu.Unlock()
		if reading == nil {
			return err
		}
		select {
		case <-reading:
		case <-ctx.Done():
			c.kill(context.Cause(ctx))
			<-reading
		}
	}
}

// lost is the error of a read or write that ended the connection: why somebody
// closed it, or the server's BYE, say more than the end of the stream.
func (c *Conn) lost(err error) error {
	c.kill(err)
	reason := c.Err()
	var malformed *SyntaxError
	switch {
	case cancelled(reason), errors.Is(reason, errClosed), errors.As(reason, &malformed):
		return reason
	case c.bye != nil:
		return c.bye
	}
	return ended(reason)
}

// kinds of responses.
type kind int

const (
	untagged kind = iota
	tagged
	continuation
)

// tagPrefix begins our tags; digits follow.
const tagPrefix = 'W'

// response is the next response, as far as it tells what it is. For an untagged
// one, the parser stands after its name.
type response struct {
	kind kind
	tag  uint64
	stat StatusError // of a tagged response; Type "OK" or as in StatusError
	num  int64       // the number before the name, -1 if there is none
	name []byte      // of an untagged response; valid as long as the parser's line
}

// receive reads the next response. An error is the end of the connection.
func (c *Conn) receive() (response, error) {
	for {
		if err := c.p.next(); err != nil {
			return response{}, err
		}
		c.p.spaces()
		switch c.p.peek() {
		case 0:
			if c.p.i >= len(c.p.b) {
				continue // RFC 9051 knows no blank lines, some servers send them
			}
		case '*':
			c.p.i++
			return c.untaggedResponse(), nil
		case '+':
			return response{kind: continuation}, nil
		case tagPrefix:
			return c.taggedResponse()
		}
		c.p.in.err = c.p.fail("a line that is no response")
		return response{}, c.p.in.err
	}
}

func (c *Conn) untaggedResponse() response {
	r := response{kind: untagged, num: -1}
	c.p.spaces()
	if n, ok := c.p.number(); ok {
		r.num = n
		c.p.spaces()
	}
	r.name = c.p.word()
	return r
}

func (c *Conn) taggedResponse() (response, error) {
	r := response{kind: tagged}
	c.p.i++
	n, ok := c.p.number()
	r.tag = uint64(n)
	c.p.spaces()
	word := c.p.word()
	for _, kind := range []string{"OK", "NO", "BAD"} {
		if ok && equalFold(word, kind) {
			r.stat = parseStatus(kind, c.p.tail())
			return r, nil
		}
	}
	c.p.in.err = c.p.fail("a tagged response without OK, NO or BAD")
	return r, c.p.in.err
}

// common handles the untagged responses that may come at any time. It reports
// whether r was one; what is not, its caller handles or skips.
func (c *Conn) common(r response) (StatusError, bool) {
	switch {
	case r.num >= 0 && equalFold(r.name, "EXISTS"):
		c.exists = uint32(min(r.num, 1<<32-1))
		c.heard = true
	case r.num >= 0 && equalFold(r.name, "EXPUNGE"):
		c.exists -= min(c.exists, 1)
	case r.num >= 0:
		return StatusError{}, false
	case equalFold(r.name, "BYE"):
		bye := parseStatus("BYE", c.p.tail())
		c.bye = &bye
	case equalFold(r.name, "OK"), equalFold(r.name, "NO"), equalFold(r.name, "BAD"), equalFold(r.name, "PREAUTH"):
		return parseStatus(string(r.name), c.p.tail()), true
	default:
		return StatusError{}, false
	}
	return StatusError{}, true
}

// equalFold reports whether b is the upper-case ASCII word, in any letter case.
func equalFold(b []byte, word string) bool {
	if len(b) != len(word) {
		return false
	}
	for i := range len(b) {
		c := b[i]
		if 'a' <= c && c <= 'z' {
			c -= 'a' - 'A'
		}
		if c != word[i] {
			return false
		}
	}
	return true
}

// Noop asks for nothing: it finds out whether the connection still stands and
// keeps it from idling out.
func (c *Conn) Noop(ctx context.Context) error {
	return describe("ask for a sign of life", c.simple(ctx, "NOOP", nil))
}

// catchUp makes the server see, in the selected folder, what was appended to it on
// this connection. Most servers do at once, and say so by EXISTS; Courier 5.0.13
// waits for a command that lets it (RFC 9051 section 6.3.12), and until then finds
// nothing under the new UIDs.
func (c *Conn) catchUp(ctx context.Context) error {
	if ctx.Err() != nil || c.ready(ctx) != nil || !c.hidden {
		return nil // what is wrong, the command that follows will say
	}
	c.hidden = false
	return c.simple(ctx, "NOOP", nil)
}

// Logout says goodbye and closes the connection. A server that hangs up instead
// of answering is no error.
func (c *Conn) Logout(ctx context.Context) error {
	err := c.simple(ctx, "LOGOUT", nil)
	bye := c.bye != nil // RFC 9051 section 6.1.3: BYE comes before the tagged answer
	c.kill(errClosed)
	if bye || err == nil {
		return nil
	}
	var e *mail.Error
	if err = describe("log out", err); errors.As(err, &e) && errors.Is(e.Kind, mail.ErrConnect) && ctx.Err() == nil {
		return nil
	}
	return err
}
