package imap

import (
	"errors"
	"io"

	"github.com/mailweir/mailweir/host/mail"
)

// located adds the account to errors of package wire, which knows no address.
// It copies: one error may stand for several messages.
func (a *Account) located(err error) error {
	switch e := err.(type) { //nolint:errorlint // only what package wire itself returns
	case *mail.Error:
		if e.Where != "" {
			return e
		}
		out := *e
		out.Where = a.where
		return &out
	case *mail.BatchError:
		out := &mail.BatchError{Errs: make([]error, len(e.Errs))}
		for i := range e.Errs {
			out.Errs[i] = a.located(e.Errs[i])
		}
		return out
	case *mail.MessageErrors:
		out := &mail.MessageErrors{Errs: make(map[mail.UID]error, len(e.Errs))}
		for uid, err := range e.Errs {
			out.Errs[uid] = a.located(err)
		}
		return out
	}
	return err
}

// failed is err as the *mail.Error of an operation that never reached the server.
func (a *Account) failed(op string, err error) error {
	var e *mail.Error
	if errors.As(err, &e) {
		return a.located(err)
	}
	return &mail.Error{Op: op, Where: a.where, Kind: mail.ErrConnect, Err: err}
}

// locatedBody is the body of a message whose errors say which account they come
// from: the reader of the body is often busy with another one.
type locatedBody struct {
	a *Account
	r io.Reader
}

func (b locatedBody) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if err == nil || err == io.EOF {
		return n, err
	}
	return n, b.a.located(err)
}
