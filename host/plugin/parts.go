package plugin

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"mime"
	"strings"
)

// The parts of a message (RFC 2045, RFC 2046) are found by one walk over its lines,
// which remembers where each part lies. Nothing of them is kept in memory, and a
// part can be read from any place: readers that hand out one part after the other
// can do neither.
//
// What is really sent is taken as it comes: bare LF, boundaries that never end,
// parameters that make no sense. The time is bounded whatever comes: each line is
// compared with the boundaries that are open, and what is beyond the limits stays
// part of what it is in.

const (
	maxParts      = 1000     // further ones are not told of
	maxPartDepth  = 32       // deeper multiparts hold data
	maxPartHeader = 64 << 10 // of a part's header section, what is looked at
	maxBoundary   = 200      // RFC 2046 section 5.1.1 allows 70
)

// parts are those of one message, in its order.
type parts struct {
	list   []*part
	cursor decoding // of the part that was read last
}

// part is one MIME part. Its body lies at start to end in the message, still
// encoded.
type part struct {
	depth       int
	leaf        bool
	start, end  int64
	encoding    encoding
	mediaType   string
	charset     string
	filename    string
	disposition string
	boundary    string // of a part that holds others

	size  int64 // decoded
	sized bool
}

// findParts finds the parts of a message. An error is trouble with reading, never
// with what the message holds.
func findParts(r io.ReaderAt, size int64) (*parts, error) {
	w := &partWalk{lines: bufio.NewReaderSize(io.NewSectionReader(r, 0, size), 16<<10)}
	if err := w.walk(); err != nil {
		return nil, err
	}
	return &parts{list: w.list}, nil
}

// partWalk is the walk over the lines of a message.
type partWalk struct {
	lines *bufio.Reader
	pos   int64 // of the next line
	list  []*part
	open  []*part // the parts that hold others and have not ended, outermost first
	now   *part   // the part whose data comes; nil between parts
	// eol is how long the line end before pos is, which belongs to a boundary that
	// comes next.
	eol int64
}

// line returns the beginning of the next line, without its end. The whole line is
// passed over.
func (w *partWalk) line() (start []byte, err error) {
	w.eol = 0
	first, err := w.lines.ReadSlice('\n')
	start = first
	w.pos += int64(len(first))
	if errors.Is(err, bufio.ErrBufferFull) {
		start = bytes.Clone(first)
		var last byte
		for errors.Is(err, bufio.ErrBufferFull) {
			last = first[len(first)-1]
			first, err = w.lines.ReadSlice('\n')
			w.pos += int64(len(first))
		}
		w.eol = eolOf(first)
		if len(first) == 1 && w.eol == 1 && last == '\r' {
			w.eol = 2
		}
	} else {
		w.eol = eolOf(first)
		start = first[:len(first)-int(w.eol)]
	}
	if err != nil && len(first)+len(start) > 0 && errors.Is(err, io.EOF) {
		err = nil // the last line has no end
	}
	return start, err
}

func eolOf(line []byte) int64 { return int64(len(line) - len(trimLF(line))) }

// trimLF takes away a line end, and nothing from a line that has none.
func trimLF(line []byte) []byte {
	if !bytes.HasSuffix(line, []byte("\n")) {
		return line
	}
	return trimEOL(line)
}

func (w *partWalk) walk() error {
	if err := w.begin(0, "text/plain"); err != nil {
		return err
	}
	for {
		before, eol := w.pos, w.eol
		line, err := w.line()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		level, last := w.boundary(line)
		if level < 0 || !last && len(w.list) == maxParts {
			continue
		}
		w.close(level+1, max(before-eol, w.innermost().start))
		holder := w.open[level]
		if last {
			w.close(level, max(before-eol, holder.start))
			continue
		}
		inside := "text/plain"
		if holder.mediaType == "multipart/digest" { // RFC 2046 section 5.1.5
			inside = "message/rfc822"
		}
		if err := w.begin(level+1, inside); err != nil {
			return err
		}
	}
	w.close(0, w.pos)
	return nil
}

// innermost is what ends first when a boundary comes.
func (w *partWalk) innermost() *part {
	if w.now != nil {
		return w.now
	}
	return w.open[len(w.open)-1]
}

