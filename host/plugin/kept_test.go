package plugin

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mailweir/mailweir/sdk/abi"
)

// kept lists the files in a cache: those of outlines, and those of compiled code.
func kept(t *testing.T, dir string) (outlines, code []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		switch folder := filepath.Base(filepath.Dir(file)); {
		case folder == outlineVersion:
			outlines = append(outlines, file)
		case strings.HasPrefix(folder, "wazero-"):
			code = append(code, file)
		default:
			t.Errorf("left behind: %s", file)
		}
	}
	return outlines, code
}

// TestLoad_keepsWhatWasCompiled: what is kept answers as what was just compiled does, within
// the same limits; and where a part of it was damaged, cut short or taken away, the module
// is compiled anew.
func TestLoad_keepsWhatWasCompiled(t *testing.T) {
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
	ready := func(what string, want bool) {
		t.Helper()
		h := newHost(t, opts)
		compiled := h.compiledBefore(t.Context(), digest)
		if (compiled != nil) != want {
			t.Errorf("%s: is it ready? %v, want %v", what, compiled != nil, want)
		}
		if compiled != nil {
			compiled.Close(t.Context())
		}
	}
	ready("before", false)
	ask("made")
	outlines, code := kept(t, dir)
	if len(outlines) != 1 || filepath.Base(outlines[0]) != digest[len("sha256:"):] || len(code) != 1 {
		t.Fatalf("kept are %v and %v, want one of %s each", outlines, code, digest)
	}
	ready("kept", true)
	ask("kept")

	for _, file := range []string{outlines[0], code[0]} {
		good, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		flipped := slices.Clone(good)
		flipped[len(flipped)-9] ^= 1 // in an outline's data, or in code
		for name, spoil := range map[string]func() error{
			"empty":     func() error { return os.WriteFile(file, nil, 0o600) },
			"cut short": func() error { return os.WriteFile(file, good[:len(good)-9], 0o600) },
			"damaged":   func() error { return os.WriteFile(file, flipped, 0o600) },
			"missing":   func() error { return os.Remove(file) },
		} {
			if err := spoil(); err != nil {
				t.Fatal(err)
			}
			what := filepath.Base(filepath.Dir(file)) + ": " + name
			ready(what, false)
			// To look for code must not put that of an outline in its place.
			if now, err := os.ReadFile(code[0]); err == nil && file == code[0] && name == "missing" {
				t.Errorf("%s: there is code of %d bytes", what, len(now))
			}
			ask(what)
			if now, err := os.ReadFile(file); err != nil || string(now) != string(good) {
				t.Errorf("%s: it was not made anew (%v)", what, err)
			}
			ready(what, true)
		}
	}
	if outlines, code := kept(t, dir); len(outlines) != 1 || len(code) != 1 {
		t.Errorf("kept are %v and %v", outlines, code)
	}
}

// TestLoad_tellsModulesOfTheSameOutlineApart: they differ only in what their functions do.
func TestLoad_tellsModulesOfTheSameOutlineApart(t *testing.T) {
	opts := quick
	opts.CacheDir = t.TempDir()
	for range 2 { // compiled, and kept
		for _, want := range []int32{abi.ResultSkip, abi.ResultDefer} {
			h := newHost(t, opts)
			c, err := h.Chain(t.Context(), []Binding{{Module: load(t, h, "a", one(abi.HookMapFolder, "", nil, i32(want)).bytes())}}, quiet)
			if err != nil {
				t.Fatal(err)
			}
			answer, err := c.MapFolder(t.Context(), question1())
			if err != nil || answer.Exclude != (want == abi.ResultSkip) || answer.Defer != (want == abi.ResultDefer) {
				t.Errorf("%d: %+v, %v", want, answer, err)
			}
			c.Close()
		}
	}
}

// TestLoad_keepsNothingOfWhatIsRefused: only what was compiled is worth a place.
func TestLoad_keepsNothingOfWhatIsRefused(t *testing.T) {
	dir := t.TempDir()
	h := newHost(t, Options{CacheDir: dir})
	bad := guest{funcs: map[string][]byte{abi.HookMapFolder: {0x6a}}}.bytes() // an addition of nothing
	_, err := h.Load(t.Context(), "x", bad)
	wantError(t, err, "is no valid WebAssembly module")
	if outlines, code := kept(t, dir); len(outlines)+len(code) > 0 {
		t.Errorf("kept: %v, %v", outlines, code)
	}
}

// TestLoad_saysThatCodeCanNotBeKept: the module is not to blame.
func TestLoad_saysThatCodeCanNotBeKept(t *testing.T) {
	opts := quick
	opts.CacheDir = t.TempDir()
	h := newHost(t, opts)
	dirs, err := filepath.Glob(filepath.Join(opts.CacheDir, "wazero-*"))
	if err != nil || len(dirs) != 1 {
		t.Fatal(dirs, err)
	}
	if err := os.Remove(dirs[0]); err != nil {
		t.Fatal(err)
	}
	_, err = h.Load(t.Context(), "a", one(abi.HookMapFolder, "", nil, i32(0)).bytes())
	wantError(t, err, "plugin a was compiled, but the code can not be kept: ")
}

// TestLoad_worksWhereNoOutlineCanBeKept: it is only slower then.
func TestLoad_worksWhereNoOutlineCanBeKept(t *testing.T) {
	opts := quick
	opts.CacheDir = t.TempDir()
	if err := os.WriteFile(filepath.Join(opts.CacheDir, outlineVersion), nil, 0o600); err != nil { // no folder
		t.Fatal(err)
	}
	h := newHost(t, opts)
	c, err := h.Chain(t.Context(), []Binding{{Module: load(t, h, "a", one(abi.HookMapFolder, "", nil, i32(abi.ResultSkip)).bytes())}}, quiet)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if answer, err := c.MapFolder(t.Context(), question1()); err != nil || !answer.Exclude {
		t.Errorf("%+v, %v", answer, err)
	}
}

// TestLoad_removesWhatAKilledProcessLeft: but not what one is working on.
func TestLoad_removesWhatAKilledProcessLeft(t *testing.T) {
	opts := quick
	opts.CacheDir = t.TempDir()
	old, young := filepath.Join(opts.CacheDir, "compiling-1"), filepath.Join(opts.CacheDir, "compiling-2")
	for _, dir := range []string{old, young} {
		if err := os.MkdirAll(filepath.Join(dir, "module"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	long := time.Now().Add(-48 * time.Hour)
	if err := os.Chtimes(old, long, long); err != nil {
		t.Fatal(err)
	}
	load(t, newHost(t, opts), "a", one(abi.HookMapFolder, "", nil, i32(0)).bytes())
	if _, err := os.Stat(old); !os.IsNotExist(err) {
		t.Errorf("%s: %v", old, err)
	}
	if _, err := os.Stat(young); err != nil {
		t.Error(err)
	}
}
