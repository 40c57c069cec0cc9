package copier

import (
	"context"
	"errors"
	"fmt"

	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/task"
)

// clearSource deletes the due messages of one folder at the source. Each attempt
// goes on with those that are left.
func (r *run) clearSource(ctx context.Context, c *clearing) error {
	w, err := selectAt(ctx, c.source.account, c.folder)
	if err != nil {
		return sourceErr(err)
	}
	defer w.Close()
	if w.Status().UIDValidity != c.validity {
		return doubtf("its UIDVALIDITY has changed")
	}
	there, marked, err := inventory(ctx, w)
	if err != nil {
		return err
	}
	if err := r.settleEarlier(ctx, c, w, there, marked); err != nil {
		return err
	}
	for _, h := range byPair(c.due) {
		if err := r.clearHeap(ctx, c, w, h); err != nil {
			return err
		}
	}
	return nil
}

// selectAt opens a folder for deleting.
func selectAt(ctx context.Context, account mail.Source, f mail.Folder) (mail.Remover, error) {
	can := func(ok bool) error {
		if ok {
			return nil
		}
		return &mail.Error{Op: fmt.Sprintf("open folder %q for deleting", f.Name), Kind: mail.ErrDenied, Err: errors.New("this kind of account can not")}
	}
	selector, ok := account.(mail.Selector)
	if err := can(ok); err != nil {
		return nil, err
	}
	w, err := selector.Select(ctx, f)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", f.Name, err)
	}
	remover, ok := w.(mail.Remover)
	if !ok {
		_ = w.Close() // nothing was done with it
	}
	return remover, can(ok)
}

// settleEarlier deals with what an attempt before this one, or a run before, has
// done: what it deleted is gone, and what could only be marked is marked.
func (r *run) settleEarlier(ctx context.Context, c *clearing, w mail.Remover, there, marked mail.UIDSet) error {
	left := 0
	for _, h := range byPair(c.due) {
		var gone, done []victim
		for _, v := range h.victims {
			switch {
			case !there.Contains(v.UID):
				done = append(done, v)
				if v.Moved {
					gone = append(gone, v)
				}
			case v.Moved && marked.Contains(v.UID) && !w.Expunges():
				done = append(done, v)
				left++
			}
		}
		if err := r.recordGone(ctx, c, h.pair, gone); err != nil {
			return err
		}
		if len(done) > 0 {
			c.due = dealtWith(c.due, done)
		}
	}
	c.marked += left
	return nil
}

// noteMarked says that messages could only be marked, and counts anew.
func (r *run) noteMarked(c *clearing, where string) {
	if c.marked > 0 {
		r.tally.note("%s: %s only marked \\Deleted at %s, because the server can not expunge single messages (no UIDPLUS)",
			c.folder.Name, count(int64(c.marked), "message"), where)
	}
	c.marked = 0
}

// recordGone records that messages which were moved are gone from the source.
func (r *run) recordGone(ctx context.Context, c *clearing, pair *Pair, gone []victim) error {
	entries := make([]Entry, 0, len(gone))
	var deleted int64
	for _, v := range gone {
		v.State = EntryGone
		entries = append(entries, v.Entry)
		if v.begun {
			deleted++
		}
	}
	// It has happened, so it is recorded although the run may end.
	if err := r.put(context.WithoutCancel(ctx), pair, entries); err != nil {
		return err
	}
	r.tally.change(c.row, func(f *task.FolderReport) { f.DeletedSource += deleted })
	return nil
}

