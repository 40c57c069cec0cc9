package door

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/sdk/abi"
)

func TestHTTP_streamsABodyThatThePluginWrites(t *testing.T) {
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		w.Header().Set("X-Answer", "yes")
		w.WriteHeader(201)
		fmt.Fprintf(w, "%s %s %q %s %v", r.Method, r.Host, body, r.Header.Get("X-Mine"), err)
	}))
	defer s.Close()
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate()) // of example.com
	p := port(t, s.URL)
	v := visit(t, Config{Grants: grants(t, "http:example.com:"+p+"/POST?private"), Lookup: here, Roots: roots}, Message{})
	id, err := v.OpenHTTP([]byte(`{"method":"POST","url":"https://EXAMPLE.com:` + p + `/scan?a=b#c","headers":{"x-mine":"ü"},"body":"written"}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"one ", "", "two"} {
		if err := v.Write(id, []byte(part)); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := v.Header(id, "x-answer"); err == nil {
		t.Error("a header field before the answer")
	}
	if status, err := v.Status(id); err != nil || status != 201 {
		t.Fatalf("status %d, %v", status, err)
	}
	if value, ok, err := v.Header(id, "x-answer"); value != "yes" || !ok || err != nil {
		t.Errorf("got %q, %v, %v", value, ok, err)
	}
	if _, ok, err := v.Header(id, "X-Other"); ok || err != nil {
		t.Errorf("a field that is not there: %v, %v", ok, err)
	}
	want := `POST example.com:` + p + ` "one two" ü <nil>`
	if got, err := readAll(v, id); got != want || err != nil {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
	if err := v.Write(id, []byte("late")); err == nil {
		t.Error("a body can be written after it has ended")
	}
	v.CloseDoor(id)
	if _, err := v.Read(id, make([]byte, 1)); err == nil {
		t.Error("a closed door can be read")
	}
}

func TestHTTP_sendsTheMessageWithItsLengthAndOnceKey(t *testing.T) {
	text := strings.Repeat("a line of mail\r\n", 10_000)
	var got, key string
	var length int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got, key, length = string(body), r.Header.Get("Idempotency-Key"), r.ContentLength
		if r.URL.Path == "/first" { // the body is sent again after a redirect
			w.Header().Set("Location", "/second")
			w.WriteHeader(http.StatusTemporaryRedirect)
		}
	}))
	defer s.Close()
	m := message(text)
	m.OnceKey = "once-1"
	v := visit(t, Config{Grants: grants(t, "http:127.0.0.1:"+port(t, s.URL))}, m)
	id, err := v.OpenHTTP([]byte(`{"method":"POST","url":"` + s.URL + `/first","body":"message"}`))
	if err != nil {
		t.Fatal(err)
	}
	if status, err := v.Status(id); status != 200 || err != nil {
		t.Fatalf("status %d, %v", status, err)
	}
	if got != text || key != "once-1" || length != int64(len(text)) {
		t.Errorf("%d bytes, key %q, length %d", len(got), key, length)
	}
}

// TestHTTP_opensNothingElse asks for what was not granted, in the ways in which such
// checks are got around.
func TestHTTP_opensNothingElse(t *testing.T) {
	touched := false
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { touched = true }))
	defer s.Close()
	p := port(t, s.URL)
	v := visit(t, Config{
		Grants: grants(t, "http:api.example", "http:api.example:"+p+"/GET,POST", "http:[2001:db8::1]:80"), Lookup: here,
		Secrets: map[string]Secret{"key": {Value: "s3cr3t-value", Hosts: []task.Endpoint{{Host: "other.example"}}}},
	}, Message{})
	denied, bad := abi.ReadNotPermitted, abi.ReadBadArgument
	tests := []struct {
		name, request string
		code          int32
		want          string
	}{
		{"another host", `{"method":"GET","url":"https://evil.example/"}`, denied, "https://evil.example:443 is not granted"},
		{"a host below", `{"method":"GET","url":"https://sub.api.example/"}`, denied, "is not granted"},
		{"a host that begins with it", `{"method":"GET","url":"https://api.example.evil.example/"}`, denied, "is not granted"},
		{"another port", `{"method":"GET","url":"https://api.example:444/"}`, denied, "is not granted"},
		{"clear text without a port", `{"method":"GET","url":"http://api.example/"}`, denied, "http://api.example:80 is not granted"},
		{"another method", `{"method":"DELETE","url":"http://api.example:` + p + `/"}`, denied, "the method DELETE is not granted"},
		{"TRACE", `{"method":"TRACE","url":"https://api.example/"}`, bad, `"TRACE" is no method`},
		{"CONNECT", `{"method":"CONNECT","url":"https://api.example/"}`, bad, `"CONNECT" is no method`},
		{"a method with a line end", `{"method":"GET\r\nX: y","url":"https://api.example/"}`, bad, "is no method"},
		{"the host as a user name", `{"method":"GET","url":"https://api.example@evil.example/"}`, bad, "holds a user name"},
		{"a user name and password", `{"method":"GET","url":"https://a:b@api.example/"}`, bad, "holds a user name"},
		{"the host behind a fragment", `{"method":"GET","url":"https://evil.example#@api.example/"}`, denied, "evil.example:443 is not granted"},
		{"the host behind a backslash", `{"method":"GET","url":"https://evil.example\\@api.example/"}`, bad, "not understood"},
		{"a percent-encoded host", `{"method":"GET","url":"https://evil.example%2f@api.example/"}`, bad, "holds a user name"},
		{"this machine", `{"method":"GET","url":"http://127.0.0.1:` + p + `/"}`, denied, "is not granted"},
		{"this machine as a number", `{"method":"GET","url":"http://2130706433:` + p + `/"}`, bad, "neither a host name nor an IP address"},
		{"this machine in hexadecimal", `{"method":"GET","url":"http://0x7f000001:` + p + `/"}`, bad, "neither a host name nor an IP address"},
		{"this machine in octal", `{"method":"GET","url":"http://0177.0.0.1:` + p + `/"}`, bad, "neither a host name nor an IP address"},
		{"this machine, short", `{"method":"GET","url":"http://127.1:` + p + `/"}`, bad, "neither a host name nor an IP address"},
		{"this machine inside IPv6", `{"method":"GET","url":"http://[::ffff:127.0.0.1]:` + p + `/"}`, denied, "http://127.0.0.1:" + p + " is not granted"},
		{"a zone", `{"method":"GET","url":"http://[fe80::1%25lo]:80/"}`, bad, "neither a host name nor an IP address"},
		{"a host in other letters", `{"method":"GET","url":"https://ａpi.example/"}`, bad, "neither a host name nor an IP address"},
		{"a file", `{"method":"GET","url":"file:///etc/passwd"}`, bad, "neither http:// nor https://"},
		{"no scheme", `{"method":"GET","url":"//api.example/"}`, bad, "neither http:// nor https://"},
		{"no host", `{"method":"GET","url":"https:///"}`, bad, "neither a host name nor an IP address"},
		{"a port out of range", `{"method":"GET","url":"https://api.example:99999/"}`, bad, "port"},
		{"a line end in a header field", `{"method":"GET","url":"https://api.example/","headers":{"X":"a\r\nHost: evil"}}`, bad, "the header field X holds a control character"},
		{"a line end in a name", `{"method":"GET","url":"https://api.example/","headers":{"X: a\r\nY":"b"}}`, bad, "is no name of a header field"},
		{"another Host", `{"method":"GET","url":"https://api.example/","headers":{"host":"evil"}}`, bad, "is the host's to set"},
		{"a Transfer-Encoding", `{"method":"GET","url":"https://api.example/","headers":{"Transfer-Encoding":"chunked"}}`, bad, "is the host's to set"},
		{"a field twice", `{"method":"GET","url":"https://api.example/","headers":{"X-A":"1","x-a":"2"}}`, bad, "is there twice"},
		{"a secret in the URL", `{"method":"GET","url":"https://api.example/{{secret:key}}"}`, bad, "a secret stands in the URL"},
		{"a secret of another host", `{"method":"GET","url":"https://api.example/","headers":{"X":"{{secret:key}}"}}`, denied, `the secret "key" is not bound to https://api.example:443`},
		{"a secret that is not there", `{"method":"GET","url":"https://api.example/","headers":{"X":"{{secret:none}}"}}`, denied, `there is no secret "none"`},
		{"the message where there is none", `{"method":"POST","url":"http://api.example:` + p + `/","body":"message"}`, denied, "there is no message that may be sent"},
		{"an unknown body", `{"method":"POST","url":"http://api.example:` + p + `/","body":"file"}`, bad, `the body "file" is not one of`},
		{"a length without a body", `{"method":"GET","url":"http://api.example:` + p + `/","headers":{"Content-Length":"7"}}`, bad, "goes with a written body only"},
		{"an unknown member", `{"method":"GET","url":"https://api.example/","proxy":"x"}`, bad, "the request is not understood"},
		{"no JSON", `GET /`, bad, "the request is not understood"},
		{"two requests", `{"method":"GET","url":"https://api.example/"}{}`, bad, "something follows"},
		{"a timeout before now", `{"method":"GET","url":"http://api.example:` + p + `/","timeout_ms":-1}`, bad, "is no time to wait"},
		{"an endless request", strings.Repeat(" ", abi.MaxRequest+1), bad, "a request of more than"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := v.OpenHTTP([]byte(tt.request))
			wantFailure(t, err, tt.code, tt.want)
			if err != nil && strings.Contains(err.Error(), "s3cr3t") {
				t.Errorf("the error holds the secret: %v", err)
			}
		})
	}
	if touched {
		t.Error("something was sent")
	}
}

