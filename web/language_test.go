package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/mailweir/mailweir/web"
)

func languageOfPage(a answer) string {
	for _, n := range all(a.page, func(n *html.Node) bool { return n.Data == "html" }) {
		return attr(n, "lang")
	}
	return ""
}

func TestPages_speakTheLanguageThatTheBrowserAsksFor(t *testing.T) {
	s := newSite(t, web.Options{})
	for _, tt := range []struct{ give, want string }{
		{"", "en"},
		{"de", "de"},
		{"de-AT, de;q=0.9, en;q=0.5", "de"},
		{"en-GB, de;q=0.8", "en"},
		{"fr, de;q=0.3", "de"},
		{"ja", "en"},
		{"de;q=0, en", "en"},
		{",;;=q", "en"},
		{strings.Repeat("de,", 400), "en"}, // longer than what is read
	} {
		a := s.request(http.MethodGet, "/login", nil, map[string]string{"Accept-Language": tt.give})
		if got := languageOfPage(a); got != tt.want {
			t.Errorf("%.40q is answered in %q, want %q", tt.give, got, tt.want)
		}
		if got := strings.Join(a.header.Values("Vary"), ", "); !strings.Contains(got, "Accept-Language") || !strings.Contains(got, "Cookie") {
			t.Errorf("Vary is %q", got)
		}
		if word := map[string]string{"en": "Password", "de": "Passwort"}[tt.want]; !strings.Contains(words(a.page), word) {
			t.Errorf("%.40q: the page does not say %q", tt.give, word)
		}
	}
}

func TestPages_keepTheLanguageThatSomebodyHasChosen(t *testing.T) {
	s := loggedIn(t)
	english := map[string]string{"Accept-Language": "en"}
	choose := func(language string) {
		t.Helper()
		a := s.post("/language", url.Values{"language": {language}, "next": {"/account"}})
		if a.status != http.StatusSeeOther || a.header.Get("Location") != "/account" {
			t.Fatalf("choosing %q is answered by %d, to %q", language, a.status, a.header.Get("Location"))
		}
	}
	choose("de")
	a := s.request(http.MethodGet, "/account", nil, english)
	if languageOfPage(a) != "de" || !strings.Contains(words(a.page), "Passwort ändern") {
		t.Errorf("the page is in %q", languageOfPage(a))
	}
	// What is wrong with a form is said in the same language.
	a = s.request(http.MethodPost, "/tasks/form", url.Values{"do": {"save"}}, english)
	if a.status != http.StatusUnprocessableEntity || !strings.Contains(words(a.page), "Die Aufgabe braucht einen Namen.") {
		t.Errorf("an empty task is answered by %d: %s", a.status, words(a.page))
	}
	if a = s.request(http.MethodGet, "/tasks/none", nil, english); !strings.Contains(words(a.page), "Unter dieser Adresse gibt es nichts.") {
		t.Errorf("a task that is not there: %s", words(a.page))
	}
	// Programs are answered in English.
	if a = s.request(http.MethodGet, "/api/v1/tasks/none", nil, map[string]string{"Accept-Language": "de"}); strings.Contains(a.text, "nicht") || strings.Contains(strings.Join(a.header.Values("Vary"), ","), "Language") {
		t.Errorf("the API says %s", a.text)
	}
	choose("xx")
	if a = s.request(http.MethodGet, "/account", nil, english); languageOfPage(a) != "en" {
		t.Errorf("after the choice has ended the page is in %q", languageOfPage(a))
	}
	if a = s.post("/language", url.Values{"language": {"de"}, "next": {"https://evil.example/"}}); a.header.Get("Location") != "/" {
		t.Errorf("the choice leads to %q", a.header.Get("Location"))
	}
}

// The word that somebody has to type is that of their page.
func TestBulk_isConfirmedInTheLanguageOfThePage(t *testing.T) {
	s := loggedIn(t)
	id := s.svc.put(sampleTask()).ID
	german := map[string]string{"Accept-Language": "de"}
	send := func(word string) answer {
		return s.request(http.MethodPost, "/tasks/bulk", url.Values{"do": {"delete"}, "task": {id}, "word": {word}}, german)
	}
	if a := send("delete"); a.status == http.StatusSeeOther {
		t.Errorf("the English word is taken: %d", a.status)
	}
	if a := send("löschen"); a.status != http.StatusSeeOther {
		t.Errorf("the German word is answered by %d: %s", a.status, words(a.page))
	}
}
