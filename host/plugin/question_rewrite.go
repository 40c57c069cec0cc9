package plugin

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/sdk/abi"
)

// storing is the part of a question that hooks see which decide what is stored and
// what is the same.
type storing struct {
	kept     []mail.Flag // map_flags; nil is all, or not known
	attempt  int         // rewrite_message
	refusal  string
	atTarget bool             // message_key
	key      string           // message_key, as the plugins before left it
	conflict *copier.Conflict // on_conflict

	length int64 // of the message as the source has it
	spools func() (copier.Spool, error)
	drafts []*draft // that were begun
}

// storingEffects are what such a hook staged.
type storingEffects struct {
	fields      []fieldChange
	headerBytes int // names and values in fields
	draft       *draft
	message     *content // what came of fields or draft
	key         string
	rekey       bool // key counts, even when it is empty
}

// newDraft begins a new message. It is closed with the question.
func (q *question) newDraft() *draft {
	d := &draft{limit: abi.MaxGrowth*q.length + abi.MaxGrowthExtra, spools: q.spools}
	q.drafts = append(q.drafts, d)
	return d
}

// close gives back what was written for the question.
func (q *question) close() {
	for _, d := range q.drafts {
		d.close()
	}
}

// compose makes the new message of what the hook staged.
func (e *effects) compose(q *question) error {
	switch {
	case e.draft != nil && len(e.fields) > 0:
		return errors.New("it changed header fields and wrote a new message; one of the two is possible")
	case e.draft != nil:
		c, err := e.draft.content()
		var own *draftError
		if errors.As(err, &own) {
			return fmt.Errorf("it asked for %w", own)
		}
		e.message = &c
		return err
	case len(e.fields) > 0:
		if !q.header.whole(q.message.Size) {
			return errLongHeader
		}
		c := withHeader(changeHeader(q.header.raw, e.fields), q.body, int64(len(q.header.raw)), q.message.Size)
		e.message = &c
	}
	return nil
}

// applyStoring merges e into q and reports whether that changed anything.
func (q *question) applyStoring(e *storingEffects) bool {
	changed := false
	if e.message != nil {
		// Plugins before this one go on seeing what they were asked with.
		m := *q.message
		m.Header, m.Size = e.message.header, e.message.size
		q.message, q.header, q.body, changed = &m, newHeader(m.Header), e.message.at, true
		q.occasion.parts, q.occasion.hash = nil, "" // of the message that was
	}
	if e.rekey && e.key != q.key {
		q.key, changed = e.key, true
	}
	return changed
}

// MapFlags asks which flags a target folder gets for those of a message.
func (c *Chain) MapFlags(ctx context.Context, fq copier.FlagQuestion) (copier.FlagAnswer, error) {
	q := &question{hook: abi.HookMapFlags, target: fq.Target, flags: fq.Flags, storing: storing{kept: fq.Kept}}
	d, err := c.ask(ctx, q)
	if err != nil || mail.SameFlags(q.flags, fq.Flags) {
		return copier.FlagAnswer{}, err
	}
	return copier.FlagAnswer{Flags: append([]mail.Flag{}, q.flags...), By: d.by}, nil
}

// RewriteMessage asks what is stored in place of a message.
func (c *Chain) RewriteMessage(ctx context.Context, rq *copier.RewriteQuestion) (copier.Rewrite, error) {
	if rq.Body == nil {
		return copier.Rewrite{}, errors.New(abi.HookRewriteMessage + ": there is no message to look at")
	}
	q := about(contracts[abi.HookRewriteMessage], &rq.Candidate)
	q.attempt, q.refusal, q.spools = rq.Attempt, rq.Refusal, rq.Spool
	d, err := c.ask(ctx, q)
	if err != nil {
		q.close()
		return copier.Rewrite{}, err
	}
	r := copier.Rewrite{By: d.by, Note: d.note}
	switch d.result {
	case abi.ResultSkip:
		r.Action = copier.ActionSkip
	case abi.ResultDefer:
		r.Action = copier.ActionDefer
	default:
		if q.message != &rq.Message {
			r.Message, r.Size, r.Close = q.body, q.message.Size, q.close
			return r, nil
		}
	}
	q.close()
	return r, nil
}

// MessageKey asks what makes a message the same as another one.
func (c *Chain) MessageKey(ctx context.Context, kq *copier.KeyQuestion) (string, error) {
	q := about(contracts[abi.HookMessageKey], &kq.Candidate)
	q.atTarget = kq.AtTarget
	if _, err := c.ask(ctx, q); err != nil {
		return "", err
	}
	return q.key, nil
}

// OnConflict asks what becomes of a message that the target has with a difference.
func (c *Chain) OnConflict(ctx context.Context, cq *copier.Conflict) (copier.Ruling, error) {
	q := about(contracts[abi.HookOnConflict], &cq.Candidate)
	q.conflict = cq
	d, err := c.ask(ctx, q)
	if err != nil {
		return copier.Ruling{}, err
	}
	return copier.Ruling{Resolution: resolutions[d.result], By: d.by, Note: d.note}, nil
}

var resolutions = map[int32]copier.Resolution{
	abi.ResultSkip:    copier.ResolveSkip,
	abi.ResultDefer:   copier.ResolveDefer,
	abi.ResultCopy:    copier.ResolveCopy,
	abi.ResultReplace: copier.ResolveReplace,
}

// about is a question about a message.
func about(hook *contract, c *copier.Candidate) *question {
	q, _ := questions.Get().(*question)
	if q == nil {
		q = &question{}
	}
	fields, flags := q.head.fields[:0], c.Message.Flags
	if !mail.AreClean(flags) {
		flags = mail.CleanFlags(flags)
	}
	*q = question{
		hook: hook.Name, source: c.Source, folder: c.Folder, target: c.Target,
		message: &c.Message, flags: flags, date: c.Message.InternalDate,
		storing: storing{length: c.Message.Size}, contract: hook,
	}
	q.head = *newHeader(c.Message.Header)
	q.head.fields = fields
	q.header = &q.head
	if q.contract.Body {
		q.body = c.Body
	}
	return q
}

// questions are those that were answered, whose memory is used again: filters are
// asked about each message.
var questions sync.Pool

// done gives the memory of a question back that was answered, and of which nobody
// holds a part any more.
func (q *question) done() {
	if cap(q.head.fields) > 1024 {
		return // one huge message must not fill the memory for all that follow
	}
	fields := q.head.fields
	*q = question{}
	q.head.fields = fields
	questions.Put(q)
}
