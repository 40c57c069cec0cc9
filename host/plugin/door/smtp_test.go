package door

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"math/big"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"net/textproto"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/sdk/abi"
)

// taken is a mail that arrived.
type taken struct {
	from string
	to   []string
	text string
	user string
	body smtp.BodyType
}

// sink is an SMTP server that keeps what it gets.
type sink struct {
	mu     sync.Mutex
	mails  []taken
	refuse string // a recipient, or "DATA"
}

type sinkSession struct {
	s    *sink
	mail taken
}

func (s *sink) NewSession(*smtp.Conn) (smtp.Session, error) { return &sinkSession{s: s}, nil }

func (s *sinkSession) AuthMechanisms() []string { return []string{sasl.Plain} }
func (s *sinkSession) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if password != "relay-passw0rd" {
			return errors.New("wrong")
		}
		s.mail.user = user
		return nil
	}), nil
}

func (s *sinkSession) Mail(from string, o *smtp.MailOptions) error {
	s.mail.from, s.mail.body = from, o.Body
	return nil
}

func (s *sinkSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	if to == s.s.refuse {
		return &smtp.SMTPError{Code: 550, Message: "no such user"}
	}
	s.mail.to = append(s.mail.to, to)
	return nil
}

func (s *sinkSession) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if s.s.refuse == "DATA" {
		return &smtp.SMTPError{Code: 554, Message: "looks bad"}
	}
	s.mail.text = string(text)
	s.s.mu.Lock()
	defer s.s.mu.Unlock()
	s.s.mails = append(s.s.mails, s.mail)
	return nil
}
func (s *sinkSession) Reset()        { s.mail = taken{user: s.mail.user} }
func (s *sinkSession) Logout() error { return nil }

func (s *sink) all() []taken {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mails
}

// start serves on a free port; change, unless nil, sets up the server.
func (s *sink) start(t *testing.T, change func(*smtp.Server)) task.Endpoint {
	t.Helper()
	server := smtp.NewServer(s)
	server.AllowInsecureAuth = false
	if change != nil {
		change(server)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { defer close(done); _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close(); <-done })
	return endpoint(t, l.Addr().String())
}

func relayConfig(t *testing.T, r Relay) Config {
	return Config{Grants: grants(t, "smtp:archive"), Relays: map[string]Relay{"archive": r, "other": r}}
}

const odd = "From: <a@example.org>\r\nSubject: dots\r\n\r\n.\r\n..two\r\n.hidden\r\nGr\xfc\xdfe \xff\r\n\r\n.\r\nend.\r\n"

func TestSend_redirectsTheMessageByteForByte(t *testing.T) {
	s := &sink{}
	at := s.start(t, nil)
	v := visit(t, relayConfig(t, Relay{Endpoint: at, TLS: RelayNone}), message(odd))
	if err := v.Send([]byte(`{"relay":"archive","from":"","to":["x@archive.example","y@archive.example"],"body":"message"}`)); err != nil {
		t.Fatal(err)
	}
	got := s.all()
	if len(got) != 1 || got[0].text != odd || got[0].from != "" || len(got[0].to) != 2 || got[0].body != smtp.Body8BitMIME {
		t.Errorf("got %+v", got)
	}
}

