package copier

import (
	"context"
	"errors"
	"fmt"

	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/task"
)

// clearTarget deletes the copies of messages that are gone from one source folder.
// The source is listed once more just before.
func (r *run) clearTarget(ctx context.Context, c *clearing) error {
	there, err := r.listAgain(ctx, c)
	if err != nil {
		return err
	}
	for _, h := range byPair(c.lapsed) {
		var back, gone []victim
		for _, v := range h.victims {
			if there.Contains(v.UID) {
				back = append(back, v) // the next run takes the mark away
			} else {
				gone = append(gone, v)
			}
		}
		if len(back) > 0 {
			c.lapsed = dealtWith(c.lapsed, back)
		}
		if len(gone) == 0 {
			continue
		}
		if err := r.clearCopies(ctx, c, heap{h.pair, gone}); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) listAgain(ctx context.Context, c *clearing) (mail.UIDSet, error) {
	reader, err := c.source.account.Examine(ctx, c.folder)
	if err != nil {
		return mail.UIDSet{}, sourceErr(fmt.Errorf("open %s: %w", c.folder.Name, err))
	}
	defer reader.Close()
	if reader.Status().UIDValidity != c.validity {
		return mail.UIDSet{}, doubtf("its UIDVALIDITY has changed")
	}
	there, _, err := inventory(ctx, reader)
	return there, err
}

// clearCopies deletes copies in one target folder.
func (r *run) clearCopies(ctx context.Context, c *clearing, h heap) error {
	f, ok := r.targets.find(h.pair.Target)
	if !ok {
		return r.dropVictims(ctx, c, h.victims) // gone with their folder
	}
	w, err := selectAt(ctx, r.target, f)
	if errors.Is(err, mail.ErrNoFolder) {
		return r.dropVictims(ctx, c, h.victims)
	}
	if err != nil {
		return targetErr(err)
	}
	defer w.Close()
	validity := w.Status().UIDValidity
	if validity != h.pair.TargetValidity {
		return doubtf("the UIDVALIDITY of %s at the destination has changed", h.pair.Target)
	}
	named, err := r.namings(ctx, h, validity)
	if err != nil {
		return err
	}
	// What the ledger names as the copy of another message too stays.
	for i := range h.victims {
		named[h.victims[i].TargetUID]--
	}
	for _, window := range r.windows(h.victims) {
		if err := r.clearCopiesWindow(ctx, c, w, window, named); err != nil {
			return err
		}
	}
	return nil
}

// clearCopiesWindow reads copies back and deletes those that are as they were
// copied. A copy that somebody has replaced is no longer ours: it is listed, left
// alone and forgotten.
func (r *run) clearCopiesWindow(ctx context.Context, c *clearing, w mail.Remover, window []victim, named map[mail.UID]int) error {
	found, unreadable, err := readBack(ctx, w, uidsAt(window, targetUID))
	if err != nil {
		return targetErr(fmt.Errorf("read back from %s: %w", window[0].pair.Target, err))
	}
	var sound, leave, stay []victim
	var deleted int64
	for _, v := range window {
		g, ok := found[v.TargetUID]
		where := fmt.Sprintf("UID %d of %s", v.TargetUID, v.pair.Target)
		switch {
		case unreadable[v.TargetUID] != nil:
			r.keep(c, &v, "the copy, %s, can not be read back: %v", where, unreadable[v.TargetUID])
			stay = append(stay, v)
		case !ok: // somebody was faster, or an earlier attempt got that far
			leave = append(leave, v)
			if v.begun {
				deleted++
			}
		case named[v.TargetUID] > 0:
			r.keep(c, &v, "%s is the copy of another message too", where)
			leave = append(leave, v)
		case v.Fingerprint == [16]byte{}:
			r.keep(c, &v, "%s was there before the first copy and was never compared byte by byte", where)
			leave = append(leave, v)
		case !g.same(v.Entry):
			r.keep(c, &v, "%s has other bytes than what was copied", where)
			leave = append(leave, v)
		default:
			sound = append(sound, v)
		}
	}
	if len(stay) > 0 {
		c.lapsed = dealtWith(c.lapsed, stay)
	}
	if err := r.dropVictims(ctx, c, leave); err != nil {
		return err
	}
	r.tally.change(c.row, func(f *task.FolderReport) { f.DeletedTarget += deleted })
	if len(sound) == 0 {
		return nil
	}
	begin(c.lapsed, sound)
	if err := w.Remove(ctx, uidsAt(sound, targetUID)); err != nil {
		return targetErr(fmt.Errorf("delete from %s: %w", window[0].pair.Target, err))
	}
	r.log.Info("deleted at the destination", "folder", window[0].pair.Target, "messages", len(sound), "expunged", w.Expunges())
	if !w.Expunges() {
		c.marked += len(sound)
		return r.dropVictims(ctx, c, sound)
	}
	still, err := present(ctx, w, uidsAt(sound, targetUID))
	if err != nil {
		return targetErr(fmt.Errorf("look into %s: %w", window[0].pair.Target, err))
	}
	var gone []victim
	for i := range sound {
		if still.Contains(sound[i].TargetUID) {
			r.keep(c, &sound[i], "the destination says OK and still lists UID %d of %s", sound[i].TargetUID, sound[i].pair.Target)
			c.lapsed = dealtWith(c.lapsed, sound[i:i+1])
		} else {
			gone = append(gone, sound[i])
		}
	}
	if err := r.dropVictims(ctx, c, gone); err != nil {
		return err
	}
	r.tally.change(c.row, func(f *task.FolderReport) { f.DeletedTarget += int64(len(gone)) })
	return nil
}

// begin notes in list that this run has begun to delete the victims of some.
func begin(list, some []victim) {
	uids := uidsAt(some, sourceUID)
	for i := range list {
		if v := &list[i]; v.pair == some[0].pair && uids.Contains(v.UID) {
			v.begun = true
		}
	}
}

// dropVictims forgets messages: neither side has them any more, or the copy is not
// ours. It follows what has happened, so it does not heed the end of the run.
func (r *run) dropVictims(ctx context.Context, c *clearing, done []victim) error {
	if len(done) == 0 {
		return nil
	}
	err := r.cfg.Ledger.Delete(context.WithoutCancel(ctx), done[0].pair.ID, uidsAt(done, sourceUID))
	if err != nil {
		return ledgerErr(err)
	}
	c.lapsed = dealtWith(c.lapsed, done)
	return nil
}
