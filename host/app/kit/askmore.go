package kit

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/sdk/abi"
)

// Ask puts a question and says what becomes of what it is about: before, if nobody
// had an opinion, and after. Without a hook that is asked there is no answer. The
// error says that a file can not be read, or that ctx ended.
func (p *Probe) Ask(ctx context.Context, q *Question) (before, after State, answers []Answer, err error) {
	if err := q.check(); err != nil {
		return before, after, nil, err
	}
	if before, err = q.before(); err != nil {
		return before, before, nil, err
	}
	switch {
	case q.Folder != nil:
		after, answers, err = p.AskFolder(ctx, *q.Folder)
		return before, after, answers, err
	case q.Message != nil:
		after, answers, err = p.AskMessage(ctx, *q.Message)
		return before, after, answers, err
	}
	hook := q.hook()
	if !slices.Contains(p.Hooks, hook) {
		return before, before, nil, nil
	}
	a := Answer{Hook: hook, Before: before, State: before}
	if err := p.put(ctx, q, &a); err != nil {
		return before, before, nil, err
	}
	if a, err = p.answer(ctx, a); err != nil {
		return before, before, nil, err
	}
	return before, a.State, []Answer{a}, nil
}

// before is what becomes of it if nobody has an opinion.
func (q *Question) before() (State, error) {
	switch m := q.message(); {
	case q.Folder != nil:
		return State{Verdict: Pass, Target: cmp.Or(q.Folder.Target, q.Folder.Name)}, nil
	case m != nil:
		_, state, err := m.candidate()
		return state, err
	case q.MapFlags != nil:
		flags, err := parseFlags(q.MapFlags.Flags)
		return State{Verdict: Pass, Flags: flags}, err
	}
	return State{Verdict: Pass}, nil
}

// put asks one hook other than those of folders and messages on their way. What the
// plugin fails at is in the answer; the error is ours.
func (p *Probe) put(ctx context.Context, q *Question, a *Answer) error {
	switch {
	case q.MapFlags != nil:
		flags, err := parseFlags(q.MapFlags.Flags)
		if err != nil {
			return err
		}
		var kept []mail.Flag
		for _, f := range q.MapFlags.Kept {
			kept = append(kept, mail.Flag(f))
		}
		answer, err := p.chain.MapFlags(ctx, copier.FlagQuestion{Target: cmp.Or(q.MapFlags.Target, mail.Inbox), Flags: flags, Kept: kept})
		if a.Err = err; answer.Flags != nil {
			a.Flags = mail.CleanFlags(answer.Flags)
		}
	case q.MessageKey != nil:
		c, _, err := q.MessageKey.candidate()
		if err != nil {
			return err
		}
		c.Body = nil
		a.Key, a.Err = p.chain.MessageKey(ctx, &copier.KeyQuestion{Candidate: c, AtTarget: q.MessageKey.Side == "target"})
	case q.OnConflict != nil:
		return p.putConflict(ctx, q.OnConflict, a)
	case q.AfterMessage != nil:
		return p.putCopied(ctx, q.AfterMessage, a)
	case q.OnError != nil:
		v, err := p.chain.OnError(ctx, q.OnError.trouble())
		a.decided(v, err)
	default:
		return p.putReport(ctx, cmp.Or(q.BeforeTask, q.AfterFolder, q.AfterTask), a)
	}
	return nil
}

func (p *Probe) putConflict(ctx context.Context, q *Conflict, a *Answer) error {
	c, _, err := q.candidate()
	if err != nil {
		return err
	}
	c.Body = nil
	flags, err := parseFlags(q.There.Flags)
	if err != nil {
		return err
	}
	there := mail.Message{
		UID: mail.UID(cmp.Or(q.There.UID, 1)), Flags: flags, InternalDate: q.There.Date, Size: c.Message.Size,
	}
	if there.InternalDate.IsZero() {
		there.InternalDate = c.Message.InternalDate
	}
	if q.There.Size != nil {
		there.Size = *q.There.Size
	}
	ruling, err := p.chain.OnConflict(ctx, &copier.Conflict{Candidate: c, There: there, TargetValidity: cmp.Or(q.There.UIDValidity, 1)})
	a.Note, a.Err = ruling.Note, err
	a.Verdict = map[copier.Resolution]string{
		copier.ResolvePresent: Pass, copier.ResolveSkip: Skip, copier.ResolveDefer: Defer,
		copier.ResolveCopy: Copy, copier.ResolveReplace: Replace,
	}[ruling.Resolution]
	return nil
}

