package copier

import (
	"context"
	"fmt"
	"io"

	"github.com/mailweir/mailweir/host/mail"
)

// printing reads a message and says what it is to be compared by.
type printing func(ctx context.Context, m mail.Message, body io.Reader) (*evidence, error)

// targetPrints is the printing of the target's messages, which are as they are.
func (v *verification) targetPrints(_ context.Context, m mail.Message, body io.Reader) (*evidence, error) {
	of, err := readPrints(body, true)
	if err != nil {
		return nil, err
	}
	return &evidence{fingerprint: of.exact, likeness: of.likeness, flags: joined(mail.CleanFlags(m.Flags))}, nil
}

// sourcePrinter returns the printing of a folder's messages: what of them should be at
// the target. Where a message was rewritten, that is what the ledger says was sent;
// where the ledger does not know the message, what the hooks would make of it now.
func (v *verification) sourcePrinter(j *job, homes map[mail.UID]string, sent map[mail.UID][16]byte) printing {
	told := false
	tell := func(uid mail.UID, err error) {
		if !told {
			told = true
			v.tally.note("%s of source %s: what should be stored of UID %d is not known: %v", j.folder.Name, j.source.name, uid, err)
		}
	}
	return func(ctx context.Context, m mail.Message, body io.Reader) (*evidence, error) {
		target := j.Target
		if home := homes[m.UID]; home != "" {
			target = home
		}
		recorded, of := sent[m.UID], prints{}
		var err error
		if v.hooks.Asks(HookRewriteMessage) {
			var hook error
			c := Candidate{Source: j.source.name, Folder: j.folder, Target: target, Message: m}
			of, hook, err = v.printsOfSent(ctx, c, body, recorded, true)
			if hook != nil && err == nil {
				tell(m.UID, hook)
			}
		} else if of, err = readPrints(body, true); err == nil && recorded != [16]byte{} && recorded != of.exact {
			of.sent = [][16]byte{recorded}
		}
		if err != nil {
			return nil, fmt.Errorf("read UID %d: %w", m.UID, err)
		}
		flags := mail.CleanFlags(m.Flags)
		if mapped, err := v.mapFlags(ctx, target, nil, flags); err == nil {
			flags = mapped
		} else if ctx.Err() == nil {
			tell(m.UID, err)
		}
		e := &evidence{fingerprint: of.exact, altered: of.altered, likeness: of.likeness, flags: joined(flags)}
		if len(of.sent) > 0 {
			e.own, e.recorded = of.exact, recorded != [16]byte{}
			e.fingerprint, e.altered, e.likeness = of.sent[0], of.sentAltered, of.sentLikeness
		}
		return e, nil
	}
}

// ownIf returns the fingerprint of the source's message, if that should not be at the
// target, and whether the ledger says so is as given.
func (e *evidence) ownIf(recorded bool) [][16]byte {
	if e.own == [16]byte{} || e.recorded != recorded {
		return nil
	}
	return [][16]byte{e.own}
}
