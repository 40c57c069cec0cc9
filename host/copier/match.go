package copier

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"slices"
	"strings"

	"github.com/mailweir/mailweir/host/mail"
)

// A trait is what tells messages apart without downloading them.
type trait struct {
	uid   mail.UID
	size  int64
	date  int64    // Unix seconds; 0 when the server told none
	id    [16]byte // digest of the Message-ID; zero without one
	key   [16]byte // digest of what a hook takes for its identity; zero when none does
	flags flagSet
}

// A ghost is a message that is known to be at the target, but not under which UID.
type ghost struct {
	size        int64
	fingerprint [16]byte
}

// A matcher finds out which messages of the source are at the target already.
//
// A message is never taken for another one because headers look alike. One that
// has the same Message-ID, the same size and the same date as exactly one
// message over there, and is the only such one itself, is the same; whatever is
// less clear is compared by the digest of all its bytes, and of what a server makes
// of them that alters what it stores. Messages count as often
// as they are there: of three twins here and one there, two are left over.
// A message that is wrongly not found is copied once more; one that was wrongly
// found would be lost.
type matcher struct {
	source, target []trait
	// digest downloads messages of both sides and returns their fingerprints.
	// Messages that can not be read are left out.
	digest func(ctx context.Context, source, target mail.UIDSet) (s map[mail.UID]prints, t map[mail.UID][16]byte, err error)

	// known is what the ledger says was sent for messages of the source.
	known map[mail.UID]Entry

	found        map[mail.UID]mail.UID // source to target
	used         map[mail.UID]bool     // of the target
	sourceDigest map[mail.UID]prints
	targetDigest map[mail.UID][16]byte
}

// traitKey is what two messages have in common that may be the same.
type traitKey struct {
	id   [16]byte
	size int64 // -1: whatever the size
}

// match returns the target's UID of each source message that was found. ghosts
// are at the target, too, and are set aside first.
func (m *matcher) match(ctx context.Context, ghosts []ghost) (map[mail.UID]mail.UID, error) {
	m.found, m.used = make(map[mail.UID]mail.UID), make(map[mail.UID]bool)
	m.sourceDigest, m.targetDigest = make(map[mail.UID]prints), make(map[mail.UID][16]byte)
	for _, step := range []func(context.Context) error{
		func(ctx context.Context) error { return m.setAside(ctx, ghosts) },
		func(ctx context.Context) error {
			if !slices.ContainsFunc(m.source, func(t trait) bool { return hasKey(&t) }) {
				return nil
			}
			if err := m.byLedger(ctx); err != nil { // what is ours by its bytes is not somebody else's by its key
				return err
			}
			m.byKey()
			return nil
		},
		func(ctx context.Context) error {
			return m.step(ctx, func(t *trait) (traitKey, bool) { return traitKey{t.id, t.size}, true })
		},
		// Some servers estimate sizes.
		func(ctx context.Context) error {
			nameless := m.fewNameless()
			return m.step(ctx, func(t *trait) (traitKey, bool) { return traitKey{t.id, -1}, nameless || t.id != [16]byte{} })
		},
		m.byLedger,
	} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return m.found, nil
}

// setAside takes the ghosts' messages out of the search: those of the same size
// are looked at first, and all others where sizes can not be trusted.
func (m *matcher) setAside(ctx context.Context, ghosts []ghost) error {
	sizes := make(map[int64]bool)
	for _, g := range ghosts {
		sizes[g.size] = true
	}
	for _, bySize := range []bool{true, false} {
		if len(ghosts) == 0 {
			return nil
		}
		var look mail.UIDSet
		for _, t := range m.target {
			if !m.used[t.uid] && (sizes[t.size] || !bySize) {
				look.Add(t.uid)
			}
		}
		if err := m.read(ctx, mail.UIDSet{}, look); err != nil {
			return err
		}
		at := make(map[[16]byte][]mail.UID)
		for uid := range look.All() {
			if fp, ok := m.targetDigest[uid]; ok {
				at[fp] = append(at[fp], uid)
			}
		}
		ghosts = slices.DeleteFunc(slices.Clone(ghosts), func(g ghost) bool {
			uids := at[g.fingerprint]
			if len(uids) == 0 {
				return false
			}
			m.used[uids[0]] = true
			at[g.fingerprint] = uids[1:]
			return true
		})
	}
	return nil
}

