package maildir

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/spf13/afero"
)

// show returns a message file as the body shows it.
func show(t *testing.T, content, base string) (string, error) {
	t.Helper()
	fsys := afero.NewMemMapFs()
	if err := afero.WriteFile(fsys, "/m", []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := fsys.Open("/m")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b, err := newBody(f, base, int64(len(content)))
	if err != nil {
		return "", err
	}
	size := b.size
	got, err := io.ReadAll(iotest.OneByteReader(b))
	if err == nil && int64(len(got)) != size {
		t.Errorf("%d bytes announced, %d given", size, len(got))
	}
	return string(got), err
}

func TestBody_showsBareLineFeedsAsCRLF(t *testing.T) {
	tests := []struct{ name, base, give, want string }{
		{"CRLF", "x", "a: b\r\n\r\nc\r\n", "a: b\r\n\r\nc\r\n"},
		{"LF", "x", "a: b\n\nc\n", "a: b\r\n\r\nc\r\n"},
		{"mixed", "x", "a: b\r\n\nc\n\r\n", "a: b\r\n\r\nc\r\n\r\n"},
		{"lone CR", "x", "a\rb\n\r", "a\rb\r\n\r"},
		{"LF, sizes known", "x,S=8,W=11", "a: b\n\nc\n", "a: b\r\n\r\nc\r\n"},
		{"only S", "x,S=8", "a: b\n\nc\n", "a: b\r\n\r\nc\r\n"},
		{"S is wrong", "x,S=3,W=3", "a: b\n\nc\n", "a: b\r\n\r\nc\r\n"},
		{"ours: byte for byte", "x,S=8,W=8", "a: b\n\nc\n", "a: b\n\nc\n"},
		{"empty", "x", "", ""},
		{"empty, ours", "x,S=0,W=0", "", ""},
		{"long", "x", strings.Repeat("0123456789\n", 20_000), strings.Repeat("0123456789\r\n", 20_000)},
	}
	for _, tt := range tests {
		got, err := show(t, tt.give, tt.base)
		if err != nil || got != tt.want {
			t.Errorf("%s: %.80q, %v; want %.80q", tt.name, got, err, tt.want)
		}
	}
}

func TestBody_thatIsShorterThanItsNameSaysFails(t *testing.T) {
	if got, err := show(t, "a: b\n\nc\n", "x,S=8,W=12"); err == nil {
		t.Errorf("got %q without an error", got)
	}
}

func TestBody_refusesWhatIsNoMail(t *testing.T) {
	for _, give := range []string{"\x1f\x8b\x08\x00compressed", "CRYPTED\x03\x07secret", "\x28\xb5\x2f\xfdzstd"} {
		if got, err := show(t, give, "x"); err == nil {
			t.Errorf("%q is shown as %q", give, got)
		}
	}
}

func FuzzBody(f *testing.F) {
	f.Add("a: b\r\n\r\nc\n\n")
	f.Add("\r\r\n\n\r")
	f.Fuzz(func(t *testing.T, content string) {
		got, err := show(t, content, "x")
		if err != nil {
			return
		}
		flat := func(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") }
		if flat(got) != flat(content) {
			t.Errorf("%q is shown as %q", content, got)
		}
		if n, _ := bareLF(strings.NewReader(got)); n != 0 {
			t.Errorf("%q is shown with bare LF as %q", content, got)
		}
		// The size in the name must not change what is shown.
		named, err := show(t, content, fmt.Sprintf("x,S=%d,W=%d", len(content), len(got)))
		if err != nil || named != got {
			t.Errorf("with sizes %q, %v; without %q", named, err, got)
		}
	})
}

func TestReadHeader_endsWithAnEmptyLine(t *testing.T) {
	tests := []struct{ give, want string }{
		{"a: b\r\nc: d\r\n\r\nbody\r\n", "a: b\r\nc: d\r\n\r\n"},
		{"a: b\n\nbody\n", "a: b\r\n\r\n"},
		{"a: b\r\n", "a: b\r\n\r\n"},
		{"a: b", "a: b\r\n\r\n"},
		{"\r\nbody", "\r\n"},
		{"", "\r\n"},
	}
	for _, tt := range tests {
		fsys := afero.NewMemMapFs()
		_ = afero.WriteFile(fsys, "/m", []byte(tt.give), 0o600)
		f, _ := fsys.Open("/m")
		b, err := newBody(f, "x", int64(len(tt.give)))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := readHeader(b); err != nil || string(got) != tt.want {
			t.Errorf("header of %q is %q, %v; want %q", tt.give, got, err, tt.want)
		}
	}
}
