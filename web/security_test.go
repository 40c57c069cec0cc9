package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/mailweir/mailweir/web"
)

func TestPages_forbidAllThatIsNotTheirs(t *testing.T) {
	s := loggedIn(t)
	id := s.svc.put(sampleTask()).ID
	run := s.run(id)
	for _, path := range append(s.registryPages(), "/tasks", "/tasks/new", "/tasks/form", "/tasks/"+id, "/tasks/"+id+"/edit", "/tasks/"+id+"/delete", "/runs/"+run, "/nowhere", "/account", "/account/codes", "/users", "/users/new", "/audit", "/plugins", "/plugins/folder-rules", "/uploads/"+uploadedHex, "/tasks/"+id+"/hooks", "/tasks/"+id+"/scripts/rules", "/tasks/"+id+"/timeline", "/tasks/"+id+"/hooks", "/tasks/"+id+"/scripts/rules", "/tasks/"+id+"/owner") {
		a := s.get(path)
		for key, want := range map[string]string{
			"Content-Security-Policy": "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
				"object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
			"Cache-Control":          "no-store",
			"X-Content-Type-Options": "nosniff",
			"X-Frame-Options":        "DENY",
			"Referrer-Policy":        "same-origin",
		} {
			if got := a.header.Get(key); got != want {
				t.Errorf("%s: %s is %q", path, key, got)
			}
		}
		for _, n := range all(a.page, func(*html.Node) bool { return true }) {
			if _, ok := attrOK(n, "style"); ok || n.Data == "style" {
				t.Errorf("%s: <%s> has a style of its own, which the policy forbids", path, n.Data)
			}
			if n.Data == "script" && rawText(n) != "" {
				t.Errorf("%s: a script is in the page", path)
			}
			for _, key := range []string{"src", "href"} {
				if v := attr(n, key); strings.Contains(v, "//") {
					t.Errorf("%s: %s=%q leads elsewhere", path, key, v)
				}
			}
		}
	}
}

func TestPages_withTLSInsistOnIt(t *testing.T) {
	a := newSite(t, web.Options{Secure: true}).get("/login")
	if a.header.Get("Strict-Transport-Security") == "" || a.header.Get("Cross-Origin-Opener-Policy") != "same-origin" {
		t.Errorf("header %v", a.header)
	}
	if b := newSite(t, web.Options{}).get("/login"); b.header.Get("Strict-Transport-Security") != "" {
		t.Error("without TLS browsers are told to insist on it")
	}
}

func TestPages_labelEveryField(t *testing.T) {
	s := loggedIn(t)
	id := s.svc.put(sampleTask()).ID
	for _, path := range append(s.registryPages(), "/tasks/form", "/tasks/"+id+"/edit", "/account", "/account/codes", "/users/new", "/users/u-admin", "/audit", "/plugins", "/uploads/"+uploadedHex, "/tasks/"+id+"/owner") {
		page := s.page(path).page
		ids := map[string]int{}
		for _, n := range all(page, func(n *html.Node) bool { return attr(n, "id") != "" }) {
			ids[attr(n, "id")]++
		}
		for key, n := range ids {
			if n > 1 {
				t.Errorf("%s: %d elements have the id %s", path, n, key)
			}
		}
		labels := map[string]bool{}
		for _, n := range all(page, tag("label")) {
			labels[attr(n, "for")] = true
		}
		for _, n := range all(page, func(n *html.Node) bool { return n.Data == "input" || n.Data == "select" || n.Data == "textarea" }) {
			kind := attr(n, "type")
			inLabel := n.Parent.Data == "label"
			if kind != "hidden" && !inLabel && !labels[attr(n, "id")] && attr(n, "aria-label") == "" {
				t.Errorf("%s: the field %s has no label", path, attr(n, "name"))
			}
			for _, ref := range strings.Fields(attr(n, "aria-describedby") + " " + attr(n, "aria-errormessage")) {
				if ids[ref] == 0 {
					t.Errorf("%s: the field %s is described by %s, which is not there", path, attr(n, "name"), ref)
				}
			}
		}
	}
}

func TestPages_neverHoldAPassword(t *testing.T) {
	s := loggedIn(t)
	id := s.svc.put(sampleTask()).ID
	run := s.run(id)
	stream := s.follow("/runs/" + run + "/events").next().data
	s.finish(run)
	all := stream + s.log.String()
	for _, path := range []string{"/tasks", "/tasks/" + id, "/tasks/" + id + "/edit", "/runs/" + run, "/runs/" + run + "/report.json"} {
		all += s.get(path).text
	}
	for _, secret := range []string{"canary", adminPassword} {
		if strings.Contains(all, secret) {
			t.Errorf("%q is shown or logged", secret)
		}
	}
}

func TestStatic_filesAreKeptForEver(t *testing.T) {
	s := newSite(t, web.Options{})
	a := s.page("/login")
	n := 0
	for _, e := range all(a.page, func(n *html.Node) bool { return n.Data == "link" || n.Data == "script" }) {
		address := attr(e, "href") + attr(e, "src")
		n++
		f := s.request(http.MethodGet, address, nil, map[string]string{"Accept-Encoding": "gzip"})
		if f.status != http.StatusOK || f.header.Get("Cache-Control") != "public, max-age=31536000, immutable" ||
			f.header.Get("Set-Cookie") != "" {
			t.Errorf("%s: status %d, %v", address, f.status, f.header)
		}
		if strings.HasSuffix(address, ".min.css") && f.header.Get("Content-Encoding") != "gzip" {
			t.Errorf("%s is sent as it is", address)
		}
		plain := s.request(http.MethodGet, address, nil, map[string]string{"Accept-Encoding": "identity"})
		if plain.header.Get("Content-Encoding") != "" || len(plain.text) == 0 {
			t.Errorf("%s: to a browser that takes no gzip it is sent as %q", address, plain.header.Get("Content-Encoding"))
		}
		digest := strings.Split(address, "/")[2]
		if other := s.get(strings.Replace(address, digest, "0000000000000000", 1)); other.status != http.StatusNotFound {
			t.Errorf("another content of %s: status %d", address, other.status)
		}
	}
	if n < 4 {
		t.Errorf("the page has %d files only", n)
	}
}

func TestTheme_isKeptAndLeadsBack(t *testing.T) {
	s := newSite(t, web.Options{})
	root := func() *html.Node { return all(s.page("/login").page, tag("html"))[0] }
	if _, ok := attrOK(root(), "data-theme"); ok {
		t.Error("at first it is not the system's theme")
	}
	a := s.post("/theme", url.Values{"theme": {"dark"}, "next": {"/login"}})
	if a.header.Get("Location") != "/login" {
		t.Errorf("it leads to %q", a.header.Get("Location"))
	}
	if got := attr(root(), "data-theme"); got != "dark" {
		t.Errorf("the theme is %q", got)
	}
	s.post("/theme", url.Values{"theme": {`"><script>`}})
	if _, ok := attrOK(root(), "data-theme"); ok {
		t.Error("an unknown theme is not the system's")
	}
}

func TestPages_areCompressed(t *testing.T) {
	s := loggedIn(t)
	a := s.request(http.MethodGet, "/tasks/form", nil, map[string]string{"Accept-Encoding": "gzip"})
	if a.header.Get("Content-Encoding") != "gzip" || a.status != http.StatusOK {
		t.Errorf("status %d, Content-Encoding %q", a.status, a.header.Get("Content-Encoding"))
	}
}
