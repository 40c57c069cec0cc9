package plugin

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/mailweir/mailweir/host/plugin/door"
	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/sdk/abi"
)

// asking gives a guest a manifest with asks, each "grant" or "grant?" if optional.
func asking(g guest, asks ...string) guest {
	var list, hooks []string
	for _, a := range asks {
		name, optional := strings.CutSuffix(a, "?")
		list = append(list, fmt.Sprintf(`{"grant":%q,"reason":"The tests want it.","optional":%v}`, name, optional))
	}
	for _, hook := range abi.Hooks {
		if g.funcs[hook] != nil {
			hooks = append(hooks, fmt.Sprintf("%q", hook))
		}
	}
	g.minor = 1
	g.manifest = fmt.Sprintf(`{"id":"asker","version":"1","abi":"1.1","description":"A guest of the tests.","hooks":[%s],"needs":%q,"asks":[%s]}`,
		strings.Join(hooks, ","), g.needs(), strings.Join(list, ","))
	return g
}

func grantsOf(t testing.TB, texts ...string) []task.Grant {
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

// bind starts one guest with what it may do; lines of its log go to log.
func bind(t testing.TB, h *Host, g guest, a Access, log io.Writer) *Chain {
	t.Helper()
	c, err := h.Chain(t.Context(), []Binding{{Module: load(t, h, "asker", g.bytes()), Access: a}}, slog.New(slog.NewTextHandler(log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// tells ends a guest with the reason of the last door, as its failure.
func tells(doorError, fail int) []byte {
	return seq(i32(4000), i32(4000), i32(1000), callFunc(doorError), callFunc(fail), i32(-1))
}

// notes reads once from door 1 and makes a note of it.
func notes(read, note int) []byte {
	return seq(i32(4000), i32(1), i32(4000), i32(1000), callFunc(read), callFunc(note), drop, i32(1))
}

func TestDoors_aFilterAsksAServer(t *testing.T) {
	var got, key string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got, key = string(body), r.Header.Get("Authorization")
		fmt.Fprint(w, "spam, surely")
	}))
	defer s.Close()
	where := strings.TrimPrefix(s.URL, "http://")
	e, err := task.ParseEndpoint(where)
	if err != nil {
		t.Fatal(err)
	}
	request := `{"method":"POST","url":"` + s.URL + `/check","body":"message","headers":{"Authorization":"{{secret:key}}"}}`
	g := asking(one(abi.HookFilterMessage, request, []string{"http_open", "http_status", "door_read", "note"},
		i32(0), i32(int32(len(request))), callFunc(0), drop, // http_open
		i32(1), callFunc(1), drop, // http_status
		notes(2, 3)), "http", "body")
	c := bind(t, newHost(t, Options{}), g, Access{
		Grants:  grantsOf(t, "http:"+where+"/POST", "body"),
		Secrets: map[string]door.Secret{"key": {Value: "s3cr3t-value", Hosts: []task.Endpoint{e}}},
	}, io.Discard)
	for range 2 { // the second call has doors of its own
		v, err := c.FilterMessage(t.Context(), candidate())
		if err != nil || v.Note != "spam, surely" {
			t.Fatalf("got %+v, %v", v, err)
		}
	}
	if got != testMessage || key != "s3cr3t-value" {
		t.Errorf("the server got %q and %q", got, key)
	}
}

func TestDoors_aGuestTalksTCP(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ended := make(chan error, 1)
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		line, _ := bufio.NewReader(conn).ReadString('\n')
		fmt.Fprint(conn, "you said "+line)
		_, err = conn.Read(make([]byte, 1)) // the host closes what the guest leaves open
		ended <- err
	}()
	request := `{"address":"` + l.Addr().String() + `"}`
	g := asking(one(abi.HookMapFolder, request+"hello\n", []string{"tcp_open", "door_write", "door_read", "note"},
		i32(0), i32(int32(len(request))), callFunc(0), drop,
		i32(1), i32(int32(len(request))), i32(6), callFunc(1), drop,
		notes(2, 3)), "tcp")
	c := bind(t, newHost(t, Options{}), g, Access{Grants: grantsOf(t, "tcp:"+l.Addr().String())}, io.Discard)
	if a, err := c.MapFolder(t.Context(), question1()); err != nil || a.Note != "you said hello" {
		t.Errorf("got %+v, %v", a, err)
	}
	if err := <-ended; !errors.Is(err, io.EOF) {
		t.Errorf("the connection ended with %v", err)
	}
}

// mailbox takes mail.
type mailbox struct{ mails chan string }

func (b *mailbox) NewSession(*smtp.Conn) (smtp.Session, error) { return b, nil }
func (b *mailbox) Mail(string, *smtp.MailOptions) error        { return nil }
func (b *mailbox) Rcpt(string, *smtp.RcptOptions) error        { return nil }
func (b *mailbox) Reset()                                      {}
func (b *mailbox) Logout() error                               { return nil }
func (b *mailbox) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	b.mails <- string(text)
	return err
}

