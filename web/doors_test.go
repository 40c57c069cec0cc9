package web_test

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/web"
)

func TestSetup_everyPageLeadsThereUntilThereIsAUser(t *testing.T) {
	s := newSite(t, web.Options{SetupCode: "ABCDE-FGHIJ"})
	s.svc.users = nil
	for _, r := range s.server.Routes() {
		if strings.HasPrefix(r.Path, "/static") || r.Path == "/setup" || r.Path == "/theme" {
			continue
		}
		if r.Path == "/healthz" || r.Path == "/readyz" || r.Path == "/api/openapi.json" {
			continue // for programs, which need no user
		}
		if strings.HasPrefix(r.Path, "/link/") {
			continue // whoever has a link needs no user
		}
		if strings.HasPrefix(r.Path, "/api/") || r.Path == "/metrics" {
			if status, _ := s.head(r.Method, path(r), nil); status != http.StatusUnauthorized {
				t.Errorf("%s %s: status %d", r.Method, r.Path, status)
			}
			continue
		}
		if status, location := s.head(r.Method, path(r), nil); status != http.StatusSeeOther || location != "/setup" {
			t.Errorf("%s %s: status %d to %q", r.Method, r.Path, status, location)
		}
	}
	form := url.Values{"name": {"root"}, "password": {adminPassword}, "again": {adminPassword}}
	if a := s.post("/setup", form); a.status != http.StatusSeeOther {
		t.Fatalf("status %d: %s", a.status, words(a.page))
	}
	s.page("/tasks") // logged in
	if a := s.get("/setup"); a.header.Get("Location") != "/" {
		t.Errorf("afterwards the set-up leads to %q", a.header.Get("Location"))
	}
	s.client = newClient(t)
	form.Set("name", "eve")
	if a := s.post("/setup", form); a.header.Get("Location") != "/login" || len(s.svc.users) != 1 {
		t.Errorf("a second set-up: status %d, %d users", a.status, len(s.svc.users))
	}
}

func TestSetup_asksWhoeverMayBeElsewhereForTheCode(t *testing.T) {
	form := url.Values{"name": {"root"}, "password": {adminPassword}, "again": {adminPassword}}
	for _, tt := range []struct {
		name   string
		secure bool
		header map[string]string
		host   string
		code   string
		want   int
	}{
		{"on this machine", false, nil, "", "", http.StatusSeeOther},
		{"by name", false, nil, "localhost:8420", "", http.StatusSeeOther},
		{"through a proxy", false, map[string]string{"X-Forwarded-For": "127.0.0.1"}, "", "", http.StatusUnprocessableEntity},
		{"through a proxy that says so", false, map[string]string{"Forwarded": "for=127.0.0.1"}, "", "", http.StatusUnprocessableEntity},
		{"through a proxy with TLS", true, nil, "", "", http.StatusUnprocessableEntity},
		{"by another name", false, nil, "mail.example", "", http.StatusUnprocessableEntity},
		{"by a name that looks alike", false, nil, "localhost.evil.example", "", http.StatusUnprocessableEntity},
		{"with a wrong code", true, nil, "", "ABCDE-FGHIK", http.StatusUnprocessableEntity},
		{"with half of the code", true, nil, "", "ABCDE", http.StatusUnprocessableEntity},
		{"with the code", true, nil, "mail.example", " abcde fghij ", http.StatusSeeOther},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newSite(t, web.Options{SetupCode: "ABCDE-FGHIJ", Secure: tt.secure})
			s.svc.users = nil
			form.Set("code", tt.code)
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.http.URL+"/setup", strings.NewReader(form.Encode()))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			for k, v := range tt.header {
				req.Header.Set(k, v)
			}
			req.Host = tt.host
			resp, err := s.client.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			if made := len(s.svc.users) == 1; resp.StatusCode != tt.want || made != (tt.want == http.StatusSeeOther) {
				t.Errorf("status %d, made: %v", resp.StatusCode, made)
			}
		})
	}
}

