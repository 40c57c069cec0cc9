package door

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/sdk/abi"
)

// httpRequest is the JSON of http_open.
type httpRequest struct {
	Method    string            `json:"method"`
	URL       string            `json:"url"`
	Headers   map[string]string `json:"headers"`
	Body      string            `json:"body"`
	TimeoutMS int64             `json:"timeout_ms"`
}

// Bodies of requests.
const (
	bodyNone     = "none"
	bodyWritten  = "written"
	bodyMessage  = "message"
	bodyAttached = "attached"
	bodyText     = "text"
)

// target is where a request goes.
type target struct {
	scheme, host string // host is from task.CleanHost
	port         int
}

// String is how messages name it.
func (t target) String() string {
	return t.scheme + "://" + task.Endpoint{Host: t.host, Port: t.port}.String()
}

// targetOf judges the form of a URL, and spells its host in the one way in which it
// is compared and looked up.
func targetOf(u *url.URL) (target, error) {
	t := target{scheme: strings.ToLower(u.Scheme)}
	switch t.scheme {
	case "https":
		t.port = 443
	case "http":
		t.port = 80
	default:
		return t, badf("the URL begins with neither http:// nor https://")
	}
	if u.User != nil {
		return t, badf("the URL holds a user name; write an Authorization field instead")
	}
	// Hostname takes the brackets off; what an IPv6 address needs is put back.
	host := u.Hostname()
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	var err error
	if t.host, err = task.CleanHost(host); err != nil {
		return t, badf("the URL's host: %v", err)
	}
	if port := u.Port(); port != "" {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 {
			return t, badf("the URL's port %q is none", port)
		}
		t.port = int(n)
	}
	return t, nil
}

// webGrant says why a request is not granted, or nil.
func (d *Doors) webGrant(t target, method string) error {
	hostGranted := false
	for _, g := range d.cfg.Grants {
		if g.Name != abi.GrantHTTP || !g.Endpoint.AllowsWeb(t.scheme, t.host, t.port) {
			continue
		}
		if len(g.Methods) == 0 || slices.Contains(g.Methods, method) {
			return nil
		}
		hostGranted = true
	}
	if hostGranted {
		return deniedf("the method %s is not granted for %s", method, t)
	}
	return deniedf("%s is not granted", t)
}

// dialWeb connects for a request that was granted.
func (d *Doors) dialWeb(ctx context.Context, _, address string) (net.Conn, error) {
	e, err := task.ParseEndpoint(address)
	if err != nil {
		return nil, err
	}
	private := slices.ContainsFunc(d.cfg.Grants, func(g task.Grant) bool {
		return g.Name == abi.GrantHTTP && g.Private && g.Endpoint.Host == e.Host && (g.Endpoint.Port == e.Port || g.Endpoint.Port == 0 && e.Port == 443)
	})
	return d.dial(ctx, address, private)
}

// ownFields are header fields that a plugin can not set: they say where a request
// goes and where it ends.
var ownFields = []string{"Host", "Transfer-Encoding", "Connection", "Proxy-Connection", "Proxy-Authorization", "Keep-Alive", "Te", "Trailer", "Upgrade", "Expect"}

// maxHeader bounds the header fields of a request in bytes.
const maxHeader = 64 << 10

func requestHeader(fields map[string]string) (http.Header, error) {
	header, size := http.Header{}, 0
	for name, value := range fields {
		size += len(name) + len(value)
		canonical := http.CanonicalHeaderKey(name)
		switch {
		case !httpguts.ValidHeaderFieldName(name):
			return nil, badf("%q is no name of a header field", name)
		case !httpguts.ValidHeaderFieldValue(value):
			return nil, badf("the header field %s holds a control character", name)
		case slices.Contains(ownFields, canonical):
			return nil, badf("the header field %s is the host's to set", name)
		case header[canonical] != nil:
			return nil, badf("the header field %s is there twice", name)
		case size > maxHeader:
			return nil, badf("header fields of more than %d bytes", maxHeader)
		}
		header[canonical] = []string{value}
	}
	return header, nil
}

// maxRedirects is how many redirects of one request are followed.
const maxRedirects = 5

