package copier

import (
	"context"
	"fmt"

	"github.com/mailweir/mailweir/host/mail"
)

// namings counts how many messages the ledger names each of the victims' copies
// for, of whatever source. It is one each, unless the server merges messages that
// are equal: then what is one copy stands for two messages.
func (r *run) namings(ctx context.Context, h heap, validity uint32) (map[mail.UID]int, error) {
	wanted := uidsAt(h.victims, targetUID)
	var pairs []Pair
	r.mu.Lock()
	for _, s := range r.sources {
		for _, p := range s.pairs {
			if p.Target == h.pair.Target && p.TargetValidity == validity {
				pairs = append(pairs, *p)
			}
		}
	}
	r.mu.Unlock()
	out := make(map[mail.UID]int)
	for _, p := range pairs {
		err := r.cfg.Ledger.Entries(ctx, p.ID, func(e Entry) error {
			if (e.State == EntryDone || e.State == EntryGone) && e.TargetValidity == validity && wanted.Contains(e.TargetUID) {
				out[e.TargetUID]++
			}
			return nil
		})
		if err != nil {
			return nil, ledgerFault(ctx, err)
		}
	}
	return out, nil
}

// proveDistinct finds out whether source and target are one and the same folder,
// reached by two names: then a message is its own copy, and what is read back
// proves nothing. That is possible only where UIDVALIDITY and UID are the same on
// both sides. The \Deleted mark of one message that is about to go is changed at
// the source; it must not change at the target.
func (r *run) proveDistinct(ctx context.Context, c *clearing, w mail.Remover, f mail.Folder, sound []victim) error {
	pair := sound[0].pair
	if pair.TargetValidity != c.validity || c.distinct[pair] {
		return nil
	}
	for i := range sound {
		v := &sound[i]
		if v.UID != v.TargetUID {
			continue
		}
		before, err := r.copyMarked(ctx, f, v)
		if err != nil {
			return err
		}
		flags, err := flagsOf(ctx, w, v.UID)
		if err != nil {
			return sourceErr(fmt.Errorf("read the flags of %s: %w", c.folder.Name, err))
		}
		marked := hasFlag(flags, mail.FlagDeleted)
		mark := func(on bool) error {
			change := mail.FlagChange{UIDs: mail.UIDs(v.UID), Remove: []mail.Flag{mail.FlagDeleted}}
			if on {
				change.Add, change.Remove = change.Remove, nil
			}
			if err := w.ChangeFlags(ctx, []mail.FlagChange{change}); err != nil {
				return sourceErr(fmt.Errorf("set flags in %s: %w", c.folder.Name, err))
			}
			return nil
		}
		if err := mark(!marked); err != nil {
			return err
		}
		after, err := r.copyMarked(ctx, f, v)
		if err != nil {
			return err
		}
		if before == after {
			c.distinct[pair] = true
			return nil
		}
		if err := mark(marked); err != nil {
			return err
		}
		return &safetyError{fmt.Sprintf("%s of source %s and %s at the destination are one and the same folder", c.folder.Name, c.source.name, pair.Target)}
	}
	return nil
}

// copyMarked opens the target folder anew and reads whether a copy is marked
// \Deleted: what an open folder shows may be what it was when it was opened.
func (r *run) copyMarked(ctx context.Context, f mail.Folder, v *victim) (bool, error) {
	reader, err := r.target.Examine(ctx, f)
	if err != nil {
		return false, targetErr(fmt.Errorf("open %s: %w", v.pair.Target, err))
	}
	defer reader.Close()
	flags, err := flagsOf(ctx, reader, v.TargetUID)
	if err != nil {
		return false, targetErr(fmt.Errorf("read the flags of %s: %w", v.pair.Target, err))
	}
	return hasFlag(flags, mail.FlagDeleted), nil
}

func flagsOf(ctx context.Context, r mail.Reader, uid mail.UID) (flags []mail.Flag, err error) {
	err = r.Scan(ctx, mail.UIDs(uid), mail.ScanOptions{Items: mail.ItemFlags}, func(m mail.Message) error {
		flags = m.Flags
		return nil
	})
	return flags, err
}
