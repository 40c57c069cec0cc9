package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/mailweir/mailweir/web"
)

// path fills the parameters of a route's path.
func path(r web.Route) string {
	return strings.NewReplacer(":task", "t1", ":run", "r1", ":digest", "0", ":name", "x", ":user", "u-admin", ":token", "k1", ":session", "l1", ":batch", "b1", ":draft", "d1", ":sketch", "s1", ":step", "accounts", ":row", "0").Replace(r.Path)
}

func TestRoutes_withoutLoginShowNothing(t *testing.T) {
	s := newSite(t, web.Options{})
	s.svc.put(sampleTask())
	closed := 0
	for _, r := range s.server.Routes() {
		if r.Open {
			continue
		}
		closed++
		a := s.request(r.Method, path(r), url.Values{}, nil)
		switch {
		case strings.HasPrefix(r.Path, "/api/"):
			if a.status != http.StatusUnauthorized || !strings.HasPrefix(a.header.Get("Content-Type"), "application/problem+json") {
				t.Errorf("%s %s: status %d, %s", r.Method, r.Path, a.status, a.text)
			}
		case r.Stream && a.status != http.StatusUnauthorized:
			t.Errorf("%s %s: status %d, want 401", r.Method, r.Path, a.status)
		case !r.Stream && (a.status != http.StatusSeeOther || !strings.HasPrefix(a.header.Get("Location"), "/login")):
			t.Errorf("%s %s: status %d to %q, want the login", r.Method, r.Path, a.status, a.header.Get("Location"))
		}
		if strings.Contains(a.text, "Anna") {
			t.Errorf("%s %s tells the name of a task", r.Method, r.Path)
		}
		if a := s.request(r.Method, path(r), url.Values{}, map[string]string{"HX-Request": "true"}); a.status != http.StatusUnauthorized {
			t.Errorf("%s %s asked by a script: status %d, want 401", r.Method, r.Path, a.status)
		}
	}
	if closed < 12 {
		t.Errorf("only %d routes need a login", closed)
	}
	if len(s.svc.tasks) != 1 || len(s.svc.runs) != 0 {
		t.Error("a request without login has changed something")
	}
}

func TestRoutes_refuseFormsOfOtherSites(t *testing.T) {
	s := loggedIn(t)
	s.svc.put(sampleTask())
	for _, r := range s.server.Routes() {
		if r.Method != http.MethodPost {
			continue
		}
		for _, header := range []map[string]string{
			{"Sec-Fetch-Site": "cross-site"},
			{"Sec-Fetch-Site": "same-site"},
			{"Origin": "https://evil.example"},
			{"Origin": "null"},
		} {
			if a := s.request(r.Method, path(r), url.Values{}, header); a.status != http.StatusForbidden {
				t.Errorf("%s %s with %v: status %d, want 403", r.Method, r.Path, header, a.status)
			}
		}
	}
	if len(s.svc.tasks) != 1 || len(s.svc.runs) != 0 {
		t.Error("a form of another site has changed something")
	}
	if s.page("/tasks").status != http.StatusOK {
		t.Error("a form of another site has logged the administrator out")
	}
}

func sessionCookie(a answer) *http.Cookie {
	for _, c := range (&http.Response{Header: a.header}).Cookies() {
		if strings.HasSuffix(c.Name, "mailweir") && c.Value != "" {
			return c
		}
	}
	return nil
}

func TestLogin_cookieStaysWithTheHost(t *testing.T) {
	form := url.Values{"name": {adminName}, "password": {adminPassword}}
	tests := []struct {
		secure bool
		want   string
	}{
		{false, "mailweir"},
		{true, "__Host-mailweir"},
	}
	for _, tt := range tests {
		t.Run(tt.want, func(t *testing.T) {
			a := newSite(t, web.Options{Secure: tt.secure}).post("/login", form)
			c := sessionCookie(a)
			if c == nil {
				t.Fatalf("no cookie in %v", a.header)
			}
			if c.Name != tt.want || c.Secure != tt.secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode ||
				c.Path != "/" || c.Domain != "" || !c.Expires.IsZero() || c.MaxAge != 0 {
				t.Errorf("cookie %s", c.Raw)
			}
			if len(c.Value) < 32 {
				t.Errorf("token %q is short", c.Value)
			}
		})
	}
}

