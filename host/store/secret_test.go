package store

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mailweir/mailweir/host/task"
)

func grants(t testing.TB, texts ...string) []task.Grant {
	t.Helper()
	var out []task.Grant
	for _, text := range texts {
		out = append(out, must[task.Grant](t)(task.ParseGrant(text)))
	}
	return out
}

// spelled are the grants of a task's first hook.
func spelled(s *Store, t testing.TB, id string) ([]string, error) {
	tk, err := s.Task(t.Context(), id)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, g := range tk.Hooks[0].Grants {
		out = append(out, g.String())
	}
	return out, nil
}

func newSecret(name, value string, hosts ...string) task.Secret {
	s := task.Secret{Name: name, Value: task.Password(value)}
	for _, h := range hosts {
		s.Hosts = append(s.Hosts, task.Endpoint{Host: h})
	}
	return s
}

func TestSecret_isSealedAndBound(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, FileName)
	s := openAt(t, path, testBox(t, dir))
	for _, secret := range []task.Secret{
		newSecret("webhook", "canary-0ld", "old.example"), newSecret("webhook", "canary-n3w", "a.example", "b.example"), newSecret("other", "canary-0ther", "c.example"),
	} {
		if err := s.SetSecret(t.Context(), secret); err != nil {
			t.Fatal(err)
		}
	}
	listed := must[[]task.Secret](t)(s.Secrets(t.Context()))
	if len(listed) != 2 || listed[1].Name != "webhook" || listed[1].Value != "" || len(listed[1].Hosts) != 2 || listed[1].Updated.IsZero() {
		t.Errorf("got %+v", listed)
	}
	revealed := must[[]task.Secret](t)(s.RevealSecrets(t.Context()))
	if len(revealed) != 2 || revealed[1].Value.Reveal() != "canary-n3w" || revealed[0].Value.Reveal() != "canary-0ther" {
		t.Error("the values are not those that were stored")
	}
	for _, file := range must[[]os.DirEntry](t)(os.ReadDir(dir)) {
		if content := must[[]byte](t)(os.ReadFile(filepath.Join(dir, file.Name()))); bytes.Contains(content, []byte("canary-")) {
			t.Errorf("%s holds a secret", file.Name())
		}
	}
	if err := s.DeleteSecret(t.Context(), "other"); err != nil {
		t.Error(err)
	}
	if err := s.DeleteSecret(t.Context(), "other"); !errors.Is(err, ErrNotFound) {
		t.Errorf("removing again: %v", err)
	}
	// Who can write to the database, but has no key, can not send it elsewhere.
	if _, err := s.DB().Exec("UPDATE plugin_secret SET hosts = 'evil.example'"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.RevealSecrets(t.Context()); err == nil || !strings.Contains(err.Error(), "secret webhook") {
		t.Errorf("a secret that was bound to another host: %v", err)
	}
}

func TestSetSecret_refuses(t *testing.T) {
	t.Parallel()
	s := openNew(t)
	for want, secret := range map[string]task.Secret{
		`"a b" is no name of a secret`: newSecret("a b", "canary", "a.example"),
		"is empty":                     newSecret("a", "", "a.example"),
		"is bound to no host":          newSecret("a", "canary"),
		"holds a control character":    newSecret("a", "canary\r\nX: y", "a.example"),
		"is longer than 8192 bytes":    newSecret("a", strings.Repeat("canary", 2000), "a.example"),
		"is no HOST[:PORT]":            newSecret("a", "canary", "a b"),
	} {
		err := s.SetSecret(t.Context(), secret)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "canary") {
			t.Errorf("got error %v, want one with %q", err, want)
		}
	}
	keyless := openAt(t, filepath.Join(t.TempDir(), FileName), nil)
	if err := keyless.SetSecret(t.Context(), newSecret("a", "canary", "a.example")); !errors.Is(err, ErrNoKey) {
		t.Errorf("without a key: %v", err)
	}
}
