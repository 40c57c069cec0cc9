package plugin

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/sdk/abi"
)

// The breaker stops the run when a plugin fails again and again: rather one clear
// sentence than a list of thousands of messages that are held.
const (
	maxFailuresInRow = 20
	// minAsked is how many questions it takes until the share of failures counts.
	minAsked = 200
	// maxFailed is that share, in percent.
	maxFailed = 5
)

// policy says what becomes of the questions that a binding fails at, and counts
// them. Only questions are counted that the plugin itself failed at.
type policy struct {
	onError  task.OnError
	unbroken bool

	asked, failed, inRow atomic.Int64
	stop                 atomic.Pointer[stopError]
}

// stopError ends the run.
type stopError struct{ err error }

func (e *stopError) Error() string        { return e.err.Error() }
func (e *stopError) Unwrap() error        { return e.err }
func (e *stopError) Is(target error) bool { return target == copier.ErrStop }

// stopped is why the plugin is asked no more, or nil.
func (p *policy) stopped() error {
	if stop := p.stop.Load(); stop != nil {
		return stop
	}
	return nil
}

// judge turns the outcome of a question into what the engine is told: nil for an
// answer, or for a failure that is ignored; an error that holds; or one that ends
// the run.
func (b *bound) judge(ctx context.Context, q *question, err error) error {
	p := &b.policy
	if err == nil {
		if afterTheFact(q.hook) {
			return nil
		}
		p.asked.Add(1)
		if p.inRow.Load() != 0 {
			p.inRow.Store(0)
		}
		return nil
	}
	err = fmt.Errorf("%s: %s: %w", b.module, q.hook, err)
	if ctx.Err() != nil || errors.Is(err, errClosed) {
		return err // nobody waits for an answer any more
	}
	switch p.onError {
	case task.OnErrorIgnore:
		if q.hook == abi.HookAfterMessage {
			return err // as if it had not been asked: it is still to be told
		}
		b.log.Warn("plugin failed, which is ignored", "hook", q.hook, "folder", q.folder.Name, "error", err)
		return nil
	case task.OnErrorStop:
		return p.end(fmt.Errorf("%w; the run stops, as it was told to", err))
	}
	if afterTheFact(q.hook) {
		return err
	}
	asked, failed, inRow := p.asked.Add(1), p.failed.Add(1), p.inRow.Add(1)
	switch {
	case p.unbroken:
	case inRow >= maxFailuresInRow:
		return p.end(fmt.Errorf("%w; the run stops, because the plugin failed %d times in a row", err, inRow))
	case asked >= minAsked && failed*100 > asked*maxFailed:
		return p.end(fmt.Errorf("%w; the run stops, because the plugin failed at %d of %d questions", err, failed, asked))
	}
	return err
}

// afterTheFact reports whether a hook is about what has happened already. Nothing is held when
// it fails, so that is not counted: a server of the plugin may be down for a while, and
// what is to be told waits.
func afterTheFact(hook string) bool {
	switch hook {
	case abi.HookAfterMessage, abi.HookAfterFolder, abi.HookAfterTask, abi.HookOnError:
		return true
	}
	return false
}

// end stops the binding. Who comes first says why.
func (p *policy) end(err error) error {
	p.stop.CompareAndSwap(nil, &stopError{err})
	return p.stopped()
}
