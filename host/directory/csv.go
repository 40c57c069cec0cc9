package directory

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/mailweir/mailweir/host/sheet"
)

// CSV is a table with the columns "address", and perhaps "name" and "groups",
// which a cell separates by semicolons or commas. Other columns are ignored. It is
// opened anew for every question.
type CSV struct {
	File string // for error messages
	Open func() (io.ReadSeekCloser, error)
}

var _ Directory = CSV{}

// Users implements [Directory]. A row that can not be understood ends the answer:
// a user who is left out would be taken for one who has left.
func (c CSV) Users(ctx context.Context, group string, fn func(User) error) error {
	file, err := c.Open()
	if err != nil {
		return &Error{Where: c.File, Op: "open the file", Kind: ErrConfig, Err: err}
	}
	defer file.Close()
	table, err := sheet.NewReader(file)
	if err != nil {
		return &Error{Where: c.File, Kind: ErrConfig, Err: err}
	}
	column := func(name string) int { return slices.Index(table.Header(), name) }
	address, name, groups := column("address"), column("name"), column("groups")
	if address < 0 {
		return &Error{Where: c.File, Kind: ErrConfig, Err: errors.New(`the header names no column "address"`)}
	}
	o := newOnce(c.File, fn)
	for {
		row, err := table.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return &Error{Where: c.File, Kind: ErrConfig, Err: err}
		}
		u := User{}
		if u.Address, err = ValidAddress(sheet.Text(row.Cells[address])); err != nil {
			return &Error{Where: c.File, Kind: ErrConfig, Err: fmt.Errorf("line %d: %w", row.Line, err)}
		}
		if name >= 0 {
			u.Name = sheet.Text(row.Cells[name])
		}
		if groups >= 0 {
			u.Groups = split(row.Cells[groups])
		}
		if !isMember(u.Groups, group) {
			continue
		}
		if err := o.user(u); err != nil {
			return err
		}
	}
}

// split reads the groups of a cell.
func split(cell string) []string {
	var out []string
	for _, g := range strings.FieldsFunc(cell, func(r rune) bool { return r == ';' || r == ',' }) {
		if g = sheet.Text(g); g != "" {
			out = append(out, g)
		}
	}
	return out
}