func TestSend_attachesTheMessageByteForByte(t *testing.T) {
	s := &sink{}
	v := visit(t, relayConfig(t, Relay{Endpoint: s.start(t, nil), TLS: RelayNone}), message(odd))
	err := v.Send([]byte(`{"relay":"archive","from":"weir@example.org","to":["x@archive.example"],"body":"attached","text":"Grüße\n.\nend","headers":{"Subject":"Köpfe ` + strings.Repeat("ü", 100) + `","X-Id":"7"}}`))
	if err != nil {
		t.Fatal(err)
	}
	got := s.all()
	if len(got) != 1 {
		t.Fatalf("got %+v", got)
	}
	m, err := mail.ReadMessage(strings.NewReader(got[0].text))
	if err != nil {
		t.Fatal(err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil || subject != "Köpfe "+strings.Repeat("ü", 100) || m.Header.Get("To") != "x@archive.example" || m.Header.Get("From") != "weir@example.org" ||
		m.Header.Get("X-Id") != "7" || m.Header.Get("Auto-Submitted") != "auto-generated" || m.Header.Get("Message-ID") == "" {
		t.Errorf("header %v, subject %q, %v", m.Header, subject, err)
	}
	for line := range strings.Lines(got[0].text) {
		if len(line) > maxLine+2 {
			t.Errorf("a line of %d bytes", len(line))
		}
	}
	_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	parts := multipart.NewReader(m.Body, params["boundary"])
	part, err := parts.NextRawPart()
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(quotedprintable.NewReader(part))
	if err != nil || strings.TrimSpace(string(text)) != "Grüße\r\n.\r\nend" {
		t.Errorf("the text is %q, %v", text, err)
	}
	part, err = parts.NextRawPart()
	if err != nil {
		t.Fatal(err)
	}
	attached, err := io.ReadAll(part)
	if err != nil || string(attached) != odd || part.Header.Get("Content-Type") != "message/rfc822" {
		t.Errorf("attached is %q as %v, %v", attached, part.Header, err)
	}
	if _, err := parts.NextRawPart(); !errors.Is(err, io.EOF) {
		t.Errorf("a third part: %v", err)
	}
}

// TestSend_namesRepetitionsTheSame so that who gets a notification twice can tell.
func TestSend_namesRepetitionsTheSame(t *testing.T) {
	s := &sink{}
	cfg := relayConfig(t, Relay{Endpoint: s.start(t, nil), TLS: RelayNone})
	for _, key := range []string{"one", "one", "two", ""} {
		v := visit(t, cfg, Message{OnceKey: key})
		if err := v.Send([]byte(`{"relay":"archive","from":"a@example.org","to":["b@example.org"],"body":"text","text":"copied"}`)); err != nil {
			t.Fatal(err)
		}
	}
	var ids []string
	for _, m := range s.all() {
		parsed, err := mail.ReadMessage(strings.NewReader(m.text))
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, parsed.Header.Get("Message-ID"))
	}
	if len(ids) != 4 || ids[0] != ids[1] || ids[0] == ids[2] || ids[3] == ids[0] || !strings.HasSuffix(ids[0], "@example.org>") {
		t.Errorf("got %q", ids)
	}
}

func TestSend_refusesWhatItCanNotSendRight(t *testing.T) {
	s := &sink{}
	cfg := relayConfig(t, Relay{Endpoint: s.start(t, func(s *smtp.Server) { s.MaxMessageBytes = 5000 }), TLS: RelayNone})
	ok := `{"relay":"archive","from":"a@example.org","to":["b@example.org"],"body":"message"}`
	denied, bad := abi.ReadNotPermitted, abi.ReadBadArgument
	tests := []struct {
		name, request, text string
		code                int32
		want                string
	}{
		{"LF alone", ok, "A: b\n\r\n", bad, "a line that ends in LF alone"},
		{"LF alone around a dot", ok, "A: b\r\n\r\n\n.\n", bad, "a line that ends in LF alone"},
		{"CR alone", ok, "A: b\r\r\n", bad, "a CR that ends no line"},
		{"CR at the end", ok, "A: b\r", bad, "a CR that ends no line"},
		{"NUL", ok, "A: \x00\r\n", bad, "a NUL"},
		{"too large", ok, "A: b\r\n\r\n" + strings.Repeat("x\r\n", 2000), abi.ReadFailed, "it takes 5000 bytes at most"},
		{"a relay that is not granted", strings.Replace(ok, "archive", "other", 1), "A: b\r\n", denied, `the relay "other" is not granted`},
		{"headers on a message", strings.Replace(ok, `"body"`, `"headers":{"A":"b"},"body"`, 1), "A: b\r\n", bad, "it takes neither headers nor text"},
		{"no recipient", strings.Replace(ok, `["b@example.org"]`, `[]`, 1), "A: b\r\n", bad, "1 to 100 recipients, not 0"},
		{"a recipient with a command", strings.Replace(ok, "b@example.org", `b@example.org>\r\nRCPT TO:<c@example.org`, 1), "A: b\r\n", bad, "is no mail address"},
		{"a sender with a parameter", strings.Replace(ok, "a@example.org", `a@example.org> SIZE=1`, 1), "A: b\r\n", bad, "is no mail address"},
		{"a recipient with a name", strings.Replace(ok, "b@example.org", `B <b@example.org>`, 1), "A: b\r\n", bad, "is no mail address"},
		{"an unknown body", strings.Replace(ok, `"message"`, `"file"`, 1), "A: b\r\n", bad, `the body "file" is not one of`},
		{"a header with a line end", `{"relay":"archive","from":"a@example.org","to":["b@example.org"],"body":"text","headers":{"Subject":"a\r\nBcc: c@example.org"}}`, "", bad, "holds a control character"},
		{"a Bcc", `{"relay":"archive","from":"a@example.org","to":["b@example.org"],"body":"text","headers":{"bcc":"c@example.org"}}`, "", bad, "is the host's to set"},
		{"another type", `{"relay":"archive","from":"a@example.org","to":["b@example.org"],"body":"text","headers":{"content-type":"text/html"}}`, "", bad, "is the host's to set"},
		{"a To that is none", `{"relay":"archive","from":"a@example.org","to":["b@example.org"],"body":"text","headers":{"To":"x"}}`, "", bad, "is no list of mail addresses"},
		{"the null sender without a From", `{"relay":"archive","from":"","to":["b@example.org"],"body":"text"}`, "", bad, "needs a From"},
		{"a header as long as a book", `{"relay":"archive","from":"a@example.org","to":["b@example.org"],"body":"text","headers":{"X":"` + strings.Repeat("x", 2000) + `"}}`, "", bad, "longer than a line"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			wantFailure(t, visit(t, cfg, message(tt.text)).Send([]byte(tt.request)), tt.code, tt.want)
		})
	}
	wantFailure(t, visit(t, cfg, Message{}).Send([]byte(ok)), denied, "there is no message that may be sent")
	if got := s.all(); len(got) != 0 {
		t.Errorf("sent was %+v", got)
	}
}

