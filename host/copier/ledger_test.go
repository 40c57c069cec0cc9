package copier_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/mail"
)

var _ copier.Ledger = (*ledger)(nil)

// A ledger keeps its memory in memory, and survives the death of the program.
type ledger struct {
	world *world

	mu      sync.Mutex
	pairs   []copier.Pair // ID is the number in the list plus one
	entries []map[mail.UID]copier.Entry
	outbox  outbox
}

func newLedger(w *world) *ledger { return &ledger{world: w} }

func (l *ledger) Pairs(_ context.Context, source string) ([]copier.Pair, error) {
	if l.world.step("ledger pairs") != faultNone {
		return nil, errDead
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []copier.Pair
	for _, p := range l.pairs {
		if p.Source == source {
			out = append(out, p)
		}
	}
	return out, nil
}

func (l *ledger) SavePair(_ context.Context, p copier.Pair) (int64, error) {
	f := l.world.step("ledger save")
	if f == faultKill || f == faultDrop {
		return 0, errDead
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if p.ID == 0 {
		i := slices.IndexFunc(l.pairs, func(o copier.Pair) bool {
			return o.Source == p.Source && o.Folder == p.Folder && o.UIDValidity == p.UIDValidity && o.Target == p.Target
		})
		if i < 0 {
			i = len(l.pairs)
			l.pairs = append(l.pairs, copier.Pair{})
			l.entries = append(l.entries, make(map[mail.UID]copier.Entry))
		}
		p.ID = int64(i + 1)
	}
	if p.ID < 1 || int(p.ID) > len(l.pairs) {
		return 0, fmt.Errorf("there is no pair %d", p.ID)
	}
	l.pairs[p.ID-1] = p
	if f != faultNone {
		return 0, errDead
	}
	return p.ID, nil
}

func (l *ledger) Entries(_ context.Context, pair int64, fn func(copier.Entry) error) error {
	if l.world.step("ledger entries") != faultNone {
		return errDead
	}
	for _, e := range l.all(pair) {
		if err := fn(e); err != nil {
			return err
		}
	}
	return nil
}

// known returns the pairs that were saved, with their IDs.
func (l *ledger) known() []copier.Pair {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.pairs)
}

// all returns the entries of a pair in order.
func (l *ledger) all(pair int64) []copier.Entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []copier.Entry
	for _, e := range l.entries[pair-1] {
		out = append(out, e)
	}
	slices.SortFunc(out, func(a, b copier.Entry) int { return int(int64(a.UID) - int64(b.UID)) })
	return out
}

func (l *ledger) Put(_ context.Context, pair int64, entries []copier.Entry) error {
	f := l.world.step("ledger put")
	if f == faultKill || f == faultDrop {
		return errDead
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range entries {
		e.Flags = slices.Clone(e.Flags)
		l.entries[pair-1][e.UID] = e
	}
	if f != faultNone {
		return errDead
	}
	return nil
}

func (l *ledger) Delete(_ context.Context, pair int64, uids mail.UIDSet) error {
	f := l.world.step("ledger delete")
	if f == faultKill || f == faultDrop {
		return errDead
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for uid := range l.entries[pair-1] {
		if uids.Contains(uid) {
			delete(l.entries[pair-1], uid)
		}
	}
	if f != faultNone {
		return errDead
	}
	return nil
}

// states counts entries by state.
func (l *ledger) states() map[copier.EntryState]int {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := make(map[copier.EntryState]int)
	for _, entries := range l.entries {
		for _, e := range entries {
			out[e.State]++
		}
	}
	return out
}

// clone is the ledger as a backup has it.
func (l *ledger) clone() *ledger {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := newLedger(l.world)
	out.pairs = slices.Clone(l.pairs)
	for _, entries := range l.entries {
		out.entries = append(out.entries, maps.Clone(entries))
	}
	return out
}
