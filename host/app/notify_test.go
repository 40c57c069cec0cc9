package app

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/mailweir/mailweir/host/plugin/door"
	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web"
)

// hook is a receiver of webhooks that keeps what it gets.
type receiver struct {
	mu     sync.Mutex
	status int // of its answers
	got    []*http.Request
	bodies [][]byte
}

func (h *receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.got, h.bodies = append(h.got, r), append(h.bodies, body)
	if h.status == http.StatusFound {
		w.Header().Set("Location", "/elsewhere")
	}
	w.WriteHeader(h.status)
}

// failingTask is a task of which every run needs somebody: nobody listens there.
func failingTask(t *testing.T, s *service, name string) task.Task {
	t.Helper()
	saved, err := s.SaveTask(t.Context(), task.Task{
		Name: name,
		Sources: []task.Source{{Name: "old", Account: task.Account{
			Kind: task.KindMaildir, Dir: t.TempDir() + "/none",
		}}},
		Destination: task.Account{Kind: task.KindMaildir, Dir: t.TempDir() + "/new"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return saved
}

func TestWebhook_isSignedAndTriedAgain(t *testing.T) {
	s, root, _ := withUsers(t)
	h := &receiver{status: http.StatusServiceUnavailable}
	server := httptest.NewServer(h)
	defer server.Close()
	ctx := by(t.Context(), root)
	c, secret, err := s.SaveChannel(ctx, task.Channel{
		Name: "ops", Kind: task.ChannelWebhook, Target: server.URL + "/hook", Events: task.NoticeEvents(), All: true,
	})
	if err != nil || !strings.HasPrefix(secret, "mwhook_") || c.Owner.ID != "" {
		t.Fatalf("%+v, %q, %v", c, secret, err)
	}
	run, err := s.StartRun(ctx, failingTask(t, s, "ann").ID)
	if err != nil {
		t.Fatal(err)
	}
	report := ended(t, s, run.ID).Report
	if err := s.teller.round(t.Context()); err != nil {
		t.Fatal(err)
	}
	list, err := s.Notices(ctx, c.ID, 10)
	if err != nil || len(list) != 1 || list[0].Fault != "the webhook answers 503" || list[0].Next.Before(time.Now().Add(30*time.Second)) {
		t.Fatalf("%+v, %v", list, err)
	}
	h.status = http.StatusNoContent
	later := time.Now().Add(2 * time.Minute)
	s.store.SetClock(func() time.Time { return later })
	if err := s.teller.round(t.Context()); err != nil {
		t.Fatal(err)
	}
	if list, err = s.Notices(ctx, c.ID, 10); err != nil || list[0].Sent.IsZero() || list[0].Attempts != 2 {
		t.Errorf("%+v, %v", list, err)
	}
	if len(h.got) != 2 || h.got[0].Header.Get("Mailweir-Notice") != h.got[1].Header.Get("Mailweir-Notice") || h.got[1].URL.Path != "/hook" {
		t.Fatalf("%d requests", len(h.got))
	}
	stamp, mac, _ := strings.Cut(strings.TrimPrefix(h.got[1].Header.Get("Mailweir-Signature"), "t="), ",v1=")
	if mac != Sign(secret, stamp, h.bodies[1]) || mac == Sign(secret+"x", stamp, h.bodies[1]) || mac == Sign(secret, stamp+"1", h.bodies[1]) {
		t.Error("the signature is wrong")
	}
	var body struct {
		ID, Channel string
		task.NoticeBody
	}
	if err := json.Unmarshal(h.bodies[1], &body); err != nil {
		t.Fatal(err)
	}
	if body.Name != "ann" || body.Run != run.ID || body.Status != report.Outcome.Status() || body.Cause != report.Cause || body.Channel != "ops" {
		t.Errorf("%s", h.bodies[1])
	}
	// A redirect is an answer like any other that is not well.
	h.status = http.StatusFound
	if test, err := s.TestChannel(ctx, c.ID); err != nil || test.OK || !strings.Contains(test.Sentence, "302") || len(h.got) != 3 {
		t.Errorf("%+v, %v", test, err)
	}
}

func TestWebhook_ofAUserGoesToPublicAddressesOnly(t *testing.T) {
	s, _, ann := withUsers(t)
	h := &receiver{status: http.StatusOK}
	server := httptest.NewTLSServer(h)
	defer server.Close()
	ctx := by(t.Context(), ann)
	hook := task.Channel{Name: "mine", Kind: task.ChannelWebhook, Events: task.NoticeEvents(), All: true}
	for _, target := range []string{"http://hooks.example/", "https://hooks.example:8443/", server.URL} {
		hook.Target = target
		if _, _, err := s.SaveChannel(ctx, hook); !errors.Is(err, web.ErrInvalid) {
			t.Errorf("%s: %v", target, err)
		}
	}
	// What a name means is seen when it is connected to.
	for _, target := range []string{"https://localhost/", "https://127.0.0.1/", "https://[::1]/", "https://169.254.169.254/", "https://10.0.0.1/"} {
		hook.Target = target
		c, _, err := s.SaveChannel(ctx, hook)
		if err != nil {
			t.Fatalf("%s: %v", target, err)
		}
		test, err := s.TestChannel(ctx, c.ID)
		if err != nil || test.OK || !strings.Contains(test.Sentence, "no public address") {
			t.Errorf("%s: %+v, %v", target, test, err)
		}
	}
	if len(h.got) != 0 {
		t.Error("something was sent")
	}
}

// postbox is an SMTP server that keeps what it gets.
type postbox struct {
	mu    sync.Mutex
	texts []string
	to    []string
}

func (p *postbox) NewSession(*smtp.Conn) (smtp.Session, error) { return p, nil }
func (p *postbox) Reset()                                      {}
func (p *postbox) Logout() error                               { return nil }
func (p *postbox) Mail(string, *smtp.MailOptions) error        { return nil }
func (p *postbox) Rcpt(to string, _ *smtp.RcptOptions) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.to = append(p.to, to)
	return nil
}

func (p *postbox) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.texts = append(p.texts, string(text))
	return err
}

func TestMail_tellsAPersonWhatToDo(t *testing.T) {
	s, root, _ := withUsers(t)
	box := &postbox{}
	server := smtp.NewServer(box)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan struct{})
	go func() { defer close(served); _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close(); <-served })
	at, err := task.ParseEndpoint(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	s.relays = map[string]Relay{"house": {Endpoint: at, TLS: door.RelayNone}}
	s.teller.relays, s.teller.from = s.relays, "mailweir@house.example"
	ctx := by(t.Context(), root)
	c := task.Channel{
		Name: "ops", Kind: task.ChannelMail, Target: "ann@house.example bob@house.example", Relay: "elsewhere", Events: task.NoticeEvents(), All: true,
	}
	if _, _, err := s.SaveChannel(ctx, c); !errors.Is(err, web.ErrInvalid) || !strings.Contains(err.Error(), "house") {
		t.Errorf("a relay that is not there: %v", err)
	}
	c.Relay = "house"
	saved, _, err := s.SaveChannel(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	if test, err := s.TestChannel(ctx, saved.ID); err != nil || !test.OK {
		t.Fatalf("%+v, %v", test, err)
	}
	run, err := s.StartRun(ctx, failingTask(t, s, "Grüße\r\nBcc: eve@evil.example").ID)
	if err != nil {
		t.Fatal(err)
	}
	ended(t, s, run.ID)
	if err := s.teller.round(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(box.texts) != 2 || strings.Join(box.to, " ") != "ann@house.example bob@house.example ann@house.example bob@house.example" {
		t.Fatalf("%d mails to %q", len(box.texts), box.to)
	}
	m, err := mail.ReadMessage(strings.NewReader(box.texts[1]))
	if err != nil {
		t.Fatal(err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil || !strings.HasPrefix(subject, "Grüße  Bcc: eve@evil.example: ") || m.Header.Get("Bcc") != "" {
		t.Errorf("subject %q, %v, %v", subject, m.Header, err)
	}
	if m.Header.Get("From") != "mailweir <mailweir@house.example>" || m.Header.Get("Auto-Submitted") != "auto-generated" {
		t.Errorf("%v", m.Header)
	}
	body, err := io.ReadAll(quotedprintable.NewReader(m.Body))
	if err != nil || !strings.Contains(string(body), "Status:  ") || !strings.Contains(string(body), "Run:     "+run.ID) {
		t.Errorf("%s, %v", body, err)
	}
}