// boundary reports whether a line ends a part: of which of the open ones it is the
// boundary, or -1, and whether it is the last one.
func (w *partWalk) boundary(line []byte) (level int, last bool) {
	if len(w.open) == 0 || !bytes.HasPrefix(line, []byte("--")) || len(line) > maxBoundary+200 {
		return -1, false
	}
	text := string(bytes.TrimRight(line[2:], " \t\r"))
	for i := len(w.open) - 1; i >= 0; i-- {
		rest, ok := strings.CutPrefix(text, w.open[i].boundary)
		if ok && (rest == "" || rest == "--") {
			return i, rest == "--"
		}
	}
	return -1, false
}

// close ends the part whose data came, and the open ones from a level on.
func (w *partWalk) close(level int, end int64) {
	if w.now != nil {
		w.now.end, w.now = end, nil
	}
	for _, p := range w.open[level:] {
		p.end = end
	}
	w.open = w.open[:level]
}

// begin reads the header section of a part.
func (w *partWalk) begin(depth int, mediaType string) error {
	var head []byte
	for {
		was := w.pos
		if len(w.open) > 0 {
			// A boundary in the middle of a header section ends the part there.
			if next, err := w.lines.Peek(2); err == nil && string(next) == "--" && w.endsHere() {
				break
			}
		}
		line, err := w.line()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if len(line) == 0 && w.pos-was <= 2 {
			break
		}
		if len(head)+len(line)+2 <= maxPartHeader {
			head = append(append(head, line...), '\r', '\n')
		}
	}
	p := newPart(newHeader(head), mediaType)
	p.depth, p.start, p.end = depth, w.pos, w.pos
	w.eol = 0 // an empty body ends where it begins
	w.list = append(w.list, p)
	if p.boundary == "" || depth >= maxPartDepth || len(w.list) == maxParts {
		p.leaf, w.now = true, p
		return nil
	}
	w.open, w.now = append(w.open, p), nil
	return nil
}

// endsHere looks at the line that comes without passing over it.
func (w *partWalk) endsHere() bool {
	next, _ := w.lines.Peek(maxBoundary + 8)
	if i := bytes.IndexByte(next, '\n'); i >= 0 {
		next = next[:i]
	}
	level, _ := w.boundary(next)
	return level >= 0
}

// newPart understands a part's header section.
func newPart(h *header, mediaType string) *part {
	p := &part{mediaType: mediaType}
	if field, ok := h.get([]byte("Content-Type"), 0); ok {
		kind, params := mediaTypeOf(decodeHeader(field))
		if strings.Contains(kind, "/") {
			p.mediaType = kind
		}
		p.charset, p.filename = strings.ToLower(params["charset"]), params["name"]
		if strings.HasPrefix(p.mediaType, "multipart/") && len(params["boundary"]) <= maxBoundary {
			p.boundary = strings.TrimRight(params["boundary"], " \t")
		}
	}
	if field, ok := h.get([]byte("Content-Disposition"), 0); ok {
		kind, params := mediaTypeOf(decodeHeader(field))
		p.disposition = kind
		if params["filename"] != "" {
			p.filename = params["filename"]
		}
	}
	p.filename = decodeHeader([]byte(p.filename))
	if field, ok := h.get([]byte("Content-Transfer-Encoding"), 0); ok {
		p.encoding = encodingOf(decodeHeader(field))
		if p.encoding != identity {
			p.boundary = "" // RFC 2045 section 6.4: what is encoded holds no parts
		}
	}
	return p
}

// mediaTypeOf reads a media type or a disposition with its parameters, as well as
// that can be done.
func mediaTypeOf(field string) (kind string, params map[string]string) {
	kind, params, err := mime.ParseMediaType(field)
	if err == nil {
		return kind, params
	}
	// Without quotes where there should be some, twice, or ended by nothing.
	first, rest, _ := strings.Cut(field, ";")
	params = make(map[string]string)
	for rest != "" {
		var param string
		param, rest = cutParam(rest)
		name, value, ok := strings.Cut(param, "=")
		name = strings.ToLower(strings.TrimSpace(name))
		if _, twice := params[name]; ok && !twice {
			params[name] = strings.Trim(strings.TrimSpace(value), `"`)
		}
	}
	return strings.ToLower(strings.TrimSpace(first)), params
}

// cutParam cuts at the next semicolon that is in no quotes.
func cutParam(s string) (param, rest string) {
	quoted := false
	for i := range len(s) {
		switch {
		case s[i] == '"':
			quoted = !quoted
		case s[i] == ';' && !quoted:
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}
