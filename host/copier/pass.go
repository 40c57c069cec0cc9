package copier

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"

	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/task"
)

// A message that was on its way when something broke is a suspect. It is tried
// again with the others once, then alone, and is given up in the end, so that one
// message that breaks every connection does not keep all others back.
const (
	suspectAlone = 2
	suspectLeft  = 4
)

// maxLives is how many UIDVALIDITYs a source folder may have within one run.
const maxLives = 3

// maxWarnings is how many messages of a folder the log warns of; the report lists
// them all.
const maxWarnings = 100

// everything is all UIDs that can be.
var everything = mail.UIDSpan(1, 1<<32-1)

// A pass takes one source folder from where the ledger stands to where the
// source stands. It may need several attempts; what they have in common is here.
type pass struct {
	*run
	*job
	rules string // of the folder

	// What this run did. The stages of a crossing work on it at the same time.
	mu        sync.Mutex
	copied    mail.UIDSet // stored by this run
	sent      mail.UIDSet // intents of this run
	rewritten mail.UIDSet // of copied: a hook made what was stored
	held      mail.UIDSet
	failed    mail.UIDSet
	given     mail.UIDSet // hooks had these left out when they failed
	settles   int         // how many messages came to an end; grows with any progress
	suspects  map[mail.UID]int
	replaced  int // messages of the target
	bytes     int64

	reached    map[int64]mail.UID // of each pair's ID: what becomes its TargetNext
	lives      map[uint32]bool
	before     map[int64]mail.Status // Seen of each planned pair when the run began
	reconsider bool                  // the rules are not those of the last pass

	// Of one attempt.
	reader    mail.Reader
	status    mail.Status // of the source folder; becomes Seen
	complete  bool        // everything was seen, nothing is held back
	pairs     []*Pair     // of this life of the folder; the first is the planned one
	index     index
	intents   map[mail.UID]Entry
	away      map[mail.UID]Entry // that the ledger knows as missing or moved
	flags     *flagSets
	todo      mail.UIDSet
	sizes     []item     // of those in todo whose size the comparison learned, ascending
	changed   []mail.UID // known messages whose flags changed at the source
	here      *station
	seenFlags [16]byte // digest of the flags of a whole listing
}

func newPass(r *run, j *job) *pass {
	return &pass{
		run: r, job: j, rules: r.rulesOf(j.source.name, j.folder.Name),
		suspects: make(map[mail.UID]int), reached: make(map[int64]mail.UID), lives: make(map[uint32]bool), before: make(map[int64]mail.Status),
	}
}

// attempt goes once through the whole folder.
func (p *pass) attempt(ctx context.Context) error {
	defer p.leave()
	if err := p.prepareTarget(ctx, p.job); err != nil {
		return err
	}
	if err := p.open(ctx); err != nil {
		return err
	}
	defer p.close()
	if err := p.remember(ctx); err != nil {
		return err
	}
	if err := p.compareAndGoThere(ctx); err != nil {
		return err
	}
	if err := p.recall(ctx); err != nil {
		return err
	}
	p.takeStock()
	groups, err := p.decide(ctx)
	if err != nil {
		return err
	}
	for len(groups) > 0 {
		g := groups[0]
		elsewhere, err := p.cross(ctx, g)
		if err != nil {
			return err
		}
		groups = append(groups[1:], elsewhere...)
	}
	if err := p.carryFlags(ctx); err != nil {
		return err
	}
	return p.conclude(ctx)
}

// open opens the source folder and learns which life of it this is.
func (p *pass) open(ctx context.Context) error {
	reader, err := p.source.account.Examine(ctx, p.folder)
	if err != nil {
		return sourceErr(fmt.Errorf("open %s: %w", p.folder.Name, err))
	}
	p.reader, p.complete = reader, true
	now := reader.Status()
	p.status = now
	if listed := p.folder.Status; listed != nil && listed.UIDValidity == now.UIDValidity {
		// The next listing is compared with this one: like with like.
		p.status = *listed
	}
	p.lives[now.UIDValidity] = true
	if len(p.lives) > maxLives {
		p.close()
		return sourceErr(fmt.Errorf("the UIDVALIDITY of %s changed %d times during the run; the folder can not be followed", p.folder.Name, len(p.lives)-1))
	}
	return nil
}

