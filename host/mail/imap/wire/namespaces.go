package wire

import "context"

// Namespaces returns the prefix and the delimiter of the account's own folders and,
// in others, the prefixes of the namespaces of other users and of shared folders
// (RFC 2342), as sent. delim is 0 where folders do not nest. Where the server has
// no NAMESPACE, or answers nothing of use, the prefix is empty and the delimiter
// is what LIST says of the root.
func (c *Conn) Namespaces(ctx context.Context) (prefix string, delim byte, others []string, err error) {
	const op = "ask for the namespace"
	if c.caps.Has("NAMESPACE") || c.caps.Has("IMAP4REV2") {
		var classes [][]namespace
		err := c.simple(ctx, "NAMESPACE", func(r response) (bool, error) {
			if !equalFold(r.name, "NAMESPACE") {
				return false, nil
			}
			got, err := c.namespaces()
			if err == nil {
				classes = got
			}
			return true, c.tolerate(err)
		})
		if err != nil && !refused(err) {
			return "", 0, nil, describe(op, err)
		}
		if prefix, delim, others, ok := own(classes); ok {
			return prefix, delim, others, nil
		}
	}
	// RFC 9051 section 6.3.9: an empty pattern asks for the delimiter and the root.
	err = c.simple(ctx, `LIST "" ""`, func(r response) (bool, error) {
		if !equalFold(r.name, "LIST") {
			return false, nil
		}
		e, err := c.listEntry()
		if err == nil {
			delim = e.Delim
		}
		return true, c.tolerate(err)
	})
	return "", delim, nil, describe(op, err)
}

// own finds the account's own namespace among the classes of an answer. A server
// whose own folders are in none still has a delimiter, which LIST tells: ok is
// false then.
func own(classes [][]namespace) (prefix string, delim byte, others []string, ok bool) {
	if len(classes) == 0 || len(classes[0]) == 0 {
		return "", 0, nil, false
	}
	for _, class := range classes[1:] {
		for _, n := range class {
			others = append(others, n.prefix)
		}
	}
	return classes[0][0].prefix, classes[0][0].delim, others, true
}

// namespace is one prefix and its delimiter.
type namespace struct {
	prefix string
	delim  byte
}

// maxNamespaces bounds how many prefixes of one class are kept.
const maxNamespaces = 1000

// namespaces reads the three classes of a NAMESPACE response: personal, other
// users', shared. Each is NIL or a list such as (("INBOX." ".")("#mh/" "/")).
func (c *Conn) namespaces() ([][]namespace, error) {
	p := &c.p
	out := make([][]namespace, 0, 3)
	for len(out) < cap(out) {
		p.spaces()
		if p.peek() != '(' {
			if !equalFold(p.word(), "NIL") {
				return nil, p.fail("no list of namespaces")
			}
			out = append(out, nil)
			continue
		}
		p.i++
		var class []namespace
		for p.spaces(); p.peek() != ')'; p.spaces() {
			n, err := c.oneNamespace()
			if err != nil {
				return nil, err
			}
			if len(class) == maxNamespaces {
				return nil, p.fail("more than %d namespaces", maxNamespaces)
			}
			class = append(class, n)
		}
		p.i++
		out = append(out, class)
	}
	return out, p.rest()
}

// oneNamespace reads ("INBOX." "." ...); what RFC 2342 lets follow is skipped.
func (c *Conn) oneNamespace() (namespace, error) {
	var n namespace
	p := &c.p
	if err := p.expect('('); err != nil {
		return n, err
	}
	p.spaces()
	raw, tooLong, err := p.str(int64(c.lim.Name))
	if err != nil {
		return n, err
	}
	if tooLong {
		return n, p.fail("a namespace of more than %d bytes", c.lim.Name)
	}
	n.prefix = string(raw)
	p.spaces()
	if p.peek() == ')' {
		return n, p.fail("a namespace without a delimiter")
	}
	if n.delim, err = c.delimiter(); err != nil {
		return n, err
	}
	for p.spaces(); p.peek() != ')'; p.spaces() {
		if err := p.skip(); err != nil {
			return n, err
		}
	}
	p.i++
	return n, nil
}
