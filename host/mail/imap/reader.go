package imap

import (
	"context"
	"io"
	"sync"

	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/mail/imap/wire"
)

// reader is an open folder and the connection that is lent for it.
type reader struct {
	a        *Account
	s        *session
	folder   mail.Folder
	selected wire.Selected
	closing  sync.Once
}

var _ mail.Reader = (*reader)(nil)

// Status is the folder's state when it was opened.
func (r *reader) Status() mail.Status { return r.selected.Status }

// Scan follows [mail.Reader].
func (r *reader) Scan(ctx context.Context, uids mail.UIDSet, opts mail.ScanOptions, fn func(mail.Message) error) error {
	var own error // of fn: it goes back as it is
	err := r.s.Scan(ctx, uids, opts, func(m mail.Message) error {
		own = fn(m)
		return own
	})
	if own != nil {
		return own
	}
	return r.a.located(err)
}

// Fetch follows [mail.Reader].
func (r *reader) Fetch(ctx context.Context, uids mail.UIDSet, fn func(m mail.Message, body io.Reader) error) error {
	if err := r.a.squeeze(ctx, r.s); err != nil {
		return r.a.located(err)
	}
	var own error // of fn: it goes back as it is
	err := r.s.Fetch(ctx, uids, func(m mail.Message, body io.Reader) error {
		own = fn(m, locatedBody{r.a, body})
		return own
	})
	if own != nil {
		return own
	}
	return r.a.located(err)
}

// Close gives the connection back. The folder stays selected until the connection
// is used for something else, which saves a round trip and expunges nothing.
func (r *reader) Close() error {
	r.closing.Do(func() {
		r.a.pool.giveBack(r.s)
		leave(r.a.pool.folders)
	})
	return nil
}