// compareAndGoThere compares while the target folder is being opened, if there
// will be something to carry there: that saves the time of a round trip. What
// keeps the target from being opened is met again, and told, by whoever needs it.
func (p *pass) compareAndGoThere(ctx context.Context) error {
	if now := p.reader.Status(); p.before[p.pairs[0].ID] == now || now.Messages == 0 {
		return p.compare(ctx) // only reading flags can tell
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := guarded(func() error { _, err := p.at(ctx, p.Target); return err }); err != nil {
			p.log.Debug("destination not opened ahead", "folder", p.Target, "error", err)
		}
	})
	defer wg.Wait()
	return p.compare(ctx)
}

func (p *pass) close() {
	if err := p.reader.Close(); err != nil {
		p.log.Debug("close source folder", "folder", p.folder.Name, "error", err)
	}
}

// takeStock counts what the comparison found and decides what is to do.
func (p *pass) takeStock() {
	var present, skipped int64
	p.changed = p.changed[:0]
	for i := range p.index {
		s := &p.index[i]
		switch {
		case s.now == notThere:
		case s.state == EntryDone:
			if !p.copied.Contains(s.uid) {
				present++
			}
			if s.now != s.base {
				p.changed = append(p.changed, s.uid)
			}
		case s.state == EntrySkipped:
			skipped++
		default:
			p.todo.Add(s.uid) // its append turned out not to have happened
		}
	}
	var todo mail.UIDSet
	for uid := range p.todo.All() {
		if !p.held.Contains(uid) && !p.failed.Contains(uid) {
			todo.Add(uid)
		}
	}
	p.todo = todo
	p.tally.change(p.row, func(f *task.FolderReport) {
		f.Present, f.Skipped = present, skipped
		f.Copied, f.Held, f.Failed = int64(p.copied.Len()), int64(p.held.Len()), int64(p.failed.Len())
		f.Bytes, f.SourceBytes = p.bytes, p.bytes
		f.Rewritten = int64(p.rewritten.Len())
		f.Counts.Source = f.Handled() + int64(todo.Len())
	})
	p.log.Info("compared", "source", p.source.name, "folder", p.folder.Name, "new", todo.Len(), "present", present, "flags", len(p.changed))
}

// settled grows with each message that came to an end.
func (p *pass) settled() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.settles
}

// keepBack ends a message's way for this run: it is not copied, and listed.
func (p *pass) keepBack(uid mail.UID, fate task.Fate, reason string) {
	p.mu.Lock()
	p.settles++
	if fate == task.FateHeld {
		p.held.Add(uid)
	} else {
		p.failed.Add(uid)
	}
	level := slog.LevelWarn
	if p.held.Len()+p.failed.Len() > maxWarnings {
		level = slog.LevelDebug
	}
	p.mu.Unlock()
	p.tally.list(task.Listed{Source: p.source.name, Folder: p.folder.Name, UID: uint32(uid), Fate: fate, Reason: reason})
	p.tally.change(p.row, func(f *task.FolderReport) {
		if fate == task.FateHeld {
			f.Held++
		} else {
			f.Failed++
		}
	})
	p.log.Log(context.Background(), level, "message not copied", "folder", p.folder.Name, "uid", uid, "fate", fate, "reason", reason)
}

// vanish notes that a message is no longer at the source.
func (p *pass) vanish(n int) {
	if n == 0 {
		return
	}
	p.mu.Lock()
	p.settles += n
	p.mu.Unlock()
	p.tally.change(p.row, func(f *task.FolderReport) { f.Counts.Source -= int64(n) })
}

// suspect notes that something broke while the message was on its way, and gives
// the message up when that happened too often.
func (p *pass) suspect(ctx context.Context, m Trouble, err error) error {
	p.mu.Lock()
	p.suspects[m.UID]++
	left := p.suspects[m.UID] >= suspectLeft && !p.failed.Contains(m.UID) && !p.held.Contains(m.UID) && !p.given.Contains(m.UID)
	p.mu.Unlock()
	if !left {
		return nil
	}
	return p.abandon(ctx, m, fmt.Sprintf("given up after %d tries: %v", suspectLeft, err), err)
}

// isLeft reports whether the message was given up in this run.
func (p *pass) isLeft(uid mail.UID) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.failed.Contains(uid) || p.held.Contains(uid) || p.given.Contains(uid)
}

