package kit

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/sdk/abi"
)

// aCopy is a message on its way into the target.
type aCopy struct {
	*Probe
	c       copier.Candidate
	state   State
	size    int64
	body    io.ReaderAt
	header  []byte
	answers []Answer
}

// askStored asks what a copy asks about a message that has passed the filters: what it
// is the same as, what is stored in its place and with which flags; and tells of the
// copy. It ends with the first hook that fails, or holds the message or leaves it out.
// What is asked about runs, conflicts and failures is not: there are none.
func (p *Probe) askStored(ctx context.Context, c copier.Candidate, state State) ([]Answer, error) {
	c.Target = state.Target
	a := &aCopy{Probe: p, c: c, state: state, size: c.Message.Size, body: c.Body, header: c.Message.Header}
	for _, step := range []struct {
		hook string
		ask  func(context.Context) (Answer, error)
	}{
		{abi.HookMessageKey, a.askKey}, {abi.HookRewriteMessage, a.askRewrite}, {abi.HookMapFlags, a.askFlags}, {abi.HookAfterMessage, a.tell},
	} {
		if !slices.Contains(p.Hooks, step.hook) {
			continue
		}
		before := a.state
		asked, err := step.ask(ctx)
		asked.Hook, asked.Before, asked.State, asked.Err = step.hook, before, a.state, err
		if asked, err = p.answer(ctx, asked); err != nil {
			return a.answers, err
		}
		a.answers = append(a.answers, asked)
		if asked.Err != nil || a.state.Verdict != Pass {
			break
		}
	}
	return a.answers, nil
}

func (a *aCopy) askKey(ctx context.Context) (Answer, error) {
	q := &copier.KeyQuestion{Candidate: a.c}
	q.Body = nil
	key, err := a.chain.MessageKey(ctx, q)
	if key == "" {
		return Answer{}, err
	}
	return Answer{Says: fmt.Sprintf("key %q", key)}, err
}

func (a *aCopy) askRewrite(ctx context.Context) (Answer, error) {
	r, err := a.chain.RewriteMessage(ctx, &copier.RewriteQuestion{Candidate: a.c})
	if r.Close != nil {
		defer r.Close()
	}
	a.decide(r.Action)
	out := Answer{Note: r.Note}
	if r.Message != nil && err == nil {
		text, err := io.ReadAll(io.NewSectionReader(r.Message, 0, r.Size))
		if err != nil {
			return out, err
		}
		a.size, a.body, a.header = r.Size, bytes.NewReader(text), headerOf(text)
		out.Says = fmt.Sprintf("%d bytes instead of %d", r.Size, a.c.Message.Size)
	}
	return out, err
}

func (a *aCopy) askFlags(ctx context.Context) (Answer, error) {
	f, err := a.chain.MapFlags(ctx, copier.FlagQuestion{Target: a.c.Target, Flags: a.state.Flags})
	if f.Flags != nil && err == nil {
		a.state.Flags = mail.CleanFlags(f.Flags)
	}
	return Answer{}, err
}

func (a *aCopy) tell(ctx context.Context) (Answer, error) {
	m := a.c.Message
	m.Flags, m.InternalDate, m.Size, m.Header = a.state.Flags, a.state.Date, a.size, a.header
	told := &copier.Copied{Key: "mw-trial", Message: m, Body: a.body}
	told.Source, told.FolderName, told.Folder, told.FolderUse = a.c.Source, a.c.Folder.Name, a.c.Folder.Raw, a.c.Folder.Use
	told.UIDValidity, told.UID, told.Target = 1, m.UID, a.c.Target
	told.TargetValidity, told.TargetUID, told.Stored = 1, 1, a.size
	d, err := a.chain.AfterMessage(ctx, a.chain.Recipients()[0].ID, told)
	a.decide(d.Action)
	out := Answer{Note: d.Note}
	if d.After > 0 && err == nil {
		out.Says = "again after " + d.After.String()
	}
	return out, err
}

// decide takes over what becomes of the message.
func (a *aCopy) decide(action copier.Action) {
	a.state.Verdict = cmp.Or(map[copier.Action]string{copier.ActionSkip: Skip, copier.ActionDefer: Defer}[action], a.state.Verdict)
}
