package sheet

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	unicodetext "golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// The limits of a table.
const (
	MaxRow     = 64 << 10  // bytes of one row, as UTF-8
	MaxColumns = 200       // cells of one row
	MaxFile    = 128 << 20 // bytes
)

// Reader reads a table row by row.
type Reader struct {
	encoding  string
	separator rune
	header    []string
	csv       *csv.Reader
	bound     *bounded
	skipped   int // lines in front of the header
	line      int // of the row before
	ended     error
}

// Row is one row below the header.
type Row struct {
	Line  int      // of the file, from 1 on, where the row begins
	Cells []string // as many as the header has; those that are missing are ""
}

// RowError is one row that can not be read. The next one may be.
type RowError struct {
	Line int
	Err  error
}

// Error says where and what.
func (e *RowError) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }

// Unwrap returns what is wrong.
func (e *RowError) Unwrap() error { return e.Err }

// NewReader looks through the whole file and reads the header. Errors are one
// sentence.
func NewReader(file io.ReadSeeker) (*Reader, error) {
	r := &Reader{}
	decoder, err := r.detect(file)
	if err != nil {
		return nil, err
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	text := bufio.NewReaderSize(transform.NewReader(file, decoder.NewDecoder()), MaxRow)
	if r.separator, err = r.findSeparator(text); err != nil {
		return nil, err
	}
	r.bound = &bounded{r: text}
	r.csv = csv.NewReader(r.bound)
	r.csv.Comma, r.csv.FieldsPerRecord = r.separator, -1
	row, err := r.record()
	if errors.Is(err, io.EOF) {
		return nil, errors.New("the table is empty: its first line has to name the columns")
	}
	if err != nil {
		return nil, err
	}
	return r, r.setHeader(row)
}

func (r *Reader) setHeader(row Row) error {
	seen := map[string]bool{}
	for _, cell := range row.Cells {
		name := strings.ToLower(strings.TrimSpace(cell))
		if name != "" && seen[name] {
			return &RowError{row.Line, fmt.Errorf("two columns are called %q", name)}
		}
		seen[name] = true
		r.header = append(r.header, name)
	}
	return nil
}

// Header are the names of the columns, in lower case and without blanks around.
func (r *Reader) Header() []string { return r.header }

// Encoding is what the file was taken for: "UTF-8", "UTF-16" or "Windows-1252".
func (r *Reader) Encoding() string { return r.encoding }

// Separator is what stands between the cells.
func (r *Reader) Separator() rune { return r.separator }

// Next returns the next row that is not blank, and io.EOF behind the last one. A
// [*RowError] is about one row; after any other error the table has ended.
func (r *Reader) Next() (Row, error) {
	for {
		row, err := r.record()
		if err != nil {
			return row, err
		}
		if isBlank(row.Cells) {
			continue
		}
		for i := len(r.header); i < len(row.Cells); i++ {
			if strings.TrimSpace(row.Cells[i]) != "" {
				return row, &RowError{row.Line, fmt.Errorf("it has %d cells, and the header names %d columns; a cell with the separator %q in it has to be quoted", len(row.Cells), len(r.header), r.separator)}
			}
		}
		cells := make([]string, len(r.header))
		copy(cells, row.Cells)
		row.Cells = cells
		return row, nil
	}
}

func isBlank(cells []string) bool {
	for _, c := range cells {
		if strings.TrimSpace(c) != "" {
			return false
		}
	}
	return true
}

// record reads one row as it is.
func (r *Reader) record() (Row, error) {
	if r.ended != nil {
		return Row{}, r.ended
	}
	r.bound.left = MaxRow + 4096 // csv.Reader reads ahead by its buffer
	cells, err := r.csv.Read()
	var wrong *csv.ParseError
	switch {
	case err == nil:
		line, _ := r.csv.FieldPos(0)
		row := Row{line + r.skipped, cells}
		r.line = row.Line
		size := 0
		for _, c := range cells {
			size += len(c)
		}
		switch {
		case size > MaxRow:
			return row, &RowError{row.Line, errTooLong}
		case len(cells) > MaxColumns:
			return row, &RowError{row.Line, fmt.Errorf("it has more than %d cells", MaxColumns)}
		}
		return row, nil
	case errors.Is(err, errTooLong):
		r.ended = fmt.Errorf("a row behind line %d: %w", r.line, errTooLong)
		return Row{}, r.ended
	case errors.As(err, &wrong):
		return Row{Line: wrong.StartLine + r.skipped}, &RowError{wrong.StartLine + r.skipped, quoteFault(wrong)}
	}
	r.ended = err
	return Row{}, err
}

var errTooLong = fmt.Errorf("it is longer than %d KiB; is there a quote that does not end?", MaxRow>>10)

// quoteFault says what the parser did not like. It never quotes the row, which may
// hold passwords.
func quoteFault(e *csv.ParseError) error {
	switch {
	case errors.Is(e.Err, csv.ErrBareQuote):
		return errors.New(`a quote stands within a cell that does not begin with one; write the cell in quotes, and each quote in it twice`)
	case errors.Is(e.Err, csv.ErrQuote):
		return errors.New(`a quoted cell does not end where the next separator is; write each quote in it twice`)
	}
	return e.Err
}

// bounded is a reader that gives no more than left bytes until it is set again.
type bounded struct {
	r    io.Reader
	left int
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errTooLong
	}
	n, err := b.r.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}

