package copier

import (
	"context"
	"crypto/sha256"
	"fmt"

	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/task"
)

// A hook may say what makes two messages the same one. Its key takes the place of our
// own comparison wherever it gives one: a message with a key is the same as one with an
// equal key, and no other. Keys count as often as they are there, like messages.

// keyed is what a search knows of keys.
type keyed struct {
	asked   bool
	unknown error // why the key of some message of the target could not be told
}

// keyOf asks for the key of a message; zero when the hooks have none. header is the
// whole header section.
func (r *run) keyOf(ctx context.Context, c Candidate, atTarget bool) ([16]byte, error) {
	key, err := r.hooks.MessageKey(ctx, &KeyQuestion{Candidate: c, AtTarget: atTarget})
	switch {
	case ctx.Err() != nil:
		return [16]byte{}, ctx.Err()
	case err != nil || key == "":
		return [16]byte{}, err
	}
	var out [16]byte
	sum := sha256.Sum256([]byte(key))
	copy(out[:], sum[:])
	return out, nil
}

// targetTraits are the traits of the target's messages, with their keys.
func (p *pass) targetTraits(ctx context.Context, w mail.Writer, uids, except mail.UIDSet, target string, k *keyed) ([]trait, error) {
	if !k.asked {
		return p.traits(ctx, w, uids, except)
	}
	return p.traitsWith(ctx, w, uids, except, nil, func(t *trait, m mail.Message) (err error) {
		c := Candidate{Source: p.source.name, Folder: p.folder, Target: target, Message: m}
		if t.key, err = p.keyOf(ctx, c, true); err != nil && ctx.Err() == nil {
			k.unknown = fmt.Errorf("UID %d of %s: %w", m.UID, target, err)
			err = nil
		}
		return err
	})
}

// sourceTraits are the traits of the source's messages, with their keys. A message
// whose key can not be told is held, and left out.
func (p *pass) sourceTraits(ctx context.Context, uids mail.UIDSet, target string, k *keyed) ([]trait, error) {
	if !k.asked {
		return p.traits(ctx, p.reader, uids, mail.UIDSet{})
	}
	var left mail.UIDSet
	all, err := p.traitsWith(ctx, p.reader, uids, mail.UIDSet{}, nil, func(t *trait, m mail.Message) (err error) {
		c := Candidate{Source: p.source.name, Folder: p.folder, Target: target, Message: m}
		if t.key, err = p.keyOf(ctx, c, false); err != nil && ctx.Err() == nil {
			left.Add(m.UID)
			p.holdOnce(m.UID, fmt.Sprintf("the key of the message is not known: %v", err))
			err = nil
		}
		return err
	})
	out := all[:0]
	for _, t := range all {
		if !left.Contains(t.uid) {
			out = append(out, t)
		}
	}
	return out, err
}

// holdKeyed holds messages that have a key and were not found, when one of the target's
// has a key that nobody knows: it may be the one.
func (p *pass) holdKeyed(m *matcher, k *keyed) {
	if k.unknown == nil {
		return
	}
	for i := range m.source {
		s := &m.source[i]
		if _, found := m.found[s.uid]; !found && s.key != [16]byte{} {
			p.holdOnce(s.uid, fmt.Sprintf("it may be at the destination: the key of a message there is not known: %v", k.unknown))
		}
	}
}

// holdOnce is keepBack for a message that may be held already.
func (p *pass) holdOnce(uid mail.UID, reason string) {
	p.mu.Lock()
	held := p.held.Contains(uid)
	p.mu.Unlock()
	if !held {
		p.keepBack(uid, task.FateHeld, reason)
	}
}

// byKey takes messages with equal keys for each other: those that are alike in all that
// a listing tells first, then those of equal size, then in the order of their UIDs.
func (m *matcher) byKey() {
	type alike struct {
		key, id    [16]byte
		size, date int64
	}
	for _, of := range []func(*trait) alike{
		func(t *trait) alike { return alike{t.key, t.id, t.size, t.date} },
		func(t *trait) alike { return alike{key: t.key, size: t.size} },
		func(t *trait) alike { return alike{key: t.key, size: -1} },
	} {
		at := make(map[alike][]*trait)
		for i := range m.target {
			if t := &m.target[i]; t.key != [16]byte{} && !m.used[t.uid] {
				at[of(t)] = append(at[of(t)], t)
			}
		}
		for i := range m.source {
			s := &m.source[i]
			if _, done := m.found[s.uid]; done || s.key == [16]byte{} {
				continue
			}
			if list := at[of(s)]; len(list) > 0 {
				m.take(s, list[0])
				at[of(s)] = list[1:]
			}
		}
	}
}
