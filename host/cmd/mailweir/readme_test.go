package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestREADME_ofTheSDK follows sdk/README.md from nothing to a plugin that runs. Its
// blocks marked as sh are all commands there are in it.
func TestREADME_ofTheSDK(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("compiles a plugin")
	}
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("there is no Go tool")
	}
	text, err := os.ReadFile("../../../sdk/README.md")
	if err != nil {
		t.Fatal(err)
	}
	var commands strings.Builder
	inside := false
	for line := range strings.Lines(string(text)) {
		switch {
		case strings.HasPrefix(line, "```"):
			inside = strings.TrimSpace(line) == "```sh"
		case inside:
			commands.WriteString(line)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	dir := t.TempDir()
	cmd := exec.CommandContext(ctx, "sh", "-e", "-x", "-c", commands.String())
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOPROXY=off", "GOFLAGS=", "GOWORK=off", "GOMODCACHE="+filepath.Join(dir, "modules"),
		"XDG_DATA_HOME="+filepath.Join(dir, "data"))
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if n := strings.Count(string(out), "\nok    9 cases, at most "); n != 2 {
		t.Errorf("the cases passed %d times, want once in Go and once in JavaScript:\n%s", n, out)
	}
	for _, want := range []string{
		`filter_envelope: pass, target "Lists", note "from a mailing list"`,
		"1 message copied",
		"lists 0.1.0 is installed as ",
		"lists.wasm is removed",
	} {
		if !strings.Contains(string(out), want) {
			t.Errorf("%q was not said:\n%s", want, out)
		}
	}
	// The message went where the plugin puts it.
	copied, err := filepath.Glob(filepath.Join(dir, "lists/new/.Mailing lists/*/*"))
	if err != nil || len(copied) != 1 {
		t.Errorf("the folder of the lists holds %q, want one message (%v)", copied, err)
	}
}
