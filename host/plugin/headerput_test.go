package plugin

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/mailweir/mailweir/sdk/abi"
)

func TestEncodeField(t *testing.T) {
	tests := []struct{ name, value, want string }{
		{"Subject", "plain", "Subject: plain\r\n"},
		{"Subject", "", "Subject: \r\n"},
		{"Subject", "=?utf-8?q?ready?=", "Subject: =?utf-8?q?ready?=\r\n"},
		{"Subject", "Grüße aus Köln und Bonn", "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?= aus =?utf-8?q?K=C3=B6ln?= und Bonn\r\n"},
		{"Subject", "zwölf Öfen", "Subject: =?utf-8?q?zw=C3=B6lf_=C3=96fen?=\r\n"},
		{"From", "Jürgen Müller <j@example.org>", "From: =?utf-8?q?J=C3=BCrgen_M=C3=BCller?= <j@example.org>\r\n"},
		{"to", `"Müller, Jürgen" <j@example.org>, b@example.org`, "to: =?utf-8?b?TcO8bGxlciwgSsO8cmdlbg==?= <j@example.org>, <b@example.org>\r\n"},
		{"Content-Disposition", `attachment; filename="Übersicht.pdf"`, "Content-Disposition: attachment; filename*=utf-8''%C3%9Cbersicht.pdf\r\n"},
	}
	for _, tt := range tests {
		got, err := encodeField(tt.name, tt.value)
		if err != nil || string(got) != tt.want {
			t.Errorf("%s, %q: %q, %v; want %q", tt.name, tt.value, got, err, tt.want)
		}
	}
	long, err := encodeField("References", strings.Repeat("<a-long-message-id@example.org> ", 20))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.SplitSeq(string(long), "\r\n") {
		if len(line) > 78 || strings.TrimSpace(line) == "" && line != "" {
			t.Errorf("the line %q", line)
		}
	}
}

// FuzzEncodeField: what is written is one field that says what was asked for.
func FuzzEncodeField(f *testing.F) {
	f.Add("Subject", "Grüße  aus\tKöln =?utf-8?q?x?=")
	f.Add("From", `"Müller, J." <j@example.org>`)
	f.Add("X", strings.Repeat("wörd ", 50))
	f.Add("Content-Type", "text/plain; name=ü")
	f.Add("A", "a  \r\n b")
	f.Fuzz(func(t *testing.T, name, value string) {
		if checkFieldName(name) != nil {
			return
		}
		line, err := encodeField(name, value)
		if err != nil {
			return
		}
		for _, part := range bytes.SplitAfter(line, []byte("\r\n")) {
			if len(part) > maxLine+2 || len(part) > 0 && bytes.ContainsAny(bytes.TrimSuffix(part, []byte("\r\n")), "\r\n\x00") {
				t.Fatalf("the line %q", part)
			}
		}
		for _, c := range line {
			if c >= utf8.RuneSelf {
				t.Fatalf("%q is not ASCII", line)
			}
		}
		h := newHeader(append(bytes.Clone(line), "\r\n"...))
		body, ok := h.get([]byte(name), 0)
		if h.count() != 1 || !ok {
			t.Fatalf("%q has %d fields", line, h.count())
		}
		key := strings.ToLower(name)
		if !isASCII(value) && !addressFields[key] && !parameterFields[key] {
			if got, want := decodeHeader(body), strings.Trim(value, " \t"); got != strings.TrimSpace(want) {
				t.Fatalf("%q reads as %q, want %q", line, got, want)
			}
		}
	})
}

// FuzzChangeHeader: what a change does not name stays byte for byte.
func FuzzChangeHeader(f *testing.F) {
	f.Add([]byte(testHeader), "X-Twice", int32(0))
	f.Add([]byte("junk\n A: 1\r\na : 2\r\n\tmore\nB:"), "a", int32(2))
	f.Add([]byte("\r\n"), "a", int32(1))
	f.Add([]byte(" stray\r\nb: 1\r\n\r\n"), "a", int32(0))
	f.Fuzz(func(t *testing.T, raw []byte, name string, op int32) {
		ch, err := newFieldChange(op, name, "value")
		last := raw[bytes.LastIndexByte(raw, '\n')+1:]
		if err != nil || len(last) > 0 && (last[0] == ' ' || last[0] == '\t') {
			return // a line without an end that goes on nothing has no place to be above
		}
		before := newHeader(bytes.Clone(raw))
		before.index()
		got := changeHeader(raw, []fieldChange{ch})
		if !bytes.Equal(raw, before.raw) {
			t.Fatal("the old header section was changed")
		}
		if op == abi.HeaderAdd {
			at := bytes.Index(got, ch.field)
			if at < 0 || !bytes.Equal(append(bytes.Clone(got[:at]), got[at+len(ch.field):]...), raw) {
				t.Fatalf("%q became %q", raw, got)
			}
			return
		}
		// What is left when the fields of that name are taken out of both.
		strip := func(raw []byte) []byte {
			h := newHeader(raw)
			h.index()
			var out []byte
			pos := int32(0)
			for _, f := range h.fields {
				if bytes.EqualFold(h.nameOf(f), []byte(name)) {
					out, pos = append(out, h.raw[pos:f.start]...), f.end
				}
			}
			return append(out, h.raw[pos:]...)
		}
		// A field without a line end at the end of all swallows nothing.
		if rest := strip(raw); !bytes.Equal(strip(got), strip(rest)) {
			t.Fatalf("%q became %q", raw, got)
		}
		if _, there := newHeader(got).get([]byte(name), 0); there != (op == abi.HeaderSet) {
			// What stood behind a removed field may have become a field.
			if op == abi.HeaderSet {
				t.Fatalf("%q became %q, without the field", raw, got)
			}
		}
	})
}
