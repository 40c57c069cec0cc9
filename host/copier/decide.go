package copier

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/task"
)

// An item is one message to transfer.
type item struct {
	uid     mail.UID
	size    int64    // as the source listed it
	verdict *effects // what filters want changed; nil for nothing
	// replaces is the UID at the target of the message that is deleted once this one
	// is there; 0 is none.
	replaces mail.UID
	// undecided is a message that envelope filters are asked about when it arrives.
	undecided bool
}

// effects are what the filters of a message want changed.
type effects struct {
	flags    []mail.Flag
	setFlags bool
	date     time.Time
	asked    bool // FilterMessage was asked and is not asked again
}

// A group is messages of the folder that go to the same target folder.
type group struct {
	target string
	items  []item
}

// groups collects items by target folder. The first is the planned one and comes
// first; the others follow by name.
type groups map[string][]item

func (g groups) add(target string, it item) { g[target] = append(g[target], it) }

func (g groups) inOrder(first string) []group {
	var out []group
	for target, items := range g {
		slices.SortFunc(items, func(a, b item) int {
			if a.uid < b.uid {
				return -1
			}
			return 1
		})
		out = append(out, group{target, items})
	}
	slices.SortFunc(out, func(a, b group) int {
		if af, bf := a.target == first, b.target == first; af != bf {
			if af {
				return -1
			}
			return 1
		}
		return strings.Compare(a.target, b.target)
	})
	return out
}

// decide asks the envelope filters about the messages that are to do, before anything
// of them but their headers is downloaded, unless they are asked on arrival.
func (p *pass) decide(ctx context.Context) ([]group, error) {
	if p.todo.Empty() {
		return nil, nil
	}
	out := make(groups)
	var bytes int64
	pass := func(target string, it item) {
		out.add(target, it)
		bytes += it.size
	}
	var err error
	switch first := p.todo; {
	case !p.hooks.Asks(HookFilterEnvelope):
		err = p.measure(ctx, pass)
	case p.readsHeaders() && p.mayAskOnArrival(ctx):
		if first, err = p.postpone(ctx, pass); err != nil {
			return nil, err
		}
		fallthrough
	default:
		err = p.askEnvelopes(ctx, first, pass)
	}
	if err != nil {
		return nil, err
	}
	p.tally.change(p.row, func(f *task.FolderReport) { f.SourceBytes += bytes })
	return out.inOrder(p.Target), nil
}

// measure learns the sizes that the comparison did not: windows are cut by them
// and the time left is told by them.
func (p *pass) measure(ctx context.Context, pass func(string, item)) error {
	var measured mail.UIDSet
	for _, it := range p.sizes {
		if p.todo.Contains(it.uid) {
			measured.Add(it.uid)
			pass(p.Target, it)
		}
	}
	p.sizes = nil
	left := minusSet(p.todo, measured)
	if left.Empty() {
		return nil
	}
	err := p.reader.Scan(ctx, left, mail.ScanOptions{Items: mail.ItemSize}, func(m mail.Message) error {
		if left.Contains(m.UID) {
			measured.Add(m.UID)
			pass(p.Target, item{uid: m.UID, size: m.Size})
		}
		return nil
	})
	if _, err = setAsideUnreadable(err); err != nil {
		return sourceErr(fmt.Errorf("measure %s: %w", p.folder.Name, err))
	}
	// Unreadable, gone, or left out of the answer: the download decides.
	for uid := range minusSet(p.todo, measured).All() {
		pass(p.Target, item{uid: uid})
	}
	return nil
}

