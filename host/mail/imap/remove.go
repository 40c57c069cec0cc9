package imap

import (
	"context"
	"errors"
	"fmt"

	"github.com/mailweir/mailweir/host/mail"
)

var _ mail.Remover = (*writer)(nil)

// Expunges follows [mail.Remover].
func (w *writer) Expunges() bool { return w.s.CanExpunge() }

// Remove follows [mail.Remover]. A folder that does not store \Deleted, or whose
// UIDs do not outlive the session (UIDNOTSTICKY, RFC 4315 section 3), is refused.
func (w *writer) Remove(ctx context.Context, uids mail.UIDSet) error {
	if uids.Empty() {
		return nil
	}
	refused := func(why string) error {
		return &mail.Error{Op: fmt.Sprintf("delete from folder %q", w.folder.Name), Where: w.a.where, Kind: mail.ErrDenied, Err: errors.New(why)}
	}
	switch {
	case w.selected.UIDNotSticky:
		return refused("the server does not keep the UIDs of the folder")
	case !w.KeepsFlag(mail.FlagDeleted):
		return refused(`the folder does not keep the flag \Deleted`)
	}
	if err := w.s.MarkDeleted(ctx, uids); err != nil {
		return w.a.located(err)
	}
	if !w.Expunges() {
		return nil
	}
	return w.a.located(w.s.Expunge(ctx, uids))
}
