package plugin

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"testing"

	"github.com/mailweir/mailweir/sdk/abi"
)

func metersIn(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, meteredVersion, "*"))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestLoad_keepsMeteredModules: what is kept is what would be made anew, it limits the guest
// as that does, and a file that was damaged or cut short changes nothing.
func TestLoad_keepsMeteredModules(t *testing.T) {
	dir := t.TempDir()
	opts := quick
	opts.CacheDir = dir
	loops := one(abi.HookMapFolder, "", nil, forever, i32(0)).bytes()
	digest := Digest(loops)
	ask := func(what string) {
		t.Helper()
		h := newHost(t, opts)
		c, err := h.Chain(t.Context(), []Binding{{Module: load(t, h, "a", loops)}}, quiet)
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		defer c.Close()
		_, err = c.MapFolder(t.Context(), question1())
		wantError(t, err, "it used 500000 of 500000 ticks")
	}
	ask("made")
	files := metersIn(t, dir)
	if len(files) != 1 || filepath.Base(files[0]) != digest[len("sha256:"):] {
		t.Fatalf("kept are %v, want one of %s", files, digest)
	}
	good, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	h := newHost(t, opts)
	anew, kept, err := newHost(t, quick).addMeter(digest, loops)
	if err != nil || kept {
		t.Fatal(kept, err)
	}
	if again, kept, err := h.addMeter(digest, nil); err != nil || !kept || string(again) != string(anew) {
		t.Errorf("kept %v, %v; is it what is made anew: %v", kept, err, string(again) == string(anew))
	}
	ask("kept")
	for name, give := range map[string][]byte{
		"empty":           {},
		"cut short":       good[:len(good)-9],
		"without a meter": append(make([]byte, 4), loops...),
		"damaged":         append(append([]byte{}, good[:40]...), append([]byte{good[40] ^ 1}, good[41:]...)...),
	} {
		if err := os.WriteFile(files[0], give, 0o600); err != nil {
			t.Fatal(err)
		}
		ask(name)
		if now, err := os.ReadFile(files[0]); err != nil || string(now) != string(good) {
			t.Errorf("%s: it was not made anew (%v)", name, err)
		}
	}
	if files := metersIn(t, dir); len(files) != 1 {
		t.Errorf("left behind: %v", files)
	}
}

// TestLoad_keepsNothingOfWhatIsRefused: only what was compiled is worth a place.
func TestLoad_keepsNothingOfWhatIsRefused(t *testing.T) {
	dir := t.TempDir()
	h := newHost(t, Options{CacheDir: dir})
	bad := guest{funcs: map[string][]byte{abi.HookMapFolder: {0x6a}}}.bytes() // an addition of nothing
	_, err := h.Load(t.Context(), "x", bad)
	wantError(t, err, "is no valid WebAssembly module")
	if files := metersIn(t, dir); len(files) > 0 {
		t.Errorf("kept: %v", files)
	}
}

// TestMeteredVersion_growsWithClampTables: see the test of the same kind in package meter.
func TestMeteredVersion_growsWithClampTables(t *testing.T) {
	const version, want = "metered-v1", "fc4f14f08892f7e0fe7c49f690e157f99f4651659f85b0887ea366e5a9ad72b9"
	clamped, err := clampTables(guest{funcs: map[string][]byte{abi.HookMapFolder: i32(0)}, table: []byte{2, 0x70, 0, 1, 0x6f, 1, 2, 3}}.bytes())
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(clamped)
	if got := hex.EncodeToString(sum[:]); got != want || meteredVersion != version {
		t.Errorf("%s: clampTables writes %s; where that is another one than %s of %s, raise meter.Version and enter both here", meteredVersion, got, want, version)
	}
}