func TestLogin_refusesAWrongPassword(t *testing.T) {
	s := newSite(t, web.Options{})
	for _, form := range []url.Values{
		{"name": {adminName}, "password": {"wrong-canary"}},
		{"name": {"wrong-canary"}, "password": {adminPassword}},
		{},
	} {
		a := s.post("/login", form)
		if a.status != http.StatusUnprocessableEntity || !strings.Contains(words(a.page), "Name or password is wrong") {
			t.Errorf("%v: status %d, %s", form, a.status, words(a.page))
		}
		if sessionCookie(a) != nil {
			t.Errorf("%v: a cookie is given", form)
		}
		if got := attr(byID(a.page, "name"), "value"); got != form.Get("name") {
			t.Errorf("the name typed is %q, shown again is %q", form.Get("name"), got)
		}
		if attr(byID(a.page, "password"), "value") != "" {
			t.Error("a password is sent back")
		}
	}
	if strings.Contains(s.log.String(), "canary") {
		t.Error("what was typed is logged")
	}
}

func TestLogin_givesAFreshSession(t *testing.T) {
	s := newSite(t, web.Options{})
	u, _ := url.Parse(s.http.URL)
	s.client.Jar.SetCookies(u, []*http.Cookie{{Name: "mailweir", Value: "planted", Path: "/"}})
	form := url.Values{"name": {adminName}, "password": {adminPassword}}
	first := sessionCookie(s.post("/login", form))
	if first == nil || first.Value == "planted" {
		t.Fatalf("cookie %v", first)
	}
	second := sessionCookie(s.post("/login", form))
	if second == nil || second.Value == first.Value {
		t.Fatalf("a second login keeps the token")
	}
	s.client.Jar.SetCookies(u, []*http.Cookie{{Name: "mailweir", Value: first.Value, Path: "/"}})
	if a := s.get("/tasks"); a.status != http.StatusSeeOther {
		t.Errorf("the old token still opens the tasks: status %d", a.status)
	}
}

func TestLogin_leadsBackToThePage(t *testing.T) {
	s := newSite(t, web.Options{})
	a := s.get("/tasks/new?x=1")
	login := s.page(a.header.Get("Location"))
	next := fields(login.page).Get("next")
	if next != "/tasks/new?x=1" {
		t.Fatalf("next is %q", next)
	}
	a = s.post("/login", url.Values{"name": {adminName}, "password": {adminPassword}, "next": {next}})
	if a.header.Get("Location") != next {
		t.Errorf("the login leads to %q", a.header.Get("Location"))
	}
}

func TestLocalPath_neverLeavesTheServer(t *testing.T) {
	tests := []struct{ give, want string }{
		{"/tasks/t1", "/tasks/t1"},
		{"/runs/r1?a=b", "/runs/r1?a=b"},
		{"", "/"},
		{"tasks", "/"},
		{"//evil.example/", "/"},
		{"/\\evil.example/", "/"},
		{"https://evil.example/", "/"},
		{"javascript:alert(1)", "/"},
		{"/\t/evil.example", "/"},
		{"/a\r\nSet-Cookie: x=y", "/"},
		{"%zz", "/"},
	}
	for _, tt := range tests {
		if got := web.LocalPath(tt.give); got != tt.want {
			t.Errorf("localPath(%q) = %q, want %q", tt.give, got, tt.want)
		}
	}
}

func TestLogin_slowsGuessingDown(t *testing.T) {
	s := newSite(t, web.Options{})
	wrong := url.Values{"name": {adminName}, "password": {"guess"}}
	right := url.Values{"name": {adminName}, "password": {adminPassword}}
	for range web.FreeAttempts {
		if a := s.post("/login", wrong); a.status != http.StatusUnprocessableEntity {
			t.Fatalf("status %d", a.status)
		}
	}
	a := s.post("/login", right)
	if a.status != http.StatusTooManyRequests || a.header.Get("Retry-After") == "" || !strings.Contains(words(a.page), "Too many attempts") {
		t.Errorf("status %d, Retry-After %q, %s", a.status, a.header.Get("Retry-After"), words(a.page))
	}
}

