package plugin

import (
	"bytes"
	"io"
	"math"
	"mime"
	"slices"
	"unicode/utf8"

	"github.com/emersion/go-message/charset"
)

// header finds the fields of a header section (RFC 5322 section 2.2). It takes
// what is really sent: bare LF, lines without a colon (left out), bytes of any
// kind in bodies. It is cut into fields when the first one is asked for, and names are
// only found when they are: most plugins ask for one or two fields.
type header struct {
	raw    []byte
	cut    bool
	named  bool
	fields []field

	// The last field that had encoded words, as get returned it and as it reads: the
	// plugins of a chain mostly ask for the same one.
	encoded, decoded []byte
}

// field is where a field lies in header.raw. Until the names were found, one may be
// nothing: lines without a colon.
type field struct{ start, nameEnd, colon, end int32 }

func newHeader(raw []byte) *header {
	// Header sections are bounded by the mail stores; int32 halves the index.
	return &header{raw: raw[:min(len(raw), math.MaxInt32)]}
}

// split cuts the section into fields: each line that is not folded begins one.
func (h *header) split() {
	if h.cut {
		return
	}
	h.cut = true
	fields, raw := h.fields, h.raw
	for pos := 0; pos < len(raw); {
		line, next := raw[pos:], len(raw)
		if i := bytes.IndexByte(line, '\n'); i >= 0 {
			line, next = line[:i], pos+i+1
		}
		if len(line) == 0 || len(line) == 1 && line[0] == '\r' {
			break // the empty line ends the header section
		}
		if line[0] != ' ' && line[0] != '\t' {
			fields = append(fields, field{start: int32(pos), end: int32(next)})
		} else if len(fields) > 0 {
			fields[len(fields)-1].end = int32(next)
		}
		pos = next
	}
	h.fields = fields
}

// index finds the names, and leaves out what has none.
func (h *header) index() {
	if h.named {
		return
	}
	h.split()
	h.named = true
	h.fields = slices.DeleteFunc(h.fields, func(f field) bool { return !h.hasName(f) })
	for i := range h.fields {
		f := &h.fields[i]
		f.colon = f.start + int32(bytes.IndexByte(h.raw[f.start:f.end], ':'))
		f.nameEnd = f.colon
		// White space before the colon is obsolete (RFC 5322 section 4.5).
		for f.nameEnd > f.start && isBlank(h.raw[f.nameEnd-1]) {
			f.nameEnd--
		}
	}
}

func isBlank(b byte) bool { return b == ' ' || b == '\t' }

// hasName reports whether there is a colon in the first line, and something before it.
func (h *header) hasName(f field) bool {
	line, _, _ := bytes.Cut(h.raw[f.start:f.end], []byte("\n"))
	return bytes.IndexByte(line, ':') > 0
}

func trimEOL(b []byte) []byte {
	if n := len(b); n > 0 && b[n-1] == '\n' {
		b = b[:n-1]
	}
	if n := len(b); n > 0 && b[n-1] == '\r' {
		b = b[:n-1]
	}
	return b
}

func (h *header) count() int {
	h.index()
	return len(h.fields)
}

// name returns the name of field i.
func (h *header) name(i int) (string, bool) {
	if i < 0 || i >= h.count() {
		return "", false
	}
	return string(h.nameOf(h.fields[i])), true
}

func (h *header) nameOf(f field) []byte { return h.raw[f.start:f.nameEnd] }

// get returns the body of the i-th field with this name as it was sent, without
// the last line end.
func (h *header) get(name []byte, i int) ([]byte, bool) {
	// A name that has one of these would match across the ends of what it is compared with.
	if n := len(name); n == 0 || isBlank(name[n-1]) || bytes.IndexByte(name, ':') >= 0 || bytes.IndexByte(name, '\n') >= 0 {
		return nil, false
	}
	h.split()
	for _, f := range h.fields {
		text := h.raw[f.start:f.end]
		if len(text) <= len(name) || text[len(name)] != ':' && !isBlank(text[len(name)]) {
			continue // most fields, for a fifth of what a call costs
		}
		body, ok := cutName(text, name)
		if !ok {
			continue
		}
		if i--; i < 0 {
			return trimEOL(body), true
		}
	}
	return nil, false
}

// cutName returns what follows the colon of a field that is longer than the name, if its
// name is this one.
func cutName(text, name []byte) ([]byte, bool) {
	at := len(name)
	for isBlank(text[at]) {
		if at++; at == len(text) {
			return nil, false
		}
	}
	if text[at] != ':' || !bytes.EqualFold(text[:len(name)], name) {
		return nil, false
	}
	return text[at+1:], true
}

var words = mime.WordDecoder{CharsetReader: func(name string, r io.Reader) (io.Reader, error) {
	if decoded, err := charset.Reader(name, r); err == nil {
		return decoded, nil
	}
	return r, nil // an unknown charset leaves what is not UTF-8 to the caller
}}

// decode is what [decode] makes of a body that get has returned.
func (h *header) decode(scratch *[]byte, body []byte) []byte {
	if !bytes.Contains(body, []byte("=?")) {
		return decode(scratch, body)
	}
	if len(h.encoded) != len(body) || &h.encoded[0] != &body[0] {
		h.encoded, h.decoded = body, bytes.Clone(decode(scratch, body))
	}
	return h.decoded
}

// decodeHeader unfolds a field body (RFC 5322 section 2.2.3), decodes its encoded
// words (RFC 2047) and makes it valid UTF-8. It never refuses.
func decodeHeader(body []byte) string {
	var scratch []byte
	return string(decode(&scratch, body))
}

// decode is decodeHeader without allocations where nothing is encoded. The result may
// be a part of body or of scratch, which grows as it takes.
func decode(scratch *[]byte, body []byte) []byte {
	if bytes.IndexByte(body, '\n') >= 0 {
		*scratch = unfold((*scratch)[:0], body)
		body = *scratch
	}
	body = bytes.TrimSpace(body)
	if bytes.Contains(body, []byte("=?")) {
		if decoded, err := words.DecodeHeader(string(body)); err == nil {
			body = []byte(decoded)
		}
	}
	if utf8.Valid(body) {
		return body
	}
	return bytes.ToValidUTF8(body, []byte("\uFFFD"))
}

// unfold appends body without its line ends, CR LF or LF.
func unfold(to, body []byte) []byte {
	for len(body) > 0 {
		line, rest, ended := bytes.Cut(body, []byte("\n"))
		if ended {
			line = bytes.TrimSuffix(line, []byte("\r"))
		}
		to, body = append(to, line...), rest
	}
	return to
}