func TestDoors_aGuestSendsTheMessageOn(t *testing.T) {
	b := &mailbox{mails: make(chan string, 1)}
	server := smtp.NewServer(b)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { defer close(done); _ = server.Serve(l) }()
	defer func() { _ = server.Close(); <-done }()
	relay, err := door.ParseRelay("smtp://" + l.Addr().String() + "?tls=none")
	if err != nil {
		t.Fatal(err)
	}
	request := `{"relay":"archive","from":"","to":["archive@example.org"],"body":"message"}`
	g := asking(one(abi.HookFilterMessage, request, []string{"smtp_send", "door_error", "fail"},
		unlessNegative(seq(i32(0), i32(int32(len(request))), callFunc(0)), i32(1), tells(1, 2))), "smtp", "body")
	h := newHost(t, Options{})
	c := bind(t, h, g, Access{Grants: grantsOf(t, "smtp:archive", "body"), Relays: map[string]door.Relay{"archive": relay}}, io.Discard)
	if _, err := c.FilterMessage(t.Context(), candidate()); err != nil {
		t.Fatal(err)
	}
	if got := <-b.mails; got != testMessage {
		t.Errorf("got %q, want %q", got, testMessage)
	}
	// A relay that is granted has to be there.
	_, err = h.Chain(t.Context(), []Binding{{Module: load(t, h, "asker", g.bytes()), Access: Access{Grants: grantsOf(t, "smtp:archive", "body")}}}, slog.New(slog.DiscardHandler))
	wantError(t, err, "plugin asker: the grant smtp:archive: there is no relay archive; the relays are: none")
}

// unlessNegative does good when the number that value leaves is 0 or more, and bad
// when not; both leave the result.
func unlessNegative(value, good, bad []byte) []byte {
	return seq(value, i32(0), []byte{0x4e, 0x04, byte(abi.I32)}, good, []byte{0x05}, bad, []byte{0x0b})
}

func TestChain_startsNothingThatMissesAGrant(t *testing.T) {
	h := newHost(t, Options{})
	g := asking(one(abi.HookMapFolder, "", nil, i32(0)), "kv", "http?")
	g.manifest = strings.Replace(g.manifest, `"asks":[`, `"asks":[{"grant":"tcp","reason":"It asks a scanner.","hosts":["scan.example:3310"]},`, 1)
	m := load(t, h, "asker", g.bytes())
	start := func(a Access, config string) error {
		c, err := h.Chain(t.Context(), []Binding{{Module: m, Config: []byte(config), Access: a}}, slog.New(slog.DiscardHandler))
		if err == nil {
			c.Close()
		}
		return err
	}
	wantError(t, start(Access{}, ""), "plugin asker: it asks for tcp, which is not granted (It asks a scanner); --grant asker=tcp:scan.example:3310 gives it")
	wantError(t, start(Access{Grants: grantsOf(t, "tcp:other.example:1")}, ""), "plugin asker: it asks for kv, which is not granted (The tests want it); --grant asker=kv gives it")
	// Who has written a plugin grants nothing to the outside by that.
	wantError(t, start(Access{Own: true}, ""), "it asks for tcp, which is not granted")
	if err := start(Access{Grants: grantsOf(t, "tcp:other.example:1", "kv")}, ""); err != nil {
		t.Error(err)
	}
	m = load(t, h, "asker", asking(one(abi.HookMapFolder, "", nil, i32(0)), "config").bytes())
	wantError(t, start(Access{}, ""), "it asks for config, which is not granted (The tests want it); --plugin-config asker=FILE.json gives it")
	if err := errors.Join(start(Access{}, `{"a":1}`), start(Access{Own: true}, "")); err != nil {
		t.Error(err)
	}
}

func TestLoad_refusesAnImportThatIsNotAskedFor(t *testing.T) {
	h := newHost(t, Options{})
	for _, name := range []string{"http_open", "tcp_open", "smtp_send", "kv_get", "door_error"} {
		_, err := h.Load(t.Context(), "sly", asking(one(abi.HookMapFolder, "", []string{name}, i32(0)), "body?").bytes())
		wantError(t, err, "plugin sly imports mailweir_v1."+name+", but its manifest does not ask for "+strings.Join(abi.GrantsOf(name), " or "))
	}
	// An engine has what its scripts are granted.
	engine := asking(one(abi.HookMapFolder, "", []string{"http_open"}, i32(0)))
	engine.funcs[abi.ExportCheck] = i32(0)
	load(t, h, "engine", engine.bytes())
}