func TestSetup_guessingTheCodeIsSlowedDown(t *testing.T) {
	s := newSite(t, web.Options{SetupCode: "ABCDE-FGHIJ", Secure: true})
	s.svc.users = nil
	form := url.Values{"name": {"root"}, "password": {adminPassword}, "again": {adminPassword}, "code": {"x"}}
	for range web.FreeAttempts {
		s.post("/setup", form)
	}
	form.Set("code", "ABCDE-FGHIJ")
	if a := s.post("/setup", form); a.status != http.StatusTooManyRequests || len(s.svc.users) != 0 {
		t.Errorf("status %d", a.status)
	}
}

func TestSetup_withoutACodeNobodyElsewhereMayDoIt(t *testing.T) {
	s := newSite(t, web.Options{Secure: true})
	s.svc.users = nil
	form := url.Values{"name": {"root"}, "password": {adminPassword}, "again": {adminPassword}, "code": {""}}
	if a := s.post("/setup", form); a.status != http.StatusUnprocessableEntity || len(s.svc.users) != 0 {
		t.Errorf("status %d", a.status)
	}
}

func TestLogin_slowsGuessingAtOneUserFromEverywhereDown(t *testing.T) {
	s := newSite(t, web.Options{Secure: true}) // believes X-Forwarded-For
	s.addUser("ann", access.RoleUser)
	try := func(address, password string) int {
		t.Helper()
		return s.request(http.MethodPost, "/login", url.Values{"name": {"Ann"}, "password": {password}},
			map[string]string{"X-Forwarded-For": address, "Sec-Fetch-Site": "same-origin"}).status
	}
	const home = "198.51.100.7"
	if got := try(home, userPassword); got != http.StatusSeeOther {
		t.Fatalf("at home: %d", got)
	}
	slowed := 0
	for i := range 40 {
		if try(fmt.Sprintf("203.0.113.%d", i), "guess") == http.StatusTooManyRequests {
			slowed++
		}
	}
	if slowed < 10 {
		t.Errorf("only %d of 40 guesses from 40 addresses are slowed down", slowed)
	}
	if got := try("203.0.113.200", userPassword); got != http.StatusTooManyRequests {
		t.Errorf("the right password among guesses, from elsewhere: %d", got)
	}
	if got := try(home, userPassword); got != http.StatusSeeOther {
		t.Errorf("the user at home is kept out by what others guess: %d", got)
	}
}

func TestLogin_ownLoginsInBetweenDoNotHelpWhoGuesses(t *testing.T) {
	s := newSite(t, web.Options{})
	s.addUser("ann", access.RoleUser)
	s.addUser("bob", access.RoleUser)
	s.loginAs("ann") // at home at this address
	refused, slowed := 0, 0
	for range 20 {
		switch s.post("/login", url.Values{"name": {"ann"}, "password": {"guess"}}).status {
		case http.StatusUnprocessableEntity:
			refused++
		case http.StatusTooManyRequests:
			slowed++
		}
		s.loginAs("bob") // starts the count of the address again
	}
	if refused > web.FreeAttempts || slowed < 10 {
		t.Errorf("%d guesses are looked at, %d slowed down", refused, slowed)
	}
}

// withCodes is a site whose admin has turned on one-time codes.
func withCodes(t *testing.T) *site {
	t.Helper()
	s := newSite(t, web.Options{})
	s.svc.users[0].TOTP = true
	s.svc.users[0].recovery = []string{"aaaa-bbbb"}
	return s
}

