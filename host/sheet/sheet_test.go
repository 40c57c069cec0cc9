package sheet

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/charmap"
)

func utf16Bytes(text string, bigEndian, mark bool) []byte {
	units := utf16.Encode([]rune(text))
	if mark {
		units = append([]uint16{0xfeff}, units...)
	}
	var out []byte
	for _, u := range units {
		if bigEndian {
			out = append(out, byte(u>>8), byte(u))
		} else {
			out = append(out, byte(u), byte(u>>8))
		}
	}
	return out
}

// readAll returns the rows and the errors of single ones.
func readAll(t *testing.T, r *Reader) (rows []Row, faults []string) {
	t.Helper()
	for {
		row, err := r.Next()
		var wrong *RowError
		switch {
		case err == nil:
			rows = append(rows, row)
		case errors.Is(err, io.EOF):
			return rows, faults
		case errors.As(err, &wrong):
			faults = append(faults, err.Error())
		default:
			return rows, append(faults, "end: "+err.Error())
		}
	}
}

func TestReader_readsWhatSpreadsheetsWrite(t *testing.T) {
	const text = "Name;Ort\r\nJörg;\"Köln; Mitte\"\r\n\r\nZoë;\r\n"
	latin, err := charmap.Windows1252.NewEncoder().Bytes([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, encoding string
		give           []byte
	}{
		{"UTF-8", "UTF-8", []byte(text)},
		{"UTF-8 with a mark", "UTF-8", []byte("\ufeff" + text)},
		{"Latin-1", "Windows-1252", latin},
		{"UTF-16 little endian", "UTF-16", utf16Bytes(text, false, true)},
		{"UTF-16 big endian", "UTF-16", utf16Bytes(text, true, true)},
		{"UTF-16 little endian without a mark", "UTF-16", utf16Bytes(text, false, false)},
		{"UTF-16 big endian without a mark", "UTF-16", utf16Bytes(text, true, false)},
	}
	want := []Row{{2, []string{"Jörg", "Köln; Mitte"}}, {4, []string{"Zoë", ""}}}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, err := NewReader(bytes.NewReader(tt.give))
			if err != nil {
				t.Fatal(err)
			}
			if r.Encoding() != tt.encoding || r.Separator() != ';' || !slices.Equal(r.Header(), []string{"name", "ort"}) {
				t.Errorf("%s, %q, %q", r.Encoding(), r.Separator(), r.Header())
			}
			rows, faults := readAll(t, r)
			if diff := cmp.Diff(want, rows); diff != "" || len(faults) > 0 {
				t.Errorf("%s%q", diff, faults)
			}
		})
	}
}

func TestReader_findsTheSeparator(t *testing.T) {
	for header, want := range map[string]rune{
		"a,b": ',', "a;b": ';', "a\tb": '\t', "alone": ',', `"a,b,c";d`: ';', "sep=;\na,b;c": ';', "sep=\t\r\na\tb": '\t', "a,b;c,d": ',',
	} {
		r, err := NewReader(strings.NewReader(header + "\n"))
		if err != nil || r.Separator() != want {
			t.Errorf("%q: %q, %v", header, r.Separator(), err)
		}
	}
}

func TestReader_namesTheLineOfWhatIsWrong(t *testing.T) {
	r, err := NewReader(strings.NewReader("sep=,\na,b\n1,2\n3,x\"y\n4,\"two\nlines\"\n5,6,7\n\"8\"9,10\n11\n"))
	if err != nil {
		t.Fatal(err)
	}
	rows, faults := readAll(t, r)
	want := []Row{{3, []string{"1", "2"}}, {5, []string{"4", "two\nlines"}}, {9, []string{"11", ""}}}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Error(diff)
	}
	if len(faults) != 3 || !strings.HasPrefix(faults[0], "line 4: a quote stands within") ||
		!strings.HasPrefix(faults[1], "line 7: it has 3 cells") || !strings.HasPrefix(faults[2], "line 8: a quoted cell does not end") {
		t.Errorf("%q", faults)
	}
}

