package directory

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func collect(t *testing.T, d Directory, group string) ([]User, error) {
	t.Helper()
	var out []User
	err := d.Users(t.Context(), group, func(u User) error {
		out = append(out, u)
		return nil
	})
	return out, err
}

// refusal checks that err is of a kind and one sentence with these words.
func refusal(t *testing.T, err, kind error, words ...string) {
	t.Helper()
	if !errors.Is(err, kind) {
		t.Fatalf("%v, want %v", err, kind)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%q does not say %q", err, w)
		}
	}
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("%q is more than a line", err)
	}
}

type textFile struct{ *strings.Reader }

func (textFile) Close() error { return nil }

func csvOf(text string) CSV {
	return CSV{File: "users.csv", Open: func() (io.ReadSeekCloser, error) { return textFile{strings.NewReader(text)}, nil }}
}

func TestCSV_readsUsersAndGroups(t *testing.T) {
	d := csvOf("Name;Address;Groups;Room\nAnn;Ann@Example.org;\"staff;board\";1\nBob;bob@example.org;staff;2\n;cy@example.org;;\nAnn again;ann@example.org;guests;\n")
	got, err := collect(t, d, "")
	if err != nil {
		t.Fatal(err)
	}
	want := []User{
		{Address: "ann@example.org", Name: "Ann", Groups: []string{"staff", "board"}},
		{Address: "bob@example.org", Name: "Bob", Groups: []string{"staff"}},
		{Address: "cy@example.org"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	board, err := collect(t, d, "BOARD")
	if err != nil || len(board) != 1 || board[0].Address != "ann@example.org" {
		t.Errorf("%v, %v", board, err)
	}
}

func TestCSV_endsAtWhatItDoesNotUnderstand(t *testing.T) {
	_, err := collect(t, csvOf("address\nann@example.org\nnobody\n"), "")
	refusal(t, err, ErrConfig, "users.csv: ", `line 3: "nobody" is no address`)
	_, err = collect(t, csvOf("mail\nann@example.org\n"), "")
	refusal(t, err, ErrConfig, `names no column "address"`)
	_, err = collect(t, CSV{File: "gone.csv", Open: func() (io.ReadSeekCloser, error) { return nil, errors.New("no such file") }}, "")
	refusal(t, err, ErrConfig, "gone.csv: open the file: ", "no such file")
}

func TestCSV_givesNoMoreThanTheLimit(t *testing.T) {
	var b strings.Builder
	b.WriteString("address\n")
	for i := range MaxUsers + 1 {
		fmt.Fprintf(&b, "u%d@example.org\n", i)
	}
	users, err := collect(t, csvOf(b.String()), "")
	refusal(t, err, ErrTooMany, "users.csv", "more than 50000")
	if len(users) != MaxUsers {
		t.Errorf("%d users before", len(users))
	}
}

func TestStatic_givesItsUsers(t *testing.T) {
	d := Static{{Address: "Ann@example.org", Groups: []string{"staff"}}, {Address: "bob@example.org"}}
	if got, err := collect(t, d, ""); err != nil || len(got) != 2 || got[0].Address != "ann@example.org" {
		t.Errorf("%v, %v", got, err)
	}
	if got, err := collect(t, d, "staff"); err != nil || len(got) != 1 {
		t.Errorf("%v, %v", got, err)
	}
	_, err := collect(t, Static{{Address: "x"}}, "")
	refusal(t, err, ErrConfig, `"x" is no address`)
	ended := errors.New("enough")
	if err := d.Users(t.Context(), "", func(User) error { return ended }); !errors.Is(err, ended) {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := d.Users(ctx, "", func(User) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestValidAddress_takesMailboxesOnly(t *testing.T) {
	for _, bad := range []string{"", "ann", "@example.org", "ann@", "Ann <ann@example.org>", "a@b@c", `"a b"@example.org`, "ann@example.org\r\n.", "ann@exa mple.org"} {
		if got, err := ValidAddress(bad); err == nil && got != strings.TrimSpace(bad) {
			t.Errorf("%q is taken for %q", bad, got)
		} else if err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
	if got, err := ValidAddress(" Ann.O'Neil+x@Example.ORG "); err != nil || got != "ann.o'neil+x@example.org" {
		t.Errorf("%q, %v", got, err)
	}
}

func FuzzValidAddress(f *testing.F) {
	for _, s := range []string{"ann@example.org", "Ann <a@b>", "ü@ä.de", "a@[1.2.3.4]", "\x00@b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		address, err := ValidAddress(text)
		if err != nil {
			return
		}
		if again, err := ValidAddress(address); err != nil || again != address {
			t.Fatalf("%q becomes %q and then %q, %v", text, address, again, err)
		}
		if strings.ContainsAny(address, " \r\n\x00<>\"") {
			t.Fatalf("%q", address)
		}
	})
}
