package plugin

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/mailweir/mailweir/sdk/abi"
)

// A fieldChange is one call of header_put.
type fieldChange struct {
	op    int32
	name  string
	field []byte // as it is written; nil when fields are removed
}

// newFieldChange checks a call of header_put. The error follows "asked for".
func newFieldChange(op int32, name, value string) (fieldChange, error) {
	ch := fieldChange{op: op, name: name}
	if err := checkFieldName(name); err != nil {
		return ch, err
	}
	switch op {
	case abi.HeaderRemove:
		return ch, nil
	case abi.HeaderSet, abi.HeaderAdd:
		var err error
		ch.field, err = encodeField(name, value)
		return ch, err
	}
	return ch, fmt.Errorf("the operation %d on header fields, which is not known", op)
}

// changeHeader applies changes to a header section in their order. What they do not
// name stays byte for byte.
func changeHeader(raw []byte, changes []fieldChange) []byte {
	for _, ch := range changes {
		raw = newHeader(raw).changed(ch)
	}
	return raw
}

// changed returns the header section after one change.
func (h *header) changed(ch fieldChange) []byte {
	h.index()
	out := make([]byte, 0, len(h.raw)+len(ch.field))
	if ch.op == abi.HeaderAdd {
		return h.withOnTop(ch.field)
	}
	pos, replaced := int32(0), ch.op == abi.HeaderRemove
	for _, f := range h.fields {
		if !bytes.EqualFold(h.nameOf(f), []byte(ch.name)) {
			continue
		}
		out = append(out, h.raw[pos:f.start]...)
		if !replaced {
			out, replaced = append(out, ch.field...), true
		}
		pos = f.end
	}
	if !replaced {
		return h.withOnTop(ch.field)
	}
	return append(out, h.raw[pos:]...)
}

// withOnTop returns the header section with one more field before all others. Lines
// that go on a field which is not there stay above: they would go on this one.
func (h *header) withOnTop(field []byte) []byte {
	top := 0
	for top < len(h.raw) && (h.raw[top] == ' ' || h.raw[top] == '\t') {
		i := bytes.IndexByte(h.raw[top:], '\n')
		if i < 0 {
			top = 0
			break
		}
		top += i + 1
	}
	out := make([]byte, 0, len(h.raw)+len(field))
	return append(append(append(out, h.raw[:top]...), field...), h.raw[top:]...)
}

// whole reports whether the header section is here to its end: the message may be
// longer than what is looked at for it.
func (h *header) whole(size int64) bool {
	raw := h.raw
	if int64(len(raw)) >= size {
		return true
	}
	for len(raw) > 0 && raw[len(raw)-1] == '\n' {
		raw = trimEOL(raw)
		if len(raw) == 0 || raw[len(raw)-1] == '\n' {
			return true // an empty line
		}
	}
	return false
}

var errLongHeader = errors.New("it changes a header section that is longer than the server looks at")
