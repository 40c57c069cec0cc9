package app

import (
	"context"
	"errors"
	"strings"

	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/directory"
	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/store"
	"github.com/mailweir/mailweir/host/task"
)

// What kind of trouble keeps a verb from starting, besides trouble with accounts
// (package mail) and with the database file (package store).
var (
	ErrUsage    = errors.New("usage")             // what was asked for makes no sense as it stands
	ErrData     = errors.New("data directory")    // it can not be used as it is
	ErrRunning  = errors.New("already running")   // another process does the same at this moment
	ErrPlugin   = errors.New("plugin")            // it can not be used
	ErrRemote   = errors.New("remote")            // where a plugin is kept can not be reached now
	ErrUser     = errors.New("user")              // there is none of that name, or it has to stay
	ErrListen   = errors.New("address to listen") // it can not be had
	ErrFile     = errors.New("file or database")  // what is named is not as it has to be
	ErrInUse    = errors.New("in use")            // something has to be stopped first
	ErrApproval = errors.New("approval")          // of a plan by a person, which is missing or out of date
	ErrTable    = errors.New("table")             // a file of an import can not be read
)

// kindError makes err match kind without saying so in words.
type kindError struct{ kind, err error }

func as(kind, err error) error            { return &kindError{kind, err} }
func (e *kindError) Error() string        { return e.err.Error() }
func (e *kindError) Unwrap() error        { return e.err }
func (e *kindError) Is(target error) bool { return target == e.kind }

// Sentence is the error in one line.
func Sentence(err error) string { return strings.ReplaceAll(err.Error(), "\n", "; ") }

// OutcomeOf says which outcome an error of this room stands for.
func OutcomeOf(err error) task.Outcome {
	var file *store.FileError
	var asked *directory.Error
	switch {
	case err == nil:
		return task.OutcomeDone
	case errors.Is(err, context.Canceled):
		return task.OutcomeStopped
	case errors.Is(err, ErrUsage):
		return task.OutcomeUsage
	case errors.Is(err, ErrRunning), errors.Is(err, ErrInUse), errors.Is(err, ErrRemote), errors.Is(err, store.ErrBusy), errors.Is(err, store.ErrUnreachable):
		return task.OutcomeTemporary
	case errors.As(err, &asked) && asked.Retryable():
		return task.OutcomeTemporary
	case errors.Is(err, store.ErrUnlikely):
		return task.OutcomeSafety
	case errors.As(err, &asked), errors.Is(err, store.ErrRefused), errors.Is(err, store.ErrNotFound), errors.Is(err, store.ErrNameTaken), errors.Is(err, store.ErrInUse),
		errors.Is(err, store.ErrPasswordNeeded), errors.Is(err, ErrTable):
		return task.OutcomeNeedsUser
	case errors.Is(err, ErrApproval), errors.Is(err, ErrData), errors.Is(err, ErrPlugin), errors.Is(err, copier.ErrStop), errors.Is(err, ErrUser), errors.Is(err, ErrListen), errors.Is(err, ErrFile), errors.As(err, &file):
		return task.OutcomeNeedsUser
	}
	var m *mail.Error
	if errors.As(err, &m) {
		return copier.OutcomeOf(err)
	}
	return task.OutcomeBug
}