// byLedger looks for what the ledger says was sent, whatever its header is now: a hook
// may have given it another Message-ID than the message has.
func (m *matcher) byLedger(ctx context.Context) error {
	var source []*trait
	sizes := make(map[int64]bool)
	for i := range m.source {
		s := &m.source[i]
		e := m.known[s.uid]
		if _, done := m.found[s.uid]; done || e.Fingerprint == [16]byte{} {
			continue
		}
		source = append(source, s)
		sizes[e.Size] = true
		if _, read := m.sourceDigest[s.uid]; !read {
			m.sourceDigest[s.uid] = prints{exact: e.Fingerprint}
			defer delete(m.sourceDigest, s.uid) // whoever wants to know more reads the message
		}
	}
	if len(source) == 0 {
		return nil
	}
	left := 0
	for _, t := range m.target {
		if !m.used[t.uid] {
			left++
		}
	}
	var target []*trait
	for i := range m.target {
		// Some servers estimate sizes.
		if t := &m.target[i]; !m.used[t.uid] && (sizes[t.size] || left <= maxNameless) {
			target = append(target, t)
		}
	}
	if err := m.read(ctx, mail.UIDSet{}, uidsOf(target)); err != nil {
		return err
	}
	m.pairUp(source, target)
	return nil
}

// maxNameless is how many messages without Message-ID are compared whatever their
// size: more than can have been on their way when something broke.
const maxNameless = 256

// fewNameless reports whether it costs little to compare all messages at the
// target that have no Message-ID.
func (m *matcher) fewNameless() bool {
	n := 0
	for _, t := range m.target {
		if t.id == [16]byte{} && !m.used[t.uid] {
			n++
		}
	}
	return n <= maxNameless
}

// hasKey reports whether a hook says what the message is the same as.
func hasKey(t *trait) bool { return t.key != [16]byte{} }

// step compares the messages of both sides that have the same key. Those with a key of
// a hook are none of them.
func (m *matcher) step(ctx context.Context, key func(*trait) (traitKey, bool)) error {
	type group struct{ source, target []*trait }
	groups := make(map[traitKey]*group)
	for i := range m.source {
		s := &m.source[i]
		k, ok := key(s)
		if _, done := m.found[s.uid]; done || !ok || hasKey(s) {
			continue
		}
		g := groups[k]
		if g == nil {
			g = &group{}
			groups[k] = g
		}
		g.source = append(g.source, s)
	}
	for i := range m.target {
		t := &m.target[i]
		if k, ok := key(t); ok && !hasKey(t) && groups[k] != nil && !m.used[t.uid] {
			groups[k].target = append(groups[k].target, t)
		}
	}
	var doubtful group
	for k, g := range groups {
		switch {
		case len(g.target) == 0:
		case k.id != [16]byte{} && k.size >= 0 && len(g.source) == 1 && len(g.target) == 1 && g.source[0].date == g.target[0].date && g.source[0].date != 0:
			m.take(g.source[0], g.target[0])
		default:
			doubtful.source = append(doubtful.source, g.source...)
			doubtful.target = append(doubtful.target, g.target...)
		}
	}
	if err := m.read(ctx, uidsOf(doubtful.source), uidsOf(doubtful.target)); err != nil {
		return err
	}
	m.pairUp(doubtful.source, doubtful.target)
	return nil
}

