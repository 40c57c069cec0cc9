package sheet

import (
	"encoding/csv"
	"io"
	"strings"
)

// Writer writes a table with commas, in UTF-8, that opens in a spreadsheet without
// running anything.
type Writer struct{ csv *csv.Writer }

// NewWriter writes the header.
func NewWriter(w io.Writer, header ...string) (*Writer, error) {
	out := &Writer{csv.NewWriter(w)}
	return out, out.Write(header...)
}

// Write writes one row. A cell that a spreadsheet would take for a formula gets a
// mark in front of it, which [Text] takes away again.
func (w *Writer) Write(cells ...string) error {
	safe := make([]string, len(cells))
	for i, c := range cells {
		if looksLikeFormula(c) {
			c = "'" + c
		}
		safe[i] = c
	}
	return w.csv.Write(safe)
}

// Flush hands on all rows. It tells the error of any Write before.
func (w *Writer) Flush() error {
	w.csv.Flush()
	return w.csv.Error()
}

// looksLikeFormula reports whether a spreadsheet may compute the cell. Blanks in
// front do not hinder them.
func looksLikeFormula(cell string) bool {
	if cell != "" && strings.ContainsRune("\t\r\n", rune(cell[0])) {
		return true
	}
	trimmed := strings.TrimLeft(cell, " ")
	return trimmed != "" && strings.ContainsRune("=+-@|%＝＋－＠", []rune(trimmed)[0])
}
