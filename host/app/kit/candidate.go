package kit

import (
	"context"

	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/mail"
)

// AskListed asks where a folder goes, as an account lists it. Without the hook there
// is no answer.
func (p *Probe) AskListed(ctx context.Context, source string, f mail.Folder) (State, []Answer, error) {
	asked := Folder{Source: source, Name: f.Name, Use: string(f.Use), Subscribed: f.Subscribed}
	if f.Status != nil {
		asked.Messages = &f.Status.Messages
	}
	return p.AskFolder(ctx, asked)
}

// AskCandidate asks what becomes of a message, as AskMessage does, but of one that
// is here already. Without Body it is only asked what can be asked before the
// message is downloaded.
func (p *Probe) AskCandidate(ctx context.Context, c copier.Candidate) (State, []Answer, error) {
	state := State{Verdict: Pass, Target: c.Target, Flags: mail.CleanFlags(c.Message.Flags), Date: c.Message.InternalDate}
	if c.Body == nil {
		return p.askHooks(ctx, Message{}, c, state, envelopeHooks)
	}
	return p.askHooks(ctx, Message{}, c, state, filterHooks)
}
