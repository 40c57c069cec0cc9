package copier

import (
	"crypto/sha256"
	"fmt"
	"hash"
	"io"
)

// Some servers alter what they store. A copy that was broken off is found there
// again only by what such a server makes of a message:
//
//   - Courier 5.0.13 gives the last line an end if it has none.
//   - Cyrus 3.6.1 puts "X" for every 8-bit byte of the header, unless munge8bit is off.
//
// That is safe: where the bytes at the target are what the server would make of
// the message, storing it once more would give the same bytes again.

// prints are the fingerprint of a message, and those of what servers make of it.
type prints struct {
	exact   [16]byte
	altered [][16]byte // mostly nil
	// likeness is that of a message with the same Message-ID and the same text below
	// another header; zero without a Message-ID or a text, or where it was not
	// asked for.
	likeness [16]byte

	// What is, or may be, stored in place of the message: what the ledger says was sent, or
	// else the versions that hooks make, the first one first.
	sent         [][16]byte
	sentAltered  [][16]byte
	sentLikeness [16]byte // of the first
	asIs         bool     // the first version is the message itself, which is not in sent
}

// readPrints reads r to its end. likeness asks for prints.likeness.
func readPrints(r io.Reader, likeness bool) (prints, error) {
	p := printer{exact: sha256.New(), munged: sha256.New(), lineStart: true}
	if likeness {
		p.text = sha256.New()
	}
	if _, err := io.Copy(&p, r); err != nil {
		return prints{}, fmt.Errorf("fingerprint: %w", err)
	}
	return p.prints(), nil
}

// printer takes the bytes of a message.
type printer struct {
	exact  hash.Hash
	munged hash.Hash // nil once it is known to be the same
	text   hash.Hash // of what is below the header; nil if nobody wants to know
	head   []byte    // with text: the header, as far as it is looked at
	buf    []byte

	body      bool // the header is over
	eightBit  bool // the header has 8-bit bytes
	lineStart bool // nothing but CR since the last line end
	hasText   bool
	last      byte
}

// Write never fails.
func (p *printer) Write(b []byte) (int, error) {
	p.exact.Write(b)
	if len(b) > 0 {
		p.last = b[len(b)-1]
	}
	rest := b
	if !p.body {
		if p.text != nil && len(p.head) < maxHeader {
			p.head = append(p.head, b...)
		}
		p.buf = p.buf[:0]
		for len(rest) > 0 && !p.body {
			p.buf = append(p.buf, p.header(rest[0]))
			rest = rest[1:]
		}
		p.munged.Write(p.buf)
		if p.body && !p.eightBit {
			p.munged = nil
		}
	}
	if p.munged != nil {
		p.munged.Write(rest)
	}
	if p.text != nil {
		p.text.Write(rest)
		p.hasText = p.hasText || len(rest) > 0
	}
	return len(b), nil
}

// header takes one byte of the header and returns what Cyrus makes of it.
func (p *printer) header(c byte) byte {
	switch {
	case c == '\n':
		p.body, p.lineStart = p.lineStart, true
	case c != '\r':
		p.lineStart = false
	}
	if c >= 0x80 {
		p.eightBit = true
		return 'X'
	}
	return c
}

func (p *printer) prints() prints {
	out := prints{exact: sumOf(p.exact)}
	if id := messageID(p.head); p.hasText && id != [16]byte{} {
		p.text.Write(id[:])
		out.likeness = sumOf(p.text)
	}
	hashes := []hash.Hash{p.exact}
	if p.eightBit {
		out.altered = append(out.altered, sumOf(p.munged))
		hashes = append(hashes, p.munged)
	}
	if p.last != '\n' {
		for _, h := range hashes {
			_, _ = io.WriteString(h, "\r\n")
			out.altered = append(out.altered, sumOf(h))
		}
	}
	return out
}

// printsOf reads r to its end, without likeness.
func printsOf(r io.Reader) (prints, error) { return readPrints(r, false) }
