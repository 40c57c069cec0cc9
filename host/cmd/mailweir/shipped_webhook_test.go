package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	neturl "net/url"
	"slices"
	"strings"
	"sync"
	"testing"
)

// listener is a web server that is told of things.
type listener struct {
	url, where string

	mu     sync.Mutex
	got    []told
	answer func(n int, w http.ResponseWriter) // to request number n from 1; nil is yes
	n      int
}

// told is a request that was taken.
type told struct {
	path, auth, signature, key string
	body                       []byte

	Event, Key, Task, Run, Source, Folder, Subject string
	MessageID                                      *string `json:"message_id"`
	Attempt, Listed                                int
	UID                                            uint32
	Flags                                          []string
	Stored                                         struct {
		Folder string
		UID    uint32
		Size   int64
	}
	Report struct {
		Type, Folder, Outcome string
		Copied                int
		FolderList            []any `json:"folder_list"`
	}
}

func startListener(t *testing.T) *listener {
	t.Helper()
	l := &listener{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		got := told{path: r.URL.EscapedPath(), auth: r.Header.Get("Authorization"), signature: r.Header.Get("X-Mailweir-Signature"), key: r.Header.Get("Idempotency-Key"), body: body}
		if err != nil || json.Unmarshal(body, &got) != nil {
			t.Errorf("%s: %v", body, err)
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.n++; l.answer != nil {
			rec := httptest.NewRecorder()
			l.answer(l.n, rec)
			if rec.Code != http.StatusOK {
				for name, values := range rec.Header() {
					w.Header()[name] = values
				}
				w.WriteHeader(rec.Code)
				return
			}
		}
		l.got = append(l.got, got)
	}))
	t.Cleanup(s.Close)
	l.url, l.where = s.URL, strings.TrimPrefix(s.URL, "http://")
	return l
}

// take returns what was told of an event, and forgets it.
func (l *listener) take(event string) []told {
	l.mu.Lock()
	defer l.mu.Unlock()
	var of []told
	l.got = slices.DeleteFunc(l.got, func(g told) bool {
		if g.Event == event {
			of = append(of, g)
		}
		return g.Event == event
	})
	return of
}

// asked is how many requests came since the last call of answers.
func (l *listener) asked() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.n
}

// answers sets what is answered to further requests.
func (l *listener) answers(answer func(n int, w http.ResponseWriter)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.n, l.answer = 0, answer
}