// askEnvelopes asks before the download, in windows, so that the ledger learns what is
// skipped while the next ones are asked about.
func (p *pass) askEnvelopes(ctx context.Context, uids mail.UIDSet, pass func(string, item)) error {
	opts := mail.ScanOptions{Items: mail.ItemFlags | mail.ItemDate | mail.ItemSize}
	if p.readsHeaders() {
		opts.Items |= mail.ItemHeader
	}
	for _, window := range uids.Split(p.opts.WindowMessages) {
		var skipped []skip
		seen := 0
		err := p.reader.Scan(ctx, window, opts, func(m mail.Message) error {
			if !window.Contains(m.UID) {
				return nil
			}
			seen++
			c := &Candidate{Source: p.source.name, Folder: p.folder, Target: p.Target, Message: m}
			v, err := p.hooks.FilterEnvelope(ctx, c)
			if ctx.Err() != nil {
				return ctx.Err()
			}
			it := item{uid: m.UID, size: m.Size}
			target, fate := p.judgeVerdict(&it, c, v, err)
			p.verdicts.note(m.Size, fate == "" && target == p.Target)
			switch fate {
			case task.FateSkipped:
				skipped = append(skipped, skip{m.UID, m.Size, m.Flags, reason(v, "skipped")})
			case "":
				pass(target, it)
			}
			return nil
		})
		strange, err := setAsideUnreadable(err)
		if err != nil {
			return sourceErr(fmt.Errorf("read envelopes of %s: %w", p.folder.Name, err))
		}
		for uid, why := range strange {
			if window.Contains(uid) {
				seen++
				if err := p.abandon(ctx, Trouble{UID: uid, Stage: StageFetch}, fmt.Sprintf("header not readable at the source: %v", why), why); err != nil {
					return err
				}
			}
		}
		if err := p.skipAll(ctx, skipped); err != nil {
			return err
		}
		if n := window.Len() - seen; n > 0 {
			p.vanish(n)
			p.complete = false // gone, or left out of the answer: the next run looks again
		}
	}
	return nil
}

// judgeVerdict applies a filter's answer to an item. It returns the target folder
// of a message that passes, and the fate of one that does not; one that is held
// is listed already.
func (p *pass) judgeVerdict(it *item, c *Candidate, v Verdict, err error) (target string, fate task.Fate) {
	if err != nil {
		p.keepBack(it.uid, task.FateHeld, fmt.Sprintf("the filter failed: %v", err))
		return "", task.FateHeld
	}
	switch v.Action {
	case ActionSkip:
		return "", task.FateSkipped
	case ActionDefer:
		p.keepBack(it.uid, task.FateHeld, reason(v, "deferred"))
		return "", task.FateHeld
	case ActionPass:
	default:
		p.keepBack(it.uid, task.FateHeld, fmt.Sprintf("%s answered with the unknown action %d", v.By, v.Action))
		return "", task.FateHeld
	}
	target = c.Target
	if v.Target != "" {
		f, err := p.targets.spell(v.Target)
		if err != nil {
			p.keepBack(it.uid, task.FateHeld, fmt.Sprintf("%s wants it in %q, which the destination can not have: %v", v.By, v.Target, err))
			return "", task.FateHeld
		}
		target = f.Name
	}
	if v.Flags == nil && v.Date.IsZero() {
		return target, ""
	}
	if it.verdict == nil {
		it.verdict = &effects{}
	}
	if v.Flags != nil {
		it.verdict.flags, it.verdict.setFlags = mail.CleanFlags(v.Flags), true
	}
	if !v.Date.IsZero() {
		it.verdict.date = v.Date
	}
	return target, ""
}

func reason(v Verdict, what string) string {
	s := what
	if v.By != "" {
		s += " by " + v.By
	}
	if v.Note != "" {
		s += ": " + v.Note
	}
	return s
}

// A skip is a message that is left out on purpose.
type skip struct {
	uid    mail.UID
	size   int64
	flags  []mail.Flag
	reason string
}

// skipAll records messages that are left out on purpose. They belong to the
// planned pair, wherever a filter might have sent them.
func (p *pass) skipAll(ctx context.Context, skips []skip) error {
	if len(skips) == 0 {
		return nil
	}
	entries := make([]Entry, 0, len(skips))
	for _, s := range skips {
		entries = append(entries, Entry{UID: s.uid, State: EntrySkipped, Size: s.size, Flags: mail.CleanFlags(s.flags)})
	}
	if err := p.record(ctx, p.pairs[0], entries); err != nil {
		return err
	}
	for _, s := range skips {
		p.tally.list(task.Listed{Source: p.source.name, Folder: p.folder.Name, UID: uint32(s.uid), Fate: task.FateSkipped, Reason: s.reason})
	}
	p.mu.Lock()
	p.settles += len(skips)
	p.mu.Unlock()
	p.tally.change(p.row, func(f *task.FolderReport) { f.Skipped += int64(len(skips)) })
	return nil
}
