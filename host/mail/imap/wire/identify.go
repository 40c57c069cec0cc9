package wire

import (
	"strings"
	"unicode"
)

// Introduce tells the server with ID (RFC 2971) who we are, together with the next
// command, so that it costs no round trip; some large providers refuse to open
// folders for clients that do not say. named is told what the server calls
// itself, name and version, by the goroutine that runs that command, if the
// server says it; it is foreign text. Without the capability nothing happens.
// An APPEND is not such a command.
func (c *Conn) Introduce(name string, named func(product string)) {
	if c.caps.Has("ID") {
		c.preface, c.named = `ID ("name" "`+name+`")`, named
	}
}

// maxProduct bounds what is kept of what a server calls itself.
const maxProduct = 100

// identified takes the ID response: a list of names and values, or NIL.
func (c *Conn) identified() error {
	p := &c.p
	p.spaces()
	if p.peek() != '(' {
		return p.rest()
	}
	p.i++
	var product, version, key string
	for n := 0; ; n++ {
		if p.spaces(); p.peek() == ')' || p.i >= len(p.b) {
			break
		}
		before := p.i
		s, tooLong, err := p.str(int64(c.lim.Name))
		if err != nil {
			return c.tolerate(err)
		}
		if p.i == before && len(s) == 0 {
			break // a parenthesis, where none can be
		}
		switch value := string(s); {
		case tooLong:
		case n%2 == 0:
			key = value
		case strings.EqualFold(key, "name") && !strings.EqualFold(value, "NIL"):
			product = value
		case strings.EqualFold(key, "version") && !strings.EqualFold(value, "NIL"):
			version = value
		}
	}
	product = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, strings.TrimSpace(product+" "+version))
	if c.named != nil {
		c.named(strings.ToValidUTF8(product[:min(len(product), maxProduct)], ""))
	}
	return p.rest()
}