func TestSend_isAllOrNothing(t *testing.T) {
	request := []byte(`{"relay":"archive","from":"a@example.org","to":["b@example.org","c@example.org"],"body":"message"}`)
	s := &sink{refuse: "c@example.org"}
	cfg := relayConfig(t, Relay{Endpoint: s.start(t, nil), TLS: RelayNone})
	wantFailure(t, visit(t, cfg, message("A: b\r\n")).Send(request), abi.ReadFailed, "the relay archive: recipient c@example.org: 550")
	s.refuse = "DATA"
	wantFailure(t, visit(t, cfg, message("A: b\r\n")).Send(request), abi.ReadFailed, "the relay archive: it refused the message: 554")
	if got := s.all(); len(got) != 0 {
		t.Errorf("taken was %+v", got)
	}
}

// scripted answers each line of a client with the next of lines, reads one more or the
// text that follows DATA, and does end.
func scripted(t *testing.T, end func(net.Conn), lines ...string) task.Endpoint {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		in := bufio.NewReader(c)
		for i, line := range lines {
			if i > 0 {
				if _, err := in.ReadString('\n'); err != nil {
					return
				}
			}
			fmt.Fprint(c, line+"\r\n")
		}
		for last := lines[len(lines)-1]; ; {
			line, err := in.ReadString('\n')
			if err != nil || line == ".\r\n" || !strings.HasPrefix(last, "354") {
				break
			}
		}
		end(c)
	}()
	t.Cleanup(func() { _ = l.Close(); <-done })
	return endpoint(t, l.Addr().String())
}

