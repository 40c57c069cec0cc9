package main

import (
	"bytes"
	"encoding/base64"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/mailweir/mailweir/host/mail/mailtest"
)

// TestCommands_writeNoPassword runs each verb with passwords that may turn up
// nowhere, neither in what is printed nor in a file.
func TestCommands_writeNoPassword(t *testing.T) {
	t.Parallel()
	right, wrong := "canary-right-5f1c", "canary-wrong-77aa"
	holds := func(text []byte) bool {
		for _, secret := range []string{right, wrong, base64.StdEncoding.EncodeToString([]byte("\x00ann\x00" + right)), base64.StdEncoding.EncodeToString([]byte("\x00ann\x00" + wrong))} {
			if bytes.Contains(text, []byte(secret)) {
				return true
			}
		}
		return false
	}
	users := map[string]string{"ann": right}
	from := mailtest.StartDovecot(t, mailtest.DovecotOptions{Users: users})
	to := mailtest.StartDovecot(t, mailtest.DovecotOptions{Users: users})
	from.Dial("ann").Fill(mailtest.Corpus(mailtest.CorpusOptions{Seed: 4, Messages: 20, Folders: 3}))
	dir := t.TempDir()
	m := &mailweir{t: t, data: filepath.Join(dir, "data")}
	for _, tt := range []struct {
		password string
		status   int
		args     []string
	}{
		{right, 0, []string{"copy", "--from", url(from), "--to", url(to), "--verbose"}},
		{right, 0, []string{"copy", "--from", url(from), "--to", url(to), "--json", "--verbose"}},
		{right, 0, []string{"copy", "--from", url(from), "--to", url(to), "--dry-run"}},
		{right, 0, []string{"verify", "--from", url(from), "--to", url(to), "--verbose"}},
		{right, 0, []string{"check", "--from", url(from), "--json", "--verbose"}},
		{wrong, 5, []string{"copy", "--from", url(from), "--to", url(to), "--verbose"}},
		{wrong, 5, []string{"verify", "--from", url(from), "--to", url(to), "--json"}},
		{wrong, 5, []string{"check", "--from", url(from), "--verbose"}},
		{right, 64, []string{"copy", "--from", "imap://ann:" + right + "@" + from.Addr(), "--to", url(to)}},
	} {
		cmd := m.command(tt.args...)
		cmd.Dir = dir
		cmd.Env = append(cmd.Env, "MAILWEIR_FROM_PASSWORD="+tt.password, "MAILWEIR_TO_PASSWORD="+tt.password)
		said, _ := cmd.CombinedOutput()
		if status := cmd.ProcessState.ExitCode(); status != tt.status {
			t.Errorf("mailweir %q: status %d, want %d:\n%s", tt.args, status, tt.status, said)
		}
		if holds(said) {
			t.Errorf("mailweir %q prints a password:\n%s", tt.args, said)
		}
	}
	files := 0
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		content, err := os.ReadFile(path)
		if files++; holds(content) {
			t.Errorf("%s holds a password", path)
		}
		return err
	})
	if err != nil || files == 0 {
		t.Errorf("%d files, %v", files, err)
	}
}
