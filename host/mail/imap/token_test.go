package imap

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/mailweir/mailweir/host/mail"
)

// tokenServer takes the login of those tokens that good says.
func tokenServer(t *testing.T, good func(token string) bool) (port int) {
	t.Helper()
	return startFake(t, func(c *fakeConn) {
		c.say("* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=XOAUTH2] hello\n")
		tag, line := c.command()
		raw, _ := base64.StdEncoding.DecodeString(line[strings.LastIndexByte(line, ' ')+1:])
		_, token, _ := strings.Cut(string(raw), "Bearer ")
		if token = strings.TrimRight(token, "\x01"); !good(token) {
			c.say(tag + " NO [AUTHENTICATIONFAILED] not " + token + "\n")
			return
		}
		c.say(tag + " OK [CAPABILITY IMAP4rev1] welcome\n")
		c.answers("", nil)
	}).port
}

func TestOpen_getsATokenForEachConnection(t *testing.T) {
	trouble := &mail.Error{Op: "get an access token", Kind: mail.ErrConnect, Err: errors.New("away")}
	tests := []struct {
		name  string
		give  func(n int, refused string) (string, error)
		kind  error // nil is a login
		asked []string
	}{
		{"good", func(int, string) (string, error) { return "good", nil }, nil, []string{""}},
		{"one that is refused is replaced", func(_ int, refused string) (string, error) {
			if refused == "" {
				return "stale", nil
			}
			return "good", nil
		}, nil, []string{"", "stale"}},
		{"once", func(n int, _ string) (string, error) { return fmt.Sprint("stale", n), nil }, mail.ErrAuth, []string{"", "stale1"}},
		{"there is no other", func(int, string) (string, error) { return "stale", nil }, mail.ErrAuth, []string{"", "stale"}},
		{"no token", func(int, string) (string, error) { return "", trouble }, mail.ErrConnect, []string{""}},
		{"no other token", func(n int, _ string) (string, error) {
			if n == 1 {
				return "stale", nil
			}
			return "", trouble
		}, mail.ErrConnect, []string{"", "stale"}},
	}
	port := tokenServer(t, func(token string) bool { return token == "good" })
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var mu sync.Mutex
			var asked []string
			cfg := config(port)
			cfg.Mechanism, cfg.Password = "xoauth2", ""
			cfg.Token = func(_ context.Context, refused string) (string, error) {
				mu.Lock()
				defer mu.Unlock()
				asked = append(asked, refused)
				return tt.give(len(asked), refused)
			}
			a, err := Open(t.Context(), cfg)
			if err == nil {
				_ = a.Close()
			}
			if tt.kind == nil != (err == nil) || err != nil && !errors.Is(err, tt.kind) {
				t.Errorf("%v", err)
			}
			if err != nil && (strings.Contains(err.Error(), "stale") || !strings.HasPrefix(err.Error(), "127.0.0.1:")) {
				t.Errorf("the error holds a token, or no server: %v", err)
			}
			mu.Lock()
			defer mu.Unlock()
			if !slices.Equal(asked, tt.asked) {
				t.Errorf("asked %q, want %q", asked, tt.asked)
			}
		})
	}
}