// pairUp takes messages with equal digests for each other: those of equal date
// first, then in the order of their UIDs; what hooks have made of a message comes before
// the message itself, and what the target may have altered after all that it did not.
func (m *matcher) pairUp(source, target []*trait) {
	byUID := func(a, b *trait) int { return cmp.Compare(a.uid, b.uid) }
	// What is known to be there has the first claim: of twins of which one has an open
	// end, one copy is not that one's.
	slices.SortFunc(source, func(a, b *trait) int { return cmp.Or(m.inDoubt(a)-m.inDoubt(b), byUID(a, b)) })
	slices.SortFunc(target, byUID)
	type dated struct {
		fp   [16]byte
		date int64
	}
	at := make(map[dated][]*trait)
	anyDate := make(map[[16]byte][]*trait)
	for _, t := range target {
		if fp, ok := m.targetDigest[t.uid]; ok {
			at[dated{fp, t.date}] = append(at[dated{fp, t.date}], t)
			anyDate[fp] = append(anyDate[fp], t)
		}
	}
	claim := func(s *trait, fp [16]byte, sameDate bool) {
		if _, done := m.found[s.uid]; done {
			return
		}
		candidates := anyDate[fp]
		if sameDate {
			candidates = at[dated{fp, s.date}]
		}
		for len(candidates) > 0 && m.used[candidates[0].uid] {
			candidates = candidates[1:]
		}
		if len(candidates) > 0 {
			m.take(s, candidates[0])
			candidates = candidates[1:]
		}
		if sameDate {
			at[dated{fp, s.date}] = candidates
		} else {
			anyDate[fp] = candidates
		}
	}
	for _, of := range []func(prints) [][16]byte{
		func(p prints) [][16]byte { return p.sent },
		func(p prints) [][16]byte { return [][16]byte{p.exact} },
		func(p prints) [][16]byte { return append(slices.Clip(p.sentAltered), p.altered...) },
	} {
		for _, sameDate := range []bool{true, false} {
			for _, s := range source {
				p, ok := m.sourceDigest[s.uid]
				if !ok {
					continue
				}
				for _, fp := range of(p) {
					claim(s, fp, sameDate)
				}
			}
		}
	}
}

// inDoubt is 0 for a message that the ledger knows to be at the target, under whatever
// UID, and 1 for the others.
func (m *matcher) inDoubt(s *trait) int {
	if m.known[s.uid].State == EntryDone {
		return 0
	}
	return 1
}

func (m *matcher) take(s, t *trait) {
	m.found[s.uid] = t.uid
	m.used[t.uid] = true
}

// read downloads what has no digest yet.
func (m *matcher) read(ctx context.Context, source, target mail.UIDSet) error {
	source, target = unread(source, m.sourceDigest), unread(target, m.targetDigest)
	if source.Empty() && target.Empty() {
		return nil
	}
	s, t, err := m.digest(ctx, source, target)
	if err != nil {
		return err
	}
	for uid, fp := range s {
		m.sourceDigest[uid] = fp
	}
	for uid, fp := range t {
		m.targetDigest[uid] = fp
	}
	return nil
}

func unread[T any](uids mail.UIDSet, known map[mail.UID]T) mail.UIDSet {
	var out mail.UIDSet
	for uid := range uids.All() {
		if _, ok := known[uid]; !ok {
			out.Add(uid)
		}
	}
	return out
}

func uidsOf(traits []*trait) mail.UIDSet {
	uids := make([]mail.UID, 0, len(traits))
	for _, t := range traits {
		uids = append(uids, t.uid)
	}
	return mail.UIDs(uids...)
}

// messageID digests the value of the first Message-ID field of a header; zero
// when there is none.
func messageID(header []byte) (id [16]byte) {
	value, found := []byte(nil), false
	for line := range bytes.Lines(header) {
		line = bytes.TrimRight(line, "\r\n")
		switch {
		case len(line) == 0:
			return digestID(value)
		case line[0] == ' ' || line[0] == '\t':
			if found {
				value = append(value, line...)
			}
		case found:
			return digestID(value)
		default:
			name, rest, ok := bytes.Cut(line, []byte(":"))
			if ok && strings.EqualFold(strings.TrimRight(string(name), " \t"), "Message-ID") {
				value, found = slices.Clip(rest), true // what is appended goes elsewhere
			}
		}
	}
	return digestID(value)
}

func digestID(value []byte) (id [16]byte) {
	value = bytes.Clone(bytes.TrimSpace(value))
	if len(value) == 0 {
		return id
	}
	for i, c := range value {
		if c >= 0x80 {
			value[i] = 'X' // as a target may have done
		}
	}
	sum := sha256.Sum256(value)
	copy(id[:], sum[:])
	return id
}
