package mailtest

import (
	"encoding/base64"
	"fmt"
	"strings"
	"unicode/utf16"
)

// The names of folders cross here by code of its own, on purpose: what package
// mail does with them is under test.

var nameBase64 = base64.NewEncoding("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,").WithPadding(base64.NoPadding)

func printable(r rune) bool { return r >= 0x20 && r <= 0x7e }

// encodeName spells UTF-8 as RFC 3501 section 5.1.3 says.
func encodeName(name string) string {
	var out strings.Builder
	for rest := []rune(name); len(rest) > 0; {
		if printable(rest[0]) {
			out.WriteString(strings.Replace(string(rest[0]), "&", "&-", 1))
			rest = rest[1:]
			continue
		}
		n := 0
		for n < len(rest) && !printable(rest[n]) {
			n++
		}
		var raw []byte
		for _, u := range utf16.Encode(rest[:n]) {
			raw = append(raw, byte(u>>8), byte(u))
		}
		out.WriteString("&" + nameBase64.EncodeToString(raw) + "-")
		rest = rest[n:]
	}
	return out.String()
}

// decodeName is the reverse of encodeName.
func decodeName(raw string) (string, error) {
	var out strings.Builder
	for {
		plain, rest, shifted := strings.Cut(raw, "&")
		out.WriteString(plain)
		if !shifted {
			return out.String(), nil
		}
		shift, after, ok := strings.Cut(rest, "-")
		if !ok {
			return "", fmt.Errorf("%q has no end", shift)
		}
		raw = after
		if shift == "" {
			out.WriteByte('&')
			continue
		}
		b, err := nameBase64.DecodeString(shift)
		if err != nil {
			return "", fmt.Errorf("%q: %w", shift, err)
		}
		units := make([]uint16, 0, len(b)/2)
		for i := 0; i+1 < len(b); i += 2 {
			units = append(units, uint16(b[i])<<8|uint16(b[i+1]))
		}
		out.WriteString(string(utf16.Decode(units)))
	}
}
