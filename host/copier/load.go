package copier

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"github.com/mailweir/mailweir/host/mail"
)

// load takes a whole message into memory: into the crate of its parcel or, when it
// is large, into memory of its own or a spool.
func (x *crossing) load(ctx context.Context, pc *piece, body io.Reader, large bool) error {
	var err error
	switch {
	case !large:
		err = x.pack(ctx, pc, body)
	case x.spools(pc.size):
		err = x.spoolOut(ctx, pc, body)
	default:
		err = x.hold(ctx, pc, body)
	}
	if err != nil || pc.spool != nil {
		return err
	}
	sum := sha256.Sum256(pc.memory)
	copy(pc.fingerprint[:], sum[:])
	return nil
}

// hold takes a large message into memory of its own.
func (x *crossing) hold(ctx context.Context, pc *piece, body io.Reader) error {
	if err := x.budget.Acquire(ctx, x.weight(pc.size)); err != nil {
		return err
	}
	pc.memory = make([]byte, pc.size)
	if _, err := io.ReadFull(body, pc.memory); err != nil {
		x.release(pc)
		return x.shortBody(ctx, pc, err)
	}
	return nil
}

// spools reports whether a message of that size goes to a spool.
func (x *crossing) spools(size int64) bool { return size > x.opts.SpoolFrom && x.opts.Spool != nil }

// spoolOut takes a large message into a temporary file.
func (x *crossing) spoolOut(ctx context.Context, pc *piece, body io.Reader) error {
	spool, err := x.opts.Spool()
	if err != nil {
		return fmt.Errorf("spool a message of %d bytes: %w", pc.size, err)
	}
	pc.spool = spool
	x.mu.Lock()
	x.spooled[pc] = spool
	x.mu.Unlock()
	n, err := io.Copy(spool, io.LimitReader(body, pc.size))
	if err != nil || n != pc.size {
		x.release(pc)
		return x.shortBody(ctx, pc, err)
	}
	if pc.fingerprint, err = Fingerprint(pc.body()); err != nil {
		x.release(pc)
		return fmt.Errorf("read back a spooled message: %w", err)
	}
	return nil
}

// weight is what a message in memory of its own takes of the budget.
func (x *crossing) weight(size int64) int64 { return min(max(size, 1), x.opts.laneBytes()) }

// shortBody is the error for a message that did not arrive as a whole.
func (x *crossing) shortBody(ctx context.Context, pc *piece, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err == nil || errors.Is(err, io.EOF) {
		err = mail.ErrShortBody
	}
	if err := x.suspect(ctx, pc.trouble(StageFetch), err); err != nil {
		return err
	}
	return sourceErr(&againError{fmt.Errorf("fetch %s/%d: %w", x.folder.Name, pc.uid, err)})
}

// release gives back what a piece holds.
func (x *crossing) release(pc *piece) {
	x.discardMade(pc)
	switch {
	case pc.passing != nil:
	case pc.crate != nil:
		x.letGo(pc.crate)
	case pc.spool != nil:
		x.mu.Lock()
		delete(x.spooled, pc)
		x.mu.Unlock()
		x.remove(pc.spool)
	default:
		x.budget.Release(x.weight(pc.size))
	}
}

// drop releases the piece that was loaded last and goes nowhere.
func (x *crossing) drop(pc *piece) {
	if pc.crate != nil {
		x.unpack(pc)
		return
	}
	x.release(pc)
}

func (x *crossing) remove(spool Spool) {
	if err := spool.Close(); err != nil {
		x.log.Warn("remove spool", "error", err)
	}
}
