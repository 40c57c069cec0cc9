package kit

import (
	"bytes"
	"fmt"
	"mime"
	"slices"
	"strings"
)

// difference says where what is stored differs from what it is compared with.
func difference(got, want []byte) string {
	g, w := bytes.SplitAfter(got, []byte("\n")), bytes.SplitAfter(want, []byte("\n"))
	for i := range max(len(g), len(w)) {
		var a, b []byte
		if i < len(g) {
			a = g[i]
		}
		if i < len(w) {
			b = w[i]
		}
		if !bytes.Equal(a, b) {
			return fmt.Sprintf("line %d is %s, not %s", i+1, lineText(a), lineText(b))
		}
	}
	return "nothing differs"
}

func lineText(line []byte) string {
	const most = 80
	switch text := bytes.TrimSuffix(line, []byte("\r\n")); {
	case len(line) == 0:
		return "missing"
	case len(text) < len(line) && len(text) <= most:
		return fmt.Sprintf("%q", text)
	case len(text) > most:
		return fmt.Sprintf("%q...", text[:most])
	default:
		return fmt.Sprintf("%q", line) // how it ends is a part of it
	}
}

// fieldsOf splits a header section into fields, lines that are none included.
func fieldsOf(header []byte) []string {
	var fields []string
	for line := range strings.Lines(string(header)) {
		if n := len(fields); n > 0 && (line[0] == ' ' || line[0] == '\t') {
			fields[n-1] += line
			continue
		}
		fields = append(fields, line)
	}
	return fields
}

// fieldName is the name of a field; "" is none.
func fieldName(field string) string {
	name, _, _ := strings.Cut(field, ":")
	return strings.TrimSpace(name)
}

// fieldValue is the decoded value of the first field with this name, or nil.
func fieldValue(header []byte, name string) *string {
	for _, f := range fieldsOf(header) {
		if !strings.EqualFold(fieldName(f), name) || !strings.Contains(f, ":") {
			continue
		}
		_, value, _ := strings.Cut(f, ":")
		value = strings.TrimSpace(strings.NewReplacer("\r\n", "", "\n", "").Replace(value))
		if decoded, err := new(mime.WordDecoder).DecodeHeader(value); err == nil {
			value = decoded
		}
		return &value
	}
	return nil
}

// without is a message with all fields of these names taken out.
func without(message []byte, names []string) []byte {
	header := headerOf(message)
	var out []byte
	for _, f := range fieldsOf(header) {
		if !slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, fieldName(f)) }) {
			out = append(out, f...)
		}
	}
	return append(out, message[min(len(header), len(message)):]...)
}

// describeFields says in words what fields are.
func describeFields(fields map[string]*string) string {
	var words []string
	for name, value := range fields {
		if value == nil {
			words = append(words, "no "+name)
		} else {
			words = append(words, fmt.Sprintf("%s %q", name, *value))
		}
	}
	slices.Sort(words)
	return strings.Join(words, ", ")
}
