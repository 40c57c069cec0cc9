package mailtest

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Client is one logged-in connection of a small IMAP client that is made for
// tests: it sends one command at a time, and ends the test when the server says
// anything but OK. Use it from the test's goroutine.
type Client struct {
	t     testing.TB
	conn  net.Conn
	r     *bufio.Reader
	w     *bufio.Writer
	tag   int
	caps  []string
	delim string // hierarchy separator, "" until it is known
	pfx   string // namespace prefix
}

// patience bounds each wait for the server, so that a hang names its command
// rather than run into the limit of the whole test.
const patience = 2 * time.Minute

// DialPlain connects in clear text and logs in; the test's cleanup closes the
// connection. A server that still counts connections which ended a moment ago
// (NO [LIMIT]) is asked again for a while.
func DialPlain(t testing.TB, addr, user, password string) *Client {
	t.Helper()
	login := func(c *Client) string {
		_, status := c.Try("LOGIN " + c.Quote(user) + " " + c.Quote(password))
		return status
	}
	c := greeted(t, addr)
	status := login(c)
	for until := time.Now().Add(patience); strings.HasPrefix(status, "NO [LIMIT]") && time.Now().Before(until); {
		c.Close()
		time.Sleep(50 * time.Millisecond)
		c = greeted(t, addr)
		status = login(c)
	}
	t.Cleanup(c.Close)
	if !strings.HasPrefix(status, "OK") {
		t.Fatalf("LOGIN %s at %s: %s", user, addr, status)
	}
	for _, line := range c.Cmd("CAPABILITY") {
		if caps, ok := strings.CutPrefix(line, "* CAPABILITY "); ok {
			c.caps = strings.Fields(strings.ToUpper(caps))
		}
	}
	return c
}

// greeted connects and reads the greeting.
func greeted(t testing.TB, addr string) *Client {
	t.Helper()
	conn, err := net.DialTimeout("tcp", addr, patience)
	if err != nil {
		t.Fatal(err)
	}
	c := &Client{t: t, conn: conn, r: bufio.NewReaderSize(conn, 64<<10), w: bufio.NewWriterSize(conn, 64<<10)}
	if hello := c.response(); !strings.HasPrefix(hello.text, "* OK") {
		t.Fatalf("%s greets with %q", addr, hello.text)
	}
	return c
}

// Close hangs up without a word. Closing twice is fine.
func (c *Client) Close() { _ = c.conn.Close() }

// Cmd sends one command (without tag) and returns the answers before the tagged
// one, with their literals cut out and the line ends removed.
func (c *Client) Cmd(line string) []string {
	c.t.Helper()
	var out []string
	c.run(line, func(r response) { out = append(out, r.text) })
	return out
}

// Try is Cmd for a command that may be refused: it also returns the tagged answer
// without its tag, for example "OK done" or "NO [OVERQUOTA] full".
func (c *Client) Try(line string) (lines []string, status string) {
	c.t.Helper()
	tag := c.send(line)
	for {
		r := c.response()
		if status, ok := strings.CutPrefix(r.text, tag+" "); ok {
			return lines, status
		}
		lines = append(lines, r.text)
	}
}

// run sends one command, hands each untagged answer to fn and demands OK.
func (c *Client) run(line string, fn func(response)) {
	c.t.Helper()
	c.finish(c.send(line), line, fn)
}

// finish reads up to the answer with tag and demands OK.
func (c *Client) finish(tag, line string, fn func(response)) string {
	c.t.Helper()
	for {
		r := c.response()
		status, ok := strings.CutPrefix(r.text, tag+" ")
		if !ok {
			fn(r)
			continue
		}
		if !strings.HasPrefix(strings.ToUpper(status), "OK") {
			c.t.Fatalf("%.200s: %s", line, status)
		}
		return status
	}
}

func (c *Client) send(line string) (tag string) {
	c.t.Helper()
	c.tag++
	tag = "x" + strconv.Itoa(c.tag)
	c.write(tag + " " + line + "\r\n")
	c.flush()
	return tag
}

func (c *Client) write(s string) {
	c.t.Helper()
	_ = c.conn.SetWriteDeadline(time.Now().Add(patience))
	if _, err := c.w.WriteString(s); err != nil {
		c.t.Fatalf("write: %v", err)
	}
}

