package door

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/smtp"
	"strconv"
	"strings"
)

// letter is one mail on its way to a relay.
type letter struct {
	from  string // "" is the null sender
	to    []string
	bytes int64 // as they are sent, without dot-stuffing
	eight bool  // it has bytes above 127
	text  io.Reader
}

// errUnknown says that a relay may have taken a letter, or not.
var errUnknown = errors.New("the connection was lost after the message had been sent: the relay may have taken it, or not")

// errTooChatty ends a relay that answers without end.
var errTooChatty = errors.New("the relay's answers are longer than any that makes sense")

// send hands one letter to the relay. nil means that it was taken for all
// recipients; whatever else, but for errUnknown, it was taken for none.
func (r Relay) send(ctx context.Context, secret string, l letter) error {
	raw, err := (&net.Dialer{}).DialContext(ctx, "tcp", net.JoinHostPort(r.Endpoint.Host, strconv.Itoa(r.Endpoint.Port)))
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { _ = raw.Close() })
	defer stop()
	defer raw.Close()
	var conn net.Conn = &boundedConn{Conn: raw, left: 1 << 20}
	config := &tls.Config{ServerName: r.Endpoint.Host, RootCAs: r.Roots, MinVersion: tls.VersionTLS12}
	if r.TLS == RelayImplicit {
		conn = tls.Client(conn, config)
	}
	c, err := smtp.NewClient(conn, r.Endpoint.Host)
	if err != nil {
		return fmt.Errorf("greeting: %w", err)
	}
	if err := c.Hello(helloName(conn)); err != nil {
		return fmt.Errorf("EHLO: %w", err)
	}
	if r.TLS == RelayStart {
		// RFC 3207 section 4.1: without the extension nothing is sent, never in the clear.
		if ok, _ := c.Extension("STARTTLS"); !ok {
			return errors.New("it offers no STARTTLS")
		}
		if err := c.StartTLS(config); err != nil {
			return fmt.Errorf("STARTTLS: %w", err)
		}
	}
	if r.User != "" {
		if err := r.login(c, secret); err != nil {
			return fmt.Errorf("log in as %s: %w", r.User, err)
		}
	}
	if err := offer(c, l); err != nil {
		return err
	}
	return deliver(c, l)
}

// helloName is the address literal of RFC 5321 section 4.1.3: the machine's name says
// nothing to a relay, and often is none.
func helloName(conn net.Conn) string {
	addr, ok := conn.LocalAddr().(*net.TCPAddr)
	switch {
	case !ok:
		return "localhost"
	case addr.IP.To4() != nil:
		return "[" + addr.IP.String() + "]"
	}
	return "[IPv6:" + addr.IP.String() + "]"
}

// login prefers PLAIN; some old servers have LOGIN only.
func (r Relay) login(c *smtp.Client, password string) error {
	_, mechanisms := c.Extension("AUTH")
	words := strings.Fields(strings.ToUpper(mechanisms))
	has := func(m string) bool {
		for _, w := range words {
			if w == m {
				return true
			}
		}
		return false
	}
	switch {
	case has("PLAIN"):
		// It sends nothing in the clear, but to this machine.
		return c.Auth(smtp.PlainAuth("", r.User, password, r.Endpoint.Host))
	case has("LOGIN"):
		return c.Auth(&loginAuth{user: r.User, password: password})
	}
	return errors.New("it offers neither PLAIN nor LOGIN")
}

// loginAuth is the LOGIN mechanism (draft-murchison-sasl-login).
type loginAuth struct {
	user, password string
	step           int
}

// Start implements smtp.Auth.
func (a *loginAuth) Start(server *smtp.ServerInfo) (string, []byte, error) {
	if !server.TLS {
		return "", nil, errors.New("the connection is not encrypted")
	}
	return "LOGIN", nil, nil
}

// Next implements smtp.Auth.
func (a *loginAuth) Next(_ []byte, more bool) ([]byte, error) {
	if !more {
		return nil, nil
	}
	switch a.step++; a.step {
	case 1:
		return []byte(a.user), nil
	case 2:
		return []byte(a.password), nil
	}
	return nil, errors.New("the relay asks for more than user and password")
}

// command sends one line and wants an answer that begins with code.
func command(c *smtp.Client, code int, format string, args ...any) error {
	id, err := c.Text.Cmd(format, args...)
	if err != nil {
		return err
	}
	c.Text.StartResponse(id)
	defer c.Text.EndResponse(id)
	_, _, err = c.Text.ReadResponse(code)
	return err
}

