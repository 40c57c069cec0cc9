package wire

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/mailweir/mailweir/host/mail"
)

const (
	scanWindow   = 1000    // messages of one command of a scan
	fetchWindow  = 250     // messages of one command of a fetch
	windowDepth  = 2       // the next command is on the wire before the last is drained
	gatherBytes  = 4 << 20 // headers that are gathered before they are handed out
	sparseFactor = 4
)

// windows cuts uids into the sets of single commands. A set that spans far more
// UIDs than the folder has messages is not cut by number: most commands would
// find nothing.
func (c *Conn) windows(uids mail.UIDSet, n int) []mail.UIDSet {
	if uids.Len() > sparseFactor*max(n, int(c.exists)) {
		n = math.MaxInt
	}
	return uids.Split(n)
}

// Scan calls fn for each message of uids in the selected folder, in ascending
// order of UID. It follows mail.Reader; in addition, a message whose answer can
// not be understood or is too long is left out and named in the
// *mail.MessageErrors that Scan returns after the rest. The flags of a message
// must not be changed in place.
func (c *Conn) Scan(ctx context.Context, uids mail.UIDSet, opts mail.ScanOptions, fn func(mail.Message) error) error {
	op := fmt.Sprintf("scan folder %q", c.selected)
	if opts.ChangedSince > 0 && !c.modseqs {
		opts.ChangedSince = 0
	}
	items, want, err := c.scanItems(opts)
	if err != nil {
		return describe(op, err)
	}
	s := scan{c: c, uids: uids, want: want, changed: opts.ChangedSince > 0, fn: fn, failed: make(map[mail.UID]error)}
	if err := c.catchUp(ctx); err != nil {
		return describe(op, err)
	}
	sets := c.windows(uids, scanWindow)
	err = c.run(ctx, exchange{
		depth: windowDepth,
		next: func(b []byte) ([]byte, int, bool) {
			if len(sets) == 0 {
				return b, 0, false
			}
			b = append(append(b, "UID FETCH "...), sets[0].String()...)
			sets = sets[1:]
			return append(append(b, ' '), items...), 0, true
		},
		untagged: s.untagged,
		done: func(_ int, answer StatusError) error {
			if err := refusal(answer); err != nil {
				return err
			}
			return s.flush(true)
		},
	})
	switch {
	case s.stopped != nil:
		return s.stopped
	case err == nil && s.garbled != nil:
		// Which message it was nobody knows, so none may count as gone.
		err = s.garbled
	}
	if err == nil && len(s.failed) > 0 {
		return &mail.MessageErrors{Errs: s.failed}
	}
	return describe(op, err)
}

// scanItems spells what a scan asks for and says what an answer must hold.
func (c *Conn) scanItems(opts mail.ScanOptions) (items string, want have, err error) {
	b := []byte("(UID")
	want = haveUID
	if opts.Items&mail.ItemFlags != 0 {
		b, want = append(b, " FLAGS"...), want|haveFlags
	}
	if opts.Items&mail.ItemDate != 0 {
		b = append(b, " INTERNALDATE"...)
	}
	if opts.Items&mail.ItemSize != 0 {
		b, want = append(b, " RFC822.SIZE"...), want|haveSize
	}
	if opts.Items&mail.ItemModSeq != 0 && c.modseqs {
		b = append(b, " MODSEQ"...)
	}
	if opts.Items&mail.ItemHeader != 0 {
		want |= haveHeader
		if opts.Fields == nil {
			b = append(b, " BODY.PEEK[HEADER]"...)
		} else if b, err = appendFields(b, opts.Fields); err != nil {
			return "", 0, err
		}
	}
	b = append(b, ')')
	if opts.ChangedSince > 0 { // RFC 7162 section 3.1.4.1
		b = append(strconv.AppendUint(append(b, " (CHANGEDSINCE "...), opts.ChangedSince, 10), ')')
	}
	return string(b), want, nil
}

func appendFields(b []byte, fields []string) ([]byte, error) {
	b = append(b, " BODY.PEEK[HEADER.FIELDS ("...)
	for i, f := range fields {
		// RFC 5322 section 3.6.8 allows more, but nobody asks for such names.
		if !mail.Flag(f).Valid() || f[0] == '\\' {
			return nil, fmt.Errorf("header field %q can not be asked for", f)
		}
		if i > 0 {
			b = append(b, ' ')
		}
		b = append(b, f...)
	}
	return append(b, ")]"...), nil
}

// scan gathers the answers of a window, because a server may send them in any
// order, and flags of a message twice.
type scan struct {
	c       *Conn
	uids    mail.UIDSet
	want    have
	changed bool // messages that did not change have no answer
	fn      func(mail.Message) error

	gathered []scanned
	headers  int         // bytes in gathered
	given    mail.UIDSet // what fn has seen
	last     mail.UID
	failed   map[mail.UID]error
	garbled  error
	stopped  error // of fn
}