func (c *Client) flush() {
	c.t.Helper()
	if err := c.w.Flush(); err != nil {
		c.t.Fatalf("write: %v", err)
	}
}

// response is one answer: its text with "{n}" where a literal stood, and the
// literals in their order.
type response struct {
	text     string
	literals [][]byte
}

func (c *Client) response() response {
	c.t.Helper()
	var r response
	for {
		_ = c.conn.SetReadDeadline(time.Now().Add(patience))
		line, err := c.r.ReadString('\n')
		if err != nil {
			c.t.Fatalf("read after %.200q: %v", r.text+line, err)
		}
		line = strings.TrimRight(line, "\r\n")
		r.text += line
		n, ok := literalAtEnd(line)
		if !ok {
			return r
		}
		literal := make([]byte, n)
		for rest := literal; len(rest) > 0; {
			_ = c.conn.SetReadDeadline(time.Now().Add(patience))
			k, err := io.ReadFull(c.r, rest[:min(len(rest), 1<<20)])
			if err != nil {
				c.t.Fatalf("read literal of %d bytes: %v", n, err)
			}
			rest = rest[k:]
		}
		r.literals = append(r.literals, literal)
	}
}

// literalAtEnd returns n when line ends with "{n}".
func literalAtEnd(line string) (int, bool) {
	open := strings.LastIndexByte(line, '{')
	if open < 0 || !strings.HasSuffix(line, "}") {
		return 0, false
	}
	n, err := strconv.Atoi(line[open+1 : len(line)-1])
	return n, err == nil && n >= 0
}

// has reports whether the server has a capability.
func (c *Client) has(capability string) bool { return slices.Contains(c.caps, capability) }

// Quote spells s as a quoted string. Line ends can not be spelled so.
func (c *Client) Quote(s string) string {
	c.t.Helper()
	if strings.ContainsAny(s, "\r\n\x00") {
		c.t.Fatalf("%q can not be quoted", s)
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// value is one value of an answer: a list, or text (an atom, a quoted string or a
// literal).
type value struct {
	text []byte
	list []value
}

// values parses the text of an answer after its first skip words.
func (r response) values(skip int) ([]value, error) {
	text := r.text
	for range skip {
		_, text, _ = strings.Cut(text, " ")
	}
	p := &parser{text: text, literals: r.literals}
	out := p.values()
	if p.err == nil && p.text != "" {
		p.err = fmt.Errorf("left over: %q", p.text)
	}
	return out, p.err
}

type parser struct {
	text     string
	literals [][]byte
	err      error
}

// values reads values up to the end or a closing parenthesis.
func (p *parser) values() []value {
	var out []value
	for p.err == nil {
		p.text = strings.TrimLeft(p.text, " ")
		if p.text == "" || p.text[0] == ')' {
			return out
		}
		out = append(out, p.value())
	}
	return out
}

func (p *parser) value() value {
	switch p.text[0] {
	case '(':
		p.text = p.text[1:]
		v := value{list: p.values()}
		if !strings.HasPrefix(p.text, ")") {
			p.err = fmt.Errorf("list without its end")
			return v
		}
		p.text = p.text[1:]
		return v
	case '"':
		return p.quoted()
	case '{':
		_, rest, ok := strings.Cut(p.text, "}")
		if !ok || len(p.literals) == 0 {
			p.err = fmt.Errorf("no literal at %q", p.text)
			return value{}
		}
		v := value{text: p.literals[0]}
		p.text, p.literals = rest, p.literals[1:]
		return v
	}
	end := strings.IndexAny(p.text, " ()")
	if open := strings.IndexByte(p.text, '['); open >= 0 && (end < 0 || open < end) { // BODY[HEADER.FIELDS (X)]
		end = strings.IndexByte(p.text, ']') + 1
	}
	if end <= 0 {
		end = len(p.text)
	}
	v := value{text: []byte(p.text[:end])}
	p.text = p.text[end:]
	return v
}

func (p *parser) quoted() value {
	var text []byte
	for i := 1; i < len(p.text); i++ {
		switch p.text[i] {
		case '\\':
			i++
			if i < len(p.text) {
				text = append(text, p.text[i])
			}
		case '"':
			p.text = p.text[i+1:]
			return value{text: text}
		default:
			text = append(text, p.text[i])
		}
	}
	p.err = fmt.Errorf("string without its end: %q", p.text)
	return value{}
}
