package plugin

import (
	"errors"
	"fmt"
	"mime"
	"net/mail"
	"strings"
	"unicode/utf8"
)

// Lines of a header section are folded behind this many characters where that is
// possible, and never have more than maxLine (RFC 5322 section 2.1.1).
const (
	foldAt  = 78
	maxLine = 998
)

// checkFieldName reports why a name can not be that of a header field (RFC 5322
// section 3.6.8), or nil. The text follows "asked for".
func checkFieldName(name string) error {
	if name == "" || len(name) > foldAt-2 {
		return fmt.Errorf("a header field with a name of %d bytes", len(name))
	}
	for i := range len(name) {
		if c := name[i]; c <= ' ' || c > '~' || c == ':' {
			return fmt.Errorf("the header field %q, which is no name", name)
		}
	}
	return nil
}

// encodeField spells a header field, with the line end. The value is UTF-8.
func encodeField(name, value string) ([]byte, error) {
	value = strings.Trim(value, " \t")
	if !utf8.ValidString(value) {
		return nil, fmt.Errorf("a value of %s that is not valid UTF-8", name)
	}
	for i := range len(value) {
		if c := value[i]; c < ' ' && c != '\t' || c == 0x7f {
			return nil, fmt.Errorf("a value of %s with the control character %#02x", name, c)
		}
	}
	encoded, err := encodeValue(name, value)
	if err != nil {
		return nil, fmt.Errorf("a value of %s %w", name, err)
	}
	folded, err := fold(name+":", encoded)
	if err != nil {
		return nil, fmt.Errorf("a value of %s %w", name, err)
	}
	return []byte(folded), nil
}

// The fields whose values have a syntax of their own.
var (
	addressFields = fieldSet("From", "Sender", "Reply-To", "To", "Cc", "Bcc", "Resent-From", "Resent-Sender", "Resent-To", "Resent-Cc",
		"Resent-Bcc", "Disposition-Notification-To", "Return-Receipt-To", "Errors-To", "Mail-Followup-To", "Mail-Reply-To")
	parameterFields = fieldSet("Content-Type", "Content-Disposition")
	asciiFields     = fieldSet("Date", "Message-ID", "In-Reply-To", "References", "Received", "Return-Path", "MIME-Version",
		"Content-Transfer-Encoding", "Content-ID", "Resent-Date", "Resent-Message-ID", "DKIM-Signature", "ARC-Seal",
		"ARC-Message-Signature", "ARC-Authentication-Results", "Authentication-Results", "Autocrypt", "List-ID", "List-Unsubscribe")
)

func fieldSet(names ...string) map[string]bool {
	out := make(map[string]bool)
	for _, n := range names {
		out[strings.ToLower(n)] = true
	}
	return out
}

// encodeValue makes a value ASCII.
func encodeValue(name, value string) (string, error) {
	if isASCII(value) {
		return value, nil
	}
	switch key := strings.ToLower(name); {
	case addressFields[key]:
		list, err := mail.ParseAddressList(value)
		if err != nil {
			return "", fmt.Errorf("that is no list of addresses: %w", err)
		}
		var out []string
		for _, a := range list {
			text := a.String()
			if !isASCII(text) {
				return "", errors.New("with an address beyond ASCII; only the names may have such characters")
			}
			out = append(out, text)
		}
		return strings.Join(out, ", "), nil
	case parameterFields[key]:
		kind, params, err := mime.ParseMediaType(value)
		if err != nil {
			return "", fmt.Errorf("that is no media type with parameters: %w", err)
		}
		if text := mime.FormatMediaType(kind, params); text != "" && isASCII(text) {
			return text, nil
		}
		return "", errors.New("that is no media type with parameters")
	case asciiFields[key]:
		return "", errors.New("with characters beyond ASCII, which this field can not hold")
	}
	return encodeWords(value), nil
}

// encodeWords encodes the words beyond ASCII (RFC 2047); neighbours are encoded with
// the space between them, which a reader would drop otherwise.
func encodeWords(value string) string {
	words := strings.Split(value, " ")
	var out []string
	for i := 0; i < len(words); {
		if isASCII(words[i]) && !strings.Contains(words[i], "=?") {
			out = append(out, words[i])
			i++
			continue
		}
		end := i + 1
		for j := end; j < len(words); j++ {
			if !isASCII(words[j]) || strings.Contains(words[j], "=?") {
				end = j + 1
			} else if words[j] != "" {
				break
			}
		}
		out = append(out, mime.QEncoding.Encode("utf-8", strings.Join(words[i:end], " ")))
		i = end
	}
	return strings.Join(out, " ")
}

// fold breaks a line before white space so that its parts fit. Unfolding gives the
// same text again.
func fold(line, value string) (string, error) {
	var out strings.Builder
	room := foldAt - len(line)
	out.WriteString(line)
	// The value follows the colon and a space, so it is white space and a word, again
	// and again.
	rest := " " + value
	for first := true; rest != ""; first = false {
		blank := len(rest) - len(strings.TrimLeft(rest, " \t"))
		end := len(rest)
		if i := strings.IndexAny(rest[blank:], " \t"); i >= 0 {
			end = blank + i
		}
		if end > maxLine-len(line) {
			return "", fmt.Errorf("with a word of %d bytes, which no line can hold", end-blank)
		}
		if end > room && !first {
			out.WriteString("\r\n")
			room = foldAt
		}
		out.WriteString(rest[:end])
		room -= end
		rest = rest[end:]
	}
	out.WriteString("\r\n")
	return out.String(), nil
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
