package main

import (
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/mailweir/mailweir/host/daemon"
)

// infected is a message with the test virus in an attachment in base64, behind a clean
// one.
func infected(subject string) string {
	return fmt.Sprintf("Subject: %s\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"+
		"--b\r\nContent-Type: text/plain\r\n\r\nSee below.\r\n"+
		"--b\r\nContent-Type: application/octet-stream; name=a.bin\r\nContent-Transfer-Encoding: base64\r\n\r\n%s\r\n--b--\r\n",
		subject, base64.StdEncoding.EncodeToString([]byte("xxxx"+daemon.Virus+"yyyy")))
}

func TestClamav_decidesAboutMailBeforeItIsCopied(t *testing.T) {
	t.Parallel()
	at := daemon.Clamd(t)
	s := newShipped(t, "clamav")
	sick := infected("sick")
	s.put("INBOX", hamText)
	s.put("INBOX", sick)
	s.put("Work", "Subject: plain\r\n\r\n"+daemon.Virus+"\r\n")
	open := []string{"--grant", "tcp:" + at, "--grant", "body"}

	// By default infected mail waits for a person.
	args := s.args("holds", map[string]any{"address": at}, open...)
	if r := s.run(3, args...); r.Copied != 1 || r.Held != 2 {
		t.Errorf("%+v, want two held", r)
	}
	s.expect("holds", "INBOX", "() "+hamText)
	s.expect("holds", "Work")

	r := s.run(0, s.args("moves", map[string]any{"address": at, "infected": "move", "folder": "Quarantine/Virus", "flags": []string{"$Virus"}}, open...)...)
	if r.Copied != 3 {
		t.Errorf("%+v, want all copied", r)
	}
	s.expect("moves", "INBOX", "() "+hamText)
	if got := s.arrivedIn("moves", "Quarantine/Virus"); len(got) != 2 || !strings.HasPrefix(got[0], "($Virus) Subject: ") {
		t.Errorf("in quarantine: %q", got)
	}

	if r := s.run(0, s.args("skips", map[string]any{"address": at, "infected": "skip"}, open...)...); r.Copied != 1 || r.Skipped != 2 {
		t.Errorf("%+v, want two left out", r)
	}

	// Without the grant nothing is scanned and nothing copied.
	if r := s.run(3, s.args("shut", map[string]any{"address": at}, "--grant", "body")...); r.Copied != 0 || r.Held != 3 {
		t.Errorf("%+v, want all held", r)
	}
}

func TestClamav_holdsMailThatNobodyHasScanned(t *testing.T) {
	t.Parallel()
	at := daemon.Clamd(t)
	s := newShipped(t, "clamav")
	for range 30 { // more than the failures in a row that would end the run
		s.put("INBOX", hamText)
	}
	sick := infected("sick")
	s.put("INBOX", sick)

	// It hangs up in the middle of its answer.
	rude, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := rude.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(conn, "stream: O")
			_ = conn.(*net.TCPConn).CloseWrite()
			_, _ = io.Copy(io.Discard, conn)
			_ = conn.Close()
		}
	}()
	t.Cleanup(func() { _ = rude.Close(); <-done })
	wrong := rude.Addr().String()
	if r := s.run(3, s.args("held", map[string]any{"address": wrong}, "--grant", "tcp:"+wrong, "--grant", "body")...); r.Held != 31 || r.Copied != 0 {
		t.Errorf("half an answer: %+v", r)
	}

	closed := daemon.FreeAddr(t)
	if r := s.run(3, s.args("held", map[string]any{"address": closed}, "--grant", "tcp:"+closed, "--grant", "body")...); r.Held != 31 || r.Copied != 0 {
		t.Errorf("clamd is down: %+v", r)
	}
	if r := s.run(0, s.args("open", map[string]any{"address": closed, "when_down": "copy"}, "--grant", "tcp:"+closed, "--grant", "body")...); r.Copied != 31 {
		t.Errorf("clamd is down, which does not matter: %+v", r)
	}
	if r := s.run(3, s.args("held", map[string]any{"address": at}, "--grant", "tcp:"+at, "--grant", "body")...); r.Copied != 30 || r.Held != 1 {
		t.Errorf("clamd is back: %+v", r)
	}
}

func TestClamav_scansLargeMessages(t *testing.T) {
	t.Parallel()
	at := daemon.Clamd(t)
	s := newShipped(t, "clamav")
	filler := strings.Repeat(strings.Repeat("x", 74)+"\r\n", (25<<20)/76)
	s.put("INBOX", "Subject: large\r\n\r\n"+filler)
	s.put("INBOX", "Subject: large and sick\r\n\r\n"+filler+daemon.Virus+"\r\n")
	open := []string{"--grant", "tcp:" + at, "--grant", "body"}
	if r := s.run(0, s.args("scans", map[string]any{"address": at, "larger_than": "30 MB", "infected": "skip"}, open...)...); r.Copied != 1 || r.Skipped != 1 {
		t.Errorf("%+v, want one copied", r)
	}
	// The private clamd takes 50 MB; this one says that it takes less.
	filler += filler + filler
	s.put("Huge", "Subject: larger than clamd likes\r\n\r\n"+filler)
	config := map[string]any{"address": at, "larger_than": "1 GB", "infected": "skip"}
	if r := s.run(3, s.args("scans", config, open...)...); r.Held != 1 {
		t.Errorf("%+v, want one held", r)
	}
	config["when_larger"] = "copy"
	if r := s.run(0, s.args("scans", config, open...)...); r.Copied != 1 || r.Held != 0 {
		t.Errorf("%+v, want one copied", r)
	}
}

func TestClamav_asksAScannerOverHTTP(t *testing.T) {
	t.Parallel()
	s := newShipped(t, "clamav")
	scanner := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		switch {
		case err != nil || r.Header.Get("Authorization") != "Bearer k3y-of-the-scanner":
			w.WriteHeader(http.StatusBadRequest)
		case strings.Contains(string(body), "Subject: 406"):
			w.WriteHeader(http.StatusNotAcceptable)
			_, _ = io.WriteString(w, `{"Status":"FOUND","Description":"Eicar"}`)
		case strings.Contains(string(body), "Subject: 413"):
			w.WriteHeader(http.StatusRequestEntityTooLarge)
		case strings.Contains(string(body), "Subject: 503"):
			w.WriteHeader(http.StatusServiceUnavailable)
		case strings.Contains(string(body), "Subject: found"):
			_, _ = io.WriteString(w, `{"infected": true, "virus": "Eicar"}`)
		default:
			_, _ = io.WriteString(w, `{"infected": false}`)
		}
	}))
	t.Cleanup(scanner.Close)
	where := strings.TrimPrefix(scanner.URL, "http://")
	for _, subject := range []string{"406", "found", "413", "503", "clean"} {
		s.put("INBOX", "Subject: "+subject+"\r\n\r\nx\r\n")
	}
	config := map[string]any{
		"url": scanner.URL + "/scan", "infected": "skip", "when_larger": "copy", "request_headers": map[string]string{"Authorization": "Bearer {{secret:scanner}}"},
	}
	args := s.args("web", config, "--grant", "http:"+where+"/POST", "--grant", "body", "--secret", "scanner@"+where+"="+s.file("k3y-of-the-scanner\n"))
	if r := s.run(3, args...); r.Copied != 2 || r.Skipped != 2 || r.Held != 1 {
		t.Errorf("%+v", r)
	}
	s.expect("web", "INBOX", "() Subject: 413\r\n\r\nx\r\n", "() Subject: clean\r\n\r\nx\r\n")
}
