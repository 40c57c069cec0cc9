package wire

import (
	"context"
	"fmt"
	"strings"

	"github.com/mailweir/mailweir/host/mail"
)

// ListEntry is one folder of a listing, as the server spelled it.
type ListEntry struct {
	Raw        string       // the name, byte for byte
	Delim      byte         // hierarchy delimiter; 0 if the folder is in no hierarchy
	Attrs      []string     // attributes such as `\HasChildren`, `\Sent`, as sent
	Subscribed bool         // on the list of subscriptions
	Status     *mail.Status // nil when it was not asked for, or the server did not say
	Fault      string       // why the entry could not be read as a whole; empty if it could
}

// Has reports whether the entry has the attribute, in any letter case.
func (e *ListEntry) Has(attr string) bool {
	for _, a := range e.Attrs {
		if strings.EqualFold(a, attr) {
			return true
		}
	}
	return false
}

// selectable reports whether it makes sense to ask for the status.
func (e *ListEntry) selectable() bool {
	return e.Fault == "" && !e.Has(`\Noselect`) && !e.Has(`\NonExistent`)
}

// List lists all folders with their subscriptions, and with their status if
// withStatus is set: in one command where the server has LIST-EXTENDED and
// LIST-STATUS (RFC 5258, RFC 5819), else with LSUB and one STATUS for each
// folder, all of them on the wire at once. A folder whose answer can not be read
// is in the list with its Fault; a status that the server refuses is nil.
func (c *Conn) List(ctx context.Context, withStatus bool) ([]ListEntry, error) {
	const op = "list the folders"
	l := c.newListing()
	extended := c.caps.Has("LIST-EXTENDED")
	if extended {
		err := c.simple(ctx, c.listCommand(withStatus), l.untagged)
		if refused(err) {
			extended = false // announced, but not done: the plain way may work
		} else if err != nil {
			return nil, describe(op, err)
		}
	}
	if !extended {
		if err := l.plain(ctx); err != nil {
			return nil, describe(op, err)
		}
	}
	l.finish()
	if withStatus {
		if err := l.ask(ctx); err != nil {
			return nil, describe(op, err)
		}
	}
	return l.entries, nil
}

// listCommand is the one command that tells all.
func (c *Conn) listCommand(withStatus bool) string {
	options := []string{"SUBSCRIBED"}
	if c.caps.Has("SPECIAL-USE") { // RFC 6154 section 5.1
		options = append(options, "SPECIAL-USE")
	}
	if withStatus && c.caps.Has("LIST-STATUS") {
		options = append(options, "STATUS "+c.statusItems())
	}
	return `LIST "" "*" RETURN (` + strings.Join(options, " ") + ")"
}

// statusItems are the items that tell whether a folder changed. HIGHESTMODSEQ is
// an error without CONDSTORE. MAILBOXID is not asked for: Cyrus 3.6.1 answers it
// with binary garbage in a LIST-STATUS.
func (c *Conn) statusItems() string {
	if c.caps.condstore() {
		return "(MESSAGES UIDNEXT UIDVALIDITY HIGHESTMODSEQ)"
	}
	return "(MESSAGES UIDNEXT UIDVALIDITY)"
}

// listing collects the answers of a listing.
type listing struct {
	c       *Conn
	entries []ListEntry
	index   map[string]int // into entries
	subs    []string       // from LSUB
	status  map[string]mail.Status
}

func (c *Conn) newListing() *listing {
	return &listing{c: c, index: make(map[string]int), status: make(map[string]mail.Status)}
}

// plain lists in the manner of RFC 3501: LIST and LSUB.
func (l *listing) plain(ctx context.Context) error {
	commands := []string{`LIST "" "*"`, `LSUB "" "*"`}
	sent := 0
	return l.c.run(ctx, exchange{
		depth: len(commands),
		next: func(b []byte) ([]byte, int, bool) {
			if sent == len(commands) {
				return b, 0, false
			}
			sent++
			return append(b, commands[sent-1]...), sent - 1, true
		},
		untagged: l.untagged,
		done: func(id int, answer StatusError) error {
			if id == 1 {
				return nil // without subscriptions there is still a list
			}
			return refusal(answer)
		},
	})
}

// untagged takes LIST, LSUB and STATUS.
func (l *listing) untagged(r response) (bool, error) {
	switch {
	case equalFold(r.name, "LIST"):
		return true, l.list()
	case equalFold(r.name, "LSUB"):
		e, err := l.c.listEntry()
		// RFC 3501 section 6.3.9: \Noselect stands for a folder below that is
		// subscribed. It says so of "%"; Courier 5.0.13 does it for "*" too.
		if err == nil && !e.Has(`\Noselect`) {
			l.subs = append(l.subs, e.Raw)
			l.c.took = true
		}
		if len(l.subs) > l.c.lim.Folders {
			return true, l.tooMany()
		}
		return true, l.c.tolerate(err)
	case equalFold(r.name, "STATUS"):
		raw, s, err := l.c.statusResponse()
		if err == nil {
			if _, again := l.status[inboxKey(raw)]; !again {
				l.c.took = true
			}
			l.status[inboxKey(raw)] = s
		}
		if len(l.status) > l.c.lim.Folders {
			return true, l.tooMany()
		}
		return true, l.c.tolerate(err)
	}
	return false, nil
}

