package mail

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// utf7Base64 is the alphabet of RFC 3501 section 5.1.3: "," in place of "/",
// no padding. Strict refuses bits that are left over at the end.
var utf7Base64 = base64.NewEncoding("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,").
	WithPadding(base64.NoPadding).Strict()

// EncodeUTF7 spells a UTF-8 name in the modified UTF-7 of RFC 3501 section
// 5.1.3. Bytes that are no UTF-8 become U+FFFD.
func EncodeUTF7(name string) string {
	var out strings.Builder
	var run []uint16
	flush := func() {
		if len(run) == 0 {
			return
		}
		raw := make([]byte, 0, 2*len(run))
		for _, u := range run {
			raw = append(raw, byte(u>>8), byte(u))
		}
		out.WriteString("&" + utf7Base64.EncodeToString(raw) + "-")
		run = run[:0]
	}
	for _, r := range name {
		if r < ' ' || r > '~' {
			run = utf16.AppendRune(run, r)
			continue
		}
		flush()
		out.WriteRune(r)
		if r == '&' {
			out.WriteByte('-')
		}
	}
	flush()
	return out.String()
}

// DecodeUTF7 reads a name in modified UTF-7. It refuses what has no meaning
// (bytes beyond ASCII, a shift without its end, broken base64, half a surrogate
// pair), but not what is merely spelled against the rules, such as printable
// ASCII inside a shift: real servers list such names. So encoding the result
// again need not give the same bytes; whoever needs those keeps them.
func DecodeUTF7(raw string) (string, error) {
	var out strings.Builder
	for i := 0; i < len(raw); i++ {
		c := raw[i]
		if c >= utf8.RuneSelf {
			return "", fmt.Errorf("folder name %q: byte %#x is not modified UTF-7", raw, c)
		}
		if c != '&' {
			out.WriteByte(c)
			continue
		}
		n := strings.IndexByte(raw[i+1:], '-')
		if n < 0 {
			return "", fmt.Errorf("folder name %q: & without its end", raw)
		}
		text, err := decodeShift(raw[i+1 : i+1+n])
		if err != nil {
			return "", fmt.Errorf("folder name %q: %w", raw, err)
		}
		out.WriteString(text)
		i += n + 1
	}
	return out.String(), nil
}

// decodeShift reads what stands between "&" and "-". Nothing is the "&" itself.
func decodeShift(shift string) (string, error) {
	if shift == "" {
		return "&", nil
	}
	// The decoder would skip line ends.
	if strings.ContainsAny(shift, "\r\n") {
		return "", errors.New("line end in base64")
	}
	raw, err := utf7Base64.DecodeString(shift)
	if err != nil || len(raw)%2 != 0 {
		return "", fmt.Errorf("%q is no base64 of UTF-16", shift)
	}
	var out strings.Builder
	for i := 0; i < len(raw); i += 2 {
		r := rune(raw[i])<<8 | rune(raw[i+1])
		if utf16.IsSurrogate(r) {
			var low rune
			if i+3 < len(raw) {
				low = rune(raw[i+2])<<8 | rune(raw[i+3])
			}
			pair := utf16.DecodeRune(r, low)
			if pair == utf8.RuneError {
				return "", fmt.Errorf("%q holds half a surrogate pair", shift)
			}
			r, i = pair, i+2
		}
		out.WriteRune(r)
	}
	return out.String(), nil
}
