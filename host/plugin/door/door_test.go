package door

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/sdk/abi"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func grants(t testing.TB, texts ...string) []task.Grant {
	t.Helper()
	var out []task.Grant
	for _, text := range texts {
		g, err := task.ParseGrant(text)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, g)
	}
	return out
}

func endpoint(t testing.TB, text string) task.Endpoint {
	t.Helper()
	e, err := task.ParseEndpoint(text)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// here is a name service in which every name is this machine.
func here(context.Context, string) ([]netip.Addr, error) {
	return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
}

func doors(t testing.TB, cfg Config) *Doors {
	t.Helper()
	d := New(cfg)
	t.Cleanup(d.Close)
	return d
}

func visit(t testing.TB, cfg Config, m Message) *Visit {
	t.Helper()
	v := doors(t, cfg).Visit(t.Context(), m)
	t.Cleanup(v.Close)
	return v
}

func message(text string) Message {
	return Message{Body: strings.NewReader(text), Size: int64(len(text))}
}

// wantFailure checks the code and the sentence of a failure.
func wantFailure(t testing.TB, err error, code int32, want string) {
	t.Helper()
	var f *Failure
	switch {
	case err == nil || !strings.Contains(err.Error(), want):
		t.Errorf("got error %v, want one with %q", err, want)
	case !errors.As(err, &f) || f.Code != code:
		t.Errorf("got %v with another code than %d", err, code)
	case strings.Contains(err.Error(), "\n"):
		t.Errorf("the reason is more than one line: %v", err)
	}
}

// get opens a request without a body and waits for its status.
func get(v *Visit, url string) (int32, int, error) {
	raw, _ := json.Marshal(map[string]any{"method": "GET", "url": url})
	id, err := v.OpenHTTP(raw)
	if err != nil {
		return 0, 0, err
	}
	status, err := v.Status(id)
	return id, status, err
}

// readAll reads a door in pieces of 7 bytes.
func readAll(v *Visit, id int32) (string, error) {
	var all []byte
	buf := make([]byte, 7)
	for {
		n, err := v.Read(id, buf)
		if err != nil || n == 0 {
			return string(all), err
		}
		all = append(all, buf[:n]...)
	}
}

// port is that of a server's URL or address.
func port(t testing.TB, address string) string {
	t.Helper()
	_, p, err := net.SplitHostPort(address[strings.LastIndexByte(address, '/')+1:])
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestTCP_talksToWhatWasGranted(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			buf := make([]byte, 5)
			_, _ = io.ReadFull(c, buf)
			_, _ = c.Write([]byte("got " + string(buf)))
			_ = c.Close()
		}
	}()
	p := port(t, l.Addr().String())
	v := visit(t, Config{Grants: grants(t, "tcp:clamd.example:"+p+"?private", "http:other.example:"+p), Lookup: here}, Message{})
	id, err := v.OpenTCP([]byte(`{"address":"clamd.example:` + p + `"}`))
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Write(id, []byte("hello")); err != nil {
		t.Fatal(err)
	}
	if got, err := readAll(v, id); got != "got hello" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := v.Status(id); err == nil {
		t.Error("a connection has a status")
	}
	for request, want := range map[string]string{
		`{"address":"127.0.0.1:` + p + `"}`:                "is not granted",
		`{"address":"other.example:` + p + `"}`:            "is not granted",
		`{"address":"clamd.example:1"}`:                    "is not granted",
		`{"address":"clamd.example"}`:                      "has no port",
		`{"address":"2130706433:` + p + `"}`:               "neither a host name nor an IP address",
		`{"address":"a b:1"}`:                              "neither a host name nor an IP address",
		`{"address":"clamd.example:` + p + `","tls":true}`: "clamd.example:" + p,
	} {
		if _, err := v.OpenTCP([]byte(request)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got error %v, want one with %q", request, err, want)
		}
	}
}