func (l *listing) tooMany() error {
	return &SyntaxError{What: fmt.Sprintf("more than %d folders", l.c.lim.Folders)}
}

// list takes one LIST response. A folder that is listed twice is one folder with
// the attributes of both.
func (l *listing) list() error {
	e, err := l.c.listEntry()
	if err != nil {
		line := string(l.c.p.b[:min(len(l.c.p.b), l.c.lim.Name)])
		if l.c.tolerate(err) != nil {
			return err
		}
		e = ListEntry{Raw: line, Fault: err.Error()}
	}
	if i, ok := l.index[inboxKey(e.Raw)]; ok && e.Fault == "" {
		old := &l.entries[i]
		for _, a := range e.Attrs {
			if !old.Has(a) {
				old.Attrs = append(old.Attrs, a)
			}
		}
		return nil
	}
	if len(l.entries) == l.c.lim.Folders {
		return l.tooMany()
	}
	if e.Fault == "" {
		l.index[inboxKey(e.Raw)] = len(l.entries)
	}
	l.entries = append(l.entries, e)
	l.c.took = true
	return nil
}

// finish puts together what belongs to one folder. Names decide, not the order
// of the answers: some servers send all STATUS after all LIST.
func (l *listing) finish() {
	for _, raw := range l.subs {
		if i, ok := l.index[inboxKey(raw)]; ok {
			l.entries[i].Subscribed = true
		}
	}
	for i := range l.entries {
		e := &l.entries[i]
		if e.Has(`\Subscribed`) {
			e.Subscribed = true
		}
		if s, ok := l.status[inboxKey(e.Raw)]; ok && e.Fault == "" {
			e.Status = &s
		}
	}
}

// ask asks for each status that is missing.
func (l *listing) ask(ctx context.Context) error {
	const inFlight = 64 // hides the round trip, and no server minds
	at := 0
	err := l.c.run(ctx, exchange{
		depth: inFlight,
		next: func(b []byte) ([]byte, int, bool) {
			for at < len(l.entries) {
				e := &l.entries[at]
				at++
				if e.Status == nil && e.selectable() && l.c.checkFolder(e.Raw) == nil {
					return l.c.appendStatus(b, e.Raw), at - 1, true
				}
			}
			return b, 0, false
		},
		untagged: l.untagged,
		done:     func(int, StatusError) error { return nil }, // a refused one stays nil
	})
	if err == nil {
		l.finish()
	}
	return err
}

// inboxKey is raw, or "INBOX" for any spelling of it.
func inboxKey(raw string) string {
	if mail.IsInbox(raw) {
		return mail.Inbox
	}
	return raw
}

// The RFCs know about 20 attributes, none longer than 20 bytes.
const (
	maxAttrs = 50
	maxAttr  = 64
)

// listEntry reads what follows LIST or LSUB: (attributes) delimiter name. What
// RFC 5258 adds after the name is skipped.
func (c *Conn) listEntry() (ListEntry, error) {
	var e ListEntry
	p := &c.p
	p.spaces()
	if err := p.expect('('); err != nil {
		return e, err
	}
	for {
		p.spaces()
		if p.peek() == ')' {
			p.i++
			break
		}
		attr := p.word()
		if len(attr) == 0 {
			return e, p.fail("a list of attributes has no end")
		}
		if len(attr) <= maxAttr && !e.Has(string(attr)) {
			e.Attrs = append(e.Attrs, string(attr))
		}
		if len(e.Attrs) > maxAttrs {
			return e, p.fail("more than %d attributes", maxAttrs)
		}
	}
	p.spaces()
	var err error
	if e.Delim, err = c.delimiter(); err != nil {
		return e, err
	}
	p.spaces()
	return e, c.listName(&e)
}

// delimiter reads a quoted character or NIL. Of a longer string nothing can be
// told: RFC 9051 section 7.3.1 knows one character only.
func (c *Conn) delimiter() (byte, error) {
	if c.p.peek() != '"' {
		c.p.word() // NIL
		return 0, nil
	}
	s, err := c.p.quoted()
	if err != nil || len(s) != 1 {
		return 0, err
	}
	return s[0], nil
}

// listName reads the name at the end of a LIST response. A bare name goes on over
// spaces, because some servers forget to quote; only extended data in parentheses
// ends it.
func (c *Conn) listName(e *ListEntry) error {
	p := &c.p
	if p.i >= len(p.b) {
		return p.fail("a folder without a name")
	}
	start := p.i
	_, literal := p.literal()
	p.i = start
	if !literal && p.peek() != '"' {
		raw := p.tail()
		if len(raw) > c.lim.Name {
			return p.fail("a folder name of more than %d bytes", c.lim.Name)
		}
		if i := strings.Index(string(raw), " ("); i >= 0 && raw[len(raw)-1] == ')' {
			raw = raw[:i]
		}
		e.Raw = strings.TrimRight(string(raw), " ")
		return nil
	}
	raw, tooLong, err := p.str(int64(c.lim.Name))
	if err != nil {
		return err
	}
	if tooLong {
		return p.fail("a folder name of more than %d bytes", c.lim.Name)
	}
	e.Raw = string(raw)
	return p.rest()
}
