package plugin

import (
	"bytes"
	"io"
	"math"
	"mime"
	"unicode/utf8"

	"github.com/emersion/go-message/charset"
)

// header finds the fields of a header section (RFC 5322 section 2.2). It takes
// what is really sent: bare LF, lines without a colon (left out), bytes of any
// kind in bodies. Fields are found when the first one is asked for.
type header struct {
	raw    []byte
	parsed bool
	fields []field
}

// field is where a field lies in header.raw.
type field struct{ start, nameEnd, colon, end int32 }

func newHeader(raw []byte) *header {
	// Header sections are bounded by the mail stores; int32 halves the index.
	return &header{raw: raw[:min(len(raw), math.MaxInt32)]}
}

// index finds the fields.
func (h *header) index() {
	if h.parsed {
		return
	}
	h.parsed = true
	fields, raw := h.fields, h.raw
	open := false // a field has begun and may be continued
	for pos := 0; pos < len(raw); {
		line, next := raw[pos:], len(raw)
		if i := bytes.IndexByte(line, '\n'); i >= 0 {
			line, next = line[:i], pos+i+1
		}
		if len(line) == 0 || len(line) == 1 && line[0] == '\r' {
			break // the empty line ends the header section
		}
		if line[0] == ' ' || line[0] == '\t' {
			if open {
				fields[len(fields)-1].end = int32(next)
			}
			pos = next
			continue
		}
		colon := bytes.IndexByte(line, ':')
		if open = colon > 0; open {
			// White space before the colon is obsolete (RFC 5322 section 4.5).
			name := colon
			for name > 0 && (line[name-1] == ' ' || line[name-1] == '\t') {
				name--
			}
			fields = append(fields, field{int32(pos), int32(pos + name), int32(pos + colon), int32(next)})
		}
		pos = next
	}
	h.fields = fields
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
	h.index()
	for _, f := range h.fields {
		if int(f.nameEnd-f.start) != len(name) || !bytes.EqualFold(h.nameOf(f), name) {
			continue
		}
		if i--; i < 0 {
			return trimEOL(h.raw[f.colon+1 : f.end]), true
		}
	}
	return nil, false
}

var words = mime.WordDecoder{CharsetReader: func(name string, r io.Reader) (io.Reader, error) {
	if decoded, err := charset.Reader(name, r); err == nil {
		return decoded, nil
	}
	return r, nil // an unknown charset leaves what is not UTF-8 to the caller
}}

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
