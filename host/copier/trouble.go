package copier

import (
	"context"
	"errors"
	"strings"

	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/task"
)

// The kinds of trouble, see [KindOf].
const (
	KindAuth     = "auth"
	KindQuota    = "quota"
	KindRefused  = "refused"
	KindLost     = "lost"
	KindTimeout  = "timeout"
	KindTooBig   = "too big"
	KindNoFolder = "no folder"
	KindPlugin   = "plugin"
	KindOther    = "other"
)

// KindOf puts an error into one of a few kinds that hooks can tell apart.
func KindOf(err error) string {
	var timeout interface{ Timeout() bool }
	var hook *endedByHook
	switch {
	case errors.As(err, &hook), errors.Is(err, ErrStop):
		return KindPlugin
	case isAny(err, mail.ErrAuth):
		return KindAuth
	case isAny(err, mail.ErrQuota):
		return KindQuota
	case isAny(err, mail.ErrTooBig):
		return KindTooBig
	case isAny(err, mail.ErrNoFolder):
		return KindNoFolder
	case errors.As(err, &timeout) && timeout.Timeout(): // of a connection or a context
		return KindTimeout
	case isAny(err, mail.ErrRefused, mail.ErrDenied, mail.ErrBadName):
		return KindRefused
	case isAny(err, mail.ErrConnect, mail.ErrBusy, mail.ErrHost, mail.ErrTLS, mail.ErrShortBody):
		return KindLost
	}
	return KindOther
}

// stageOf says on which side something broke that may be the fault of either.
func stageOf(err error) string {
	if ofSource(err) {
		return StageFetch
	}
	return StageAppend
}

// onError asks the hooks about trouble. Without an opinion, or when they fail,
// things take their course.
func (r *run) onError(ctx context.Context, t *Trouble) RunVerdict {
	if ctx.Err() != nil || !r.hooks.Asks(HookOnError) {
		return RunVerdict{}
	}
	v, err := r.hooks.OnError(ctx, t)
	switch {
	case ctx.Err() != nil:
		return RunVerdict{}
	case err != nil:
		r.warnings.add(r.log, HookOnError, err)
		return RunVerdict{}
	}
	return v
}

// stopFor ends the run because a hook wants a person to look at what failed.
func (r *run) stopFor(v RunVerdict, what string) {
	err := &endedByHook{task.OutcomeNeedsUser, v.reason("the run was stopped") + "; what failed: " + what}
	r.end(err)
	r.stop(err)
}

// abandon ends the way of a message that can not be copied: it has failed, unless
// the hooks want it left out or held. what says why; err is what it was made of.
func (p *pass) abandon(ctx context.Context, m Trouble, what string, err error) error {
	m.Source, m.Folder, m.Target, m.Err, m.Kind = p.source.name, p.folder, p.Target, what, KindOf(err)
	p.mu.Lock()
	m.Attempts = p.suspects[m.UID]
	p.mu.Unlock()
	v := p.onError(ctx, &m)
	switch v.Action {
	case RunSkip:
		return p.leaveOut(ctx, m, v.reason("skipped")+": "+what)
	case RunDefer:
		p.keepBack(m.UID, task.FateHeld, v.reason("deferred")+": "+what)
	case RunStop:
		p.keepBack(m.UID, task.FateFailed, what)
		p.stopFor(v, what)
	default:
		p.keepBack(m.UID, task.FateFailed, what)
	}
	return nil
}

// leaveOut skips a message that can not be copied, from now on. What the ledger
// thought of it - an append whose end is unknown - is forgotten.
func (p *pass) leaveOut(ctx context.Context, m Trouble, why string) error {
	p.mu.Lock()
	p.given.Add(m.UID)
	p.mu.Unlock()
	for _, pair := range p.pairs[1:] {
		if err := p.forget(ctx, pair, mail.UIDs(m.UID)); err != nil {
			return err
		}
	}
	return p.skipAll(ctx, []skip{{m.UID, m.Size, m.Flags, why}})
}

// troubleWithFolder asks about a folder that was left before its end, whose row
// says so already.
func (r *run) troubleWithFolder(ctx context.Context, j *job, stage string, err error) {
	v := r.onError(ctx, &Trouble{Source: j.source.name, Folder: j.folder, Target: j.Target, Stage: stage, Kind: KindOf(err), Err: err.Error()})
	switch v.Action {
	case RunSkip:
		r.tally.change(j.row, func(f *task.FolderReport) {
			f.Skipped, f.Failed = f.Skipped+f.Failed, 0
			f.Error, f.Done = "", true
		})
		r.tally.note("%s of source %s was left out of this run, %s: %v", j.folder.Name, j.source.name, v.reason("skipped"), err)
	case RunDefer:
		r.tally.change(j.row, func(f *task.FolderReport) {
			f.Held, f.Failed = f.Held+f.Failed, 0
			f.Error = v.reason("deferred") + ": " + f.Error
		})
	case RunStop:
		r.stopFor(v, strings.TrimSuffix(err.Error(), "."))
	}
}

// askAboutRun asks about what ended the run, or one of its accounts. What a hook
// wants is tried again has ended for a temporary reason; what needs a person
// says so.
func (r *run) askAboutRun(ctx context.Context) {
	ended := worst(r.troubles())
	var own *endedByHook
	if ended == nil || ctx.Err() != nil || errors.As(ended, &own) || OutcomeOf(ended) == task.OutcomeBug {
		return
	}
	v := r.onError(ctx, &Trouble{Stage: r.stageReached(), Kind: KindOf(ended), Err: ended.Error()})
	r.mu.Lock()
	defer r.mu.Unlock()
	switch v.Action {
	case RunDefer:
		r.errs = []error{&endedByHook{task.OutcomeTemporary, v.reason("to be tried again, as deferred") + ": " + ended.Error()}}
	case RunStop:
		r.errs = append(r.errs, &endedByHook{task.OutcomeNeedsUser, v.reason("a person must look at it, stopped") + ": " + ended.Error()})
	}
}

// stageReached is how far the run has come.
func (r *run) stageReached() string {
	switch r.tally.at() {
	case task.PhaseConnect:
		return StageList
	case task.PhasePlan:
		return StageMap
	case task.PhaseDelete:
		return StageRemove
	}
	return StageRecord
}
