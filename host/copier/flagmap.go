package copier

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/task"
)

// The ledger has flags as the source has them. What the target gets is asked of the
// hooks when a message is stored; when its flags change later, what is carried is the
// difference of two answers.

// flagMaps are the answers of a run, by target folder and set of flags.
type flagMaps struct {
	mu      sync.Mutex
	answers map[string]flagAnswer
}

type flagAnswer struct {
	flags []mail.Flag
	err   error
}

// mapFlags returns the flags that a target folder gets for a set from mail.CleanFlags.
// What failed once fails for the whole run.
func (r *run) mapFlags(ctx context.Context, target string, kept, flags []mail.Flag) ([]mail.Flag, error) {
	if !r.hooks.Asks(HookMapFlags) {
		return flags, nil
	}
	key := target + "\x00" + joined(flags)
	r.flagMaps.mu.Lock()
	defer r.flagMaps.mu.Unlock()
	if a, ok := r.flagMaps.answers[key]; ok {
		return a.flags, a.err
	}
	answer, err := r.hooks.MapFlags(ctx, FlagQuestion{Target: target, Flags: flags, Kept: kept})
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	a := flagAnswer{flags, err}
	if err == nil && answer.Flags != nil {
		a.flags = mail.CleanFlags(answer.Flags)
		r.log.Debug("flags mapped", "folder", target, "from", strings.Fields(joined(flags)), "to", strings.Fields(joined(a.flags)), "by", answer.By)
	}
	if r.flagMaps.answers == nil {
		r.flagMaps.answers = make(map[string]flagAnswer)
	}
	r.flagMaps.answers[key] = a
	return a.flags, a.err
}

// keptBy returns the flags that a folder names as those it keeps; nil when it does not.
func keptBy(w mail.Writer) []mail.Flag {
	if s, ok := w.(*station); ok {
		w = s.Writer
	}
	if l, ok := w.(mail.FlagLister); ok {
		return l.KeptFlags()
	}
	return nil
}

// reflag gives a piece the flags that the target gets for those it has. It reports
// whether the message goes on.
func (x *crossing) reflag(ctx context.Context, pc *piece) (bool, error) {
	flags, err := x.mapFlags(ctx, x.to, x.kept, pc.flags)
	switch {
	case ctx.Err() != nil:
		return false, ctx.Err()
	case err != nil:
		x.keepBack(pc.uid, task.FateHeld, fmt.Sprintf("the flag mapping failed: %v", err))
		return false, nil
	}
	pc.flags = flags
	return true, nil
}

// flagChange says what is carried when the source's flags of a message become others.
func (p *pass) flagChange(ctx context.Context, target string, w mail.Writer, base, now flagSet) (mail.FlagChange, error) {
	kept := keptBy(w)
	was, err := p.mapFlags(ctx, target, kept, p.flags.flags(base))
	if err != nil {
		return mail.FlagChange{}, err
	}
	is, err := p.mapFlags(ctx, target, kept, p.flags.flags(now))
	if err != nil {
		return mail.FlagChange{}, err
	}
	return mail.FlagChange{Add: keptFlags(without(is, was), w), Remove: keptFlags(without(was, is), w)}, nil
}