func TestDryRun_recordsAndSendsNothing(t *testing.T) {
	var recorded []string
	cfg := Config{
		Grants: grants(t, "http:api.example", "tcp:clamd.example:3310", "smtp:archive"),
		Relays: map[string]Relay{"archive": {Endpoint: task.Endpoint{Host: "relay.example", Port: 25}, TLS: RelayNone}},
		Lookup: func(context.Context, string) ([]netip.Addr, error) {
			t.Error("a name was looked up")
			return nil, errors.New("no")
		},
		Record: func(door, what string) { recorded = append(recorded, door+": "+what) },
	}
	v := visit(t, cfg, message("A: b\r\n\r\nx\r\n"))
	id, err := v.OpenHTTP([]byte(`{"method":"POST","url":"https://api.example/hook?token=1","body":"written"}`))
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Write(id, []byte("body")); err != nil {
		t.Error(err)
	}
	if status, err := v.Status(id); status != abi.DryRunStatus || err != nil {
		t.Errorf("status %d, %v", status, err)
	}
	if got, err := readAll(v, id); got != "" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	id, err = v.OpenTCP([]byte(`{"address":"clamd.example:3310"}`))
	if err != nil {
		t.Fatal(err)
	}
	if n, err := v.Read(id, make([]byte, 1)); n != 0 || err != nil {
		t.Errorf("got %d, %v", n, err)
	}
	if err := v.Send([]byte(`{"relay":"archive","from":"a@example.org","to":["b@example.org"],"body":"message"}`)); err != nil {
		t.Error(err)
	}
	want := []string{
		"http: POST https://api.example:443/hook", "tcp: connection to clamd.example:3310",
		"smtp: mail of 11 bytes through archive to b@example.org",
	}
	if fmt.Sprintf("%q", recorded) != fmt.Sprintf("%q", want) {
		t.Errorf("recorded %q, want %q", recorded, want)
	}
	// What would be refused is refused.
	if _, err := v.OpenHTTP([]byte(`{"method":"GET","url":"https://evil.example/"}`)); err == nil {
		t.Error("a dry run grants more than a run")
	}
}

// FuzzTarget checks that whatever URL is let through goes to the host that was
// compared.
func FuzzTarget(f *testing.F) {
	for _, seed := range []string{
		"https://api.example/", "http://[::1]:80/x", "https://a@b/", "http://2130706433/", "https://api.example:443#x", "https://api.example%00/", "//x", "http://[::ffff:1.2.3.4]/",
	} {
		f.Add(seed)
	}
	d := New(Config{Grants: grants(f, "http:api.example", "http:127.0.0.1:80"), Record: func(string, string) {}})
	f.Fuzz(func(t *testing.T, text string) {
		v := d.Visit(context.Background(), Message{})
		defer v.Close()
		raw, err := json.Marshal(map[string]string{"method": "GET", "url": text})
		if err != nil {
			return
		}
		if _, err := v.OpenHTTP(raw); err != nil {
			return
		}
		req, err := http.NewRequest("GET", strings.ToLower(text), nil)
		if err != nil {
			return
		}
		switch host := strings.TrimSuffix(req.URL.Hostname(), "."); host {
		case "api.example":
		default:
			if ip, err := netip.ParseAddr(host); err != nil || ip.Unmap() != netip.MustParseAddr("127.0.0.1") {
				t.Fatalf("%q was let through, and goes to %q", text, host)
			}
		}
	})
}

// FuzzMasked checks that what is read is what was sent, up to a secret.
func FuzzMasked(f *testing.F) {
	f.Add("some answer with secret inside", "secret", 3)
	f.Add("secresecret", "secret", 1)
	f.Add("", "aaaaaa", 2)
	f.Fuzz(func(t *testing.T, text, secret string, piece int) {
		if len(secret) < minMasked || piece < 1 || piece > 1000 {
			return
		}
		r := newMasked(pieces{strings.NewReader(text), piece}, []string{secret})
		got, err := io.ReadAll(r)
		if i := strings.Index(text, secret); i >= 0 {
			if err == nil || !strings.HasPrefix(text[:i+len(secret)-1], string(got)) {
				t.Fatalf("got %q, %v of %q", got, err, text)
			}
			return
		}
		if err != nil || string(got) != text {
			t.Fatalf("got %q, %v, want %q", got, err, text)
		}
	})
}

// pieces reads a few bytes at a time.
type pieces struct {
	io.Reader
	n int
}

func (p pieces) Read(b []byte) (int, error) { return p.Reader.Read(b[:min(len(b), p.n)]) }
