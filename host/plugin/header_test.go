package plugin

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestHeader_findsFields(t *testing.T) {
	h := newHeader([]byte("A: 1\r\n folded\r\nnot a field\r\n continued nothing\r\nb : 2\na:\t3 \n: no name\r\nC:\r\n\r\nD: body\r\n"))
	tests := []struct {
		name  string
		index int
		want  string
		ok    bool
	}{
		{"a", 0, " 1\r\n folded", true},
		{"A", 1, "\t3 ", true},
		{"A", 2, "", false},
		{"B", 0, " 2", true},
		{"C", 0, "", true},
		{"D", 0, "", false},
		{"", 0, "", false},
	}
	for _, tt := range tests {
		got, ok := h.get([]byte(tt.name), tt.index)
		if string(got) != tt.want || ok != tt.ok {
			t.Errorf("%s[%d]: got %q, %v; want %q, %v", tt.name, tt.index, got, ok, tt.want, tt.ok)
		}
	}
	var names []string
	for i := range h.count() {
		name, _ := h.name(i)
		names = append(names, name)
	}
	if got := strings.Join(names, ","); got != "A,b,a,C" {
		t.Errorf("names %q", got)
	}
}

func TestDecodeHeader(t *testing.T) {
	tests := []struct{ give, want string }{
		{" plain ", "plain"},
		{" a\r\n b\n\tc", "a b\tc"},
		{"=?utf-8?B?R3LDvMOfZQ==?=", "Grüße"},
		{"=?ISO-8859-1?Q?Gr=FC=DFe?= =?iso-8859-1?q?_an_alle?=", "Grüße an alle"},
		{"=?windows-1251?B?z/Do4uXy?=", "Привет"},
		{"=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=", "日本"},
		{"=?no-such-charset?Q?caf=E9?=", "caf\uFFFD"},
		{"=?utf-8?Q?broken", "=?utf-8?Q?broken"},
		{"caf\xe9", "caf\uFFFD"},
		{"Grüße", "Grüße"},
	}
	for _, tt := range tests {
		if got := decodeHeader([]byte(tt.give)); got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.give, got, tt.want)
		}
	}
}

// TestHeader_decodesAFieldOnceForAChain: and never gives the text of another one.
func TestHeader_decodesAFieldOnceForAChain(t *testing.T) {
	h := newHeader([]byte("Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n =?utf-8?q?_an_alle?=\r\nFrom: =?utf-8?q?J=C3=B6rg?= <j@example.org>\r\nTo: ann\r\n\r\n"))
	var scratch []byte
	want := map[string]string{"Subject": "Grüße an alle", "From": "Jörg <j@example.org>", "To": "ann"}
	for _, name := range strings.Fields("Subject Subject From Subject To From To Subject") {
		body, ok := h.get([]byte(name), 0)
		if got := h.decode(&scratch, body); !ok || string(got) != want[name] {
			t.Errorf("%s: got %q, %v, want %q", name, got, ok, want[name])
		}
	}
	body, _ := h.get([]byte("Subject"), 0)
	if n := testing.AllocsPerRun(10, func() { h.decode(&scratch, body) }); n > 0 {
		t.Errorf("%v allocations to read it again", n)
	}
}

func FuzzHeader(f *testing.F) {
	f.Add([]byte(testHeader), "subject")
	f.Add([]byte("A: =?utf-8?B?=?=\r\n \r\n\n"), "a")
	f.Add([]byte(" starts folded\nA:1\n\n"), "A")
	f.Add([]byte("no colon\r\n : folded\r\nA \t: 1\r\na: 2\r\n:3\r\n"), "a")
	f.Add([]byte("A: b: c\nA\n : d\n"), "A: b")
	f.Add([]byte("A\n : d\n"), "A\n ")
	f.Fuzz(func(t *testing.T, raw []byte, name string) {
		h := newHeader(raw)
		for i := range h.count() {
			own, ok := h.name(i)
			if !ok || own == "" {
				t.Fatalf("field %d has no name", i)
			}
			if _, ok := h.get([]byte(own), 0); !ok {
				t.Fatalf("field %q is listed but not found", own)
			}
		}
		// What is found before the names were is what has that name.
		var want []string
		for _, f := range h.fields {
			if bytes.EqualFold(h.nameOf(f), []byte(name)) {
				want = append(want, string(trimEOL(h.raw[f.colon+1:f.end])))
			}
		}
		fresh := newHeader(raw)
		for i := range len(want) + 1 {
			body, ok := fresh.get([]byte(name), i)
			if ok != (i < len(want)) || ok && string(body) != want[i] {
				t.Fatalf("%q number %d: got %q, %v, want %q", name, i, body, ok, want)
			}
		}
		if body, ok := h.get([]byte(name), 0); ok {
			if s := decodeHeader(body); !utf8.ValidString(s) {
				t.Fatalf("not valid UTF-8: %q", s)
			}
		}
	})
}

func TestTidyText(t *testing.T) {
	tests := []struct {
		give  string
		limit int
		want  string
	}{
		{"fine", 10, "fine"},
		{"two\r\nlines\x1b[31m", 100, "two  lines [31m"},
		{"bad\xffbyte", 100, "bad\uFFFDbyte"},
		{"Größe", 3, "Gr"},
		{"Größe", 4, "Grö"},
		{"  ", 10, ""},
	}
	for _, tt := range tests {
		if got := tidyText([]byte(tt.give), tt.limit); got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.give, got, tt.want)
		}
	}
}