// TestDial_judgesTheAddressThatIsConnectedTo although the name was granted.
func TestDial_judgesTheAddressThatIsConnectedTo(t *testing.T) {
	touched := false
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { touched = true }))
	defer s.Close()
	p := port(t, s.URL)
	for _, address := range []string{
		"127.0.0.1", "::1", "::ffff:127.0.0.1", "10.1.2.3", "192.168.0.1", "172.16.0.1", "169.254.169.254", "fe80::1", "fd00::1",
		"0.0.0.0", "::", "100.64.0.1", "224.0.0.1", "255.255.255.255", "64:ff9b::7f00:1", "2002:7f00:1::1",
	} {
		lookups := 0
		cfg := Config{Grants: grants(t, "http:api.example:"+p, "tcp:api.example:"+p), Lookup: func(context.Context, string) ([]netip.Addr, error) {
			if lookups++; lookups > 1 { // whatever it means later, it was looked up once
				return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
			}
			return []netip.Addr{netip.MustParseAddr(address)}, nil
		}}
		v := visit(t, cfg, Message{})
		_, _, err := get(v, "http://api.example:"+p+"/")
		wantFailure(t, err, abi.ReadNotPermitted, "which is no public address; a grant for it is marked with ?private")
		lookups = 0
		_, err = v.OpenTCP([]byte(`{"address":"api.example:` + p + `"}`))
		wantFailure(t, err, abi.ReadNotPermitted, "which is no public address")
	}
	if touched {
		t.Error("something was sent")
	}
	for _, address := range []string{"8.8.8.8", "2606:4700::1111"} {
		if !IsPublic(netip.MustParseAddr(address)) {
			t.Errorf("%s is public", address)
		}
	}
}