func TestReader_refusesWhatIsNoTable(t *testing.T) {
	for name, tt := range map[string]struct{ give, want string }{
		"nothing":           {"", "the table is empty"},
		"a mark alone":      {"\ufeff", "the table is empty"},
		"a workbook":        {"PK\x03\x04\x14\x00\x06\x00", "no table: there are NUL bytes"},
		"two equal columns": {"a,b, A \n", `line 1: two columns are called "a"`},
	} {
		if _, err := NewReader(strings.NewReader(tt.give)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestReader_doesNotHoldAQuoteThatNeverEnds(t *testing.T) {
	r, err := NewReader(strings.NewReader("a,b\n1,2\n3,\"" + strings.Repeat("x\n", 4<<20)))
	if err != nil {
		t.Fatal(err)
	}
	rows, faults := readAll(t, r)
	if len(rows) != 1 || len(faults) != 1 || !strings.Contains(faults[0], "behind line 2: it is longer than 64 KiB") {
		t.Errorf("%d rows, %q", len(rows), faults)
	}
}

// wide is a table of n rows that is never in memory as a whole.
type wide struct{ n, at int64 }

const wideRow = "name-000000,imaps://ann@mail.example.org,secret,padding\n"

func (w *wide) Read(p []byte) (int, error) {
	if w.at >= w.n*int64(len(wideRow)) {
		return 0, io.EOF
	}
	row := []byte(wideRow)
	if w.at < int64(len(wideRow)) {
		row = []byte("name       ,source                      ,word  ,rest   \n")
	} else {
		copy(row[5:11], fmt.Sprintf("%06d", w.at/int64(len(wideRow))))
	}
	n := copy(p, row[w.at%int64(len(wideRow)):])
	w.at += int64(n)
	return n, nil
}

func (w *wide) Seek(offset int64, _ int) (int64, error) { w.at = offset; return offset, nil }

func TestReader_readsAHundredThousandRowsInLittleMemory(t *testing.T) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	r, err := NewReader(&wide{n: 100_001})
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for {
		if _, err = r.Next(); err != nil {
			break
		}
		if rows++; rows == 99_999 {
			runtime.GC()
			runtime.ReadMemStats(&after)
		}
	}
	if rows != 100_000 || !errors.Is(err, io.EOF) {
		t.Errorf("%d rows, %v", rows, err)
	}
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 2<<20 {
		t.Errorf("the reader holds %d bytes", grown)
	}
}

func TestWriter_marksFormulasAndTextTakesTheMarkAway(t *testing.T) {
	cells := []string{"=1+1", "+49 30", "-5", "@SUM(A1)", " =x", "\tx", "plain", "it's", "'quoted'", "＝1", ""}
	var out bytes.Buffer
	w, err := NewWriter(&out, "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k")
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Write(cells...), w.Write("end"), w.Flush()); err != nil {
		t.Fatal(err)
	}
	r, err := NewReader(bytes.NewReader(out.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	rows, faults := readAll(t, r)
	if len(rows) != 2 || len(faults) > 0 {
		t.Fatalf("%v %q", rows, faults)
	}
	for i, c := range rows[0].Cells {
		if strings.ContainsAny(c[:min(1, len(c))], "=+-@\t") {
			t.Errorf("%q is written as %q", cells[i], c)
		}
		if got, want := strings.TrimSpace(Text(c)), strings.TrimSpace(cells[i]); got != want {
			t.Errorf("%q comes back as %q", want, got)
		}
	}
}

func FuzzReader(f *testing.F) {
	for _, seed := range []string{
		"a,b\n1,2\n", "\ufeffa;b\n\"1\";2", "sep=;\na;b\n1;2", "a\tb\n\"x", "\xff\xfea\x00,\x00b\x00\n\x00", "a,b\n\xfc,1", "\"", "sep=", "sep=,", "a,a",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := NewReader(bytes.NewReader(data))
		if err != nil {
			return
		}
		line := 0
		for range len(data) + 2 {
			row, err := r.Next()
			var wrong *RowError
			if err != nil && !errors.As(err, &wrong) {
				return
			}
			if err != nil {
				row.Line = wrong.Line
			} else if len(row.Cells) != len(r.Header()) {
				t.Fatalf("%d cells for %d columns", len(row.Cells), len(r.Header()))
			}
			if row.Line <= line {
				t.Fatalf("line %d comes behind line %d", row.Line, line)
			}
			line = row.Line
		}
		t.Fatal("the table does not end")
	})
}
