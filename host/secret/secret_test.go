package secret

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func env(pairs ...string) func(string) string {
	return func(name string) string {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1]
			}
		}
		return ""
	}
}

var testKey = bytes.Repeat([]byte{7}, keySize)

func open(t testing.TB, dir string, pairs ...string) *Box {
	t.Helper()
	b, err := Open(dir, env(pairs...))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestBox_opensWhatItSealed(t *testing.T) {
	b := open(t, t.TempDir())
	for _, plain := range []string{"", "secret", strings.Repeat("päss\x00", 1000)} {
		sealed, err := b.Seal("source.password:1", []byte(plain))
		if err != nil {
			t.Fatal(err)
		}
		if plain != "" && strings.Contains(sealed, plain) {
			t.Errorf("sealed value shows the secret")
		}
		got, err := b.Unseal("source.password:1", sealed)
		if err != nil || string(got) != plain {
			t.Errorf("got %q, %v; want %q", got, err, plain)
		}
	}
}

func TestBox_sealsTheSameDifferentlyEachTime(t *testing.T) {
	b := open(t, t.TempDir())
	one, _ := b.Seal("x", []byte("secret"))
	two, _ := b.Seal("x", []byte("secret"))
	if one == two {
		t.Error("two seals of the same secret are equal")
	}
}

func TestUnseal_refuses(t *testing.T) {
	b := open(t, "", EnvKey, hex.EncodeToString(testKey))
	sealed, err := b.Seal("source.password:1", []byte("secret"))
	if err != nil {
		t.Fatal(err)
	}
	flipped := []byte(sealed)
	at := len(sealed) - 10
	flipped[at] = map[bool]byte{true: 'B', false: 'A'}[flipped[at] == 'A']
	other := open(t, "", EnvKey, hex.EncodeToString(bytes.Repeat([]byte{8}, keySize)))
	tests := []struct {
		name        string
		box         *Box
		where, give string
		want        error
	}{
		{"a value that was moved to another row", b, "source.password:2", sealed, ErrBroken},
		{"a changed value", b, "source.password:1", string(flipped), ErrBroken},
		{"half a value", b, "source.password:1", sealed[:len(sealed)/2], ErrBroken},
		{"an unknown version", b, "source.password:1", "v9" + sealed[2:], ErrBroken},
		{"clear text", b, "source.password:1", "secret", ErrBroken},
		{"nothing", b, "source.password:1", "", ErrBroken},
		{"a value of another key", other, "source.password:1", sealed, ErrWrongKey},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := tt.box.Unseal(tt.where, tt.give)
			if !errors.Is(err, tt.want) || got != nil {
				t.Errorf("got %q, %v; want %v", got, err, tt.want)
			}
		})
	}
}

func TestBox_printsNoKey(t *testing.T) {
	b := open(t, "", EnvKey, hex.EncodeToString(testKey))
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		if got := fmt.Sprintf(format, b); got != "key "+b.KeyID() {
			t.Errorf("%s prints %q", format, got)
		}
	}
}

func TestOpen_readsTheKeyInEverySpelling(t *testing.T) {
	want := open(t, "", EnvKey, hex.EncodeToString(testKey)).KeyID()
	binary := bytes.Repeat([]byte{0xfb, 0xff}, keySize/2) // + and / in base64
	for _, give := range []string{
		strings.ToUpper(hex.EncodeToString(testKey)),
		base64.StdEncoding.EncodeToString(testKey),
		" " + base64.RawURLEncoding.EncodeToString(testKey) + "\n",
	} {
		if got := open(t, "", EnvKey, give).KeyID(); got != want {
			t.Errorf("%q is another key", give)
		}
	}
	if open(t, "", EnvKey, base64.URLEncoding.EncodeToString(binary)).KeyID() != open(t, "", EnvKey, base64.StdEncoding.EncodeToString(binary)).KeyID() {
		t.Error("the two alphabets of base64 give different keys")
	}
}

func TestOpen_makesAKeyFileOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	first := open(t, dir)
	info, err := os.Stat(filepath.Join(dir, FileName))
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode is %v, want 0600", info.Mode())
	}
	if open(t, dir).KeyID() != first.KeyID() {
		t.Error("the second start has another key")
	}
	if open(t, t.TempDir()).KeyID() == first.KeyID() {
		t.Error("two directories have the same key")
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 1 {
		t.Errorf("directory holds %v, %v; want the key file only", left, err)
	}
}

