package web_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/mailweir/mailweir/web"
)

// site is the pages over a memory, with a browser that follows no redirects.
type site struct {
	t      *testing.T
	svc    *memory
	server *web.Server
	http   *httptest.Server
	client *http.Client
	log    *safeBuffer
}

func newSite(t *testing.T, opts web.Options) *site {
	t.Helper()
	svc := newMemory()
	logged := &safeBuffer{}
	opts.Log = slog.New(slog.NewTextHandler(logged, &slog.HandlerOptions{Level: slog.LevelDebug}))
	if opts.Metrics == nil {
		opts.Metrics = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "mailweir_tasks 1\n") })
	}
	pages := web.New(svc, opts)
	server := httptest.NewServer(pages.Handler())
	s := &site{t: t, svc: svc, server: pages, http: server, log: logged, client: newClient(t)}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := pages.Shutdown(ctx); err != nil {
			t.Errorf("shutdown: %v", err)
		}
		s.client.CloseIdleConnections()
		server.Close()
		svc.close()
	})
	return s
}

// loggedIn is a site whose browser is logged in.
func loggedIn(t *testing.T) *site {
	t.Helper()
	s := newSite(t, web.Options{})
	s.login()
	return s
}

func newClient(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{
		Jar:           jar,
		Transport:     &http.Transport{},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func (s *site) login() {
	s.t.Helper()
	a := s.post("/login", url.Values{"name": {adminName}, "password": {adminPassword}})
	if a.status != http.StatusSeeOther {
		s.t.Fatalf("login is answered by %d", a.status)
	}
}

// answer is what came back, as text and, for a page, as a tree.
type answer struct {
	status int
	header http.Header
	text   string
	page   *html.Node
}

func (s *site) request(method, path string, form url.Values, header map[string]string) answer {
	s.t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.http.URL+path, body)
	if err != nil {
		s.t.Fatal(err)
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for k, v := range header {
		req.Header.Set(k, v)
	}
	return s.send(req)
}

func (s *site) send(req *http.Request) answer {
	s.t.Helper()
	resp, err := s.client.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	a := answer{status: resp.StatusCode, header: resp.Header, text: string(text)}
	if strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html") {
		if a.page, err = html.Parse(bytes.NewReader(text)); err != nil {
			s.t.Fatal(err)
		}
	}
	return a
}

func (s *site) get(path string) answer {
	s.t.Helper()
	return s.request(http.MethodGet, path, nil, nil)
}

// page gets what must be a page.
func (s *site) page(path string) answer {
	s.t.Helper()
	a := s.get(path)
	if a.status != http.StatusOK || a.page == nil {
		s.t.Fatalf("GET %s: status %d, %s", path, a.status, a.header.Get("Content-Type"))
	}
	return a
}

func (s *site) post(path string, form url.Values) answer {
	s.t.Helper()
	if form == nil {
		form = url.Values{}
	}
	return s.request(http.MethodPost, path, form, map[string]string{"Sec-Fetch-Site": "same-origin"})
}

// run starts a run of the task and returns its id.
func (s *site) run(taskID string) string {
	s.t.Helper()
	a := s.post("/tasks/"+taskID+"/run", nil)
	id, ok := strings.CutPrefix(a.header.Get("Location"), "/runs/")
	if a.status != http.StatusSeeOther || !ok {
		s.t.Fatalf("run: status %d to %q", a.status, a.header.Get("Location"))
	}
	return id
}

// finish takes a run to its end.
func (s *site) finish(runID string) {
	s.t.Helper()
	if err := s.svc.finish(runID); err != nil {
		s.t.Fatal(err)
	}
}

// all returns the elements below n that match.
func all(n *html.Node, match func(*html.Node) bool) []*html.Node {
	var found []*html.Node
	for d := range n.Descendants() {
		if d.Type == html.ElementNode && match(d) {
			found = append(found, d)
		}
	}
	return found
}

func tag(name string) func(*html.Node) bool {
	return func(n *html.Node) bool { return n.Data == name }
}

func attr(n *html.Node, name string) string {
	v, _ := attrOK(n, name)
	return v
}

func attrOK(n *html.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

// byID returns the element with the id, or nil.
func byID(n *html.Node, id string) *html.Node {
	found := all(n, func(d *html.Node) bool { return attr(d, "id") == id })
	if len(found) == 0 {
		return nil
	}
	return found[0]
}

// words is all text below n with single spaces, also between elements.
func words(n *html.Node) string {
	if n == nil {
		return ""
	}
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data + " ")
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// fields are what a browser would send for the form, without any button.
func fields(form *html.Node) url.Values {
	v := url.Values{}
	for _, n := range all(form, func(n *html.Node) bool { return attr(n, "name") != "" }) {
		_, checked := attrOK(n, "checked")
		kind := attr(n, "type")
		switch {
		case n.Data == "button", (kind == "radio" || kind == "checkbox") && !checked:
		case n.Data == "textarea":
			v.Add(attr(n, "name"), strings.TrimPrefix(rawText(n), "\n"))
		case n.Data == "select":
			for _, o := range all(n, tag("option")) {
				if _, ok := attrOK(o, "selected"); ok {
					v.Set(attr(n, "name"), attr(o, "value"))
				}
			}
		default:
			v.Add(attr(n, "name"), attr(n, "value"))
		}
	}
	return v
}

func rawText(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}

// safeBuffer is a bytes.Buffer for several goroutines.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}