func TestHTTP_followsRedirectsWithinTheGrantsOnly(t *testing.T) {
	const value = "s3cr3t-value"
	var p string
	var seen []string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = append(seen, r.Host+" "+r.Header.Get("X-Key")+" "+r.Header.Get("X-Both")+" "+r.Header.Get("Referer"))
		if to := r.URL.Query().Get("to"); to != "" {
			w.Header().Set("Location", to)
			w.WriteHeader(http.StatusFound)
		}
	}))
	defer s.Close()
	p = port(t, s.URL)
	cfg := Config{
		Grants: grants(t, "http:a.example:"+p+"?private", "http:b.example:"+p+"/GET?private", "http:c.example:"+p+"/POST?private"), Lookup: here,
		Secrets: map[string]Secret{
			"a":    {Value: value, Hosts: []task.Endpoint{endpoint(t, "a.example:"+p)}},
			"both": {Value: "known-to-both", Hosts: []task.Endpoint{endpoint(t, "a.example:"+p), endpoint(t, "b.example:"+p)}},
		},
	}
	follow := func(t *testing.T, to string) error {
		seen = nil
		v := visit(t, cfg, Message{})
		raw, _ := json.Marshal(map[string]any{
			"method": "GET", "url": "http://a.example:" + p + "/?to=" + to, "headers": map[string]string{"X-Key": "{{secret:a}}", "X-Both": "{{secret:both}}"},
		})
		id, err := v.OpenHTTP(raw)
		if err != nil {
			t.Fatal(err)
		}
		_, err = v.Status(id)
		return err
	}
	if err := follow(t, "http://b.example:"+p+"/"); err != nil {
		t.Error(err)
	}
	if want := []string{"a.example:" + p + " " + value + " known-to-both ", "b.example:" + p + "  known-to-both "}; fmt.Sprint(seen) != fmt.Sprint(want) {
		t.Errorf("the servers saw %q, want %q", seen, want)
	}
	for to, want := range map[string]string{
		"http://127.0.0.1:" + p + "/":          "redirected, and http://127.0.0.1:" + p + " is not granted",
		"http://[::ffff:127.0.0.1]:" + p + "/": "redirected, and http://127.0.0.1:" + p + " is not granted",
		"http://2130706433:" + p + "/":         "redirected, and the URL's host",
		"http://c.example:" + p + "/":          "the method GET is not granted",
		"http://x@b.example:" + p + "/":        "holds a user name",
		"file:///etc/passwd":                   "neither http:// nor https://",
	} {
		err := follow(t, to)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), value) {
			t.Errorf("to %s: got error %v, want one with %q", to, err, want)
		}
		if len(seen) != 1 {
			t.Errorf("to %s: the servers saw %q", to, seen)
		}
	}
}