func TestDoors_sayWhyTheyStayShut(t *testing.T) {
	open := func(hook, fn, request string, asks ...string) guest {
		return asking(one(hook, request, []string{fn, "door_error", "fail"},
			unlessNegative(seq(i32(0), i32(int32(len(request))), callFunc(0)), i32(1), tells(1, 2))), asks...)
	}
	started := func() guest {
		g := open(abi.ExportInit, "http_open", `{}`, "http")
		g.funcs[abi.HookMapFolder] = i32(0)
		return asking(g, "http")
	}
	get := `{"method":"GET","url":"https://127.0.0.1:1/"}`
	post := `{"method":"POST","url":"https://127.0.0.1:1/","body":"message"}`
	tests := []struct {
		name   string
		give   guest
		grants []string
		want   string
	}{
		{"not granted", open(abi.HookMapFolder, "http_open", get, "http?"), nil, "http is not granted"},
		{"another is granted", open(abi.HookMapFolder, "http_open", get, "http?", "tcp"), []string{"tcp:127.0.0.1:1"}, "http is not granted"},
		{"another host", open(abi.HookMapFolder, "http_open", get, "http"), []string{"http:127.0.0.1:2"}, "https://127.0.0.1:1 is not granted"},
		{"nonsense", open(abi.HookMapFolder, "http_open", "{", "http"), []string{"http:127.0.0.1:2"}, "the request is not understood"},
		{"no message in map_folder", open(abi.HookMapFolder, "http_open", post, "http", "body"), []string{"http:127.0.0.1:1", "body"}, "there is no message that may be sent"},
		{"no body granted", open(abi.HookFilterMessage, "http_open", post, "http", "body?"), []string{"http:127.0.0.1:1"}, "there is no message that may be sent"},
		{"nobody there", open(abi.HookMapFolder, "tcp_open", `{"address":"127.0.0.1:1"}`, "tcp"), []string{"tcp:127.0.0.1:1"}, "connection refused"},
		{"no door open", asking(one(abi.HookMapFolder, "", []string{"http_status", "door_error", "fail"}, i32(7), callFunc(0), drop, tells(1, 2)), "http"), []string{"http:127.0.0.1:1"}, "there is no door open"},
	}
	h := newHost(t, Options{})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := bind(t, h, tt.give, Access{Grants: grantsOf(t, tt.grants...)}, io.Discard)
			var err error
			if tt.give.funcs[abi.HookFilterMessage] != nil {
				_, err = c.FilterMessage(t.Context(), candidate())
			} else {
				_, err = c.MapFolder(t.Context(), question1())
			}
			wantError(t, err, tt.want)
		})
	}
	_, err := h.Chain(t.Context(), []Binding{{Module: load(t, h, "early", started().bytes()), Access: Access{Grants: grantsOf(t, "http:a.example")}}}, slog.New(slog.DiscardHandler))
	wantError(t, err, "plugin early: start: this is not possible while the plugin starts")
}

// TestDoors_endWithTheCall when a server is slow, and when the run is stopped.
func TestDoors_endWithTheCall(t *testing.T) {
	release := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer s.Close()
	defer close(release)
	request := `{"method":"GET","url":"` + s.URL + `"}`
	g := asking(one(abi.HookMapFolder, request, []string{"http_open", "http_status"},
		i32(0), i32(int32(len(request))), callFunc(0), drop, i32(1), callFunc(1)), "http")
	access := Access{Grants: grantsOf(t, "http:"+strings.TrimPrefix(s.URL, "http://"))}
	began := time.Now()
	c := bind(t, newHost(t, Options{CallTime: 300 * time.Millisecond}), g, access, io.Discard)
	_, err := c.MapFolder(t.Context(), question1())
	wantError(t, err, "it ran longer than 300ms and was stopped")

	c = bind(t, newHost(t, Options{}), g, access, io.Discard)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(100*time.Millisecond, cancel)
	if _, err := c.MapFolder(ctx, question1()); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want that the run was stopped", err)
	}
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("took %s", took)
	}
}