func TestSend_tellsAnUnknownEndFromARefusal(t *testing.T) {
	request := []byte(`{"relay":"archive","from":"a@example.org","to":["b@example.org"],"body":"message","timeout_ms":5000}`)
	hello := []string{"220 hi", "250-hi\r\n250 8BITMIME", "250 ok", "250 ok", "354 go on"}
	tests := []struct {
		name  string
		end   func(net.Conn)
		lines []string
		want  string
		taken bool // it may have been
	}{
		{"cut off after the dot", func(net.Conn) {}, hello, "the relay may have taken it, or not", true},
		{"nonsense after the dot", func(c net.Conn) { fmt.Fprint(c, "what?\r\n") }, hello, "the relay may have taken it, or not", true},
		{"refused for now", func(c net.Conn) { fmt.Fprint(c, "451 later\r\n") }, hello, "it refused the message: 451 later", false},
		{"cut off before the text", func(net.Conn) {}, hello[:4], "DATA: ", false},
		{"no 8-bit", func(net.Conn) {}, []string{"220 hi", "250 hi"}, "it takes no 8-bit mail", false},
		{"endless answers", func(net.Conn) {}, []string{"220 hi", "250-" + strings.Repeat("x", 2<<20)}, "longer than any that makes sense", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			at := scripted(t, tt.end, tt.lines...)
			err := visit(t, relayConfig(t, Relay{Endpoint: at, TLS: RelayNone}), message("A: \xfc\r\n")).Send(request)
			wantFailure(t, err, abi.ReadFailed, tt.want)
			if err != nil && tt.taken != strings.Contains(err.Error(), errUnknown.Error()) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestSend_endsWithItsTime(t *testing.T) {
	at := scripted(t, func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }, "220 hi") // and nothing more
	err := visit(t, relayConfig(t, Relay{Endpoint: at, TLS: RelayNone}), Message{}).
		Send([]byte(`{"relay":"archive","from":"a@example.org","to":["b@example.org"],"body":"text","timeout_ms":50}`))
	wantFailure(t, err, abi.ReadFailed, "did not answer in time; it has not taken the message")
}

// certificate makes one for 127.0.0.1.
func certificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, roots
}

func TestSend_logsInOverTLSOnly(t *testing.T) {
	cert, roots := certificate(t)
	request := []byte(`{"relay":"archive","from":"a@example.org","to":["b@example.org"],"body":"text","text":"x"}`)
	s := &sink{}
	withTLS := s.start(t, func(s *smtp.Server) { s.TLSConfig = &tls.Config{Certificates: []tls.Certificate{cert}} })
	relay := Relay{Endpoint: withTLS, TLS: RelayStart, User: "weir", Password: "relay-passw0rd", Roots: roots}
	if err := visit(t, relayConfig(t, relay), Message{}).Send(request); err != nil {
		t.Fatal(err)
	}
	if got := s.all(); len(got) != 1 || got[0].user != "weir" {
		t.Errorf("got %+v", got)
	}

	cfg := relayConfig(t, relay)
	cfg.Relays["archive"] = Relay{Endpoint: withTLS, TLS: RelayStart, User: "weir", Secret: "relay", Roots: roots}
	cfg.Secrets = map[string]Secret{"relay": {Value: "relay-passw0rd", Hosts: []task.Endpoint{withTLS}}}
	if err := visit(t, cfg, Message{}).Send(request); err != nil {
		t.Error(err)
	}
	cfg.Secrets["relay"] = Secret{Value: "relay-passw0rd", Hosts: []task.Endpoint{{Host: "other.example"}}}
	wantFailure(t, visit(t, cfg, Message{}).Send(request), abi.ReadNotPermitted, `the secret "relay" is not bound to`)

	wrong := relay
	wrong.Password = "wr0ng-passw0rd"
	err := visit(t, relayConfig(t, wrong), Message{}).Send(request)
	wantFailure(t, err, abi.ReadFailed, "log in as weir")
	if strings.Contains(err.Error(), "wr0ng") {
		t.Errorf("the error holds the password: %v", err)
	}
	stranger := relay
	stranger.Roots = x509.NewCertPool()
	wantFailure(t, visit(t, relayConfig(t, stranger), Message{}).Send(request), abi.ReadFailed, "STARTTLS")

	plain := relay
	plain.Endpoint = (&sink{}).start(t, nil)
	wantFailure(t, visit(t, relayConfig(t, plain), Message{}).Send(request), abi.ReadFailed, "it offers no STARTTLS")
}

// TestSend_repeatsNoPassword of a relay that says what it was told.
func TestSend_repeatsNoPassword(t *testing.T) {
	cert, roots := certificate(t)
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{cert}})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			fmt.Fprint(c, "220 hi\r\n")
			for in := bufio.NewScanner(c); in.Scan(); {
				if strings.HasPrefix(in.Text(), "EHLO") {
					fmt.Fprint(c, "250-hi\r\n250 AUTH PLAIN\r\n")
					continue
				}
				fmt.Fprintf(c, "535 you said %s\r\n", in.Text())
			}
			_ = c.Close()
		}
	}()
	defer func() { _ = l.Close(); <-done }()
	relay := Relay{Endpoint: endpoint(t, l.Addr().String()), TLS: RelayImplicit, User: "weir", Password: "canary-passw0rd", Roots: roots}
	err = visit(t, relayConfig(t, relay), Message{}).Send([]byte(`{"relay":"archive","from":"a@example.org","to":["b@example.org"],"body":"text"}`))
	wantFailure(t, err, abi.ReadFailed, "the relay archive: what it said holds a secret and is left out")
}

