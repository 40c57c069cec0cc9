package faulty

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"
)

// conn is one connection through the proxy.
type conn struct {
	p              *Proxy
	n              int
	client, server *net.TCPConn

	// Guarded by Proxy.turn.
	muted    bool              // stalled: nothing passes any more
	pretends string            // tag of the command that is kept from the server
	answer   string            // to that command, behind the tag
	commands map[string]string // tag to command, of those without an answer
}

func newConn(p *Proxy, client, server *net.TCPConn) *conn {
	return &conn{p: p, client: client, server: server, commands: make(map[string]string)}
}

// errCut says that a fault has ended the connection.
var errCut = errors.New("cut")

// run passes steps on until both sides have ended.
func (c *conn) run() {
	var wg sync.WaitGroup
	wg.Go(func() {
		c.fromClient(bufio.NewReaderSize(c.client, 64<<10))
		// The server carries out what it has got, and hangs up then.
		_ = c.server.CloseWrite()
	})
	wg.Go(func() {
		r := bufio.NewReaderSize(c.server, 64<<10)
		if err := c.fromServer(r); err != nil {
			_ = c.server.SetReadDeadline(time.Now().Add(patience))
			_, _ = io.Copy(io.Discard, r) // nobody listens any more
		}
		_ = c.client.Close()
	})
	wg.Wait()
	c.close()
}

func (c *conn) close() {
	_ = c.client.Close()
	_ = c.server.Close()
}

// apply carries out a fault. It runs in turn.
func (c *conn) apply(f Fault, s Step, whole []byte, send func([]byte) error) error {
	var part []byte
	ends, reset := false, false
	switch f.Do {
	case Pass:
		part = whole
	case CutBefore:
		ends = true
	case CutWithin:
		part, ends = whole[:len(whole)/2], true
	case CutAfter:
		part, ends = whole, true
	case ResetBefore:
		ends, reset = true, true
	case ResetAfter:
		part, ends, reset = whole, true, true
	case Stall:
		c.muted = true
	case Delay:
		time.Sleep(f.For)
		part = whole
	case Corrupt:
		part = bytes.Clone(whole)
		part[(len(part)-1)/2] = 0xFF
	case Swallow:
	case Replace:
		tag, _, _ := strings.Cut(s.Text, " ")
		part = []byte(tag + " " + f.Text + "\r\n")
	case Pretend:
		c.pretends, _, _ = strings.Cut(s.Text, " ")
		c.answer = cmp.Or(f.Text, "OK done")
	}
	err := send(part)
	if f.Then != nil {
		f.Then()
	}
	if !ends {
		return err
	}
	if reset {
		_ = c.client.SetLinger(0)
		_ = c.server.SetLinger(0)
		c.close()
		return errCut
	}
	_ = c.client.Close()
	_ = c.server.CloseWrite()
	return errCut
}

// pieceSize is the longest piece of a literal.
const pieceSize = 128 << 10

// literal passes n bytes on in pieces of equal size, at least two if there are as
// many bytes.
func (c *conn) literal(r io.Reader, n int64, s Step, send func([]byte) error) error {
	pieces := max(min(n, 2), (n+pieceSize-1)/pieceSize)
	for i := range pieces {
		piece := make([]byte, n*(i+1)/pieces-n*i/pieces)
		if _, err := io.ReadFull(r, piece); err != nil {
			return err
		}
		s.Kind, s.Text = Literal, fmt.Sprintf("%s: piece %d of %d, %d bytes", s.Command, i+1, pieces, len(piece))
		if err := c.p.take(c, s, piece, send); err != nil {
			return err
		}
	}
	return nil
}

// fromClient passes on what the client says.
func (c *conn) fromClient(r *bufio.Reader) {
	begins, command, tag := true, "", ""
	for {
		line, err := r.ReadBytes('\n')
		if err != nil {
			return
		}
		s := Step{From: Client, Kind: Continued, Command: command, Text: text(line)}
		if begins {
			if t, name, ok := commandOf(s.Text); ok {
				tag, command = t, name
				s.Kind, s.Command = Command, name
				c.p.turn.Lock()
				c.commands[tag] = name
				c.p.turn.Unlock()
			}
		}
		n, waits, more := literalOf(line)
		err = c.p.take(c, s, line, c.toServer)
		if c.pretending(tag) {
			err = c.pretend(r, n, waits, more, tag)
			more = false
		} else if err == nil && more {
			err = c.literal(r, n, s, c.toServer)
		}
		if err != nil {
			return
		}
		begins = !more
	}
}

