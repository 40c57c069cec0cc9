package web_test

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// upload sends a file as a browser does.
func (s *site) upload(name string, content io.Reader) answer {
	s.t.Helper()
	var head bytes.Buffer
	form := multipart.NewWriter(&head)
	if name != "" {
		if _, err := form.CreateFormFile("file", name); err != nil {
			s.t.Fatal(err)
		}
	}
	body := io.MultiReader(&head, content, strings.NewReader("\r\n--"+form.Boundary()+"--\r\n"))
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.http.URL+"/plugins", body)
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Content-Type", form.FormDataContentType())
	req.Header.Set("Sec-Fetch-Site", "same-origin")
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
	a.page, _ = html.Parse(bytes.NewReader(text))
	return a
}

func TestPlugins_areListedWithWhatTheyAskFor(t *testing.T) {
	s := loggedIn(t)
	s.svc.more = append(s.svc.more, webhook("1.0.0", "sha256:"+strings.Repeat("ef", 32)))
	text := words(byID(s.page("/plugins").page, "content"))
	for _, want := range []string{"folder-rules 1.0.0", "Part of mailweir", "where folders go", "Signed by somebody unknown", "Web requests", "efefefefefef", "<b>Really</b>"} {
		if !strings.Contains(text, want) {
			t.Errorf("the list lacks %q:\n%s", want, text)
		}
	}
	text = words(byID(s.page("/plugins/webhook").page, "content"))
	for _, want := range []string{"to tell your server of each message", "hooks.example, POST", "It works without this, too.", "headers of messages"} {
		if !strings.Contains(text, want) {
			t.Errorf("the plugin's page lacks %q:\n%s", want, text)
		}
	}
}

func TestPlugins_areLookedAtBeforeTheyAreInstalled(t *testing.T) {
	s := loggedIn(t)
	a := s.upload("tell.wasm", strings.NewReader("\x00asmtell"))
	at := a.header.Get("Location")
	if a.status != http.StatusSeeOther || !strings.HasPrefix(at, "/uploads/") {
		t.Fatalf("status %d to %q", a.status, at)
	}
	if installed, _ := s.svc.InstalledPlugins(t.Context()); len(installed) != 1 {
		t.Fatal("looking installs")
	}
	page := s.page(at).page
	if text := words(page); !strings.Contains(text, "to tell your server of each message") {
		t.Errorf("the page does not say what it asks for: %s", text)
	}
	if a = s.post(at, url.Values{"do": {"install"}}); a.status != http.StatusOK || !strings.Contains(words(a.page), "tell is installed") {
		t.Errorf("install: %d", a.status)
	}
	if a = s.post("/plugins/tell/remove", nil); a.status != http.StatusSeeOther {
		t.Errorf("remove: %d", a.status)
	}
	if a = s.get("/plugins/tell"); a.status != http.StatusNotFound {
		t.Errorf("after the removal its page answers %d", a.status)
	}
}

func TestPlugins_upgradeShowsOldAndNewAsks(t *testing.T) {
	s := loggedIn(t)
	old := webhook("1.0.0", "sha256:"+strings.Repeat("ef", 32))
	old.Manifest.Asks = old.Manifest.Asks[:1]
	old.Manifest.Asks[0].Hosts = []string{"old.example"}
	s.svc.more = append(s.svc.more, old)
	at := "/uploads/" + uploadedHex
	page := s.page(at).page
	text := words(page)
	for _, want := range []string{"It replaces webhook 1.0.0", "Web requests changed", "Remembering from run to run new"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q:\n%s", want, text)
		}
	}
	form := fields(all(page, func(n *html.Node) bool { return n.Data == "form" && attr(n, "action") == at })[0])
	form.Set("do", "install")
	if a := s.post(at, form); a.status != http.StatusUnprocessableEntity || !strings.Contains(words(a.page), "obody who is trusted") {
		t.Errorf("without a word about the signature: %d", a.status)
	}
	form.Set("anyway", "yes")
	stale := url.Values{"do": {"install"}, "anyway": {"yes"}, "before": {"sha256:other"}}
	if a := s.post(at, stale); a.status != http.StatusUnprocessableEntity {
		t.Errorf("of a plugin that was changed meanwhile: %d", a.status)
	}
	if a := s.post(at, form); a.status != http.StatusOK || !strings.Contains(words(a.page), "2.0.0") {
		t.Errorf("upgrade: %d", a.status)
	}
}

func TestPlugins_whatIsNoneGetsASentence(t *testing.T) {
	s := loggedIn(t)
	for name, want := range map[string]string{"notes.wasm": "lugin notes.wasm is no WebAssembly module", "": "Choose a file first."} {
		a := s.upload(name, strings.NewReader("hello"))
		if a.status != http.StatusUnprocessableEntity || !strings.Contains(words(a.page), want) {
			t.Errorf("%q: %d, %s", name, a.status, words(a.page))
		}
	}
	if a := s.post("/plugins", url.Values{"file": {"x"}}); a.status != http.StatusUnprocessableEntity {
		t.Errorf("a form without a file: %d", a.status)
	}
	if a := s.post("/plugins/folder-rules/remove", nil); a.status != http.StatusConflict || !strings.Contains(words(a.page), "part of mailweir") {
		t.Errorf("removing what is shipped: %d", a.status)
	}
}