func TestOpen_givesAllOfManyFirstStartsTheSameKey(t *testing.T) {
	dir := t.TempDir()
	ids := make([]string, 20)
	var wg sync.WaitGroup
	for i := range ids {
		wg.Go(func() {
			b, err := Open(dir, env())
			if err != nil {
				t.Error(err)
				return
			}
			ids[i] = b.KeyID()
		})
	}
	wg.Wait()
	for _, id := range ids {
		if id != ids[0] {
			t.Fatalf("keys differ: %v", ids)
		}
	}
}

func TestOpen_refuses(t *testing.T) {
	write := func(t *testing.T, mode os.FileMode, text string) string {
		path := filepath.Join(t.TempDir(), "key")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good := hex.EncodeToString(testKey)
	tests := []struct {
		name string
		give func(t *testing.T) []string
		want string
	}{
		{"a key file that the group may read", func(t *testing.T) []string { return []string{EnvKeyFile, write(t, 0o640, good)} }, "others than its owner may use it (mode 0640)"},
		{"a key file that everybody may read", func(t *testing.T) []string { return []string{EnvKeyFile, write(t, 0o604, good)} }, "mode 0604"},
		{"an empty key file", func(t *testing.T) []string { return []string{EnvKeyFile, write(t, 0o600, "")} }, "not 32 bytes"},
		{"a short key", func(*testing.T) []string { return []string{EnvKey, good[:62]} }, "not 32 bytes"},
		{"a word", func(*testing.T) []string { return []string{EnvKey, "password"} }, "not 32 bytes"},
		{"a missing key file", func(*testing.T) []string { return []string{EnvKeyFile, "/does/not/exist"} }, "no such file"},
		{"a directory", func(t *testing.T) []string { return []string{EnvKeyFile, t.TempDir()} }, "not a regular file"},
		{"a key and a key file", func(*testing.T) []string { return []string{EnvKey, good, EnvKeyFile, "/x"} }, "both set"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Open(t.TempDir(), env(tt.give(t)...))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("error is %v, want one that says %q", err, tt.want)
			}
			if strings.Contains(err.Error(), good[:62]) || strings.Contains(err.Error(), "\n") {
				t.Errorf("error quotes the key or has several lines: %v", err)
			}
		})
	}
}

func TestOpen_takesAGroupReadableFileFromSystemd(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "key")
	if err := os.WriteFile(path, []byte(hex.EncodeToString(testKey)), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o440); err != nil {
		t.Fatal(err)
	}
	open(t, t.TempDir(), EnvKeyFile, path, "CREDENTIALS_DIRECTORY", dir)
}

func TestOpen_namesADataDirectoryThatCanNotBeMade(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(filepath.Join(file, "data"), env()); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("error is %v, want one that names the directory", err)
	}
}

func FuzzUnseal(f *testing.F) {
	b, err := newBox(testKey)
	if err != nil {
		f.Fatal(err)
	}
	sealed, _ := b.Seal("where", []byte("secret"))
	for _, seed := range []string{sealed, "v1:" + b.KeyID() + ":", "v1::", ":", "", "v1:" + b.KeyID() + ":AAAA"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		plain, err := b.Unseal("where", text)
		if err != nil {
			return
		}
		// Only a seed can open, and only as it was spelled.
		raw, _ := base64.StdEncoding.DecodeString(text[len("v1:"+b.KeyID()+":"):])
		if string(plain) != "secret" || text != "v1:"+b.KeyID()+":"+base64.StdEncoding.EncodeToString(raw) {
			t.Errorf("%q opens as %q", text, plain)
		}
	})
}

func FuzzParseKey(f *testing.F) {
	for _, seed := range []string{hex.EncodeToString(testKey), base64.StdEncoding.EncodeToString(testKey), "", "=", "A"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if key, err := parseKey(text); err == nil && len(key) != keySize {
			t.Errorf("%q gives a key of %d bytes", text, len(key))
		}
	})
}
