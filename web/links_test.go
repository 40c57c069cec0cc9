package web_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web"
)

// waiting is a task whose source has no password yet.
func (s *site) waiting(name string) task.Task {
	s.t.Helper()
	t := sampleTask()
	t.Name, t.Missing = name, []string{t.Sources[0].Name}
	t.Sources[0].Account.Password = ""
	return s.svc.put(t)
}

// link makes the link of a task and returns its path, and a browser that has no session.
func (s *site) link(t task.Task) string {
	s.t.Helper()
	token, _, err := s.svc.MakeLink(access.With(s.t.Context(), access.Actor{UserID: "u-admin", Name: adminName}), t.ID, task.LinkTime)
	if err != nil {
		s.t.Fatal(err)
	}
	s.client = newClient(s.t)
	return "/link/" + token
}

func TestLink_isShownOnceToWhoMakesIt(t *testing.T) {
	s := newSite(t, web.Options{Secure: true, PublicURL: "https://mail.example"})
	s.client.Jar = nil
	admin := s.token(access.User{ID: "u-admin"}, access.Scopes()...)
	admin["Sec-Fetch-Site"] = "same-origin"
	tk := s.waiting("Ann moves")
	if text := words(s.request(http.MethodGet, "/tasks/"+tk.ID, nil, admin).page); !strings.Contains(text, "Waiting for user") || !strings.Contains(text, "There is none.") {
		t.Errorf("%s", text)
	}
	a := s.request(http.MethodPost, "/tasks/"+tk.ID+"/link", url.Values{}, admin)
	address := words(byID(a.page, "link"))
	if a.status != http.StatusOK || !strings.HasPrefix(address, "https://mail.example/link/token") {
		t.Fatalf("%d: %q", a.status, address)
	}
	a = s.request(http.MethodGet, "/tasks/"+tk.ID, nil, admin)
	if text := words(a.page); strings.Contains(a.text, address) || !strings.Contains(text, "Made, not used yet") {
		t.Errorf("%s", text)
	}
	admin["Accept"] = "application/json"
	a = s.request(http.MethodPost, "/tasks/"+tk.ID+"/link", url.Values{}, admin)
	var made struct{ URL string }
	if err := json.Unmarshal([]byte(a.text), &made); err != nil || made.URL == address || !strings.HasPrefix(made.URL, "https://mail.example/link/") {
		t.Errorf("%v: %s", err, a.text)
	}
	for _, old := range []string{address, made.URL} {
		status := s.get(strings.TrimPrefix(old, "https://mail.example")).status
		if want := map[bool]int{true: http.StatusNotFound, false: http.StatusOK}[old == address]; status != want {
			t.Errorf("%s: status %d, want %d", old, status, want)
		}
	}
	if a := s.request(http.MethodPost, "/tasks/"+tk.ID+"/link/revoke", url.Values{}, admin); a.status != http.StatusSeeOther {
		t.Error(a.status)
	}
	if a := s.get(strings.TrimPrefix(made.URL, "https://mail.example")); a.status != http.StatusNotFound || !strings.Contains(words(a.page), "Ask the person who sent it") {
		t.Errorf("%d: %s", a.status, words(a.page))
	}
}

