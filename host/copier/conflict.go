package copier

import (
	"context"
	"fmt"
	"slices"

	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/task"
)

// A message that the target has with a difference is in conflict, and a hook may say
// what becomes of it. What was copied by us is never in conflict: only mail that is
// met at the target for the first time is looked at.

// differs reports whether a message and the one at the target that it is taken for are
// different in anything that is known of both, flags apart.
func (m *matcher) differs(s, t *trait) bool {
	if s.date != t.date && s.date != 0 && t.date != 0 {
		return true
	}
	of, read := m.sourceDigest[s.uid]
	there, both := m.targetDigest[t.uid]
	if !read || !both {
		return s.size != t.size
	}
	like := slices.Concat([][16]byte{of.exact}, of.sent, of.altered, of.sentAltered)
	return !slices.Contains(like, there)
}

// rule asks what becomes of the messages that were found with a difference. Those that
// are in none are in no ruling.
func (p *pass) rule(ctx context.Context, w mail.Writer, pair *Pair, found map[mail.UID]match) (map[mail.UID]Ruling, error) {
	if !p.hooks.Asks(HookOnConflict) {
		return nil, nil
	}
	var here, there mail.UIDSet
	kept := keptBy(w)
	for uid, m := range found {
		want, err := p.mapFlags(ctx, pair.Target, kept, p.flags.flags(m.sourceFlags))
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err == nil && !m.differs && mail.SameFlags(keptFlags(slices.Clone(want), w), p.flags.flags(m.targetFlags)) {
			continue
		}
		here.Add(uid)
		there.Add(m.target)
	}
	if here.Empty() {
		return nil, nil
	}
	known := make(map[mail.UID]mail.Message)
	items := mail.ItemFlags | mail.ItemDate | mail.ItemSize
	err := w.Scan(ctx, there, mail.ScanOptions{Items: items}, func(m mail.Message) error {
		known[m.UID] = m
		return nil
	})
	if _, err = setAsideUnreadable(err); err != nil {
		return nil, targetErr(fmt.Errorf("look into %s: %w", pair.Target, err))
	}
	out := make(map[mail.UID]Ruling)
	err = p.reader.Scan(ctx, here, mail.ScanOptions{Items: items | mail.ItemHeader}, func(m mail.Message) error {
		t, ok := known[found[m.UID].target]
		if !here.Contains(m.UID) || !ok {
			return nil
		}
		ruling, err := p.hooks.OnConflict(ctx, &Conflict{
			Candidate: Candidate{Source: p.source.name, Folder: p.folder, Target: pair.Target, Message: m},
			There:     t, TargetValidity: w.Status().UIDValidity,
		})
		if ctx.Err() != nil {
			return ctx.Err()
		}
		out[m.UID] = p.allowed(ruling, err)
		return nil
	})
	if _, err = setAsideUnreadable(err); err != nil {
		return nil, sourceErr(fmt.Errorf("look into %s: %w", p.folder.Name, err))
	}
	return out, nil
}

// allowed turns what can not be done into holding the message.
func (p *pass) allowed(r Ruling, err error) Ruling {
	switch {
	case err != nil:
		return Ruling{Resolution: ResolveDefer, Note: fmt.Sprintf("the ruling on its conflict failed: %v", err)}
	case r.Resolution == ResolveReplace && !p.opts.AllowReplace:
		r.Resolution, r.Note = ResolveDefer, fmt.Sprintf("%s wants to replace the message that is at the destination, which is not allowed (--allow-replace)", r.By)
	case r.Resolution > ResolveReplace:
		r.Resolution, r.Note = ResolveDefer, fmt.Sprintf("%s answered with the unknown resolution %d", r.By, r.Resolution)
	case r.Resolution == ResolveDefer:
		r.Note = reason(Verdict{By: r.By, Note: r.Note}, "deferred")
	}
	return r
}

// settleConflict does with a message that is in conflict what was ruled. It reports
// whether it counts as present; otherwise, it is copied if next is not nil.
func (p *pass) settleConflict(it item, m match, r Ruling, skips *[]skip) (present bool, next *item) {
	switch r.Resolution {
	case ResolvePresent:
		return true, nil
	case ResolveSkip:
		*skips = append(*skips, skip{it.uid, m.size, p.flags.flags(m.sourceFlags), reason(Verdict{By: r.By, Note: r.Note}, "skipped")})
	case ResolveCopy:
		return false, &it
	case ResolveReplace:
		it.replaces = m.target
		return false, &it
	default:
		p.keepBack(it.uid, task.FateHeld, r.Note)
	}
	return false, nil
}