func TestParseRelay(t *testing.T) {
	r, err := ParseRelay("smtps://weir%40example.org@mail.example?ca=/ca.pem&secret=archive")
	want := Relay{Endpoint: task.Endpoint{Host: "mail.example", Port: 465}, TLS: RelayImplicit, User: "weir@example.org", CAFile: "/ca.pem", Secret: "archive"}
	if err != nil || r != want {
		t.Errorf("got %+v, %v", r, err)
	}
	for give, port := range map[string]int{"smtp://a.example": 587, "smtp://a.example?tls=none": 25, "smtp://[::1]:26/": 26} {
		if r, err := ParseRelay(give); err != nil || r.Endpoint.Port != port {
			t.Errorf("%s: got %+v, %v", give, r, err)
		}
	}
	for give, want := range map[string]string{
		"":                              "a relay is written smtp://",
		"mail.example":                  "a relay is written smtp://",
		"http://mail.example":           "begins with smtp:// or smtps://",
		"smtp://a:b@mail.example":       "holds no password",
		"smtp://mail.example/x":         "a relay is written smtp://",
		"smtp://mail.example:0":         "is no port",
		"smtp://2130706433":             "neither a host name nor an IP address",
		"smtps://mail.example?tls=none": "tls= is none, with smtp:// alone",
		"smtp://mail.example?tls=maybe": "tls= is none",
		"smtp://mail.example?x=y":       `the key "x"`,
		"smtp://mail.example?secret=a":  "has a user name, too",
		"smtp://a%0d@mail.example":      "control character",
	} {
		if r, err := ParseRelay(give); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %+v, error %v, want one with %q", give, r, err, want)
		}
	}
}

func FuzzParseRelay(f *testing.F) {
	for _, seed := range []string{"smtp://a@b:1?tls=none", "smtps://[::1]?ca=x", "smtp://:@", "smtp://%zz"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := ParseRelay(text)
		if err == nil && (r.Endpoint.Host == "" || r.Endpoint.Port < 1 || r.Password != "") {
			t.Fatalf("%q became %+v", text, r)
		}
	})
}

// FuzzDotWriter compares with the standard library's reader of such texts.
func FuzzDotWriter(f *testing.F) {
	for _, seed := range []string{".", "..", "a\n.b\n", "\n.\n", "", odd} {
		f.Add(seed, 3)
	}
	f.Fuzz(func(t *testing.T, text string, piece int) {
		if piece < 1 || strings.ContainsAny(text, "\r\x00") {
			return
		}
		text = strings.ReplaceAll(text, "\n", "\r\n")
		var sent bytes.Buffer
		w := &dotWriter{w: &sent, start: true}
		for rest := text; rest != ""; {
			n := min(piece, len(rest))
			if _, err := w.Write([]byte(rest[:n])); err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
		}
		if err := w.finish(); err != nil {
			t.Fatal(err)
		}
		sent.WriteString(".\r\nnext\r\n")
		r := textproto.NewReader(bufio.NewReader(&sent))
		got, err := r.ReadDotBytes()
		want := strings.ReplaceAll(text, "\r\n", "\n")
		if want != "" && !strings.HasSuffix(want, "\n") {
			want += "\n"
		}
		if err != nil || string(got) != want {
			t.Fatalf("%q arrived as %q, %v", want, got, err)
		}
		if next, err := r.ReadLine(); next != "next" || err != nil {
			t.Fatalf("after the text came %q, %v", next, err)
		}
	})
}