func TestThrottle_doublesTheWait(t *testing.T) {
	th := web.NewThrottle()
	for i := range web.FreeAttempts {
		if wait := th.Attempt("192.0.2.1"); wait != 0 {
			t.Fatalf("attempt %d has to wait %s", i, wait)
		}
	}
	var waits []time.Duration
	for range 12 {
		wait := th.Attempt("192.0.2.1")
		waits = append(waits, wait)
		th.Now = th.Now.Add(wait)
		if again := th.Attempt("192.0.2.1"); again != 0 {
			t.Fatalf("after waiting %s it has to wait %s", wait, again)
		}
	}
	for i := 1; i < len(waits); i++ {
		if waits[i] != min(2*waits[i-1], web.LongestWait) {
			t.Errorf("waits are %v", waits)
			break
		}
	}
	if wait := th.Attempt("192.0.2.2"); wait != 0 {
		t.Errorf("another address has to wait %s", wait)
	}
	th.Now = th.Now.Add(web.ForgetAfter + web.LongestWait)
	if wait := th.Attempt("192.0.2.1"); wait != 0 {
		t.Errorf("after a long time it has to wait %s", wait)
	}
}

func TestThrottle_forgetsAfterSuccess(t *testing.T) {
	th := web.NewThrottle()
	for range 3 * web.FreeAttempts {
		if wait := th.Attempt("192.0.2.1"); wait != 0 {
			t.Fatalf("has to wait %s", wait)
		}
		th.Succeeded("192.0.2.1")
	}
}

func TestThrottle_countsANetworkOfIPv6AsOne(t *testing.T) {
	th := web.NewThrottle()
	for i := range web.FreeAttempts {
		th.Attempt(fmt.Sprintf("2001:db8::%x", i+1))
	}
	if th.Attempt("2001:db8::ffff") == 0 {
		t.Error("another address of the same /64 need not wait")
	}
	if th.Attempt("2001:db8:0:1::1") != 0 {
		t.Error("an address of another /64 has to wait")
	}
}

func TestThrottle_keepsItsMemoryBounded(t *testing.T) {
	th := web.NewThrottle()
	for i := range web.TrackedAddresses + 100 {
		th.Attempt(fmt.Sprintf("10.%d.%d.%d", i>>16, i>>8&255, i&255))
	}
	if n := th.Tracked(); n != web.TrackedAddresses {
		t.Errorf("%d addresses are tracked", n)
	}
}

func TestLogout_endsTheSession(t *testing.T) {
	s := newSite(t, web.Options{})
	c := sessionCookie(s.post("/login", url.Values{"name": {adminName}, "password": {adminPassword}}))
	s.page("/tasks")
	if a := s.get("/logout"); a.status != http.StatusMethodNotAllowed {
		t.Errorf("GET /logout: status %d, want 405", a.status)
	}
	s.page("/tasks")
	if a := s.post("/logout", nil); a.header.Get("Location") != "/login" {
		t.Errorf("logout leads to %q", a.header.Get("Location"))
	}
	u, _ := url.Parse(s.http.URL)
	s.client.Jar.SetCookies(u, []*http.Cookie{{Name: c.Name, Value: c.Value, Path: "/"}})
	if a := s.get("/tasks"); a.status != http.StatusSeeOther {
		t.Errorf("the old token still opens the tasks: status %d", a.status)
	}
}

// watchedStore notes when sessions are to end.
type watchedStore struct {
	data    map[string][]byte
	commits []time.Time
}

func (w *watchedStore) Delete(token string) error { delete(w.data, token); return nil }

func (w *watchedStore) Find(token string) ([]byte, bool, error) {
	b, ok := w.data[token]
	return b, ok, nil
}

func (w *watchedStore) Commit(token string, b []byte, expiry time.Time) error {
	w.data[token] = b
	w.commits = append(w.commits, expiry)
	return nil
}

func TestSession_endsWithIdleness(t *testing.T) {
	store := &watchedStore{data: map[string][]byte{}}
	s := newSite(t, web.Options{Sessions: store})
	before := time.Now()
	c := sessionCookie(s.post("/login", url.Values{"name": {adminName}, "password": {adminPassword}}))
	after := time.Now()
	if len(store.commits) != 1 {
		t.Fatalf("%d sessions stored", len(store.commits))
	}
	if end := store.commits[0]; end.Before(before.Add(30*time.Minute)) || end.After(after.Add(30*time.Minute)) {
		t.Errorf("the session ends %s after the login, want 30 minutes", end.Sub(before))
	}
	if _, ok := store.data[c.Value]; ok {
		t.Error("the token itself is stored")
	}
	s.page("/tasks")
	if len(store.commits) != 2 {
		t.Error("a page does not count as activity")
	}
	s.get("/static/0/x")
	s.follow("/tasks/events").next()
	if len(store.commits) != 2 {
		t.Error("files or streams count as activity")
	}
}
