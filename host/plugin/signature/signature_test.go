package signature

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mailweir/mailweir/sdk/abi"
)

// module is as small as a module with something in it can be.
func module() []byte {
	body := append(abi.AppendBytes(nil, []byte("notes")), "by nobody"...)
	return abi.AppendBytes(append([]byte("\x00asm\x01\x00\x00\x00"), 0), body)
}

// newKey returns a key and the files of its halves.
func newKey(t testing.TB) (key ed25519.PrivateKey, private, public []byte) {
	t.Helper()
	private, public, err := NewKey()
	if err != nil {
		t.Fatal(err)
	}
	if key, err = ParsePrivate(private); err != nil {
		t.Fatal(err)
	}
	return key, private, public
}

func sign(t testing.TB, wasm []byte, key ed25519.PrivateKey) []byte {
	t.Helper()
	signed, err := Sign(wasm, key)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

func TestSign_isReadBack(t *testing.T) {
	key, _, _ := newKey(t)
	signed := sign(t, module(), key)
	if !bytes.HasPrefix(signed, module()) {
		t.Error("signing changed what was signed")
	}
	got, err := Read(signed)
	if err != nil || !got.Equal(key.Public()) {
		t.Errorf("got %x, %v", got, err)
	}
	if got, err := Read(module()); got != nil || err != nil {
		t.Errorf("a file that is not signed: %x, %v", got, err)
	}
}

func TestSign_replacesASignature(t *testing.T) {
	first, _, _ := newKey(t)
	second, _, _ := newKey(t)
	again := sign(t, sign(t, module(), first), second)
	if want := sign(t, module(), second); !bytes.Equal(again, want) {
		t.Error("signing again leaves something of the first signature")
	}
	stripped, err := Strip(again)
	if err != nil || !bytes.Equal(stripped, module()) {
		t.Errorf("stripped it is another file, %v", err)
	}
}

// TestRead_noticesEveryChangedByte flips each bit of a signed file in turn.
func TestRead_noticesEveryChangedByte(t *testing.T) {
	key, _, _ := newKey(t)
	signed := sign(t, module(), key)
	for i := range signed {
		for bit := range 8 {
			changed := slices.Clone(signed)
			changed[i] ^= 1 << bit
			got, err := Read(changed)
			// A file that calls the section something else is not signed any more.
			if err == nil && got != nil {
				t.Errorf("byte %d, bit %d: it still counts as signed by %s", i, bit, ID(got))
			}
		}
	}
}

func TestRead_saysWhatIsBad(t *testing.T) {
	key, _, _ := newKey(t)
	signed := sign(t, module(), key)
	section := signed[len(module()):]
	custom := func(body string) []byte {
		return abi.AppendBytes(append(module(), 0), append(abi.AppendBytes(nil, []byte(Section)), body...))
	}
	changed := slices.Clone(signed)
	changed[bytes.Index(changed, []byte("nobody"))] = 'N'
	tests := []struct {
		name string
		give []byte
		want string
	}{
		{"changed", changed, "has a bad signature: the file is not what was signed"},
		{"followed", append(slices.Clone(signed), module()[8:]...), "has a bad signature: something follows it"},
		{"twice", append(slices.Clone(signed), section...), "has a bad signature: something follows it"},
		{"empty", custom(""), "has a bad signature: it has a layout that this server does not know"},
		{"of another layout", custom("\x02" + strings.Repeat("x", 96)), "has a bad signature: it has a layout that this server does not know"},
		{"short", custom("\x01" + strings.Repeat("x", 95)), "has a bad signature: it has another length than one with a key"},
		{"long", custom("\x01" + strings.Repeat("x", 97)), "has a bad signature: it has another length than one with a key"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Read(tt.give)
			if !errors.Is(err, ErrBad) || err.Error() != tt.want {
				t.Errorf("got %v, want %s", err, tt.want)
			}
			if got := (Trust{}).Look(tt.give); got.State != Bad || got.Fault != tt.want {
				t.Errorf("got %+v", got)
			}
		})
	}
	if _, err := Read([]byte("text")); !errors.Is(err, abi.ErrNoWasm) {
		t.Errorf("a text: %v", err)
	}
}

func TestTrust_knowsItsKeysAlone(t *testing.T) {
	ann, _, _ := newKey(t)
	bob, _, _ := newKey(t)
	trust := Trust{{"ann", ann.Public().(ed25519.PublicKey)}}
	for _, tt := range []struct {
		give []byte
		want Finding
	}{
		{module(), Finding{State: Unsigned}},
		{[]byte("text"), Finding{State: Unsigned}},
		{sign(t, module(), ann), Finding{State: Trusted, Key: ID(ann.Public().(ed25519.PublicKey)), Name: "ann"}},
		{sign(t, module(), bob), Finding{State: Untrusted, Key: ID(bob.Public().(ed25519.PublicKey))}},
	} {
		if got := trust.Look(tt.give); got != tt.want {
			t.Errorf("got %+v, want %+v", got, tt.want)
		}
	}
}