func (p *Probe) putCopied(ctx context.Context, q *Copied, a *Answer) error {
	c, _, err := q.candidate()
	if err != nil {
		return err
	}
	recipients := p.chain.Recipients() // there is one plugin
	if len(recipients) != 1 {
		return fmt.Errorf("%s has %d recipients", abi.HookAfterMessage, len(recipients))
	}
	m := &copier.Copied{
		Delivery: copier.Delivery{
			Plugin: recipients[0].ID, Source: c.Source, Folder: c.Folder.Raw, UIDValidity: 1, UID: c.Message.UID,
			FolderName: c.Folder.Name, FolderUse: c.Folder.Use, Size: c.Message.Size,
			Target: c.Target, TargetValidity: q.Stored.UIDValidity, TargetUID: mail.UID(q.Stored.UID), Stored: c.Message.Size,
			Date: c.Message.InternalDate, Flags: c.Message.Flags, Attempts: q.Attempt,
		},
		Key: cmp.Or(q.OnceKey, "once"), Message: c.Message, Body: c.Body,
	}
	if q.Stored.Size != nil {
		m.Stored = *q.Stored.Size
	}
	if recipients[0].Needs != copier.NeedsBody {
		m.Body = nil
	}
	answer, err := p.chain.AfterMessage(ctx, m.Plugin, m)
	a.Verdict = map[copier.Action]string{copier.ActionPass: Pass, copier.ActionSkip: Skip, copier.ActionDefer: Defer}[answer.Action]
	a.Note, a.After, a.Err = answer.Note, answer.After, err
	return nil
}

func (f *Failure) trouble() *copier.Trouble {
	flags, _ := parseFlags(f.Flags) // it was checked
	t := &copier.Trouble{
		Source: cmp.Or(f.Source, "source"), Target: cmp.Or(f.Target, f.Folder), UID: mail.UID(f.UID), Size: f.Size, Flags: flags,
		Stage: cmp.Or(f.Stage, copier.StageAppend), Kind: cmp.Or(f.Kind, copier.KindOther), Err: f.Text, Attempts: f.Attempt,
	}
	if f.Folder != "" {
		t.Folder = mailFolder(f.Folder, f.Use)
	}
	return t
}

func (p *Probe) putReport(ctx context.Context, file string, a *Answer) error {
	report, err := readReport(file)
	if err != nil {
		return err
	}
	var of struct{ Source, Folder, Target string }
	if a.Hook == abi.HookAfterFolder {
		if err := json.Unmarshal(report, &of); err != nil {
			return fmt.Errorf("the report %s: source, folder and target are not texts", file)
		}
	}
	v, err := p.chain.TryReport(ctx, a.Hook, of.Source, of.Folder, of.Target, report)
	a.decided(v, err)
	return nil
}

// decided takes over what a hook wants done with a run.
func (a *Answer) decided(v copier.RunVerdict, err error) {
	a.Verdict = map[copier.RunAction]string{
		copier.RunGoOn: Pass, copier.RunSkip: Skip, copier.RunDefer: Defer, copier.RunStop: Stop,
	}[v.Action]
	a.Note, a.Err = v.Note, err
}

// rewrite asks what is stored in place of a message.
func (p *Probe) rewrite(ctx context.Context, m Message, c copier.Candidate, state State) (Answer, error) {
	before := state
	c.Target = state.Target
	r, err := p.chain.RewriteMessage(ctx, &copier.RewriteQuestion{Candidate: c, Attempt: m.Attempt, Refusal: m.Refusal})
	if r.Close != nil {
		defer r.Close()
	}
	switch r.Action {
	case copier.ActionSkip:
		state.Verdict = Skip
	case copier.ActionDefer:
		state.Verdict = Defer
	}
	if err == nil && r.Message != nil {
		content, errRead := io.ReadAll(io.NewSectionReader(r.Message, 0, r.Size))
		if errRead != nil {
			return Answer{}, fmt.Errorf("read what was rewritten: %w", errRead)
		}
		old := make([]byte, c.Message.Size)
		if _, errRead := c.Body.ReadAt(old, 0); errRead != nil && errRead != io.EOF {
			return Answer{}, errRead
		}
		if !bytes.Equal(content, old) {
			state.Content = content
		}
	}
	return p.answer(ctx, Answer{Hook: abi.HookRewriteMessage, Before: before, State: state, Note: r.Note, Err: err})
}
