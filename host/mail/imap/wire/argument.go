package wire

import (
	"errors"
	"fmt"
	"time"

	"github.com/mailweir/mailweir/host/mail"
)

// appendFolder appends the name of a folder as an argument: quoted, or as a
// non-synchronizing literal where it holds 8-bit bytes and the server takes one
// (RFC 9051 section 4.3, RFC 7888). Where it does not, the bytes go into the
// quoted string: only servers that send such names get them back.
func (c *Conn) appendFolder(b []byte, raw string) []byte {
	if has8bit(raw) && (c.caps.Has("LITERAL+") || c.caps.Has("LITERAL-")) {
		return append(fmt.Appendf(b, "{%d+}\r\n", len(raw)), raw...)
	}
	return appendQuoted(b, raw)
}

func has8bit(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return true
		}
	}
	return false
}

// appendQuoted appends s in double quotes. s holds no line ends; see checkFolder.
func appendQuoted(b []byte, s string) []byte {
	b = append(b, '"')
	for i := range len(s) {
		if s[i] == '"' || s[i] == '\\' {
			b = append(b, '\\')
		}
		b = append(b, s[i])
	}
	return append(b, '"')
}

// checkFolder refuses names that can not be sent: they would end the command
// line, or no server could have listed them.
func (c *Conn) checkFolder(raw string) error {
	fault := ""
	switch {
	case raw == "":
		fault = "an empty name"
	case len(raw) > c.lim.Name:
		fault = fmt.Sprintf("a name of more than %d bytes", c.lim.Name)
	}
	for i := range len(raw) {
		if raw[i] == 0 || raw[i] == '\r' || raw[i] == '\n' {
			fault = fmt.Sprintf("byte %#x in a name", raw[i])
		}
	}
	if fault == "" {
		return nil
	}
	return &mail.Error{Kind: mail.ErrBadName, Err: errors.New(fault)}
}

// appendFlags appends a parenthesized list of flags. An invalid one would let the
// caller's data run as a command, so it is an error.
func appendFlags(b []byte, flags []mail.Flag) ([]byte, error) {
	b = append(b, '(')
	for i, f := range flags {
		if !f.Valid() {
			return b, fmt.Errorf("flag %q can not be sent", string(f))
		}
		if i > 0 {
			b = append(b, ' ')
		}
		b = append(b, f...)
	}
	return append(b, ')'), nil
}

// appendDate appends a date-time of RFC 9051 section 9, the zone to the minute.
// A zone that can not be written becomes UTC; the moment stays the same.
func appendDate(b []byte, t time.Time) ([]byte, error) {
	const maxOffset = 24 * 60 * 60
	if _, offset := t.Zone(); offset%60 != 0 || offset <= -maxOffset || offset >= maxOffset {
		t = t.UTC()
	}
	if y := t.Year(); y < 1 || y > 9999 {
		return b, fmt.Errorf("date of the year %d can not be sent", y)
	}
	return t.AppendFormat(b, `"02-Jan-2006 15:04:05 -0700"`), nil
}