func TestDoors_areCountedAsCallsOfTheHost(t *testing.T) {
	opts := quick
	request := `{"method":"GET","url":"https://a.example/"}`
	g := asking(one(abi.HookMapFolder, request, []string{"http_open"},
		loop(seq(i32(0), i32(int32(len(request))), callFunc(0), drop)), i32(0)), "http")
	c := bind(t, newHost(t, opts), g, Access{Grants: grantsOf(t, "http:a.example"), DryRun: true}, io.Discard)
	_, err := c.MapFolder(t.Context(), question1())
	wantError(t, err, "it called the host more than 1000 times")
}

func TestDryRun_isRecordedInTheLogAndToldOn(t *testing.T) {
	request := `{"method":"POST","url":"https://hook.example/x","body":"none"}`
	g := asking(one(abi.HookMapFolder, request+"keyvalue", []string{"http_open", "http_status", "kv_put"},
		i32(0), i32(int32(len(request))), callFunc(0), drop,
		i32(int32(len(request))), i32(3), i32(int32(len(request)+3)), i32(5), callFunc(2), drop,
		i32(1), callFunc(1), i32(abi.DryRunStatus), []byte{0x47}), // 0 when the status is that of a dry run
		"http", "kv")
	memory := NewMemory()
	var log strings.Builder
	var told []string
	c := bind(t, newHost(t, Options{}), g, Access{
		Grants: grantsOf(t, "http:hook.example", "kv"), DryRun: true, Memory: memory,
		Record: func(door, what string) { told = append(told, door+" "+what) },
	}, &log)
	if a, err := c.MapFolder(t.Context(), question1()); err != nil || a.By != "" {
		t.Errorf("got %+v, %v", a, err)
	}
	if want := `["http POST https://hook.example:443/x" "kv 5 bytes for the key \"key\""]`; fmt.Sprintf("%q", told) != want {
		t.Errorf("told was %q, want %s", told, want)
	}
	if !strings.Contains(log.String(), `msg="dry run: not done" plugin=asker door=http what="POST https://hook.example:443/x"`) {
		t.Errorf("the log is %s", log.String())
	}
	if value, _ := memory.Get(t.Context(), "key"); value != nil {
		t.Errorf("remembered was %q", value)
	}
}

func TestLog_dropsWhatWasReadUnlessGranted(t *testing.T) {
	data := "Subject" + "a line"
	say := seq(i32(abi.LogInfo), i32(7), i32(6), callFunc(1))
	g := one(abi.HookFilterEnvelope, data, []string{"header_get", "log"},
		say, // before anything is read
		i32(0), i32(7), i32(0), i32(0), i32(100), i32(100), callFunc(0), drop, say, say, i32(0))
	h := newHost(t, Options{})
	ask := func(a Access) string {
		var log strings.Builder
		c := bind(t, h, g, a, &log)
		for range 2 {
			if _, err := c.FilterEnvelope(t.Context(), candidate()); err != nil {
				t.Fatal(err)
			}
		}
		c.Close()
		return log.String()
	}
	log := ask(Access{})
	if strings.Count(log, "a line") != 2 || strings.Count(log, "the grant log-content keeps it") != 1 || !strings.Contains(log, "lines=4") {
		t.Errorf("without the grant the log is\n%s", log)
	}
	for _, a := range []Access{{Grants: grantsOf(t, "log-content")}, {Own: true}} {
		if log := ask(a); strings.Count(log, "a line") != 6 || strings.Contains(log, "dropped") {
			t.Errorf("with the grant the log is\n%s", log)
		}
	}
}

func TestBody_isReadByWhoWasGrantedIt(t *testing.T) {
	read := seq(i32(abi.PartWhole), i64(0), i32(100), i32(10), callFunc(0)) // bytes, or a read code
	g := one(abi.HookFilterMessage, "", []string{"body_read"}, read, i32(10), []byte{0x47}, i32(abi.ResultSkip), []byte{0x6c})
	h := newHost(t, Options{})
	tests := []struct {
		name    string
		give    guest
		access  Access
		skipped bool // it was not allowed to read
	}{
		{"a plugin without a way out", g, Access{}, false},
		{"asked for and granted", asking(g, "body"), Access{Grants: grantsOf(t, "body")}, false},
		{"asked for and not granted", asking(g, "body?"), Access{}, true},
		{"written by who runs it", asking(g, "body?"), Access{Own: true}, false},
		{"granted a way out that it never asked for", g, Access{Grants: grantsOf(t, "http:a.example")}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v, err := bind(t, h, tt.give, tt.access, io.Discard).FilterMessage(t.Context(), candidate())
			if err != nil || (v.By != "") != tt.skipped {
				t.Errorf("got %+v, %v", v, err)
			}
		})
	}
}
