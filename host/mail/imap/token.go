package imap

import (
	"context"
	"errors"

	"github.com/mailweir/mailweir/host/mail"
)

// connectNow is connect with an access token that is good now, where tokens are got. One
// that the server refuses although it should be good - clocks differ, and tokens are
// revoked - is replaced once.
func (c *Config) connectNow(ctx context.Context, traffic *Traffic) (*link, error) {
	if c.Token == nil {
		return c.connect(ctx, traffic)
	}
	own := *c
	var err error
	if own.Password, err = c.Token(ctx, ""); err != nil {
		return nil, c.failed(ctx, err)
	}
	l, err := own.connect(ctx, traffic)
	if err == nil || !errors.Is(err, mail.ErrAuth) {
		return l, err
	}
	refused := own.Password
	another, tokenErr := c.Token(ctx, refused)
	switch {
	case tokenErr != nil:
		return nil, c.failed(ctx, tokenErr)
	case another == refused:
		return nil, err
	}
	own.Password = another
	return own.connect(ctx, traffic)
}
