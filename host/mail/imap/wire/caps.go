package wire

import (
	"slices"
	"strings"
)

// Caps is the set of capabilities that a server announced (RFC 9051 section
// 7.2.2). Letter case does not matter. The zero value is the empty set.
type Caps struct{ atoms map[string]struct{} }

// ParseCaps reads the atoms of a CAPABILITY response or response code, with or
// without the leading word CAPABILITY, separated by any white space.
func ParseCaps(text string) Caps {
	c := Caps{atoms: map[string]struct{}{}}
	for i, atom := range strings.Fields(strings.ToUpper(text)) {
		if i == 0 && atom == "CAPABILITY" {
			continue
		}
		c.atoms[atom] = struct{}{}
	}
	return c
}

// Has reports whether the server announced name, for example "UIDPLUS" or
// "STATUS=SIZE".
func (c Caps) Has(name string) bool {
	_, ok := c.atoms[strings.ToUpper(name)]
	return ok
}

// Value returns what follows prefix and "=" in the first such atom, for example
// the number of "APPENDLIMIT=1000" for the prefix "APPENDLIMIT". An atom without
// "=" gives "" and true.
func (c Caps) Value(prefix string) (string, bool) {
	prefix = strings.ToUpper(prefix)
	for _, atom := range c.List() {
		name, value, _ := strings.Cut(atom, "=")
		if name == prefix {
			return value, true
		}
	}
	return "", false
}

// List returns the atoms in upper case and alphabetical order.
func (c Caps) List() []string {
	out := make([]string, 0, len(c.atoms))
	for atom := range c.atoms {
		out = append(out, atom)
	}
	slices.Sort(out)
	return out
}

// condstore reports whether mod-sequences can be asked for. RFC 7162 section 3.2.3:
// QRESYNC implies CONDSTORE.
func (c Caps) condstore() bool { return c.Has("CONDSTORE") || c.Has("QRESYNC") }
