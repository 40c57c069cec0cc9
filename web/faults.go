package web

import (
	"fmt"

	"github.com/labstack/echo/v4"
)

// faults are what is wrong with the fields of a form. The zero value is nothing.
type faults struct {
	texts map[string]string // by the id of the field
	first string            // id of the one to go to
}

func (f *faults) add(id, text string) {
	if f.texts == nil {
		f.texts, f.first = map[string]string{}, id
	}
	if f.texts[id] == "" {
		f.texts[id] = text
	}
}

// parseForm reads the body of a form.
func parseForm(c echo.Context) error {
	if err := c.Request().ParseForm(); err != nil {
		return fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return nil
}
