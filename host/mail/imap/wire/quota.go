package wire

import (
	"context"
	"fmt"
	"strings"
)

// Quota is one limit of an account (RFC 9208).
type Quota struct {
	Root     string // the server's name for what shares the limit; often ""
	Resource string // in upper case
	Used     int64
	Limit    int64
}

// maxQuotas is how many limits are kept of one answer.
const maxQuotas = 1000

// QuotaRoot asks for the limits that a folder counts towards (RFC 9208 section 4.1.2).
func (c *Conn) QuotaRoot(ctx context.Context, raw string) ([]Quota, error) {
	op := fmt.Sprintf("ask for the quota of %q", raw)
	if err := c.checkFolder(raw); err != nil {
		return nil, name(op, err)
	}
	var all []Quota
	err := c.simple(ctx, string(c.appendFolder([]byte("GETQUOTAROOT "), raw)), func(r response) (bool, error) {
		switch {
		case equalFold(r.name, "QUOTAROOT"):
			return true, c.quotaRoots()
		case equalFold(r.name, "QUOTA"):
			got, err := c.quotaResponse()
			if all = append(all, got...); len(all) > maxQuotas {
				err = c.p.fail("more than %d limits", maxQuotas)
			}
			return true, err
		}
		return false, nil
	})
	if err != nil {
		return nil, describe(op, err)
	}
	return all, nil
}

// quotaRoots reads what follows QUOTAROOT. The roots are named again by QUOTA.
func (c *Conn) quotaRoots() error {
	p := &c.p
	for p.spaces(); p.i < len(p.b); p.spaces() {
		if _, err := c.rootName(); err != nil {
			return err
		}
	}
	return nil
}

// rootName reads a name.
func (c *Conn) rootName() (string, error) {
	p := &c.p
	p.spaces()
	if n, ok := p.trailingLiteral(); ok && n > int64(c.lim.Name) {
		return "", p.fail("a name of %d bytes", n)
	}
	if p.peek() == '(' || p.peek() == ')' {
		return "", p.fail("a name is missing")
	}
	b, tooLong, err := p.str(int64(c.lim.Name))
	if err == nil && tooLong {
		err = p.fail("a name of more than %d bytes", c.lim.Name)
	}
	return string(b), err
}

// quotaResponse reads what follows QUOTA: root (resource used limit ...). Courier
// 5.0.13 leaves the list out when there is no limit.
func (c *Conn) quotaResponse() ([]Quota, error) {
	p := &c.p
	root, err := c.rootName()
	if err != nil {
		return nil, err
	}
	if p.spaces(); p.i >= len(p.b) {
		return nil, nil
	}
	if err := p.expect('('); err != nil {
		return nil, err
	}
	var out []Quota
	for {
		if p.spaces(); p.peek() == ')' {
			return out, p.rest()
		}
		q := Quota{Root: root, Resource: strings.ToUpper(string(p.word()))}
		for _, n := range []*int64{&q.Used, &q.Limit} {
			p.spaces()
			var ok bool
			if *n, ok = p.number(); !ok {
				return nil, p.fail("%q without its numbers", q.Resource)
			}
		}
		out = append(out, q)
	}
}
