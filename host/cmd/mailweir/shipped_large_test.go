package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/mailweir/mailweir/host/daemon"
)

var ticksLine = regexp.MustCompile(`filter_message: (.*)\n +([0-9,]+) of ([0-9,]+) ticks, .*, ([0-9.]+(?:ms|s))`)

// TestShipped_largeMessagesTakeASmallPartOfTheLimits sends 25 MB through a real
// rspamd and a real clamd, in the host with its limits.
func TestShipped_largeMessagesTakeASmallPartOfTheLimits(t *testing.T) {
	t.Parallel()
	eml := filepath.Join(t.TempDir(), "large.eml")
	text := "From: bob@example.org\r\nSubject: large\r\nContent-Type: application/octet-stream\r\n\r\n" + strings.Repeat(strings.Repeat("x", 74)+"\r\n", 25_000_000/76)
	if err := os.WriteFile(eml, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s := &mailweir{t, t.TempDir()}
	ask := func(plugin, config string, grants ...string) {
		t.Helper()
		file := filepath.Join(t.TempDir(), "config.json")
		if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
			t.Fatal(err)
		}
		var stdout, stderr bytes.Buffer
		cmd := s.command(append([]string{"plugin", "run", plugin, "--eml", eml, "--config", file, "--live"}, grants...)...)
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		err := cmd.Run()
		found := ticksLine.FindStringSubmatch(stdout.String())
		if err != nil || found == nil || found[1] != "pass" {
			t.Fatalf("%s: %v\n%s%s", plugin, err, stdout.String(), stderr.String())
		}
		number := func(text string) int64 {
			n, err := strconv.ParseInt(strings.ReplaceAll(text, ",", ""), 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		used, limit := number(found[2]), number(found[3])
		// A question about a whole message has 200,000,000, and more for what is read.
		if used > 10_000_000 {
			t.Errorf("%s used %d of %d ticks", plugin, used, limit)
		}
		t.Logf("%s: %d of %d ticks, %s", plugin, used, limit, found[4])
	}
	at := daemon.Clamd(t)
	ask("clamav", `{"address": "`+at+`", "larger_than": "30 MB"}`, "--grant", "tcp:"+at, "--grant", "body")
	url := daemon.Rspamd(t)
	ask("rspamd", `{"server": "`+url+`"}`, "--grant", "http:"+strings.TrimPrefix(url, "http://")+"/POST", "--grant", "body")
}