func TestHTTP_staysWithTLSAndEndsCircles(t *testing.T) {
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	turns := 0
	secure := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		turns++
		to := "http://example.com:" + port(t, plain.URL) + "/"
		if r.URL.Path == "/circle" {
			to = "/circle"
		}
		w.Header().Set("Location", to)
		w.WriteHeader(http.StatusFound)
	}))
	defer secure.Close()
	roots := x509.NewCertPool()
	roots.AddCert(secure.Certificate())
	cfg := Config{
		Grants: grants(t, "http:example.com:"+port(t, secure.URL)+"?private", "http:example.com:"+port(t, plain.URL)+"?private"),
		Lookup: here, Roots: roots,
	}
	v := visit(t, cfg, Message{})
	_, _, err := get(v, "https://example.com:"+port(t, secure.URL)+"/down")
	wantFailure(t, err, abi.ReadNotPermitted, "redirected from https to http://example.com")
	turns = 0
	_, _, err = get(v, "https://example.com:"+port(t, secure.URL)+"/circle")
	wantFailure(t, err, abi.ReadFailed, "redirected more than 5 times")
	if turns > maxRedirects+1 {
		t.Errorf("asked %d times", turns)
	}
	// A certificate that nobody vouches for.
	cfg.Roots = x509.NewCertPool()
	_, _, err = get(visit(t, cfg, Message{}), "https://example.com:"+port(t, secure.URL)+"/")
	wantFailure(t, err, abi.ReadFailed, "certificate")
}

func TestHTTP_neverHandsASecretBack(t *testing.T) {
	const value = "s3cr3t-value"
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key := r.Header.Get("Authorization")
		w.Header().Set("X-Echo", key)
		w.Header().Set("X-Fine", "fine")
		fmt.Fprint(w, strings.Repeat("before ", 100))
		if r.URL.Path == "/slowly" {
			for i := range len(key) {
				fmt.Fprint(w, key[i:i+1])
				w.(http.Flusher).Flush()
			}
		} else if r.URL.Path == "/echo" {
			fmt.Fprint(w, key)
		}
		fmt.Fprint(w, "after")
	}))
	defer s.Close()
	where := "127.0.0.1:" + port(t, s.URL)
	cfg := Config{Grants: grants(t, "http:"+where), Secrets: map[string]Secret{"key": {Value: value, Hosts: []task.Endpoint{endpoint(t, where)}}}}
	for _, path := range []string{"/echo", "/slowly", "/none"} {
		v := visit(t, cfg, Message{})
		id, err := v.OpenHTTP([]byte(`{"method":"GET","url":"http://` + where + path + `","headers":{"Authorization":"Bearer {{secret:key}}"}}`))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := v.Status(id); err != nil {
			t.Fatal(err)
		}
		if _, _, err := v.Header(id, "X-Echo"); err == nil {
			t.Error("a header field with the secret is handed on")
		}
		if fine, _, err := v.Header(id, "X-Fine"); fine != "fine" || err != nil {
			t.Errorf("got %q, %v", fine, err)
		}
		got, err := readAll(v, id)
		if path == "/none" {
			if want := strings.Repeat("before ", 100) + "after"; got != want || err != nil {
				t.Errorf("got %q, %v", got, err)
			}
			continue
		}
		wantFailure(t, err, abi.ReadFailed, "the answer holds a secret")
		if strings.Contains(got, value[:4]) || !strings.HasPrefix(got, "before") {
			t.Errorf("%s: handed on was %q", path, got)
		}
	}
}

// TestHTTP_repeatsNoSecretInErrors that are made of what a server sent.
func TestHTTP_repeatsNoSecretInErrors(t *testing.T) {
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
		_, _ = c.Read(make([]byte, 4096))
		fmt.Fprint(c, "HTTP/1.1 canary-s3cr3t\r\n\r\n")
	}()
	defer func() { _ = l.Close(); <-done }()
	where := l.Addr().String()
	v := visit(t, Config{
		Grants: grants(t, "http:"+where), Secrets: map[string]Secret{"key": {Value: "canary-s3cr3t", Hosts: []task.Endpoint{endpoint(t, where)}}},
	}, Message{})
	id, err := v.OpenHTTP([]byte(`{"method":"GET","url":"http://` + where + `/","headers":{"X":"{{secret:key}}"}}`))
	if err != nil {
		t.Fatal(err)
	}
	_, err = v.Status(id)
	wantFailure(t, err, abi.ReadFailed, "what it said holds a secret and is left out")
}
