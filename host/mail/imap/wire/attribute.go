package wire

import (
	"bytes"
	"slices"

	"github.com/mailweir/mailweir/host/mail"
)

// have is the set of attributes that a FETCH response held.
type have uint8

const (
	haveUID have = 1 << iota
	haveFlags
	haveDate
	haveSize
	haveModSeq
	haveHeader
	haveBody
)

// section is where attribute stopped.
type section int

const (
	sectionNone   section = iota // the attribute has been read or skipped
	sectionEnd                   // the response has ended
	sectionBody                  // the value of BODY[] comes next
	sectionHeader                // the value of BODY[HEADER...] comes next
)

// attribute reads the next attribute of a FETCH response into m, or skips it when
// it is not known (RFC 9051 section 7.5.2). The values of sections are left to the
// caller, because they may be large. A value that makes no sense is as good as
// absent: the zero time for a date, 0 for a size.
func (c *Conn) attribute(m *mail.Message, got *have) (section, error) {
	p := &c.p
	p.spaces()
	if p.peek() == ')' {
		p.i++
		p.spaces()
		if p.i < len(p.b) {
			return sectionEnd, p.fail("something follows the end of a message's answer")
		}
		return sectionEnd, nil
	}
	name := p.attributeName()
	if len(name) == 0 {
		return sectionNone, p.fail("the answer for a message has no end")
	}
	if p.peek() == '[' {
		return c.sectionOf(name)
	}
	switch {
	case equalFold(name, "UID"):
		p.spaces()
		n, ok := p.number()
		if !ok || clamp32(n) == 0 || !p.atEnd() {
			return sectionNone, p.fail("no UID")
		}
		m.UID = mail.UID(n)
		*got |= haveUID
		return sectionNone, nil
	case equalFold(name, "FLAGS"):
		p.spaces()
		return sectionNone, c.flags(m, got)
	case equalFold(name, "INTERNALDATE"):
		p.spaces()
		*got |= haveDate
		if p.peek() != '"' {
			return sectionNone, p.skip()
		}
		s, err := p.quoted()
		m.InternalDate = c.zones.date(s)
		return sectionNone, err
	case equalFold(name, "RFC822.SIZE"):
		p.spaces()
		*got |= haveSize
		n, ok := p.number()
		if !ok {
			return sectionNone, p.skip()
		}
		m.Size = n
		return sectionNone, nil
	case equalFold(name, "MODSEQ"): // RFC 7162 section 3.1.4.2: MODSEQ (n)
		p.spaces()
		if p.peek() == '(' {
			p.i++
			if n, ok := p.number(); ok && p.peek() == ')' {
				p.i++
				m.ModSeq = uint64(n)
				*got |= haveModSeq
				return sectionNone, nil
			}
		}
		return sectionNone, p.fail("no MODSEQ")
	}
	return sectionNone, p.skip()
}

// atEnd reports whether a value ends here. A number that goes on as something else
// would be another message's.
func (p *parser) atEnd() bool {
	switch p.peek() {
	case ' ', '\t', ')':
		return true
	}
	return p.i >= len(p.b)
}

// attributeName returns the bytes up to a space, a bracket or a parenthesis.
func (p *parser) attributeName() []byte {
	start := p.i
	for p.i < len(p.b) {
		switch p.b[p.i] {
		case ' ', '\t', '(', ')', '[', '"':
			return p.b[start:p.i]
		}
		p.i++
	}
	return p.b[start:p.i]
}

// sectionOf reads "[...]" after name and says what its value is. Sections that
// nobody asked for are skipped with their value.
func (c *Conn) sectionOf(name []byte) (section, error) {
	p := &c.p
	body := equalFold(name, "BODY") || equalFold(name, "BODY.PEEK")
	p.i++
	spec := p.b[p.i:]
	what := sectionNone
	switch {
	case !body:
	case bytes.HasPrefix(spec, []byte("]")):
		what = sectionBody
	case len(spec) >= 6 && equalFold(spec[:6], "HEADER") &&
		(bytes.HasPrefix(spec[6:], []byte("]")) || len(spec) >= 14 && equalFold(spec[6:14], ".FIELDS ")):
		what = sectionHeader
	}
	for p.peek() != ']' {
		switch {
		case p.i >= len(p.b):
			return sectionNone, p.fail("a section has no end")
		case p.peek() == '"':
			if _, err := p.quoted(); err != nil {
				return sectionNone, err
			}
		default:
			// A header field name may come back as a literal.
			n, ok := p.literal()
			if !ok {
				p.i++
				break
			}
			if err := p.skipLiteral(n); err != nil {
				return sectionNone, err
			}
			if err := p.advance(); err != nil {
				return sectionNone, err
			}
		}
	}
	p.i++
	if p.peek() == '<' { // a part of the section: not what was asked for
		what = sectionNone
		p.word()
	}
	p.spaces()
	if what == sectionNone {
		return sectionNone, p.skip()
	}
	return what, nil
}

// flags reads a list of flags, with whatever bytes they hold.
func (c *Conn) flags(m *mail.Message, got *have) error {
	p := &c.p
	if p.peek() != '(' {
		return p.fail("no list of flags")
	}
	end := bytes.IndexByte(p.b[p.i:], ')')
	if end < 0 {
		return p.fail("a list of flags has no end")
	}
	m.Flags = c.seen.list(p.b[p.i+1 : p.i+end])
	*got |= haveFlags
	p.i += end + 1
	return nil
}

// flagCache remembers lists of flags by their spelling: a folder of a million
// messages has a few dozen. The lists are shared by messages and never changed.
type flagCache struct{ lists map[string][]mail.Flag }

const (
	maxFlagLists  = 4096
	maxFlagString = 1024
)

func (f *flagCache) list(raw []byte) []mail.Flag {
	if flags, ok := f.lists[string(raw)]; ok {
		return flags
	}
	flags := slices.Clip(flagsIn(string(raw)))
	if f.lists == nil {
		f.lists = make(map[string][]mail.Flag)
	}
	if len(f.lists) < maxFlagLists && len(raw) <= maxFlagString {
		f.lists[string(raw)] = flags
	}
	return flags
}
