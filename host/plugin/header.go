package plugin

import (
	"bytes"
	"io"
	"math"
	"mime"
	"strings"

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
type field struct{ start, colon, end int32 }

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
	open := false // a field has begun and may be continued
	for pos := 0; pos < len(h.raw); {
		end := len(h.raw)
		if i := bytes.IndexByte(h.raw[pos:], '\n'); i >= 0 {
			end = pos + i + 1
		}
		line := trimEOL(h.raw[pos:end])
		switch {
		case len(line) == 0:
			return // the empty line ends the header section
		case line[0] == ' ' || line[0] == '\t':
			if open {
				h.fields[len(h.fields)-1].end = int32(end)
			}
		default:
			colon := bytes.IndexByte(line, ':')
			if open = colon > 0; open {
				h.fields = append(h.fields, field{int32(pos), int32(pos + colon), int32(end)})
			}
		}
		pos = end
	}
}

func trimEOL(b []byte) []byte {
	return bytes.TrimSuffix(bytes.TrimSuffix(b, []byte("\n")), []byte("\r"))
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

// nameOf leaves out white space before the colon (RFC 5322 section 4.5, obsolete).
func (h *header) nameOf(f field) []byte {
	return bytes.TrimRight(h.raw[f.start:f.colon], " \t")
}

// get returns the body of the i-th field with this name as it was sent, without
// the last line end.
func (h *header) get(name []byte, i int) ([]byte, bool) {
	h.index()
	for _, f := range h.fields {
		if !bytes.EqualFold(h.nameOf(f), name) {
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
	s := strings.TrimSpace(strings.NewReplacer("\r\n", "", "\n", "").Replace(string(body)))
	if strings.Contains(s, "=?") {
		if decoded, err := words.DecodeHeader(s); err == nil {
			s = decoded
		}
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}