func TestWebhook_tellsOfMessagesFoldersAndRuns(t *testing.T) {
	t.Parallel()
	l := startListener(t)
	s := newShipped(t, "webhook")
	s.put("INBOX", hamText)
	s.put("INBOX", "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n\r\nx\r\n")
	s.put("Work & Play", hamText)
	config := map[string]any{
		"url": l.url + "/mail/{task}/{event}/{folder}?a={b}", "events": []string{"message", "folder", "run"},
		"headers": map[string]string{"Authorization": "Bearer {{secret:token}}"}, "signing_secret": "signing",
	}
	args := s.args("hook", config, "--grant", "http:"+l.where+"/POST", "--grant", "kv",
		"--secret", "token@"+l.where+"="+s.file("t0ken-of-the-hook\n"), "--secret", "signing@"+l.where+"="+s.file("s1gning-k3y\n"))
	s.run(0, args...)

	messages, folders, runs := l.take("message"), l.take("folder"), l.take("run")
	if len(messages) != 3 || len(folders) != 3 || len(runs) != 1 {
		t.Fatalf("told of %d messages, %d folders, %d runs", len(messages), len(folders), len(runs))
	}
	keys := map[string]bool{}
	for _, g := range slices.Concat(messages, folders, runs) {
		mac := hmac.New(sha256.New, []byte("s1gning-k3y"))
		mac.Write(g.body)
		unescaped, err := neturl.PathUnescape(g.key)
		if g.auth != "Bearer t0ken-of-the-hook" || g.signature != "sha256="+hex.EncodeToString(mac.Sum(nil)) || err != nil || unescaped != g.Key || g.Task != "hook" || g.Run == "" {
			t.Errorf("%s", g.body)
		}
		keys[g.Key] = true
	}
	if len(keys) != 7 {
		t.Errorf("%d keys for 7 things", len(keys))
	}
	greeting := slices.IndexFunc(messages, func(g told) bool { return g.Subject == "Grüße" })
	if g := messages[greeting]; g.path != "/mail/hook/message/INBOX" || g.Source == "" || g.Folder != "INBOX" || g.UID != 2 || g.MessageID != nil || g.Stored.Folder != "INBOX" || g.Stored.UID == 0 || g.Stored.Size == 0 {
		t.Errorf("%s", g.body)
	}
	play := slices.IndexFunc(messages, func(g told) bool { return g.Folder == "Work & Play" })
	if g := messages[play]; g.path != "/mail/hook/message/Work%20%26%20Play" || g.MessageID == nil || *g.MessageID != "<ham@x>" {
		t.Errorf("%s", g.body)
	}
	if g := runs[0]; g.Report.Type != "report" || g.Report.Copied != 3 || g.Report.Outcome != "done" || len(g.Report.FolderList) != 3 {
		t.Errorf("%s", g.body)
	}
	copied := 0
	for _, g := range folders {
		if g.Report.Type != "folder" || g.Report.Folder == "" {
			t.Errorf("%s", g.body)
		}
		copied += g.Report.Copied
	}
	if copied != 3 {
		t.Errorf("%d messages were copied in all folders", copied)
	}

	// The next run copies nothing, and tells of nothing but itself.
	s.run(0, args...)
	if m, r := l.take("message"), l.take("run"); len(m) != 0 || len(r) != 1 || r[0].Report.Copied != 0 {
		t.Errorf("told of %d messages, %d runs", len(m), len(r))
	}
}

func TestWebhook_tellsAgainWhatWasNotTaken(t *testing.T) {
	t.Parallel()
	l := startListener(t)
	s := newShipped(t, "webhook")
	for i := range 12 {
		s.put("INBOX", fmt.Sprintf("Subject: %d\r\n\r\nx\r\n", i))
	}
	args := s.args("hook", map[string]any{"url": l.url, "events": []string{"message", "run"}}, "--grant", "http:"+l.where, "--grant", "kv")

	// Down, busy for an hour, then well again; the copy stands from the beginning.
	l.answers(func(_ int, w http.ResponseWriter) { w.WriteHeader(http.StatusBadGateway) })
	first := s.run(0, args...)
	if first.Copied != 12 || len(l.take("message"))+len(l.take("run")) != 0 {
		t.Errorf("%+v", first)
	}
	if n := l.asked(); n > 30 {
		t.Errorf("a server that is down was asked %d times", n)
	}
	l.answers(func(n int, w http.ResponseWriter) {
		if n%2 == 0 {
			w.Header().Set("Retry-After", "3600")
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	s.run(0, append(args, "--retry-outbox")...)
	some := l.take("message")
	if len(some) == 0 || len(some) > 6 {
		t.Errorf("told of %d messages by a server that is busy every other time", len(some))
	}
	l.answers(nil)
	s.run(0, args...) // the hour is not over
	if early := l.take("message"); len(early) != 0 {
		t.Errorf("told of %d messages before their time", len(early))
	}
	s.run(0, append(args, "--retry-outbox")...)
	keys := map[string]bool{}
	for _, g := range append(some, l.take("message")...) {
		if keys[g.Key] || g.key != g.Key {
			t.Errorf("told twice of %s, under the key %s", g.Key, g.key)
		}
		keys[g.Key] = true
	}
	if len(keys) != 12 {
		t.Errorf("told of %d messages", len(keys))
	}

	// The report of each run has come as well, that of the first one late.
	runs := map[string]int{}
	copied := 0
	for _, g := range l.take("run") {
		runs[g.Run]++
		copied += g.Report.Copied
	}
	if len(runs) != 4 || copied != 12 {
		t.Errorf("reports of the runs %v, in which %d messages were copied", runs, copied)
	}
}