func TestLogin_withCodesOpensNothingBeforeTheCode(t *testing.T) {
	s := withCodes(t)
	a := s.post("/login", url.Values{"name": {adminName}, "password": {adminPassword}, "next": {"/tasks/new"}})
	between := sessionCookie(a)
	if a.header.Get("Location") != "/login/code?next=%2Ftasks%2Fnew" || between == nil {
		t.Fatalf("status %d to %q", a.status, a.header.Get("Location"))
	}
	if a := s.get("/tasks"); a.status != http.StatusSeeOther {
		t.Errorf("before the code the tasks answer %d", a.status)
	}
	form := fields(s.page("/login/code?next=%2Ftasks%2Fnew").page)
	form.Set("code", "000000")
	if a := s.post("/login/code", form); a.status != http.StatusUnprocessableEntity || !strings.Contains(words(a.page), "This code is wrong") {
		t.Errorf("a wrong code: %d", a.status)
	}
	form.Set("code", s.svc.code)
	a = s.post("/login/code", form)
	if a.status != http.StatusSeeOther || a.header.Get("Location") != "/tasks/new" {
		t.Fatalf("the code: %d to %q", a.status, a.header.Get("Location"))
	}
	if after := sessionCookie(a); after == nil || after.Value == between.Value {
		t.Error("the session before the code is that after it")
	}
	s.page("/tasks")

	// The same code again, in another browser.
	s.client = newClient(t)
	s.post("/login", url.Values{"name": {adminName}, "password": {adminPassword}})
	if a := s.post("/login/code", url.Values{"code": {s.svc.code}}); a.status != http.StatusUnprocessableEntity {
		t.Errorf("a code that was used: %d", a.status)
	}
	if a := s.post("/login/code", url.Values{"code": {"aaaa-bbbb"}}); a.status != http.StatusSeeOther {
		t.Errorf("a recovery code: %d", a.status)
	}
}

func TestLogin_codesAreNotToBeGuessed(t *testing.T) {
	s := withCodes(t)
	for range web.FreeAttempts {
		s.client = newClient(t) // in as many browsers as one likes
		s.post("/login", url.Values{"name": {adminName}, "password": {adminPassword}})
		if a := s.post("/login/code", url.Values{"code": {"000000"}}); a.status != http.StatusUnprocessableEntity {
			t.Fatalf("status %d", a.status)
		}
	}
	a := s.post("/login/code", url.Values{"code": {s.svc.code}})
	if a.status != http.StatusTooManyRequests || a.header.Get("Retry-After") == "" {
		t.Errorf("status %d", a.status)
	}
}

func TestLogin_withoutThePasswordTheCodeIsNotAskedFor(t *testing.T) {
	s := withCodes(t)
	if a := s.get("/login/code"); a.header.Get("Location") != "/login" {
		t.Errorf("it leads to %q", a.header.Get("Location"))
	}
	if a := s.post("/login/code", url.Values{"code": {s.svc.code}}); a.header.Get("Location") != "/login" {
		t.Errorf("it leads to %q", a.header.Get("Location"))
	}
}

func TestSession_endsWithAnotherRoleAndPassword(t *testing.T) {
	s := newSite(t, web.Options{})
	ann := s.addUser("ann", access.RoleUser)
	for name, change := range map[string]func() error{
		"role": func() error {
			ann.Role = access.RoleAdmin
			return s.svc.ChangeUser(t.Context(), ann)
		},
		"password": func() error { return s.svc.SetPassword(t.Context(), ann.ID, userPassword, "") },
		"disabled": func() error {
			ann.Disabled = true
			return s.svc.ChangeUser(t.Context(), ann)
		},
	} {
		if ann.Disabled {
			ann.Disabled = false
			if err := s.svc.ChangeUser(t.Context(), ann); err != nil {
				t.Fatal(err)
			}
		}
		s.loginAs("ann")
		s.page("/account")
		if err := change(); err != nil {
			t.Fatal(err)
		}
		if a := s.get("/account"); a.status != http.StatusSeeOther || !strings.HasPrefix(a.header.Get("Location"), "/login") {
			t.Errorf("%s: the session goes on: %d", name, a.status)
		}
	}
}

func FuzzSetup_onlyLoopbackIsThisMachine(f *testing.F) {
	for _, host := range []string{"localhost", "127.0.0.1:8420", "[::1]:80", "::1", "localhost.evil.example", "127.0.0.1.evil.example", "[::ffff:127.0.0.1]", "0", ""} {
		f.Add(host)
	}
	f.Fuzz(func(t *testing.T, host string) {
		if !web.IsLoopbackName(host) {
			return
		}
		name := host
		if h, _, err := net.SplitHostPort(host); err == nil {
			name = h
		}
		name = strings.Trim(name, "[]")
		if ip := net.ParseIP(name); !strings.EqualFold(name, "localhost") && (ip == nil || !ip.IsLoopback()) {
			t.Errorf("%q is taken for this machine", host)
		}
	})
}
