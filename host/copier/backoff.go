package copier

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/mailweir/mailweir/host/mail"
)

// longestWait is the longest wait that a server may ask for within a run. Whoever
// asks for more is left alone: the next run comes later.
const longestWait = 10 * time.Minute

// A backoff says how long to wait before something is tried again: longer each
// time, never the same for two who were turned away together, and at least as long
// as the server asks for.
type backoff struct {
	opts  *Options
	tries int
	wait  time.Duration
	cause error // of the last failure
}

func (r *run) newBackoff() *backoff { return &backoff{opts: &r.opts, wait: r.opts.RetryAfter} }

// next returns how long to wait after cause, or the error to give up with.
func (b *backoff) next(cause error) (time.Duration, error) {
	b.cause = cause
	suggested := mail.SuggestedWait(cause)
	b.tries++
	switch {
	case suggested > longestWait:
		return 0, fmt.Errorf("given up, because the server wants to be left alone for %v: %w", suggested, cause)
	case b.tries > b.opts.Retries:
		return 0, fmt.Errorf("given up after %d tries: %w", b.tries, cause)
	}
	wait := max(b.wait, suggested)
	b.wait = min(2*b.wait, b.opts.RetryAtMost)
	return wait + rand.N(wait/4+1), nil
}

// pause waits for d or the end of ctx.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