func TestLink_takesTheRightPasswordAndShowsHowTheCopyGoes(t *testing.T) {
	s := newSite(t, web.Options{})
	s.svc.wrong = "wrong"
	tk := s.waiting("Ann moves")
	link := s.link(tk)
	p := s.page(link)
	text := words(p.page)
	for _, want := range []string{"Your mail is about to move", "From " + tk.Sources[0].Account.User, "Into " + tk.Destination.User, "Password of"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in %s", want, text)
		}
	}
	for name, want := range map[string]string{"Referrer-Policy": "strict-origin", "Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow", "Set-Cookie": ""} {
		if got := p.header.Get(name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	if strings.Contains(text, "Log out") || strings.Contains(p.text, `href="/tasks"`) {
		t.Error("somebody without an account gets a menu")
	}

	a := s.post(link, url.Values{"password-0": {""}})
	if a.status != http.StatusUnprocessableEntity || !strings.Contains(words(a.page), "Please type the password") {
		t.Errorf("%d: %s", a.status, words(a.page))
	}
	a = s.post(link, url.Values{"password-0": {"wrong"}})
	field := byID(a.page, "password-0")
	if text := words(a.page); a.status != http.StatusUnprocessableEntity || !strings.Contains(text, "does not accept this password") || !strings.Contains(text, "app password") ||
		attr(field, "aria-invalid") != "true" || attr(field, "value") != "" {
		t.Errorf("%d: %s", a.status, text)
	}
	s.svc.away = tk.Sources[0].Account.Host
	if text := words(s.post(link, url.Values{"password-0": {"right"}}).page); !strings.Contains(text, "can not be reached") || strings.Contains(text, "does not accept") {
		t.Errorf("%s", text)
	}
	s.svc.away = ""
	if len(s.svc.runs) != 0 || !s.svc.tasks[tk.ID].Waits() {
		t.Fatal("a wrong password has used the link up")
	}

	a = s.post(link, url.Values{"password-0": {"right"}})
	if a.status != http.StatusSeeOther || a.header.Get("Location") != link {
		t.Fatalf("%d to %q", a.status, a.header.Get("Location"))
	}
	if got := s.svc.tasks[tk.ID]; got.Waits() || got.Sources[0].Account.Password != "right" {
		t.Error("the password is not stored")
	}
	p = s.page(link)
	if text := words(p.page); !strings.Contains(text, "It starts in a moment") || byID(p.page, "password-0") != nil || len(all(p.page, tag("noscript"))) != 1 {
		t.Errorf("%s", text)
	}
	if a := s.post(link, url.Values{"password-0": {"other"}}); a.status != http.StatusSeeOther || s.svc.tasks[tk.ID].Sources[0].Account.Password != "right" {
		t.Errorf("a second password: %d", a.status)
	}
	stream := s.follow(link + "/events")
	if first := stream.next(); !strings.Contains(first.data, "It starts in a moment") {
		t.Errorf("%s", first.data)
	}
	for id := range s.svc.runs {
		s.finish(id)
	}
	if text := words(s.page(link).page); !strings.Contains(text, "All your mail is there") || !strings.Contains(text, "5,570 of 5,570 messages") && !strings.Contains(text, "messages") {
		t.Errorf("%s", text)
	}
}

func TestLink_guessingIsSlowedDown(t *testing.T) {
	s := newSite(t, web.Options{})
	s.svc.wrong = "wrong"
	link := s.link(s.waiting("Ann moves"))
	status := 0
	for range web.FreeAttempts + 1 {
		status = s.post(link, url.Values{"password-0": {"wrong"}}).status
	}
	if status != http.StatusTooManyRequests {
		t.Errorf("passwords are guessed without end: %d", status)
	}
	if a := s.post(link, url.Values{"password-0": {"right"}}); a.status != http.StatusTooManyRequests || !strings.Contains(words(a.page), "Please wait") {
		t.Errorf("%d: %s", a.status, words(a.page))
	}
	for range web.FreeAttempts + 1 {
		status = s.get("/link/guess").status
	}
	if status != http.StatusTooManyRequests {
		t.Errorf("links are guessed without end: %d", status)
	}
	if strings.Contains(s.log.String(), "guess ") || strings.Contains(s.log.String(), link) {
		t.Error("a token is in the log")
	}
}

func TestLink_ofAnExpiredOneAndOfAnotherSite(t *testing.T) {
	s := newSite(t, web.Options{})
	link := s.link(s.waiting("Ann moves"))
	if a := s.request(http.MethodPost, link, url.Values{"password-0": {"x"}}, map[string]string{"Sec-Fetch-Site": "cross-site"}); a.status != http.StatusForbidden {
		t.Errorf("a form of another site: %d", a.status)
	}
	if strings.Contains(s.log.String(), link) {
		t.Error("the token is in the log")
	}
	for token, l := range s.svc.links {
		l.Expires = time.Now().Add(-time.Second)
		s.svc.links[token] = l
	}
	for _, a := range []answer{s.get(link), s.get(link + "/events"), s.post(link, url.Values{"password-0": {"x"}})} {
		if a.status != http.StatusNotFound {
			t.Errorf("an expired link: %d", a.status)
		}
	}
}

func TestBatch_makesLinksForAllWhoHaveToGiveAPassword(t *testing.T) {
	s := loggedIn(t)
	batch := s.post(s.draft(goodTable), url.Values{"do": {"start"}, "run": {"yes"}}).header.Get("Location")
	a := s.post(batch+"/links.csv", nil)
	if a.status != http.StatusOK || strings.Count(a.text, "\r\n") != 2 || !strings.Contains(a.text, "'=Bob moves,bob,"+s.http.URL+"/link/token") {
		t.Fatalf("%d: %q", a.status, a.text)
	}
	_, path, _ := strings.Cut(a.text, s.http.URL)
	path, _, _ = strings.Cut(path, ",")
	s.client = newClient(t)
	if a := s.post(path, url.Values{"password-0": {"x"}}); a.status != http.StatusSeeOther {
		t.Errorf("%d: %s", a.status, words(a.page))
	}
}