// alone reports whether a message travels alone because something broke while it
// was on its way.
func (p *pass) alone(uid mail.UID) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.suspects[uid] >= suspectAlone
}

// A station is the target folder that the pass is at.
type station struct {
	mail.Writer
	name   string
	unlock func()
}

// at opens a target folder and holds its lock until the pass goes elsewhere. A
// pass is at one folder at a time, so that no two lanes wait for each other.
func (p *pass) at(ctx context.Context, name string) (*station, error) {
	if p.here != nil && p.here.name == name {
		return p.here, nil
	}
	p.leave()
	unlock, err := p.targets.lock(ctx, name)
	if err != nil {
		return nil, err
	}
	w, err := p.targets.open(ctx, name)
	if err != nil {
		unlock()
		return nil, err
	}
	p.here = &station{Writer: w, name: name, unlock: unlock}
	return p.here, nil
}

func (p *pass) leave() {
	if p.here == nil {
		return
	}
	if err := p.here.Close(); err != nil {
		p.log.Debug("close destination folder", "folder", p.here.name, "error", err)
	}
	p.here.unlock()
	p.here = nil
}

// conclude brings the ledger to where the source stands.
func (p *pass) conclude(ctx context.Context) error {
	if !p.complete || p.held.Len()+p.failed.Len() > 0 {
		return nil
	}
	gone := make([]mail.UIDSet, len(p.pairs))
	for _, s := range p.index {
		if s.now == notThere {
			gone[s.pair].Add(s.uid)
		}
	}
	for i, pair := range p.pairs {
		if err := p.partWith(ctx, pair, gone[i]); err != nil {
			return err
		}
	}
	if err := p.forgetOldLives(ctx); err != nil {
		return err
	}
	var row task.FolderReport
	p.tally.change(p.row, func(f *task.FolderReport) { row = *f })
	main := p.pairs[0]
	for _, pair := range p.pairs[1:] {
		if next := p.reached[pair.ID]; next > pair.TargetNext {
			if err := p.save(ctx, pair, func(pair *Pair) { pair.TargetNext = next }); err != nil {
				return err
			}
		}
	}
	return p.save(ctx, main, func(pair *Pair) {
		pair.TargetNext = max(pair.TargetNext, p.reached[pair.ID])
		pair.Seen, pair.Present, pair.Skipped = p.status, row.Present+row.Copied, row.Skipped
		pair.SeenFlags = p.seenFlags
	})
}

// forgetOldLives removes what the ledger knew of the folder under another
// UIDVALIDITY: its messages were found again or copied.
func (p *pass) forgetOldLives(ctx context.Context) error {
	p.run.mu.Lock()
	var old []*Pair
	for _, pair := range p.source.pairs {
		if pair.Folder == p.folder.Raw && pair.UIDValidity != p.pairs[0].UIDValidity {
			old = append(old, pair)
		}
	}
	p.run.mu.Unlock()
	for _, pair := range old {
		if err := p.forget(ctx, pair, everything); err != nil {
			return err
		}
		if err := p.save(ctx, pair, func(pair *Pair) { pair.Seen, pair.Present, pair.Skipped = mail.Status{}, 0, 0 }); err != nil {
			return err
		}
	}
	return nil
}

// errNewLife asks for another attempt, because a folder was replaced by another
// one of the same name while it was worked on.
var errNewLife = errors.New("the UIDVALIDITY changed")

// pairFor returns the pair that holds messages which go to the target folder
// called name, and makes it if need be.
func (p *pass) pairFor(ctx context.Context, name string) (int, error) {
	if i := slices.IndexFunc(p.pairs, func(pair *Pair) bool { return pair.Target == name }); i >= 0 {
		return i, nil
	}
	pair := &Pair{Source: p.source.name, Folder: p.folder.Raw, UIDValidity: p.reader.Status().UIDValidity, Target: name, Rules: p.rules}
	if err := p.save(ctx, pair, func(*Pair) {}); err != nil {
		return 0, err
	}
	p.run.mu.Lock()
	p.source.pairs = append(p.source.pairs, pair)
	p.run.mu.Unlock()
	p.pairs = append(p.pairs, pair)
	return len(p.pairs) - 1, nil
}
