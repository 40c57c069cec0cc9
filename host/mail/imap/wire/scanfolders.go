package wire

import (
	"context"

	"github.com/mailweir/mailweir/host/mail"
)

// ScanFlags opens each of the folders, by their raw names, for reading only and
// reads the flags of all their messages; everything is on the wire at once. fn is
// called for each message, in ascending order of UID, and end behind the last one
// of a folder, with its status. For a folder that can not be opened, or is not
// listed as a whole and in order, end is not called. No folder is open afterwards.
func (c *Conn) ScanFlags(ctx context.Context, raws []string, fn func(folder int, m mail.Message), end func(folder int, s mail.Status)) error {
	const op = "read the flags of folders"
	s := flagScan{c: c, fn: fn, end: end, reader: scan{c: c}}
	at, opened := 0, false // the next command: of which folder, and whether to open it
	err := c.run(ctx, exchange{
		depth: 2 * flagScanDepth,
		next: func(b []byte) ([]byte, int, bool) {
			for !opened && at < len(raws) && c.checkFolder(raws[at]) != nil {
				at++
			}
			if at == len(raws) {
				return b, 0, false
			}
			if opened = !opened; opened {
				return c.appendFolder(append(b, "EXAMINE "...), raws[at]), 2 * at, true
			}
			at++
			return append(b, "UID FETCH 1:* (UID FLAGS)"...), 2*(at-1) + 1, true
		},
		untagged: s.untagged,
		status:   func(answer StatusError) { s.opening.code(answer) },
		done:     s.done,
	})
	c.selected, c.exists, c.modseqs = "", 0, false
	return describe(op, err)
}

// flagScanDepth is how many folders are on the wire at the same time.
const flagScanDepth = 32

// flagScan reads the answers. Commands are carried out in their order (RFC 9051
// section 5.5), so what comes between two tagged answers belongs to the second.
type flagScan struct {
	c   *Conn
	fn  func(folder int, m mail.Message)
	end func(folder int, s mail.Status)

	reader  scan
	folder  int // that is open at the server, or about to be
	opening opening
	open    bool
	whole   bool // nothing is wrong with the answers so far
	n       uint32
	last    mail.UID
}

func (s *flagScan) untagged(r response) (bool, error) {
	if r.num < 0 || !equalFold(r.name, "FETCH") || !s.open {
		return false, nil
	}
	var e scanned
	if err := s.reader.read(&e); err != nil {
		s.whole = false
		return true, s.c.tolerate(err)
	}
	const need = haveUID | haveFlags
	if e.got&need != need || e.m.UID <= s.last {
		s.whole = false
		return true, nil
	}
	s.n++
	s.last = e.m.UID
	s.c.took = true
	if s.whole {
		s.fn(s.folder, e.m)
	}
	return true, nil
}

func (s *flagScan) done(id int, answer StatusError) error {
	folder, fetched := id/2, id%2 == 1
	if !fetched {
		s.opening.code(answer)
		s.folder, s.open, s.whole = folder, answer.Type == "OK", true
		s.n, s.last = 0, 0
		s.opening.Messages = s.c.exists
		return nil
	}
	if s.open && s.whole && answer.Type == "OK" && s.n == s.opening.Messages {
		s.end(folder, s.opening.Status)
	}
	s.opening, s.open, s.c.exists = opening{}, false, 0
	return nil
}
