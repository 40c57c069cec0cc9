package sdk

import (
	"errors"
	"io"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/mailweir/mailweir/sdk/internal/guest"
)

// DoorError is why a request, a connection, a mail or the memory was refused or failed; its
// text begins with which of them, and goes on in the host's words. Denied says that the
// plugin may not, BadArgument that what it asked for can not be; otherwise it may work
// later.
type DoorError = guest.DoorError

// Request is a request over HTTP, which takes the grant http.
type Request struct {
	Method string // "" is GET
	URL    string
	// Header are its fields. {{secret:NAME}} in a value is filled in by mailweir.
	Header map[string]string
	Body   io.Reader // nil is none
	// Message sends the message at hand as the body; its bytes do not pass through the
	// plugin.
	Message bool
	Timeout time.Duration // 0 is that of the host
}

// Response is the answer to a [Request]. It is read to its end, or closed.
type Response struct {
	Status int // such as 200
	door
}

// HTTP asks a server, and waits until it begins to answer. A status of 400 or more is no
// error.
func HTTP(r Request) (*Response, error) {
	body := "none"
	switch {
	case r.Message && r.Body != nil:
		return nil, errors.New("http: the body is either the message or a reader")
	case r.Message:
		body = "message"
	case r.Body != nil:
		body = "written"
	}
	method := r.Method
	if method == "" {
		method = "GET"
	}
	d, err := guest.HTTPOpen(newObject().text("method", method).text("url", r.URL).fields("headers", r.Header).
		text("body", body).milliseconds("timeout_ms", r.Timeout).end())
	if err != nil {
		return nil, err
	}
	out := &Response{door: door{what: "http", id: d}}
	if r.Body != nil {
		if _, err := io.Copy(doorWriter{out.door}, r.Body); err != nil {
			out.Close()
			return nil, err
		}
	}
	if out.Status, err = guest.HTTPStatus(d); err != nil {
		out.Close()
		return nil, err
	}
	return out, nil
}

// Header is the first field with this name, or "".
func (r *Response) Header(name string) string { return guest.HTTPHeader(r.id, name) }

// Read reads the body.
func (r *Response) Read(p []byte) (int, error) { return r.door.read(p) }

// Close ends the answer.
func (r *Response) Close() error { return r.door.close() }

// DialOptions are how to connect.
type DialOptions struct {
	TLS     bool
	Timeout time.Duration // 0 is that of the host
}

// Conn is a connection to another server.
type Conn struct{ door }

var _ io.ReadWriteCloser = (*Conn)(nil)

// Dial connects to "host:port", which takes the grant tcp.
func Dial(address string, o DialOptions) (*Conn, error) {
	d, err := guest.TCPOpen(newObject().text("address", address).value("tls", strconv.FormatBool(o.TLS)).
		milliseconds("timeout_ms", o.Timeout).end())
	if err != nil {
		return nil, err
	}
	return &Conn{door{what: "tcp", id: d}}, nil
}

// Read waits for bytes.
func (c *Conn) Read(p []byte) (int, error) { return c.door.read(p) }

// Write sends bytes.
func (c *Conn) Write(p []byte) (int, error) { return doorWriter{c.door}.Write(p) }

// Close ends the connection.
func (c *Conn) Close() error { return c.door.close() }

// Bodies of a [Mail].
const (
	BodyText     = "text"     // its Text
	BodyMessage  = "message"  // the message at hand, as it is
	BodyAttached = "attached" // its Text, with the message at hand attached
)

// Mail is sent through a relay, which takes the grant smtp.
type Mail struct {
	Relay  string // name of the granted relay
	From   string // address, such as ann@example.org
	To     []string
	Header map[string]string // further fields, such as Subject
	Body   string            // "" is BodyText
	Text   string
}

// Send returns when the relay has taken the mail.
func Send(m Mail) error {
	body := m.Body
	if body == "" {
		body = BodyText
	}
	return guest.SMTPSend(newObject().text("relay", m.Relay).text("from", m.From).texts("to", m.To).
		fields("headers", m.Header).text("body", body).text("text", m.Text).end())
}

// door is one of the host's ways to the outside.
type door struct {
	what string
	id   int32
}

type doorWriter struct{ door }

func (d doorWriter) Write(p []byte) (int, error) {
	if err := guest.DoorWrite(d.what, d.id, p); err != nil {
		return 0, err
	}
	return len(p), nil
}

func (d door) read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	n, err := guest.DoorRead(d.what, d.id, p)
	if err == nil && n == 0 {
		err = io.EOF
	}
	return n, err
}

func (d door) close() error {
	guest.DoorClose(d.id)
	return nil
}

// object builds JSON. encoding/json would do, and make every plugin that opens a door
// half a megabyte larger.
type object struct{ b []byte }

func newObject() *object { return &object{} }

func (o *object) value(key, json string) *object {
	sep := byte(',')
	if len(o.b) == 0 {
		sep = '{'
	}
	o.b = append(appendJSON(append(o.b, sep), key), ':')
	o.b = append(o.b, json...)
	return o
}

func (o *object) text(key, s string) *object { return o.value(key, string(appendJSON(nil, s))) }

func (o *object) milliseconds(key string, d time.Duration) *object {
	if d <= 0 {
		return o
	}
	return o.value(key, strconv.FormatInt(d.Milliseconds(), 10))
}

func (o *object) texts(key string, list []string) *object {
	out := []byte{'['}
	for i, s := range list {
		if i > 0 {
			out = append(out, ',')
		}
		out = appendJSON(out, s)
	}
	return o.value(key, string(append(out, ']')))
}

func (o *object) fields(key string, m map[string]string) *object {
	if len(m) == 0 {
		return o
	}
	inner := newObject()
	for _, name := range slices.Sorted(maps.Keys(m)) {
		inner.text(name, m[name])
	}
	return o.value(key, inner.end())
}

func (o *object) end() string { return string(o.b) + "}" }

// appendJSON appends s as a JSON string (RFC 8259 section 7); bytes that are no UTF-8
// become U+FFFD.
func appendJSON(b []byte, s string) []byte {
	b = append(b, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r < 0x20:
			const digits = "0123456789abcdef"
			b = append(b, '\\', 'u', '0', '0', digits[r>>4], digits[r&15])
		default:
			b = append(b, string(r)...)
		}
	}
	return append(b, '"')
}
