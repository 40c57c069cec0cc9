package imap

import (
	"context"
	"errors"
	"net"
	"sync"

	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/mail/imap/wire"
)

// session is one connection of the pool.
type session struct {
	*wire.Conn
	selected bool // a folder may be open; nobody uses it any more while the session is idle
}

// pool lends connections. There are two kinds of lender's tokens: one for each
// folder that may be open, and one for short commands. So somebody who holds all
// open folders can still list, create and subscribe, and there is never more than
// one connection beyond Config.MaxConns.
type pool struct {
	connect  func(ctx context.Context) (*session, error)
	folders  chan struct{}
	commands chan struct{}
	done     chan struct{} // closed by close

	mu      sync.Mutex
	idle    []*session // the one used last is at the end
	lent    map[*session]struct{}
	dialing map[*context.CancelCauseFunc]struct{}
	most    int           // connections that the server was found to allow; 0 while it has refused none
	back    chan struct{} // closed when a connection is given back, and made anew
	ahead   int           // connections that are being made before somebody wants them
	hoping  int           // how many wait for one of those
	makers  sync.WaitGroup
	refused error // the login was: asking again could lock the account
	closed  bool
}

func newPool(maxFolders int, connect func(ctx context.Context) (*session, error)) *pool {
	return &pool{
		connect:  connect,
		folders:  make(chan struct{}, maxFolders),
		commands: make(chan struct{}, 1),
		done:     make(chan struct{}),
		lent:     make(map[*session]struct{}),
		dialing:  make(map[*context.CancelCauseFunc]struct{}),
		back:     make(chan struct{}),
	}
}

// enter takes a token; it waits for one. leave gives it back.
func (p *pool) enter(ctx context.Context, tokens chan struct{}) error {
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	select {
	case tokens <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-p.done:
		return errClosed{}
	}
}

func leave(tokens chan struct{}) { <-tokens }

// begin runs fn on a connection and leaves it lent if fn succeeds. The caller has
// a token. A connection that has been idle may have been ended by the server
// meanwhile: fn is then run again on another one, so it must be a thing that does
// no harm when done twice.
func (p *pool) begin(ctx context.Context, fn func(*session) error) (*session, error) {
	for {
		s, reused, err := p.lend(ctx)
		if err != nil {
			return nil, err
		}
		err = fn(s)
		if err == nil {
			return s, nil
		}
		lost := s.Err() != nil
		p.giveBack(s)
		if !lost || !reused || ctx.Err() != nil || !errors.Is(err, mail.ErrConnect) {
			return nil, err
		}
	}
}

// lend returns an idle connection or a new one. Where the server allows no more
// of them it waits for one that is lent: nobody who has one waits for another.
func (p *pool) lend(ctx context.Context) (s *session, reused bool, err error) {
	for {
		p.mu.Lock()
		if s := p.takeIdle(); s != nil {
			p.mu.Unlock()
			return s, true, nil
		}
		back, full := p.back, p.most > 0 && len(p.lent)+len(p.dialing) >= p.most
		hopes := p.ahead > p.hoping
		if hopes {
			p.hoping++
		}
		p.mu.Unlock()
		if !full && !hopes {
			s, err := p.dial(ctx)
			if err == nil || !p.othersServe(err) {
				return s, false, err
			}
		}
		select {
		case <-back:
		case <-ctx.Done():
			err = context.Cause(ctx)
		case <-p.done:
			err = errClosed{}
		}
		if hopes {
			p.mu.Lock()
			p.hoping--
			p.mu.Unlock()
		}
		if err != nil {
			return nil, false, err
		}
	}
}

// ready begins to make what is missing to n connections.
func (p *pool) ready(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for missing := n - len(p.idle) - len(p.lent) - len(p.dialing) - p.ahead; missing > 0 && !p.closed; missing-- {
		p.ahead++
		p.makers.Go(func() {
			s, err := p.dial(context.Background()) // close ends it
			if err != nil {
				p.othersServe(err)
			}
			p.mu.Lock()
			p.ahead--
			p.mu.Unlock()
			if err == nil {
				p.giveBack(s)
				return
			}
			p.wake() // whoever hopes for it sees for himself
		})
	}
}

// wake lets all who wait look again.
func (p *pool) wake() {
	p.mu.Lock()
	defer p.mu.Unlock()
	close(p.back)
	p.back = make(chan struct{})
}

// takeIdle lends the idle connection that was used last. The caller holds p.mu.
func (p *pool) takeIdle() *session {
	for len(p.idle) > 0 && !p.closed {
		s := p.idle[len(p.idle)-1]
		p.idle = p.idle[:len(p.idle)-1]
		if s.Err() == nil {
			p.lent[s] = struct{}{}
			return s
		}
	}
	return nil
}

// othersServe reports whether, after a connection could not be made, there are
// others of ours to wait for. A server that says that it allows no more is believed;
// Courier 5.0.13 hangs up without a word, which may be by chance.
func (p *pool) othersServe(err error) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.lent) + len(p.idle)
	if p.closed || n == 0 {
		return false
	}
	if errors.Is(err, mail.ErrBusy) {
		p.most = n
		return true
	}
	return errors.Is(err, mail.ErrConnect)
}

// dial makes a connection and lends it.
func (p *pool) dial(ctx context.Context) (s *session, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	p.mu.Lock()
	err = p.refused
	if p.closed {
		err = errClosed{}
	}
	p.dialing[&cancel] = struct{}{}
	p.mu.Unlock()
	if err == nil {
		s, err = p.connect(ctx)
	}

	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.dialing, &cancel)
	switch {
	case err != nil:
		if errors.Is(err, mail.ErrAuth) {
			p.refused = err
		}
		return nil, err
	case p.closed:
		_ = s.Close()
		return nil, errClosed{}
	}
	p.lent[s] = struct{}{}
	return s, nil
}

// giveBack ends the loan. A connection that is of no more use is forgotten.
func (p *pool) giveBack(s *session) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.lent, s)
	close(p.back)
	p.back = make(chan struct{})
	switch {
	case s.Err() != nil:
	case p.closed:
		_ = s.Close()
	default:
		p.idle = append(p.idle, s)
	}
}

// close ends all connections: idle ones with a goodbye, lent ones at once.
func (p *pool) close() {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return
	}
	p.closed = true
	close(p.done)
	for cancel := range p.dialing {
		(*cancel)(errClosed{})
	}
	for s := range p.lent {
		_ = s.Close()
	}
	idle := p.idle
	p.idle = nil
	p.mu.Unlock()
	p.makers.Wait()

	ctx, cancel := context.WithTimeout(context.Background(), politeness)
	defer cancel()
	var wg sync.WaitGroup
	for _, s := range idle {
		wg.Go(func() {
			_ = s.Logout(ctx) // the connection is gone in any case
		})
	}
	wg.Wait()
}

// errClosed says that the account's owner, not the server, ended the connection.
type errClosed struct{}

func (errClosed) Error() string        { return "the account has been closed" }
func (errClosed) Is(target error) bool { return target == net.ErrClosed }
