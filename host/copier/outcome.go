package copier

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/task"
)

// ErrLedger marks trouble with the ledger: nothing more can be copied safely.
var ErrLedger = errors.New("ledger")

// ErrSafety marks that a run deleted nothing, because a person must decide first.
var ErrSafety = errors.New("safety")

// errBug marks a fault of ours.
var errBug = errors.New("fault in the engine")

// OutcomeOf says how a run ends that err ended. An error that nobody foresaw is
// a fault of ours.
func OutcomeOf(err error) task.Outcome {
	var hook *endedByHook
	switch {
	case err == nil:
		return task.OutcomeDone
	case errors.As(err, &hook):
		return hook.outcome
	case errors.Is(err, errBug):
		return task.OutcomeBug
	case errors.Is(err, context.Canceled): // whatever it was that could not be ended properly
		return task.OutcomeStopped
	case errors.Is(err, ErrSafety):
		return task.OutcomeSafety
	case isAny(err, mail.ErrQuota):
		return task.OutcomeFull
	case isAny(err, ErrStop, mail.ErrAuth, mail.ErrHost, mail.ErrTLS, mail.ErrDenied, mail.ErrNoFolder, mail.ErrBadName, ErrLedger):
		return task.OutcomeNeedsUser
	case isAny(err, mail.ErrConnect, mail.ErrBusy, mail.ErrProtocol, mail.ErrRefused, mail.ErrShortBody):
		return task.OutcomeTemporary
	case isAny(err, mail.ErrTooBig):
		return task.OutcomeListed
	case errors.Is(err, context.DeadlineExceeded):
		return task.OutcomeStopped
	}
	return task.OutcomeBug
}

func isAny(err error, kinds ...error) bool {
	return slices.ContainsFunc(kinds, func(k error) bool { return errors.Is(err, k) })
}

// severity orders outcomes: where several are true, the run ends with the one
// that comes first.
var severity = []task.Outcome{
	task.OutcomeBug, task.OutcomeStopped, task.OutcomeFull, task.OutcomeNeedsUser,
	task.OutcomeSafety, task.OutcomeTemporary, task.OutcomeListed, task.OutcomeDone,
}

// worse reports whether a weighs more than b.
func worse(a, b task.Outcome) bool { return slices.Index(severity, a) < slices.Index(severity, b) }

// worst returns the error whose outcome weighs most, the first of several.
func worst(errs []error) error {
	var found error
	at := len(severity)
	for _, err := range errs {
		if i := slices.Index(severity, OutcomeOf(err)); i < at {
			found, at = err, i
		}
	}
	return found
}

// A sideError is an error of one of the accounts. It reads as the error itself.
type sideError struct {
	source bool // of the source; else of the target
	err    error
}

func (e *sideError) Error() string { return e.err.Error() }
func (e *sideError) Unwrap() error { return e.err }

func sourceErr(err error) error {
	if err == nil {
		return nil
	}
	return &sideError{source: true, err: err}
}

func targetErr(err error) error {
	if err == nil {
		return nil
	}
	return &sideError{err: err}
}

func ledgerErr(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: %w", ErrLedger, err)
}

// ofSource reports whether err came from a source.
func ofSource(err error) bool {
	var side *sideError
	return errors.As(err, &side) && side.source
}

// fatal reports whether err takes the whole account with it.
func fatal(err error) bool {
	var e *mail.Error
	return errors.As(err, &e) && e.Fatal()
}

// An againError asks for the folder to be taken up once more, because what went
// wrong may be the connection's or one message's fault.
type againError struct{ err error }

func (e *againError) Error() string { return e.err.Error() }
func (e *againError) Unwrap() error { return e.err }

// worthRetry reports whether taking up the folder again may help.
func worthRetry(err error) bool {
	if errors.Is(err, ErrLedger) || errors.Is(err, mail.ErrQuota) {
		return false
	}
	var again *againError
	if errors.As(err, &again) || mail.OutcomeUnknown(err) {
		return true
	}
	var e *mail.Error
	if !errors.As(err, &e) {
		return false
	}
	// A target folder that vanished is made again.
	return e.Retryable() || errors.Is(err, mail.ErrNoFolder) && !ofSource(err)
}

// setAsideUnreadable splits the error of a scan or a fetch: the messages whose
// answers could not be understood, and what else went wrong.
func setAsideUnreadable(err error) (map[mail.UID]error, error) {
	var each *mail.MessageErrors
	if errors.As(err, &each) {
		return each.Errs, nil
	}
	return nil, err
}

// guarded calls fn and turns a panic into an error: one bad message must not
// take the service along.
func guarded(fn func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("%w: %v", errBug, v)
		}
	}()
	return fn()
}
