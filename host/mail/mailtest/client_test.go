package mailtest

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// plain spells values for comparison.
func plain(values []value) string {
	var out []string
	for _, v := range values {
		if v.list != nil {
			out = append(out, "("+plain(v.list)+")")
			continue
		}
		out = append(out, string(v.text))
	}
	return strings.Join(out, "|")
}

func TestResponse_isTakenApart(t *testing.T) {
	tests := []struct {
		name     string
		give     response
		skip     int
		want     string
		wantFail bool
	}{
		{"fetch", response{`* 1 FETCH (UID 7 FLAGS (\Seen Junk) BODY[] {5})`, [][]byte{[]byte("a\r\n)\"")}}, 3, "(UID|7|FLAGS|(\\Seen|Junk)|BODY[]|a\r\n)\")", false},
		{"body first", response{`* 1 FETCH (BODY[] {2} UID 7)`, [][]byte{[]byte("{}")}}, 3, "(BODY[]|{}|UID|7)", false},
		{"quoted", response{`* LIST (\HasNoChildren) "/" "a \"b\" \\ (c)"`, nil}, 2, `(\HasNoChildren)|/|a "b" \ (c)`, false},
		{"header fields", response{`* 1 FETCH (BODY[HEADER.FIELDS (DATE)] "x")`, nil}, 3, "(BODY[HEADER.FIELDS (DATE)]|x)", false},
		{"open list", response{`* 1 FETCH (UID 7`, nil}, 3, "", true},
		{"open string", response{`* LIST () "/`, nil}, 2, "", true},
		{"no literal", response{`* LIST () {3}`, nil}, 2, "", true},
		{"left over", response{`* LIST () )`, nil}, 2, "", true},
	}
	for _, tt := range tests {
		got, err := tt.give.values(tt.skip)
		if (err != nil) != tt.wantFail || err == nil && plain(got) != tt.want {
			t.Errorf("%s: %q, %v; want %q", tt.name, plain(got), err, tt.want)
		}
	}
}

func FuzzResponse(f *testing.F) {
	f.Add(`* 1 FETCH (UID 7 FLAGS (\Seen Junk) BODY[] {5})`, []byte("hello"))
	f.Add(`* LIST (\X) "/" "a \"b\" \\ (c)"`, []byte{})
	f.Add(`* 1 FETCH (BODY[HEADER.FIELDS (DATE)] "x") {1} BODY[ ((((`, []byte("x"))
	f.Fuzz(func(_ *testing.T, text string, literal []byte) {
		r := response{text, [][]byte{literal}}
		_, _ = r.values(0) // ends, and does not panic
		literalAtEnd(text)
	})
}

func TestNames_crossInBothDirections(t *testing.T) {
	for name, raw := range map[string]string{
		"Entwürfe": "Entw&APw-rfe", "R&D": "R&-D", "日本語": "&ZeVnLIqe-", "😀": "&2D3eAA-", "a/b": "a/b", "&ü&": "&-&APw-&-",
	} {
		if got := encodeName(name); got != raw {
			t.Errorf("encodeName(%q) = %q, want %q", name, got, raw)
		}
		if got, err := decodeName(raw); err != nil || got != name {
			t.Errorf("decodeName(%q) = %q, %v; want %q", raw, got, err, name)
		}
	}
}

func FuzzNames(f *testing.F) {
	f.Add("Entwürfe/R&D")
	f.Add("😀&-")
	f.Fuzz(func(t *testing.T, name string) {
		_, _ = decodeName(name) // ends, and does not panic
		if !utf8.ValidString(name) {
			return
		}
		if got, err := decodeName(encodeName(name)); err != nil || got != name {
			t.Errorf("%q comes back as %q, %v", name, got, err)
		}
	})
}