// detect finds the encoding of the file.
func (r *Reader) detect(file io.ReadSeeker) (encoding.Encoding, error) {
	head := make([]byte, 4)
	n, err := io.ReadFull(file, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, err
	}
	head = head[:n]
	r.encoding = "UTF-16"
	switch {
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}), n == 4 && head[0] != 0 && head[1] == 0 && head[2] != 0 && head[3] == 0:
		return unicodetext.UTF16(unicodetext.LittleEndian, unicodetext.UseBOM), nil
	case bytes.HasPrefix(head, []byte{0xfe, 0xff}), n == 4 && head[0] == 0 && head[1] != 0 && head[2] == 0 && head[3] != 0:
		return unicodetext.UTF16(unicodetext.BigEndian, unicodetext.UseBOM), nil
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	valid, err := scan(file)
	if err != nil {
		return nil, err
	}
	r.encoding = "UTF-8"
	if valid || bytes.HasPrefix(head, []byte{0xef, 0xbb, 0xbf}) {
		return unicodetext.UTF8BOM, nil
	}
	r.encoding = "Windows-1252"
	return charmap.Windows1252, nil
}

// scan reports whether the file is valid UTF-8, and refuses what can be no table.
func scan(file io.Reader) (valid bool, err error) {
	buffer := make([]byte, 64<<10)
	valid = true
	rest, size := 0, 0 // rest: bytes of a rune that has not ended
	for {
		n, err := file.Read(buffer[rest:])
		size += n
		chunk := buffer[:rest+n]
		if bytes.IndexByte(chunk[rest:], 0) >= 0 {
			return false, errors.New("this is no table: there are NUL bytes in it; a spreadsheet has to be saved as CSV first")
		}
		if size > MaxFile {
			return false, fmt.Errorf("the table is larger than %d MiB", MaxFile>>20)
		}
		for len(chunk) > 0 && valid {
			c, width := utf8.DecodeRune(chunk)
			if c == utf8.RuneError && width == 1 {
				if !utf8.FullRune(chunk) && err == nil {
					break // the rest of it comes with the next chunk
				}
				valid = false
			}
			chunk = chunk[width:]
		}
		if !valid {
			chunk = nil
		}
		rest = copy(buffer, chunk)
		if errors.Is(err, io.EOF) {
			return valid && rest == 0, nil
		}
		if err != nil {
			return false, err
		}
	}
}

// findSeparator looks at the first line, and takes it away if it is "sep=;".
func (r *Reader) findSeparator(text *bufio.Reader) (rune, error) {
	head, err := text.Peek(MaxRow)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
		return 0, err
	}
	line, _, _ := bytes.Cut(head, []byte("\n"))
	named := strings.TrimRight(string(line), "\r")
	// Its separator may be repeated: "sep=;;;;" or "sep=,".
	if after, ok := strings.CutPrefix(strings.ToLower(named), "sep="); ok && after != "" && strings.Trim(after, after[:1]) == "" && strings.ContainsAny(after[:1], ",;\t|") {
		_, err := text.Discard(min(len(line)+1, len(head)))
		r.skipped = 1
		return rune(after[0]), err
	}
	count := map[rune]int{}
	quoted := false
	for _, c := range string(line) {
		if c == '"' {
			quoted = !quoted
		}
		if !quoted {
			count[c]++
		}
	}
	best := ','
	for _, c := range ";\t" {
		if count[c] > count[best] {
			best = c
		}
	}
	return best, nil
}

// Text is a cell as people mean it: without blanks around, and without the mark
// that [Writer] puts in front of what looks like a formula.
func Text(cell string) string {
	cell = strings.TrimFunc(cell, unicode.IsSpace)
	if rest, ok := strings.CutPrefix(cell, "'"); ok && looksLikeFormula(rest) {
		return rest
	}
	return cell
}
