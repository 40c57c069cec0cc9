package copier_test

import (
	"context"

	"github.com/mailweir/mailweir/host/copier"
)

// storing are the hooks that decide what is stored and what is the same; nil ones
// are not asked.
type storing struct {
	flags    func(copier.FlagQuestion) (copier.FlagAnswer, error)
	rewrite  func(*copier.RewriteQuestion) (copier.Rewrite, error)
	key      func(*copier.KeyQuestion) (string, error)
	conflict func(*copier.Conflict) (copier.Ruling, error)
}

func (s storing) asks(kind copier.HookKind) bool {
	switch kind {
	case copier.HookMapFlags:
		return s.flags != nil
	case copier.HookRewriteMessage:
		return s.rewrite != nil
	case copier.HookMessageKey:
		return s.key != nil
	case copier.HookOnConflict:
		return s.conflict != nil
	}
	return false
}

func (s storing) MapFlags(_ context.Context, q copier.FlagQuestion) (copier.FlagAnswer, error) {
	return s.flags(q)
}

func (s storing) RewriteMessage(_ context.Context, q *copier.RewriteQuestion) (copier.Rewrite, error) {
	return s.rewrite(q)
}

func (s storing) MessageKey(_ context.Context, q *copier.KeyQuestion) (string, error) {
	return s.key(q)
}

func (s storing) OnConflict(_ context.Context, q *copier.Conflict) (copier.Ruling, error) {
	return s.conflict(q)
}
