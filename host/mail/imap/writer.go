package imap

import (
	"context"
	"slices"
	"strings"

	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/mail/imap/wire"
)

// writer is a folder that takes messages.
type writer struct{ *reader }

var _ mail.Writer = (*writer)(nil)

// Append follows [mail.Writer]. Flags that the folder does not keep are left out:
// some servers refuse the message because of them.
func (w *writer) Append(ctx context.Context, batch []mail.Upload) (mail.Receipt, error) {
	if err := w.a.squeeze(ctx, w.s); err != nil {
		return nil, w.a.located(err)
	}
	batch = slices.Clone(batch)
	for i := range batch {
		batch[i].Flags = w.kept(batch[i].Flags)
	}
	sent, err := w.s.Append(ctx, w.folder.Raw, batch)
	if err != nil {
		return nil, w.a.located(err)
	}
	return &receipt{w, sent}, nil
}

// Batch says what one APPEND command takes (imap-client: MULTIAPPEND gains up to
// about 100 messages, pipelined commands up to about a round trip's worth).
func (w *writer) Batch() (messages int, bytes int64) {
	const enough = 4 << 20
	caps := w.s.Caps()
	switch {
	case caps.Has("MULTIAPPEND"):
		return 100, enough
	case caps.Has("LITERAL+"):
		return 64, enough
	}
	return 1, enough
}

// ChangeFlags follows [mail.Writer].
func (w *writer) ChangeFlags(ctx context.Context, changes []mail.FlagChange) error {
	changes = slices.Clone(changes)
	for i := range changes {
		changes[i].Add, changes[i].Remove = w.kept(changes[i].Add), w.kept(changes[i].Remove)
	}
	return w.a.located(w.s.StoreFlags(ctx, changes))
}

// KeepsFlag follows [mail.Writer]. Where a folder takes any keyword (\*), it is taken
// to keep the system flags too: go-imap's server (2.0.0-beta.8) names beside \*
// only the flags that some message has.
func (w *writer) KeepsFlag(f mail.Flag) bool {
	system := strings.HasPrefix(string(f), `\`)
	return f.Valid() && (w.selected.Keeps(f) || system && w.selected.AllowsKeywords)
}

var _ mail.FlagLister = (*writer)(nil)

// KeptFlags follows [mail.FlagLister] and agrees with KeepsFlag.
func (w *writer) KeptFlags() []mail.Flag {
	kept := slices.DeleteFunc(mail.CleanFlags(append([]mail.Flag{
		mail.FlagSeen, mail.FlagAnswered, mail.FlagFlagged, mail.FlagDeleted, mail.FlagDraft,
	}, w.selected.Permanent...)), func(f mail.Flag) bool { return !w.KeepsFlag(f) })
	if w.selected.AllowsKeywords {
		kept = append(kept, `\*`)
	}
	return kept
}

// kept returns the flags that the folder keeps.
func (w *writer) kept(flags []mail.Flag) []mail.Flag {
	return slices.DeleteFunc(slices.Clone(flags), func(f mail.Flag) bool { return !w.KeepsFlag(f) })
}

// receipt stands for a batch on its way.
type receipt struct {
	w    *writer
	sent *wire.Append
}

// Wait follows [mail.Receipt].
func (r *receipt) Wait(ctx context.Context) ([]mail.UID, error) {
	validity, uids, err := r.sent.Wait(ctx)
	if opened := r.w.selected.UIDValidity; validity != 0 && validity != opened {
		// APPEND names the folder. Someone has replaced it since it was opened, and
		// in the old one these UIDs are other messages.
		r.w.a.log.Warn("the folder was replaced while it was written to", "folder", r.w.folder.Name, "uidvalidity", opened, "now", validity)
		clear(uids)
	}
	return uids, r.w.a.located(err)
}
