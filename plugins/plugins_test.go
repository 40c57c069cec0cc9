package plugins

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/mailweir/mailweir/sdk/abi"
	"github.com/mailweir/mailweir/sdk/pack"
)

func TestBuiltin_isWhatItsSourceSays(t *testing.T) {
	for _, file := range Builtin() {
		t.Run(file.Name, func(t *testing.T) {
			m, err := abi.ReadManifest(file.Wasm)
			if err != nil {
				t.Fatal(err)
			}
			raw, err := os.ReadFile(filepath.Join(file.Name, pack.ManifestFile))
			if err != nil {
				t.Fatal(err)
			}
			source, err := abi.ParseManifest(raw)
			if err != nil {
				t.Fatal(err)
			}
			if m.ID != file.Name || m.Version != source.Version || m.Description != source.Description {
				t.Errorf("the built plugin says %s %s, its source %s %s; run go generate ./plugins", m.ID, m.Version, source.ID, source.Version)
			}
			// What only the host and people read must not travel in every plugin.
			if bytes.Contains(file.Wasm, []byte(abi.HookTable[0].Doc)) || bytes.Contains(file.Wasm, []byte(abi.Imports[0].Doc)) {
				t.Error("the tables of package abi are linked into it")
			}
			if len(file.Wasm) >= 4<<20 {
				t.Errorf("%d bytes; shipped plugins stay below 4 MiB each", len(file.Wasm))
			}
		})
	}
}

// TestBuiltin_isShippedWhole notices a folder that nobody embeds.
func TestBuiltin_isShippedWhole(t *testing.T) {
	manifests, err := filepath.Glob(filepath.Join("*", pack.ManifestFile))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range manifests {
		name := filepath.Dir(m)
		if name != "javascript" && !slices.ContainsFunc(Builtin(), func(f File) bool { return f.Name == name }) {
			t.Errorf("the plugin in %s is not shipped", name)
		}
	}
}

// TestBuiltin_isReproducible builds each plugin again. The result depends on the
// version of Go, so another version than the recorded one can not tell.
func TestBuiltin_isReproducible(t *testing.T) {
	for _, file := range Builtin() {
		t.Run(file.Name, func(t *testing.T) {
			sum := sha256.Sum256(file.Wasm)
			var record pack.Record
			raw, err := os.ReadFile(filepath.Join(file.Name, file.Name+".wasm.json"))
			if _, isScript := os.Stat(filepath.Join(file.Name, file.Name+".js")); isScript == nil {
				t.Skip("it is a script, which is not built")
			}
			if err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(raw, &record); err != nil {
				t.Fatal(err)
			}
			if got := hex.EncodeToString(sum[:]); got != record.SHA256 {
				t.Fatalf("the committed file has the SHA-256 %s, recorded is %s", got, record.SHA256)
			}

			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
			defer cancel()
			version, err := pack.GoVersion(ctx, file.Name)
			if err != nil {
				t.Fatal(err)
			}
			if version != record.Go {
				t.Skipf("built with %s, this is %s: other bytes are expected", record.Go, version)
			}
			built, _, err := pack.Build(ctx, file.Name)
			if err != nil {
				t.Fatal(err)
			}
			if again := sha256.Sum256(built); again != sum {
				t.Errorf("the sources give the SHA-256 %x, the committed file has %x; run go generate ./plugins", again, sum)
			}
		})
	}
}
