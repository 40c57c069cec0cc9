package app

import (
	"context"
	"io"
)

// ahead begins to open an account at once, so that plugins are got ready while the
// server answers. The first call of take waits for what came of it; further ones open
// the account anew. The caller calls abandon in the end: it closes the account if nobody
// has taken it.
func ahead[T io.Closer](ctx context.Context, open func(context.Context) (T, error)) (take func(context.Context) (T, error), abandon func()) {
	type opened struct {
		account  T
		err      error
		panicked any
	}
	ctx, cancel := context.WithCancel(ctx)
	came := make(chan opened, 1)
	go func() {
		defer close(came)
		var o opened
		defer func() { // whoever takes the account has somebody above that makes an error of it
			o.panicked = recover()
			came <- o
		}()
		o.account, o.err = open(ctx)
	}()
	take = func(ctx context.Context) (T, error) {
		select {
		case o, first := <-came:
			switch {
			case !first:
				return open(ctx)
			case o.panicked != nil:
				panic(o.panicked)
			}
			return o.account, o.err
		case <-ctx.Done():
			var none T
			return none, context.Cause(ctx)
		}
	}
	return take, func() {
		cancel()
		if o, left := <-came; left && o.err == nil && o.panicked == nil {
			_ = o.account.Close() // nothing was done with it
		}
	}
}