func TestParse_saysWhatAFileIs(t *testing.T) {
	_, private, public := newKey(t)
	if _, err := ParsePublic(public); err != nil {
		t.Error(err)
	}
	tests := []struct {
		name            string
		give            []byte
		private, public string
	}{
		{"text", []byte("hello"), "is no PEM file with a private key", "is no PEM file with a public key"},
		{"the other half", nil, `holds a "public key", not a private key`, `holds a "private key", not a public key`},
		{"twice", nil, "holds more than one key", "holds more than one key"},
		{"large", bytes.Repeat([]byte("x"), MaxKeyFile+1), "is larger than 16384 bytes", "is larger than 16384 bytes"},
	}
	for _, tt := range tests {
		asPrivate, asPublic := tt.give, tt.give
		switch tt.name {
		case "the other half":
			asPrivate, asPublic = public, private
		case "twice":
			asPrivate, asPublic = append(slices.Clone(private), private...), append(slices.Clone(public), public...)
		}
		if _, err := ParsePrivate(asPrivate); err == nil || err.Error() != tt.private {
			t.Errorf("%s as a private key: %v, want %s", tt.name, err, tt.private)
		}
		if _, err := ParsePublic(asPublic); err == nil || err.Error() != tt.public {
			t.Errorf("%s as a public key: %v, want %s", tt.name, err, tt.public)
		}
	}
}

// TestKeys_areThoseOfOpenSSL: both sides read the other one's keys and signatures.
func TestKeys_areThoseOfOpenSSL(t *testing.T) {
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("there is no command openssl")
	}
	dir := t.TempDir()
	file := func(name string, content []byte) string {
		path := filepath.Join(dir, name)
		if content != nil {
			if err := os.WriteFile(path, content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		return path
	}
	run := func(args ...string) string {
		out, err := exec.CommandContext(t.Context(), openssl, args...).CombinedOutput()
		if err != nil {
			t.Fatalf("openssl %s: %v\n%s", strings.Join(args, " "), err, out)
		}
		return string(out)
	}
	_, private, public := newKey(t)
	if got := run("pkey", "-in", file("ours.key", private), "-pubout"); got != string(public) {
		t.Errorf("of our private key it makes\n%swant\n%s", got, public)
	}

	run("genpkey", "-algorithm", "ed25519", "-out", file("theirs.key", nil))
	theirs, err := os.ReadFile(file("theirs.key", nil))
	if err != nil {
		t.Fatal(err)
	}
	key, err := ParsePrivate(theirs)
	if err != nil {
		t.Fatal(err)
	}
	pub, err := EncodePublic(key.Public().(ed25519.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	signed := sign(t, module(), key)
	run("pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", file("theirs.pub", pub),
		"-in", file("plugin", module()), "-sigfile", file("sig", signed[len(signed)-ed25519.SignatureSize:]))

	run("pkey", "-pubin", "-in", file("theirs.pub", nil), "-outform", "der", "-out", file("theirs.der", nil))
	sum := run("dgst", "-sha256", "-r", file("theirs.der", nil))
	if id := ID(key.Public().(ed25519.PublicKey)); !strings.HasPrefix(sum, id) || len(id) != hex.EncodedLen(8) {
		t.Errorf("the ID is %s, the digest %s", id, sum)
	}
}

func FuzzRead(f *testing.F) {
	key, _, _ := newKey(f)
	f.Add([]byte{})
	f.Add(module())
	f.Add(sign(f, module(), key))
	f.Add(append(sign(f, module(), key), sign(f, module(), key)[8:]...))
	f.Fuzz(func(t *testing.T, wasm []byte) {
		got, err := Read(wasm)
		if err != nil && got != nil {
			t.Fatal("a key and an error")
		}
		signed, err := Sign(wasm, key)
		if err != nil {
			if _, err := abi.Sections(wasm); err == nil {
				t.Fatalf("a module can not be signed: %v", err)
			}
			return
		}
		if got, err := Read(signed); err != nil || !got.Equal(key.Public()) {
			t.Fatalf("what was signed is read as signed by %x, %v", got, err)
		}
	})
}

func FuzzParseKey(f *testing.F) {
	_, private, public := newKey(f)
	f.Add(private)
	f.Add(public)
	f.Add([]byte("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		if key, err := ParsePrivate(file); err == nil && len(key) != ed25519.PrivateKeySize {
			t.Fatalf("a private key of %d bytes", len(key))
		}
		key, err := ParsePublic(file)
		if err != nil {
			return
		}
		again, err := EncodePublic(key)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := ParsePublic(again); err != nil || !back.Equal(key) {
			t.Fatalf("read back: %x, %v", back, err)
		}
	})
}
