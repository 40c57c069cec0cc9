package plugins

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mailweir/mailweir/sdk/abi"
)

// engineRecord reads what build.sh wrote beside the file.
func engineRecord(t *testing.T, dir string) map[string]string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(dir, "javascript.wasm.json"))
	if err != nil {
		t.Fatal(err)
	}
	var record map[string]string
	if err := json.Unmarshal(raw, &record); err != nil {
		t.Fatal(err)
	}
	return record
}

func TestJavaScript_isWhatWasRecorded(t *testing.T) {
	wasm := JavaScript()
	if len(wasm) >= 1<<20 {
		t.Errorf("%d bytes; the engine stays below 1 MiB", len(wasm))
	}
	sum := sha256.Sum256(wasm)
	if got, want := hex.EncodeToString(sum[:]), engineRecord(t, "javascript")["sha256"]; got != want {
		t.Errorf("the committed file has the SHA-256 %s, recorded is %s", got, want)
	}
	raw, err := os.ReadFile("javascript/plugin.json")
	if err != nil {
		t.Fatal(err)
	}
	want, err := abi.ParseManifest(raw)
	if err != nil {
		t.Fatal(err)
	}
	got, err := abi.ReadManifest(wasm)
	if err != nil {
		t.Fatal(err)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, want.Config); err != nil {
		t.Fatal(err)
	}
	want.Config = compact.Bytes()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the manifest inside is not that of the folder; run build.sh: -want +got\n%s", diff)
	}
}

// TestJavaScript_isReproducible takes half a minute, a C compiler for WebAssembly
// and a mirror of Debian, so it has to be asked for.
func TestJavaScript_isReproducible(t *testing.T) {
	if os.Getenv("MAILWEIR_REBUILD") == "" {
		t.Skip("MAILWEIR_REBUILD is not set")
	}
	if _, err := exec.LookPath("clang-16"); err != nil {
		t.Skip("clang-16 is not installed; build.sh lists what it needs")
	}
	dir := t.TempDir()
	if out, err := exec.CommandContext(t.Context(), "bash", "javascript/build.sh", "-o", dir).CombinedOutput(); err != nil {
		t.Fatalf("build.sh: %v\n%s", err, out)
	}
	want, got := engineRecord(t, "javascript"), engineRecord(t, dir)
	for tool, version := range want {
		if tool != "sha256" && got[tool] != version {
			t.Skipf("built with %s %s, here is %s: other bytes are expected", tool, version, got[tool])
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the sources give another file than the committed one; run build.sh: -want +got\n%s", diff)
	}
}