// clearHeap deletes messages whose copies are in one target folder.
func (r *run) clearHeap(ctx context.Context, c *clearing, w mail.Remover, h heap) error {
	f, ok := r.targets.find(h.pair.Target)
	if !ok {
		return r.leaveAll(c, h)
	}
	named, err := r.namings(ctx, h, h.pair.TargetValidity)
	if err != nil {
		return err
	}
	for _, window := range r.windows(h.victims) {
		err := r.clearWindow(ctx, c, w, f, window, named)
		if errors.Is(err, mail.ErrNoFolder) && !ofSource(err) {
			return r.leaveAll(c, h)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// leaveAll lists messages whose target folder is gone. The next run copies them anew.
func (r *run) leaveAll(c *clearing, h heap) error {
	for i := range c.due {
		if v := &c.due[i]; v.pair == h.pair {
			r.keep(c, v, "the folder %s is not at the destination", h.pair.Target)
		}
	}
	c.due = dealtWith(c.due, h.victims)
	return nil
}

// copiesOf reads copies back. The target folder is open only meanwhile: an account
// may have no more than one connection.
func (r *run) copiesOf(ctx context.Context, f mail.Folder, pair *Pair, uids mail.UIDSet) (map[mail.UID]reading, map[mail.UID]error, error) {
	reader, err := r.target.Examine(ctx, f)
	if err != nil {
		return nil, nil, targetErr(fmt.Errorf("open %s: %w", pair.Target, err))
	}
	defer reader.Close()
	if reader.Status().UIDValidity != pair.TargetValidity {
		return nil, nil, doubtf("the UIDVALIDITY of %s at the destination has changed", pair.Target)
	}
	found, unreadable, err := readBack(ctx, reader, uids)
	if err != nil {
		return nil, nil, targetErr(fmt.Errorf("read back from %s: %w", pair.Target, err))
	}
	return found, unreadable, nil
}

// clearWindow reads copies back, and deletes the messages of which the copy is
// sound. The ledger knows of each before the server is told.
func (r *run) clearWindow(ctx context.Context, c *clearing, w mail.Remover, f mail.Folder, window []victim, named map[mail.UID]int) error {
	sound, err := r.soundAt(ctx, c, w, f, window, named)
	if err != nil {
		return err
	}
	if len(sound) == 0 {
		c.due = dealtWith(c.due, window)
		return nil
	}
	pair := window[0].pair
	entries := make([]Entry, 0, len(sound))
	for i := range sound {
		v := &sound[i]
		v.Moved, v.begun = true, true
		entries = append(entries, v.Entry)
	}
	if err := r.put(ctx, pair, entries); err != nil {
		return err
	}
	c.due = append(dealtWith(c.due, window), sound...)
	if err := r.proveDistinct(ctx, c, w, f, sound); err != nil {
		return err
	}
	uids := uidsAt(sound, sourceUID)
	if err := w.Remove(ctx, uids); err != nil {
		return sourceErr(fmt.Errorf("delete from %s: %w", c.folder.Name, err))
	}
	r.log.Info("deleted at the source", "source", c.source.name, "folder", c.folder.Name, "messages", len(sound), "expunged", w.Expunges())
	if !w.Expunges() {
		c.due = dealtWith(c.due, sound)
		c.marked += len(sound)
		return nil
	}
	still, err := present(ctx, w, uids)
	if err != nil {
		return sourceErr(fmt.Errorf("look into %s: %w", c.folder.Name, err))
	}
	var gone []victim
	for i := range sound {
		if still.Contains(sound[i].UID) {
			r.keep(c, &sound[i], "the source says OK and still lists it")
		} else {
			gone = append(gone, sound[i])
		}
	}
	if err := r.recordGone(ctx, c, pair, gone); err != nil {
		return err
	}
	c.due = dealtWith(c.due, sound)
	return nil
}

// soundAt returns those of the victims whose copy has the same bytes; the others
// are listed.
func (r *run) soundAt(ctx context.Context, c *clearing, w mail.Reader, f mail.Folder, window []victim, named map[mail.UID]int) ([]victim, error) {
	var known, strange, nameless []victim
	for _, v := range window {
		switch {
		case v.TargetUID == 0, v.TargetValidity != v.pair.TargetValidity:
			nameless = append(nameless, v)
			continue
		case v.Fingerprint == [16]byte{}:
			strange = append(strange, v)
		}
		known = append(known, v)
	}
	there, unreadable, err := r.copiesOf(ctx, f, window[0].pair, uidsAt(known, targetUID))
	if err != nil {
		return nil, err
	}
	// Mail that was at the destination before the first copy was never compared
	// byte by byte.
	here, _, err := readBack(ctx, w, uidsAt(strange, sourceUID))
	if err != nil {
		return nil, sourceErr(fmt.Errorf("read %s: %w", c.folder.Name, err))
	}
	// From here on nothing can break, so nothing is listed twice.
	for _, v := range nameless {
		r.keep(c, &v, "which message of %s is its copy is not known", v.pair.Target)
	}
	var sound []victim
	for _, v := range known {
		if g, ok := here[v.UID]; ok && v.Fingerprint == [16]byte{} {
			v.Size, v.Fingerprint = g.size, g.fingerprint
		}
		g, ok := there[v.TargetUID]
		switch {
		case unreadable[v.TargetUID] != nil:
			r.keep(c, &v, "its copy, UID %d of %s, can not be read back: %v", v.TargetUID, v.pair.Target, unreadable[v.TargetUID])
		case !ok:
			r.keep(c, &v, "its copy, UID %d of %s, is not there any more", v.TargetUID, v.pair.Target)
		case named[v.TargetUID] > 1: // some servers store equal messages once
			r.keep(c, &v, "UID %d of %s is the copy of another message too", v.TargetUID, v.pair.Target)
		case v.Fingerprint == [16]byte{}:
			r.keep(c, &v, "it can not be read at the source")
		case !g.same(v.Entry):
			r.keep(c, &v, "its copy, UID %d of %s, has other bytes", v.TargetUID, v.pair.Target)
		case g.marked && !hasFlag(v.Flags, mail.FlagDeleted): // and not at the source
			r.keep(c, &v, `its copy, UID %d of %s, is marked \Deleted`, v.TargetUID, v.pair.Target)
		default:
			sound = append(sound, v)
		}
	}
	return sound, nil
}

// present returns which of uids the folder still lists.
func present(ctx context.Context, r mail.Reader, uids mail.UIDSet) (mail.UIDSet, error) {
	var still mail.UIDSet
	err := r.Scan(ctx, uids, mail.ScanOptions{Items: mail.ItemFlags}, func(m mail.Message) error {
		still.Add(m.UID)
		return nil
	})
	strange, err := setAsideUnreadable(err)
	for uid := range strange {
		still.Add(uid)
	}
	return still, err
}
