package app

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

func find(t *testing.T, text, pattern string) string {
	t.Helper()
	m := regexp.MustCompile(pattern).FindStringSubmatch(text)
	if m == nil {
		t.Fatalf("no %s in\n%s", pattern, text)
	}
	return m[1]
}

// client is a browser at the address, which follows no redirects.
type client struct {
	t       *testing.T
	address string
	host    string // that it thinks it talks to; "" is the address
	http    *http.Client
}

func newClient(t *testing.T, address string) *client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	t.Cleanup(c.CloseIdleConnections)
	return &client{t: t, address: address, http: c}
}

func (c *client) do(method, path string, form url.Values) (status int, location, text string) {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.t.Context(), method, c.address+path, strings.NewReader(form.Encode()))
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Host = c.host
	r, err := c.http.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return r.StatusCode, r.Header.Get("Location"), string(body)
}

func TestServe_firstStartIsSetUpInTheBrowser(t *testing.T) {
	dir := t.TempDir()
	greeting, stop := startService(t, dir)
	address := find(t, greeting, `(http://127\.0\.0\.1:\d+/)`)
	code := find(t, greeting, `Set-up code +(\S{20,})`)
	if strings.Contains(greeting, "Password") {
		t.Errorf("a password is printed:\n%s", greeting)
	}
	const password = "correct horse battery"
	form := url.Values{"name": {"Root"}, "password": {password}, "again": {password}}

	// From elsewhere (so it seems) only with the code.
	away := newClient(t, address)
	away.host = "mail.example"
	if status, location, _ := away.do(http.MethodGet, "tasks", nil); status != http.StatusSeeOther || location != "/setup" {
		t.Fatalf("the first page: %d to %q", status, location)
	}
	if status, _, text := away.do(http.MethodGet, "setup", nil); status != http.StatusOK || !strings.Contains(text, `name="code"`) {
		t.Errorf("the set-up from elsewhere: %d, %s", status, text)
	}
	if status, _, _ := away.do(http.MethodPost, "setup", form); status != http.StatusUnprocessableEntity {
		t.Errorf("without the code: %d", status)
	}
	form.Set("code", "AAAAA-AAAAA-AAAAA-AAAAA")
	if status, _, _ := away.do(http.MethodPost, "setup", form); status != http.StatusUnprocessableEntity {
		t.Errorf("with a wrong code: %d", status)
	}
	form.Set("code", strings.ToLower(code))
	if status, location, text := away.do(http.MethodPost, "setup", form); status != http.StatusSeeOther || location != "/" {
		t.Fatalf("with the code: %d to %q, %s", status, location, text)
	}
	if status, _, _ := away.do(http.MethodGet, "tasks", nil); status != http.StatusOK {
		t.Errorf("after the set-up the tasks answer %d", status)
	}

	// Once is enough.
	other := newClient(t, address)
	form.Set("name", "eve")
	if _, location, _ := other.do(http.MethodPost, "setup", form); location != "/login" {
		t.Errorf("a second set-up leads to %q", location)
	}
	stop()

	again, stop := startService(t, dir)
	defer stop()
	if strings.Contains(again, "code") {
		t.Errorf("the second start shows a code:\n%s", again)
	}
	address = find(t, again, `(http://127\.0\.0\.1:\d+/)`)
	for password, want := range map[string]string{password: "/", "root": ""} {
		c := newClient(t, address)
		if _, location, _ := c.do(http.MethodPost, "login", url.Values{"name": {"root"}, "password": {password}}); location != want {
			t.Errorf("after a restart the login with %q leads to %q", password, location)
		}
	}
}

func TestServe_onThisMachineTheSetUpNeedsNoCode(t *testing.T) {
	greeting, stop := startService(t, t.TempDir())
	defer stop()
	c := newClient(t, find(t, greeting, `(http://127\.0\.0\.1:\d+/)`))
	if _, _, text := c.do(http.MethodGet, "setup", nil); strings.Contains(text, `name="code"`) {
		t.Error("a code is asked for")
	}
	for _, bad := range []url.Values{
		{"name": {"root"}, "password": {"short"}, "again": {"short"}},
		{"name": {"root"}, "password": {"correct horse"}, "again": {"correct hose"}},
		{"name": {"ro ot"}, "password": {"correct horse"}, "again": {"correct horse"}},
	} {
		if status, _, _ := c.do(http.MethodPost, "setup", bad); status != http.StatusUnprocessableEntity {
			t.Errorf("%v: %d", bad, status)
		}
	}
	good := url.Values{"name": {"root"}, "password": {"correct horse"}, "again": {"correct horse"}}
	if status, location, _ := c.do(http.MethodPost, "setup", good); status != http.StatusSeeOther || location != "/" {
		t.Errorf("%d to %q", status, location)
	}
}
