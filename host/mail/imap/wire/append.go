package wire

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/mailweir/mailweir/host/mail"
)

// Append is a batch on its way into a folder.
type Append struct {
	c     *Conn
	op    string
	here  bool // into the selected folder
	parts []appendPart
	done  chan struct{} // closed when every part has its answer
	left  int           // parts without one; guarded by c.mu
}

// appendPart is one APPEND command: the whole batch with MULTIAPPEND, one message
// without.
type appendPart struct {
	a     *Append
	batch []mail.Upload
	tag   uint64
	ended chan struct{} // closed with the answer

	// Guarded by Conn.mu.
	open     bool // refusing it now ends it: a non-synchronizing literal was announced
	whole    bool // its last byte may have left: from here on it may be stored
	answered bool
	err      error
	validity uint32
	uids     []mail.UID // nil if the server did not say
}

// Append sends a batch into a folder and returns when its last byte has left. It
// follows mail.Writer. With MULTIAPPEND (RFC 3502) the batch is one command that
// the server carries out as a whole or not at all. Without, each message is one
// command; all of them are on the wire at once if the server takes
// non-synchronizing literals (RFC 7888), and one by one otherwise.
func (c *Conn) Append(ctx context.Context, raw string, batch []mail.Upload) (*Append, error) {
	a := &Append{c: c, op: fmt.Sprintf("append to %q", raw), done: make(chan struct{})}
	a.here = c.selected != "" && sameFolder(raw, c.selected)
	if err := c.checkFolder(raw); err != nil {
		return nil, name(a.op, err)
	}
	if err := c.checkBatch(a.op, batch); err != nil {
		return nil, err
	}
	if ctx.Err() != nil {
		return nil, lostAppend(a.op, context.Cause(ctx), false)
	}
	if err := c.Err(); err != nil {
		return nil, lostAppend(a.op, ended(err), false)
	}
	if len(batch) == 0 {
		close(a.done)
		return a, nil
	}
	if c.caps.Has("MULTIAPPEND") {
		a.parts = []appendPart{{a: a, batch: batch}}
	} else {
		for i := range batch {
			a.parts = append(a.parts, appendPart{a: a, batch: batch[i : i+1]})
		}
	}
	a.left = len(a.parts)
	if err := a.send(ctx, raw); err != nil {
		return nil, err
	}
	return a, nil
}

// checkBatch refuses what can not be sent before anything of the batch is.
func (c *Conn) checkBatch(op string, batch []mail.Upload) error {
	limit := int64(-1) // RFC 7889: without a number the limit depends on the folder
	if v, ok := c.caps.Value("APPENDLIMIT"); ok {
		if n, err := strconv.ParseInt(v, 10, 64); err == nil {
			limit = n
		}
	}
	var b []byte
	for i := range batch {
		u := &batch[i]
		var err error
		if b, err = appendArguments(b[:0], u); err == nil && u.Size < 0 {
			err = fmt.Errorf("a message of %d bytes", u.Size)
		}
		if err != nil {
			return &mail.Error{Op: op, Kind: mail.ErrRefused, Err: err}
		}
		if limit >= 0 && u.Size > limit {
			return &mail.Error{
				Op: op, Kind: mail.ErrTooBig,
				Err: fmt.Errorf("%d bytes, and the server takes %d", u.Size, limit),
			}
		}
	}
	return nil
}

// appendArguments appends flags and date of one message.
func appendArguments(b []byte, u *mail.Upload) ([]byte, error) {
	b, err := appendFlags(append(b, ' '), u.Flags)
	if err != nil || u.InternalDate.IsZero() {
		return b, err
	}
	return appendDate(append(b, ' '), u.InternalDate)
}

// Wait blocks until the server has answered for the whole batch. It follows
// mail.Receipt. validity is the UIDVALIDITY of the folder, or 0 when the server
// does not say. When ctx ends, the connection is closed.
func (a *Append) Wait(ctx context.Context) (validity uint32, uids []mail.UID, err error) {
	select {
	case <-a.done:
	case <-ctx.Done():
		a.c.kill(context.Cause(ctx))
		<-a.done
	}
	return a.result()
}

// result puts the answers together. It is called when all are there.
func (a *Append) result() (validity uint32, uids []mail.UID, err error) {
	var errs []error
	var lost, refused *mail.Error
	stored := false
	for i := range a.parts {
		p := &a.parts[i]
		partUIDs := make([]mail.UID, len(p.batch))
		copy(partUIDs, p.uids)
		uids = append(uids, partUIDs...)
		if p.err == nil {
			stored, validity = true, p.validity
			errs = append(errs, make([]error, len(p.batch))...)
			continue
		}
		var e *mail.Error
		errors.As(p.err, &e)
		if e.Unknown {
			lost = e
		}
		refused = e
		for range p.batch {
			errs = append(errs, p.err)
		}
	}
	switch {
	case refused == nil:
		return validity, uids, nil
	case lost != nil:
		return validity, uids, lost
	case len(a.parts) == 1 || (!stored && refused.Fatal()):
		return validity, uids, refused
	}
	return validity, uids, &mail.BatchError{Errs: errs}
}

// lostAppend is the error of a command that has no answer.
func lostAppend(op string, cause error, unknown bool) *mail.Error {
	var e *mail.Error
	if errors.As(describe(op, cause), &e) {
		lost := *e // the cause may be shared by several commands
		if lost.Op == "" {
			lost.Op = op
		}
		lost.Unknown = unknown
		return &lost
	}
	return &mail.Error{Op: op, Kind: mail.ErrConnect, Err: cause, Unknown: unknown}
}

// appendUID reads the argument of an APPENDUID code (RFC 4315 section 3): the k-th
// message has the k-th UID. uids is nil unless there are n of them.
func appendUID(arg string, n int) (validity uint32, uids []mail.UID) {
	v, set, _ := strings.Cut(arg, " ")
	number, err := strconv.ParseUint(v, 10, 32)
	if err != nil {
		return 0, nil
	}
	for part := range strings.SplitSeq(strings.TrimSpace(set), ",") {
		a, b, isRange := strings.Cut(part, ":")
		first, err := strconv.ParseUint(a, 10, 32)
		last := first
		if err == nil && isRange {
			last, err = strconv.ParseUint(b, 10, 32)
		}
		first, last = min(first, last), max(first, last)
		if err != nil || first == 0 || last-first >= uint64(n-len(uids)) {
			return uint32(number), nil
		}
		for u := first; u <= last; u++ {
			uids = append(uids, mail.UID(u))
		}
	}
	if len(uids) != n {
		return uint32(number), nil
	}
	return uint32(number), uids
}
