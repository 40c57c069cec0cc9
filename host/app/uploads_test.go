package app

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/mailweir/mailweir/host/plugin"
	"github.com/mailweir/mailweir/host/plugin/signature"
	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web"
)

// upload sends a plugin and expects that it is one.
func upload(t *testing.T, s *service, name string, wasm []byte) web.Upload {
	t.Helper()
	up, err := s.UploadPlugin(t.Context(), name, strings.NewReader(string(wasm)))
	if err != nil {
		t.Fatal(err)
	}
	return up
}

func TestUpload_installsOnlyWhatWasLookedAt(t *testing.T) {
	s := newService(t)
	first := upload(t, s, "x.wasm", smallPlugin(t, "good", "1"))
	if first.Manifest.ID != "good" || first.Before != nil || first.Signed != web.Signed(signature.Unsigned) || first.Anyway || first.Refused != "" {
		t.Fatalf("%+v", first)
	}
	if p, err := s.installed(t.Context(), "good"); p != nil || err != nil {
		t.Fatalf("looking has installed it (%v)", err)
	}
	if _, err := s.InstallUpload(t.Context(), first.Digest, "", false); err != nil {
		t.Fatal(err)
	}
	if _, err := s.UploadedPlugin(t.Context(), first.Digest); !errors.Is(err, web.ErrNotFound) {
		t.Errorf("the upload is still there: %v", err)
	}

	second := upload(t, s, "x.wasm", smallPlugin(t, "good", "2"))
	if second.Before == nil || second.Before.Digest != first.Digest {
		t.Fatalf("%+v", second.Before)
	}
	if _, err := s.InstallUpload(t.Context(), second.Digest, "", false); !errors.Is(err, web.ErrConflict) {
		t.Errorf("replaced although nobody said so: %v", err)
	}
	if _, err := s.InstallUpload(t.Context(), second.Digest, first.Digest, false); err != nil {
		t.Fatal(err)
	}
	p, err := s.installed(t.Context(), "good")
	if err != nil || p.Manifest.Version != "2" {
		t.Fatalf("%+v, %v", p, err)
	}

	dir := t.TempDir()
	if _, err := s.SaveTask(t.Context(), task.Task{
		Name: "uses it", Hooks: []task.Hook{{Plugin: "good"}},
		Sources:     []task.Source{{Name: "a", Account: task.Account{Kind: task.KindMaildir, Dir: filepath.Join(dir, "a")}}},
		Destination: task.Account{Kind: task.KindMaildir, Dir: filepath.Join(dir, "b")},
	}); err != nil {
		t.Fatal(err)
	}
	if err := s.RemovePlugin(t.Context(), "good"); !errors.Is(err, web.ErrConflict) || !strings.Contains(err.Error(), "uses it") {
		t.Errorf("removed under a task: %v", err)
	}
	if err := s.RemovePlugin(t.Context(), "folder-rules"); !errors.Is(err, web.ErrConflict) {
		t.Errorf("removed what is shipped: %v", err)
	}
	if err := s.RemovePlugin(t.Context(), "../x"); !errors.Is(err, web.ErrNotFound) {
		t.Errorf("removed what is none: %v", err)
	}
}

// zeros is a file of n bytes that nobody has to keep.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestUpload_refusesWhatIsNoPlugin(t *testing.T) {
	s := newService(t)
	good := string(smallPlugin(t, "good", "1"))
	lost := errors.New("lost")
	tests := []struct {
		name string
		give io.Reader
		want string
	}{
		{"500 MB", io.LimitReader(zeros{}, 500<<20), "x.wasm is larger than 33554432 bytes"},
		{"text", strings.NewReader("hello"), "plugin x.wasm is no WebAssembly module"},
		{"nothing", strings.NewReader(""), "plugin x.wasm is no WebAssembly module"},
		{"cut short", strings.NewReader(good[:len(good)/2]), "plugin x.wasm is no valid WebAssembly module"},
		{"no manifest", strings.NewReader("\x00asm\x01\x00\x00\x00"), "plugin x.wasm"},
		{"an ID that is a path", strings.NewReader(strings.Replace(good, `"good"`, `"../x"`, 1)), "plugin x.wasm"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := s.UploadPlugin(t.Context(), "x.wasm", tt.give)
			if !errors.Is(err, web.ErrInvalid) || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%v, want one sentence with %q", err, tt.want)
			}
		})
	}
	if _, err := s.UploadPlugin(t.Context(), "x.wasm", io.MultiReader(strings.NewReader(good), iotest.ErrReader(lost))); !errors.Is(err, lost) {
		t.Errorf("an upload that breaks off: %v", err)
	}
	if left, err := os.ReadDir(s.spoolDir()); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	upload(t, s, "x.wasm", []byte(good))

	builtin := upload(t, s, "x.wasm", smallPlugin(t, "folder-rules", "9"))
	if builtin.Refused == "" {
		t.Error("what is shipped can be replaced")
	}
	if _, err := s.InstallUpload(t.Context(), builtin.Digest, "", true); !errors.Is(err, web.ErrInvalid) {
		t.Errorf("installed: %v", err)
	}
	for _, digest := range []string{"", "sha256:../../secret.key", plugin.Digest([]byte("x"))} {
		if _, err := s.UploadedPlugin(t.Context(), digest); !errors.Is(err, web.ErrNotFound) {
			t.Errorf("%q: %v", digest, err)
		}
	}
}

func TestUpload_keepsAFewForAnHour(t *testing.T) {
	s := newService(t)
	for i := range maxUploads + 3 {
		upload(t, s, "x.wasm", smallPlugin(t, "good", string(rune('a'+i))))
	}
	if left, err := os.ReadDir(s.spoolDir()); err != nil || len(left) != maxUploads {
		t.Errorf("%d uploads are kept, %v", len(left), err)
	}
}
