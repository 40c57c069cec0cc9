package copier

import (
	"context"
	"errors"

	"github.com/mailweir/mailweir/host/task"
)

// stopping are hooks that end the run when one of them says so: with an error that
// matches [ErrStop] the context is done before the answer is here. Whoever asks a hook
// looks at the context first, so nothing is made of the answer.
type stopping struct {
	Hooks
	run *run
}

// look ends the run if err wants that, and hands err on.
func (s *stopping) look(err error) error {
	if errors.Is(err, ErrStop) {
		s.run.end(err)
		s.run.stop(err)
	}
	return err
}

func (s *stopping) MapFolder(ctx context.Context, q FolderQuestion) (FolderAnswer, error) {
	a, err := s.Hooks.MapFolder(ctx, q)
	return a, s.look(err)
}

func (s *stopping) FilterEnvelope(ctx context.Context, c *Candidate) (Verdict, error) {
	v, err := s.Hooks.FilterEnvelope(ctx, c)
	return v, s.look(err)
}

func (s *stopping) FilterMessage(ctx context.Context, c *Candidate) (Verdict, error) {
	v, err := s.Hooks.FilterMessage(ctx, c)
	return v, s.look(err)
}

func (s *stopping) MapFlags(ctx context.Context, q FlagQuestion) (FlagAnswer, error) {
	a, err := s.Hooks.MapFlags(ctx, q)
	return a, s.look(err)
}

func (s *stopping) RewriteMessage(ctx context.Context, q *RewriteQuestion) (Rewrite, error) {
	a, err := s.Hooks.RewriteMessage(ctx, q)
	return a, s.look(err)
}

func (s *stopping) MessageKey(ctx context.Context, q *KeyQuestion) (string, error) {
	key, err := s.Hooks.MessageKey(ctx, q)
	return key, s.look(err)
}

func (s *stopping) OnConflict(ctx context.Context, q *Conflict) (Ruling, error) {
	r, err := s.Hooks.OnConflict(ctx, q)
	return r, s.look(err)
}

func (s *stopping) AfterMessage(ctx context.Context, recipient string, m *Copied) (DeliveryAnswer, error) {
	a, err := s.Hooks.AfterMessage(ctx, recipient, m)
	return a, s.look(err)
}

func (s *stopping) BeforeTask(ctx context.Context, p *Plan) (RunVerdict, error) {
	v, err := s.Hooks.BeforeTask(ctx, p)
	return v, s.look(err)
}

func (s *stopping) AfterFolder(ctx context.Context, f task.FolderReport) error {
	return s.look(s.Hooks.AfterFolder(ctx, f))
}

func (s *stopping) OnError(ctx context.Context, t *Trouble) (RunVerdict, error) {
	v, err := s.Hooks.OnError(ctx, t)
	return v, s.look(err)
}

// ended returns why work came to its end: what the run stopped itself for, rather than
// what it said when it noticed. ctx is the caller's.
func ended(ctx, work context.Context, err error) error {
	if cause := context.Cause(work); cause != nil && ctx.Err() == nil {
		return cause
	}
	return err
}
