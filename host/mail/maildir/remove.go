package maildir

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/mailweir/mailweir/host/mail"
)

var _ mail.Remover = (*writer)(nil)

// Expunges is always true: a message is a file of its own.
func (w *writer) Expunges() bool { return true }

// Remove removes the files of the messages. Their lines stay in the list of UIDs
// until somebody writes it anew, so no UID is given twice.
func (w *writer) Remove(ctx context.Context, uids mail.UIDSet) error {
	op := "delete from " + w.name
	var gone mail.UIDSet
	// What is gone is no longer listed, also after an error in the middle.
	defer func() {
		w.messages = slices.DeleteFunc(w.messages, func(m message) bool { return gone.Contains(m.uid) })
	}()
	for m := range w.pick(uids) {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("%s: %w", op, err)
		}
		if _, err := w.at(m, w.t.fs.Remove); err != nil {
			return w.t.fail(fmt.Sprintf("%s, UID %d", op, m.uid), err)
		}
		gone.Add(m.uid)
	}
	if gone.Empty() {
		return nil
	}
	for _, sub := range []string{"new", "cur"} {
		if err := w.t.syncDir(filepath.Join(w.dir, sub)); err != nil {
			return w.t.fail(op, err)
		}
	}
	return nil
}
