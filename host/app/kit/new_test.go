package kit_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/mailweir/mailweir/host/app/kit"
)

// TestNew_buildsWithoutTheRestOfTheWorld: the Go tool is forbidden to download, and
// the folder lies outside of our tree.
func TestNew_buildsWithoutTheRestOfTheWorld(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "lists")
	files, err := kit.New(dir, "lists", "go")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"README.md", "main.go", "plugin.json", "go.mod", "tests/cases.yaml", "mailweir/sdk/LICENSE"} {
		if !slices.Contains(files, want) {
			t.Errorf("there is no %s: %q", want, files)
		}
	}
	// vet reads everything that a plugin and its tests import, for both machines.
	for _, env := range []string{"GOOS=wasip1 GOARCH=wasm", "GOOS= GOARCH="} {
		cmd := exec.CommandContext(t.Context(), "go", "vet", ".", "github.com/mailweir/mailweir/sdk/sdktest")
		if strings.Contains(env, "wasm") {
			cmd.Args = cmd.Args[:3]
		}
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), append(strings.Fields(env), "GOPROXY=off", "GOFLAGS=-mod=mod", "GOWORK=off", "GOMODCACHE="+t.TempDir())...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", env, err, out)
		}
	}
}

// TestNew_asksForTheGoOfThisProgram because the SDK is that of this program.
func TestNew_asksForTheGoOfThisProgram(t *testing.T) {
	ours, err := os.ReadFile("../../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	want := regexp.MustCompile(`(?m)^go .*$`).Find(ours)
	dir := t.TempDir()
	if _, err := kit.New(dir, "lists", "go"); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"go.mod", "mailweir/go.mod"} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(text, append(want, '\n')) {
			t.Errorf("%s does not say %q:\n%s", name, want, text)
		}
	}
}

func TestNew_carriesTheLicenceAlong(t *testing.T) {
	ours, err := os.ReadFile("../../../LICENSE")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if _, err := kit.New(dir, "lists", "go"); err != nil {
		t.Fatal(err)
	}
	copied, err := os.ReadFile(filepath.Join(dir, "mailweir/sdk/LICENSE"))
	if err != nil || !bytes.Equal(ours, copied) {
		t.Errorf("sdk/LICENSE is not the file LICENSE (%v)", err)
	}
}

func TestNew_leavesWhatIsThere(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "main.go")
	if err := os.WriteFile(file, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := kit.New(dir, "lists", "go"); err == nil || !strings.HasSuffix(err.Error(), "is not empty") {
		t.Errorf("got error %v, want that the folder is not empty", err)
	}
	if text, err := os.ReadFile(file); err != nil || string(text) != "mine" {
		t.Errorf("main.go is %q now (%v)", text, err)
	}
}
