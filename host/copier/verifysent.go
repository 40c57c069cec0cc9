package copier

import (
	"context"
	"fmt"
	"io"

	"github.com/mailweir/mailweir/host/mail"
)

// printing reads a message and says what it is to be compared by.
type printing func(ctx context.Context, m mail.Message, body io.Reader) (*evidence, error)

// targetPrinter returns the printing of a target folder's messages, which are as they
// are. row is that of the first source folder planned for it, or -1.
func (v *verification) targetPrinter(target string, row int) printing {
	about := Candidate{Target: target}
	if row >= 0 {
		about.Source, about.Folder.Name = v.report.Folders[row].Source, v.report.Folders[row].Folder
	}
	tell := v.teller(target + " at the destination")
	return func(ctx context.Context, m mail.Message, body io.Reader) (*evidence, error) {
		top := &beginning{}
		of, err := readPrints(v.seen(body, top), true)
		if err != nil {
			return nil, err
		}
		e := &evidence{fingerprint: of.exact, likeness: of.likeness, flags: joined(mail.CleanFlags(m.Flags))}
		e.key = v.key(ctx, about, m, top, true, tell)
		return e, nil
	}
}

// teller returns what notes the first thing that is not known of a folder's messages.
func (v *verification) teller(folder string) func(uid mail.UID, err error) {
	told := false
	return func(uid mail.UID, err error) {
		if !told {
			told = true
			v.tally.note("%s: what should be stored of UID %d, or what it is the same as, is not known: %v", folder, uid, err)
		}
	}
}

// key asks for the key of a message of which the beginning was seen.
func (v *verification) key(ctx context.Context, about Candidate, m mail.Message, top *beginning, atTarget bool, tell func(mail.UID, error)) [16]byte {
	if !v.hooks.Asks(HookMessageKey) {
		return [16]byte{}
	}
	m.Header = headerIn(top.bytes)
	about.Message, about.Body = m, nil
	key, err := v.keyOf(ctx, about, atTarget)
	if err != nil && ctx.Err() == nil {
		tell(m.UID, err)
	}
	return key
}

// seen lets top see what is read, if anybody looks at it.
func (v *verification) seen(body io.Reader, top *beginning) io.Reader {
	if !v.hooks.Asks(HookMessageKey) {
		return body
	}
	return io.TeeReader(body, top)
}

// beginning keeps as much of what is written to it as is looked at for a header section.
type beginning struct{ bytes []byte }

func (b *beginning) Write(p []byte) (int, error) {
	b.bytes = append(b.bytes, p[:min(len(p), maxHeader-len(b.bytes))]...)
	return len(p), nil
}

// sourcePrinter returns the printing of a folder's messages: what of them should be at
// the target. Where a message was rewritten, that is what the ledger says was sent;
// where the ledger does not know the message, what the hooks would make of it now.
func (v *verification) sourcePrinter(j *job, homes map[mail.UID]string, sent map[mail.UID][16]byte) printing {
	tell := v.teller(j.folder.Name + " of source " + j.source.name)
	return func(ctx context.Context, m mail.Message, body io.Reader) (*evidence, error) {
		target := j.Target
		if home := homes[m.UID]; home != "" {
			target = home
		}
		recorded, of := sent[m.UID], prints{}
		c := Candidate{Source: j.source.name, Folder: j.folder, Target: target, Message: m}
		top := &beginning{}
		body = v.seen(body, top)
		var err error
		if v.hooks.Asks(HookRewriteMessage) {
			var hook error
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
		e.key = v.key(ctx, c, m, top, false, tell)
		switch {
		case len(of.sent) == 0:
		case of.asIs && recorded == [16]byte{}:
			e.others, e.altered = of.sent, append(e.altered, of.sentAltered...)
		default:
			e.others = of.sent[1:]
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
