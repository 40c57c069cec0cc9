package maildir

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/afero"

	"github.com/mailweir/mailweir/host/mail"
)

// ChangeFlags renames the files of the messages. Keywords beyond the 26 that a
// folder holds are left out.
func (w *writer) ChangeFlags(ctx context.Context, changes []mail.FlagChange) error {
	op := "set flags in " + w.name
	var flags []mail.Flag
	for _, c := range changes {
		flags = append(flags, c.Add...)
	}
	if err := w.learn(ctx, flags); err != nil {
		return w.t.fail(op, err)
	}
	changed := false
	for _, c := range changes {
		for m := range w.pick(c.UIDs) {
			if err := ctx.Err(); err != nil {
				return fmt.Errorf("%s: %w", op, err)
			}
			if err := w.rename(m, c); err != nil {
				return w.t.fail(fmt.Sprintf("%s, UID %d", op, m.uid), err)
			}
			changed = true
		}
	}
	if !changed {
		return nil
	}
	for _, sub := range []string{"new", "cur"} {
		if err := w.t.syncDir(filepath.Join(w.dir, sub)); err != nil {
			return w.t.fail(op, err)
		}
	}
	return nil
}

// rename changes the flags of a message. A message that is gone is no error.
func (w *writer) rename(m *message, change mail.FlagChange) error {
	var to place
	gone, err := w.at(m, func(path string) error {
		flags := slices.DeleteFunc(flagsOf(m.letters, w.keywords), change.Removes)
		to = place{sub: "cur", letters: lettersOf(append(flags, change.Add...), w.keywords, m.letters)}
		if to == m.place {
			_, err := w.t.fs.Stat(path) // it may have been renamed since
			return err
		}
		return w.t.fs.Rename(path, filepath.Join(w.dir, to.path(m.base)))
	})
	if err == nil && !gone {
		m.place = to
	}
	return err
}

// learn gives letters to those of flags that KeepsFlag promises to keep.
func (w *writer) learn(ctx context.Context, flags []mail.Flag) error {
	var kept []mail.Flag
	for _, f := range flags {
		if w.KeepsFlag(f) {
			kept = append(kept, f)
		}
	}
	keywords, err := w.t.learn(ctx, w.dir, w.keywords, kept)
	if err != nil {
		return err
	}
	promised := w.reserved
	w.keywords, w.reserved = keywords, keywords
	for _, k := range promised {
		if k != "" {
			w.KeepsFlag(mail.Flag(k))
		}
	}
	return nil
}

// tmpAge is how long the Maildir specification gives a writer.
const tmpAge = 36 * time.Hour

// sweep prepares tmp for writing: it is made when it is missing, and what crashed
// writers left there is removed. Only the name tells the age: the time of the
// file is the message's.
func (r *reader) sweep() {
	dir := filepath.Join(r.dir, "tmp")
	_ = r.t.mkdir(dir) // writing into it says what is wrong
	entries, err := afero.ReadDir(r.t.fs, dir)
	if err != nil {
		return
	}
	for _, fi := range entries {
		if born, ok := bornAt(fi.Name()); ok && time.Since(born) > tmpAge {
			_ = r.t.fs.Remove(filepath.Join(dir, fi.Name()))
		}
	}
}