type scanned struct {
	m   mail.Message
	got have
}

func (s *scan) untagged(r response) (bool, error) {
	if r.num < 0 || !equalFold(r.name, "FETCH") {
		return false, nil
	}
	if len(s.failed) > maxFaults {
		return true, &SyntaxError{What: "too many messages that can not be read"}
	}
	var e scanned
	err := s.read(&e)
	known := e.got&haveUID != 0 && s.uids.Contains(e.m.UID)
	if err != nil {
		if err := s.c.tolerate(err); err != nil {
			return true, err
		}
		switch {
		case known:
			s.failed[e.m.UID] = describe(fmt.Sprintf("read the answer for UID %d", e.m.UID), err)
		case e.got&haveUID == 0:
			s.garbled = err
		}
		return true, nil
	}
	if !known {
		return true, nil // nobody asked
	}
	last := len(s.gathered) - 1
	s.c.took = !s.given.Contains(e.m.UID) && (last < 0 || s.gathered[last].m.UID != e.m.UID)
	s.gathered = append(s.gathered, e)
	s.headers += len(e.m.Header)
	if len(s.gathered) >= 4*scanWindow || s.headers >= gatherBytes {
		if err := s.flush(false); err != nil {
			return true, errStop
		}
	}
	return true, nil
}

// read reads one FETCH response.
func (s *scan) read(e *scanned) error {
	p := &s.c.p
	p.spaces()
	if err := p.expect('('); err != nil {
		return err
	}
	tooLong := false
	for {
		at, err := s.c.attribute(&e.m, &e.got)
		if err != nil {
			return err
		}
		switch at {
		case sectionEnd:
			if tooLong && e.got&haveUID != 0 {
				s.failed[e.m.UID] = &mail.Error{
					Op:   fmt.Sprintf("read the header of UID %d", e.m.UID),
					Kind: mail.ErrTooBig, Err: fmt.Errorf("more than %d bytes", s.c.lim.Header),
				}
			}
			return nil
		case sectionBody:
			err = p.skip()
		case sectionHeader:
			if p.peek() != '"' && p.peek() != '{' && p.peek() != '~' {
				err = p.skip() // NIL: the server has none
				break
			}
			var h []byte
			var long bool
			if h, long, err = p.str(s.c.lim.Header); err == nil && !long {
				e.m.Header = bytes.Clone(h)
				e.got |= haveHeader
			}
			tooLong = tooLong || long
		}
		if err != nil {
			return err
		}
	}
}

// flush hands out what is gathered, in order. What is not complete waits for the
// end of the command: a server may send flags that nobody asked for before the
// answer.
func (s *scan) flush(end bool) error {
	byUID := func(a, b scanned) int { return cmp.Compare(a.m.UID, b.m.UID) }
	if !slices.IsSortedFunc(s.gathered, byUID) {
		slices.SortStableFunc(s.gathered, byUID)
	}
	kept := 0
	for i := 0; i < len(s.gathered); {
		e := s.gathered[i]
		for i++; i < len(s.gathered) && s.gathered[i].m.UID == e.m.UID; i++ {
			e.merge(s.gathered[i])
		}
		switch {
		case s.failed[e.m.UID] != nil || s.given.Contains(e.m.UID):
		case e.got&s.want != s.want && !end:
			s.gathered[kept] = e
			kept++
		case e.got&s.want != s.want:
			if !s.changed {
				s.failed[e.m.UID] = &mail.Error{
					Op:   fmt.Sprintf("read the answer for UID %d", e.m.UID),
					Kind: mail.ErrProtocol, Err: &SyntaxError{What: "an answer without what was asked for"},
				}
			}
		case e.m.UID < s.last:
			s.stopped = describe("scan", &SyntaxError{What: fmt.Sprintf("UID %d after UID %d", e.m.UID, s.last)})
			return s.stopped
		default:
			s.last = e.m.UID
			s.given.Add(e.m.UID)
			if err := s.fn(e.m); err != nil {
				s.stopped = err
				return err
			}
		}
	}
	clear(s.gathered[kept:]) // headers are not held longer than needed
	s.gathered, s.headers = s.gathered[:kept], 0
	return nil
}

// merge adds what a later answer for the same message says.
func (e *scanned) merge(later scanned) {
	if later.got&haveFlags != 0 {
		e.m.Flags = later.m.Flags
	}
	if later.got&haveDate != 0 {
		e.m.InternalDate = later.m.InternalDate
	}
	if later.got&haveSize != 0 {
		e.m.Size = later.m.Size
	}
	if later.got&haveModSeq != 0 {
		e.m.ModSeq = later.m.ModSeq
	}
	if later.got&haveHeader != 0 {
		e.m.Header = later.m.Header
	}
	e.got |= later.got
}
