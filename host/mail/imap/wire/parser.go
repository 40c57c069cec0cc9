package wire

import (
	"bytes"
	"math"
)

// parser walks along the current line of a response. When a literal ends the
// line, it goes on with the line after the literal. Its methods never recurse.
//
// An error of the parser leaves the stream at a known place as long as lines
// itself is well (see rest); an error of lines is the end of the connection.
type parser struct {
	in      *lines
	b       []byte // the current line; valid until the next one is read
	i       int    // b[i:] is not parsed yet
	scratch []byte // what the last call of str returned, when it is not part of b
}

// next begins the next response.
func (p *parser) next() error {
	p.in.begin()
	return p.advance()
}

// advance goes to the next line of the same response.
func (p *parser) advance() error {
	b, err := p.in.line()
	p.b, p.i = b, 0
	return err
}

// peek returns the next byte, or 0 at the end of the line.
func (p *parser) peek() byte {
	if p.i < len(p.b) {
		return p.b[p.i]
	}
	return 0
}

// spaces skips any number of spaces: some servers send two, or one before ")".
func (p *parser) spaces() {
	for p.i < len(p.b) && (p.b[p.i] == ' ' || p.b[p.i] == '\t') {
		p.i++
	}
}

// tail returns what is left of the line.
func (p *parser) tail() []byte { return p.b[min(p.i, len(p.b)):] }

// fail describes what is wrong here.
func (p *parser) fail(format string, args ...any) error {
	return syntax(p.b, format, args...)
}

// expect skips the byte c.
func (p *parser) expect(c byte) error {
	if p.peek() != c || p.i >= len(p.b) {
		return p.fail("%q is missing", string(rune(c)))
	}
	p.i++
	return nil
}

// word returns the bytes up to a space, a parenthesis or a double quote. It takes
// more than RFC 9051's atom, because servers send more.
func (p *parser) word() []byte {
	start := p.i
	for p.i < len(p.b) {
		switch p.b[p.i] {
		case ' ', '\t', '(', ')', '"':
			return p.b[start:p.i]
		}
		p.i++
	}
	return p.b[start:p.i]
}

// number reads digits. It fails when there are none or too many for 63 bits.
func (p *parser) number() (int64, bool) {
	start, n := p.i, int64(0)
	for p.i < len(p.b) {
		d := int64(p.b[p.i]) - '0'
		if d < 0 || d > 9 {
			break
		}
		if n > (math.MaxInt64-d)/10 {
			return 0, false
		}
		n = n*10 + d
		p.i++
	}
	return n, p.i > start
}

// literal reads the announcement "{n}" at the end of the line, in any of its
// spellings ("{n+}", "~{n}"; RFC 9051 section 4.3). It leaves the position alone
// when there is none here.
func (p *parser) literal() (size int64, ok bool) {
	start := p.i
	if p.peek() == '~' {
		p.i++
	}
	if p.peek() == '{' {
		p.i++
		n, digits := p.number()
		if p.peek() == '+' {
			p.i++
		}
		if digits && p.peek() == '}' && p.i+1 == len(p.b) {
			p.i++
			return n, true
		}
	}
	p.i = start
	return 0, false
}

// trailingLiteral looks for an announcement at the very end of the line, wherever
// the parser stands.
func (p *parser) trailingLiteral() (int64, bool) {
	if len(p.b) == 0 || p.b[len(p.b)-1] != '}' {
		return 0, false
	}
	open := bytes.LastIndexByte(p.b, '{')
	if open < 0 {
		return 0, false
	}
	at := parser{b: p.b, i: open}
	return at.literal()
}

// quoted reads a quoted string. The result is part of the line, or of scratch if
// something was escaped.
func (p *parser) quoted() ([]byte, error) {
	if err := p.expect('"'); err != nil {
		return nil, err
	}
	start := p.i
	for p.i < len(p.b) {
		switch p.b[p.i] {
		case '"':
			s := p.b[start:p.i]
			p.i++
			return s, nil
		case '\\':
			return p.quotedEscapes(start)
		}
		p.i++
	}
	return nil, p.endless(start)
}

// endless goes back to where a quoted string began that never ends, so that rest
// sees what is left of the line.
func (p *parser) endless(start int) error {
	p.i = start - 1
	return p.fail("a quoted string has no end")
}

// quotedEscapes goes on with a quoted string at its first backslash.
func (p *parser) quotedEscapes(start int) ([]byte, error) {
	p.scratch = append(p.scratch[:0], p.b[start:p.i]...)
	for p.i < len(p.b) {
		c := p.b[p.i]
		p.i++
		switch {
		case c == '"':
			return p.scratch, nil
		case c == '\\' && p.i < len(p.b):
			p.scratch = append(p.scratch, p.b[p.i])
			p.i++
		default:
			p.scratch = append(p.scratch, c)
		}
	}
	return nil, p.endless(start)
}

// str reads a string in any spelling: quoted, literal, or bare. A literal longer
// than limit is skipped and reported as tooLong. NIL is not told from the bare
// word "NIL". The result is valid until the parser moves on.
func (p *parser) str(limit int64) (s []byte, tooLong bool, err error) {
	if p.peek() == '"' {
		s, err = p.quoted()
		return s, int64(len(s)) > limit, err
	}
	n, ok := p.literal()
	if !ok {
		s = p.word()
		return s, int64(len(s)) > limit, nil
	}
	if n > limit {
		if err := p.skipLiteral(n); err != nil {
			return nil, true, err
		}
		return nil, true, p.advance()
	}
	if p.scratch, err = p.in.appendLiteral(p.scratch[:0], n); err != nil {
		return nil, false, err
	}
	return p.scratch, false, p.advance()
}

// maxSkip is the longest literal that is skipped: beyond it the announcement is
// nonsense.
const maxSkip = 1 << 40

// skipLiteral skips the n bytes after an announcement.
func (p *parser) skipLiteral(n int64) error {
	if n > maxSkip {
		p.in.err = p.fail("a literal of %d bytes", n)
		return p.in.err
	}
	return p.in.discard(n)
}

// skip skips one value of any kind: a word, a string, or a list with whatever
// is nested in it.
func (p *parser) skip() error {
	depth := 0
	for {
		p.spaces()
		switch c := p.peek(); {
		case p.i >= len(p.b):
			return p.fail("a value has no end")
		case c == '(':
			p.i++
			if depth++; depth > p.in.limit.Nesting {
				return p.fail("more than %d levels of parentheses", p.in.limit.Nesting)
			}
		case c == ')':
			if depth == 0 {
				return p.fail("a value is missing")
			}
			p.i++
			depth--
		case c == '"':
			if _, err := p.quoted(); err != nil {
				return err
			}
		default:
			if n, ok := p.literal(); ok {
				if err := p.skipLiteral(n); err != nil {
					return err
				}
				if err := p.advance(); err != nil {
					return err
				}
				break
			}
			p.word()
		}
		if depth == 0 {
			return nil
		}
	}
}

// rest skips whatever is left of the response, understood or not: as long as a
// line ends with the announcement of a literal, the response goes on after it.
func (p *parser) rest() error {
	for {
		if p.in.err != nil {
			return p.in.err
		}
		if p.i >= len(p.b) {
			return nil
		}
		n, ok := p.trailingLiteral()
		if !ok {
			return nil
		}
		if err := p.skipLiteral(n); err != nil {
			return err
		}
		if err := p.advance(); err != nil {
			return err
		}
	}
}
