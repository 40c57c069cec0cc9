package main

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	neturl "net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/mailweir/mailweir/host/daemon"
)

const (
	hamText   = "From: bob@example.org\r\nTo: ann@example.org\r\nSubject: Sunday\r\nMessage-ID: <ham@x>\r\nDate: Thu, 29 Feb 2024 12:00:00 +0000\r\n\r\nHello.\r\n"
	spamText  = daemon.SpamHeader + ": yes\r\nX-Spam-Status: No, says the sender\r\nSubject: buy\r\n\r\nBuy.\r\n"
	gtubeText = "Subject: buy at once\r\n\r\nXJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X\r\n"
)

// guarded puts a server that wants a password before rspamd, and counts requests.
func guarded(t *testing.T, rspamd string) (url string, asked *atomic.Int64) {
	t.Helper()
	target, err := neturl.Parse(rspamd)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	asked = &atomic.Int64{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		if r.Header.Get("Password") != "open sesame" {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return s.URL, asked
}

func TestRspamd_decidesAboutMailBeforeItIsCopied(t *testing.T) {
	t.Parallel()
	url, asked := guarded(t, daemon.Rspamd(t))
	where := strings.TrimPrefix(url, "http://")
	s := newShipped(t, "rspamd")
	for _, text := range []string{hamText, spamText, gtubeText} {
		s.put("INBOX", text)
	}
	s.put("Spam", spamText)
	open := []string{"--grant", "http:" + where + "/POST", "--grant", "body", "--secret", "rspamd@" + where + "=" + s.file("open sesame\n")}

	// Spam is marked, and what rspamd would reject is moved; a header field on request.
	r := s.run(0, s.args("marks", map[string]any{"server": url, "secret": "rspamd", "header": "X-Spam-Status"}, open...)...)
	first := asked.Load() // another instance of the script asks again for the header field
	if r.Copied != 4 || first < 3 || first > 6 {
		t.Errorf("%+v, and rspamd was asked %d times", r, first)
	}
	s.expect("marks", "INBOX", "() "+hamText, "($Junk) "+strings.Replace(spamText, "No, says the sender", "Yes, action=add header", 1))
	s.expect("marks", "Junk", "($Junk) X-Spam-Status: Yes, action=reject\r\n"+gtubeText)
	s.expect("marks", "Spam", "() "+spamText)
	if r := s.run(0, s.args("marks", map[string]any{"server": url, "secret": "rspamd", "header": "X-Spam-Status"}, open...)...); r.Copied != 0 || r.Present != 4 || asked.Load() != first {
		t.Errorf("the second run: %+v, and rspamd was asked %d times", r, asked.Load())
	}

	// It can be left out, too, or moved without a word in the message.
	r = s.run(0, s.args("skips", map[string]any{
		"server": url, "secret": "rspamd", "actions": map[string]string{"reject": "skip", "add_header": "move"}, "folder": "Checked/Spam", "flags": []string{},
	}, open...)...)
	if r.Copied != 3 || r.Skipped != 1 || asked.Load() != first+3 {
		t.Errorf("%+v, want one left out, and rspamd was asked %d times more", r, asked.Load()-first)
	}
	s.expect("skips", "INBOX", "() "+hamText)
	s.expect("skips", "Checked/Spam", "() "+spamText)
}

func TestRspamd_holdsMailWhenNobodyAnswers(t *testing.T) {
	t.Parallel()
	rspamd := daemon.Rspamd(t)
	var down atomic.Bool
	down.Store(true)
	url, asked := guarded(t, rspamd)
	target, err := neturl.Parse(url)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	gate := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if down.Load() {
			panic(http.ErrAbortHandler)
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(gate.Close)
	where := strings.TrimPrefix(gate.URL, "http://")
	s := newShipped(t, "rspamd")
	for range 30 { // more than the failures in a row that would end the run
		s.put("INBOX", hamText)
	}
	s.put("INBOX", gtubeText)
	open := []string{"--grant", "http:" + where, "--grant", "body", "--secret", "rspamd@" + where + "=" + s.file("open sesame\n")}
	config := map[string]any{"server": gate.URL, "secret": "rspamd", "header": "X-Spam-Status"}

	if r := s.run(3, s.args("held", config, open...)...); r.Held != 31 || r.Copied != 0 {
		t.Errorf("rspamd is down: %+v", r)
	}
	if n := asked.Load(); n != 0 {
		t.Errorf("somebody was asked %d times", n)
	}
	down.Store(false)
	if r := s.run(0, s.args("held", config, open...)...); r.Held != 0 || r.Copied != 31 {
		t.Errorf("rspamd is back: %+v", r)
	}
	if got := s.arrivedIn("held", "INBOX"); len(got) != 30 {
		t.Errorf("%d messages in INBOX", len(got))
	}
	s.expect("held", "Junk", "($Junk) X-Spam-Status: Yes, action=reject\r\n"+gtubeText)

	// Who does not want that says so.
	down.Store(true)
	config["when_down"] = "copy"
	if r := s.run(0, s.args("open", config, open...)...); r.Copied != 31 {
		t.Errorf("rspamd is down, which does not matter: %+v", r)
	}
	if got := s.arrivedIn("open", "INBOX"); len(got) != 31 || got[30] != "() "+gtubeText {
		t.Errorf("%d messages in INBOX", len(got))
	}

	// A wrong password is somebody's mistake, and one sentence says so.
	down.Store(false)
	open[len(open)-1] = "rspamd@" + where + "=" + s.file("open barley\n")
	if r := s.run(5, s.args("wrong", config, open...)...); !strings.Contains(r.Cause, "rspamd refuses the password (403)") || r.Copied != 0 {
		t.Errorf("%+v", r)
	}
}