// offer names sender and recipients. The relay takes all of them or gets nothing: a
// letter that was sent to some could only be repeated to all.
func offer(c *smtp.Client, l letter) error {
	params := ""
	if l.eight {
		if ok, _ := c.Extension("8BITMIME"); !ok {
			return errors.New("it takes no 8-bit mail (8BITMIME), and the message has bytes above 127")
		}
		params = " BODY=8BITMIME"
	}
	if ok, most := c.Extension("SIZE"); ok {
		if n, err := strconv.ParseInt(most, 10, 64); err == nil && n > 0 && l.bytes > n {
			return fmt.Errorf("it takes %d bytes at most, and the message has %d", n, l.bytes)
		}
		params += fmt.Sprintf(" SIZE=%d", l.bytes)
	}
	if err := command(c, 250, "MAIL FROM:<%s>%s", l.from, params); err != nil {
		return fmt.Errorf("sender %s: %w", l.from, err)
	}
	for _, to := range l.to {
		if err := command(c, 25, "RCPT TO:<%s>", to); err != nil {
			return fmt.Errorf("recipient %s: %w", to, err)
		}
	}
	if err := command(c, 354, "DATA"); err != nil {
		return fmt.Errorf("DATA: %w", err)
	}
	return nil
}

// deliver sends the text. Until the line that ends it has left, the relay can not
// take anything.
func deliver(c *smtp.Client, l letter) error {
	w := &dotWriter{w: c.Text.W, start: true}
	_, err := io.CopyBuffer(struct{ io.Writer }{w}, struct{ io.Reader }{l.text}, make([]byte, 32<<10))
	if err == nil {
		err = w.finish()
	}
	if err == nil {
		err = c.Text.W.Flush()
	}
	if err != nil {
		return fmt.Errorf("send the message: %w", err)
	}
	_, err = io.WriteString(c.Text.W, ".\r\n")
	if err == nil {
		err = c.Text.W.Flush()
	}
	if err != nil {
		return fmt.Errorf("%w (%w)", errUnknown, err)
	}
	code, text, err := c.Text.ReadResponse(0)
	switch {
	case err != nil:
		return fmt.Errorf("%w (%w)", errUnknown, err)
	case code/100 != 2:
		return fmt.Errorf("it refused the message: %d %s", code, text)
	}
	_ = c.Quit() // it has been taken, whatever comes now
	return nil
}

// dotWriter doubles a dot at the beginning of a line (RFC 5321 section 4.5.2) and
// changes nothing else. What it is given has CR LF line ends only.
type dotWriter struct {
	w     io.Writer
	start bool // of a line
}

// Write implements io.Writer.
func (d *dotWriter) Write(p []byte) (int, error) {
	from := 0
	for i, b := range p {
		if d.start && b == '.' {
			if _, err := d.w.Write(p[from:i]); err != nil {
				return 0, err
			}
			if _, err := d.w.Write([]byte{'.'}); err != nil {
				return 0, err
			}
			from = i
		}
		d.start = b == '\n'
	}
	_, err := d.w.Write(p[from:])
	return len(p), err
}

// finish ends the last line: what ends the text stands on a line of its own.
func (d *dotWriter) finish() error {
	if d.start {
		return nil
	}
	_, err := io.WriteString(d.w, "\r\n")
	return err
}

// boundedConn ends a server that sends without end.
type boundedConn struct {
	net.Conn
	left int64
}

// Read implements net.Conn.
func (b *boundedConn) Read(p []byte) (int, error) {
	n, err := b.Conn.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, errTooChatty
	}
	return n, err
}

// smtpFailure turns what became of a letter into the answer of smtp_send.
func (v *Visit) smtpFailure(ctx context.Context, relay, user, secret string, err error) error {
	if ctx.Err() != nil && !errors.Is(err, errUnknown) {
		return failedf("the relay %s did not answer in time; it has not taken the message", relay)
	}
	said := err.Error()
	if secret != "" {
		said = withheld(said, []string{secret, "\x00" + user + "\x00" + secret})
	}
	if errors.Is(err, errUnknown) && said != err.Error() {
		said = errUnknown.Error() // which counts, whatever came behind it
	}
	return failedf("the relay %s: %s", relay, said)
}