// OpenHTTP begins a request and returns its door.
func (v *Visit) OpenHTTP(raw []byte) (int32, error) {
	var r httpRequest
	if err := decode(raw, &r); err != nil {
		return 0, err
	}
	if !slices.Contains(task.HTTPMethods, r.Method) {
		return 0, badf("%q is no method; there are %s", r.Method, strings.Join(task.HTTPMethods, ", "))
	}
	if strings.Contains(r.URL, placeholderStart) {
		return 0, badf("a secret stands in the URL, and is filled in in header fields only")
	}
	u, err := url.Parse(r.URL)
	if err != nil {
		return 0, badf("the URL is not understood: %v", errors.Unwrap(err))
	}
	where, err := targetOf(u)
	if err != nil {
		return 0, err
	}
	if err := v.doors.webGrant(where, r.Method); err != nil {
		return 0, err
	}
	header, err := requestHeader(r.Headers)
	if err != nil {
		return 0, err
	}
	secrets, err := v.doors.fill(header, where)
	if err != nil {
		return 0, err
	}
	if v.message.OnceKey != "" {
		header.Set("Idempotency-Key", v.message.OnceKey)
	}
	if header.Get("User-Agent") == "" {
		header.Set("User-Agent", "mailweir")
	}
	d := &webDoor{doors: v.doors, written: r.Body == bodyWritten, secrets: secrets, done: make(chan struct{})}
	req := &http.Request{Method: r.Method, URL: u, Header: header, Host: u.Host}
	if err := v.requestBody(req, r.Body, d); err != nil {
		return 0, err
	}
	if secrets.signs() && !d.written {
		if err := v.doors.sign(secrets, header, v.signedBody(r.Body)); err != nil {
			return 0, err
		}
	}
	u.Scheme, u.Host, u.Fragment = where.scheme, task.Endpoint{Host: where.host, Port: where.port}.String(), ""
	if standard := where.scheme == "https" && where.port == 443 || where.scheme == "http" && where.port == 80; standard {
		u.Host = task.Endpoint{Host: where.host}.String()
	}
	req.Host = u.Host
	if err := v.mayOpen(); err != nil {
		return 0, err
	}
	if record := v.doors.cfg.Record; record != nil {
		what := r.Method + " " + where.String() + u.EscapedPath()
		if r.Body == bodyMessage {
			what += fmt.Sprintf(" with the message of %d bytes", v.message.Size)
		}
		record(abi.GrantHTTP, what)
		return v.add(&dryDoor{code: abi.DryRunStatus}), nil
	}
	ctx, cancel, err := v.timeLimit(r.TimeoutMS)
	if err != nil {
		return 0, err
	}
	d.req, d.ctx, d.cancel = req.WithContext(ctx), ctx, cancel
	d.client = &http.Client{Transport: v.doors.transport, CheckRedirect: v.doors.redirects(where, secrets)}
	return v.add(d), nil
}

// requestBody gives the request its body.
func (v *Visit) requestBody(req *http.Request, kind string, d *webDoor) error {
	length := req.Header.Get("Content-Length")
	req.Header.Del("Content-Length")
	switch kind {
	case "", bodyNone:
	case bodyWritten:
		// A server that takes no chunks is told the length by who knows it.
		req.ContentLength = -1
		if length != "" {
			n, err := strconv.ParseInt(length, 10, 64)
			if err != nil || n < 0 {
				return badf("the Content-Length %q is no number", length)
			}
			req.ContentLength = n
		}
		if d.secrets.signs() {
			return nil // it is kept until it is signed
		}
		d.reader, d.writer = io.Pipe()
		req.Body = d.reader
	case bodyMessage:
		if v.message.Body == nil {
			return deniedf("there is no message that may be sent: this takes a hook that has it, and the grant %s", abi.GrantBody)
		}
		req.ContentLength = v.message.Size
		req.GetBody = func() (io.ReadCloser, error) { return v.lease.reader(v.message.Size), nil }
		req.Body, _ = req.GetBody()
	default:
		return badf("the body %q is not one of %s, %s, %s", kind, bodyNone, bodyWritten, bodyMessage)
	}
	if kind != bodyWritten && length != "" {
		return badf("a Content-Length goes with a written body only")
	}
	return nil
}

// signedBody is what a signature is made of, but for a body that is written.
func (v *Visit) signedBody(kind string) io.Reader {
	if kind == bodyMessage {
		return v.lease.reader(v.message.Size)
	}
	return strings.NewReader("")
}

// redirects judges each redirect as if the plugin had asked for it.
func (d *Doors) redirects(first target, secrets filled) func(*http.Request, []*http.Request) error {
	return func(req *http.Request, via []*http.Request) error {
		to, err := targetOf(req.URL)
		if err == nil {
			err = d.webGrant(to, req.Method)
		}
		switch {
		case err != nil:
			return FailureOf(err).as("redirected, and ")
		case len(via) > maxRedirects:
			return failedf("redirected more than %d times", maxRedirects)
		case first.scheme == "https" && to.scheme != "https":
			return deniedf("redirected from https to %s", to)
		}
		req.URL.Host = task.Endpoint{Host: to.host, Port: to.port}.String()
		req.Header.Del("Referer") // the plugin's URL is for the first host only
		secrets.leave(req.Header, to)
		return nil
	}
}

// as puts words before the reason.
func (f *Failure) as(prefix string) *Failure { return &Failure{f.Code, prefix + f.Reason} }