// fromServer passes on what the server says. It returns nil when the server has
// ended the connection.
func (c *conn) fromServer(r *bufio.Reader) error {
	begins, greeting := true, true
	for {
		line, err := r.ReadBytes('\n')
		if err != nil {
			return nil
		}
		n, _, more := literalOf(line)
		if begins {
			line = c.p.hide(line)
		}
		if len(line) > 0 {
			s := Step{From: Server, Kind: Untagged, Text: text(line)}
			first, _, _ := strings.Cut(s.Text, " ")
			switch {
			case !begins:
			case greeting:
				s.Kind, greeting = Greeting, false
			case first == "+":
				s.Kind = Goahead
			case first != "*":
				s.Kind, s.Command = Tagged, c.answered(first)
			}
			if err := c.p.take(c, s, line, c.toClient); err != nil {
				return err
			}
			if more {
				if err := c.literal(r, n, s, c.toClient); err != nil {
					return err
				}
			}
		}
		begins = !more
	}
}

// answered returns what a tagged answer is about.
func (c *conn) answered(tag string) string {
	c.p.turn.Lock()
	defer c.p.turn.Unlock()
	name := c.commands[tag]
	delete(c.commands, tag)
	return name
}

func (c *conn) pretending(tag string) bool {
	c.p.turn.Lock()
	defer c.p.turn.Unlock()
	return tag != "" && c.pretends == tag
}

// pretend takes in the rest of a command in the place of the server.
func (c *conn) pretend(r *bufio.Reader, n int64, waits, more bool, tag string) error {
	for more {
		if waits {
			if err := c.say("+ go on\r\n"); err != nil {
				return err
			}
		}
		if _, err := io.CopyN(io.Discard, r, n); err != nil {
			return err
		}
		line, err := r.ReadBytes('\n')
		if err != nil {
			return err
		}
		n, waits, more = literalOf(line)
	}
	c.p.turn.Lock()
	defer c.p.turn.Unlock()
	return c.toClient([]byte(tag + " " + c.answer + "\r\n"))
}

// say tells the client something that does not come from the server.
func (c *conn) say(line string) error {
	c.p.turn.Lock()
	defer c.p.turn.Unlock()
	return c.toClient([]byte(line))
}

// toServer and toClient are called in turn.
func (c *conn) toServer(b []byte) error { _, err := c.server.Write(b); return err }
func (c *conn) toClient(b []byte) error { _, err := c.client.Write(b); return err }

// text is a line without its end, cut where it gets long.
func text(line []byte) string {
	const enough = 160
	line = bytes.TrimRight(line, "\r\n")
	return string(line[:min(len(line), enough)])
}

// commandOf splits the first line of a command. ok is false for a line of an
// authentication exchange.
func commandOf(line string) (tag, name string, ok bool) {
	words := strings.Fields(line)
	if len(words) < 2 {
		return "", "", false
	}
	name = strings.ToUpper(words[1])
	if name == "UID" && len(words) > 2 {
		name += " " + strings.ToUpper(words[2])
	}
	return words[0], name, true
}

// literalOf reports whether a line ends with the announcement of a literal of n
// bytes, and whether its sender waits for the other side's consent (RFC 9051
// section 4.3).
func literalOf(line []byte) (n int64, waits, ok bool) {
	line = bytes.TrimRight(line, "\r\n")
	open := bytes.LastIndexByte(line, '{')
	if open < 0 || !bytes.HasSuffix(line, []byte("}")) {
		return 0, false, false
	}
	digits, plus := bytes.CutSuffix(line[open+1:len(line)-1], []byte("+"))
	n, err := strconv.ParseInt(string(digits), 10, 64)
	return n, !plus, err == nil && n >= 0
}
