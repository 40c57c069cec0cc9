package faulty

import (
	"net"
	"sync"
	"testing"
	"time"
)

// Options say what a proxy does.
type Options struct {
	// Without are capabilities that the server has and does not announce; their
	// traces in other answers (APPENDUID, HIGHESTMODSEQ) are taken out, too.
	Without []string
	// At is asked before each step what goes wrong; nil is nothing. It is called
	// by one goroutine at a time, and no other step is taken meanwhile.
	At func(Step) Fault
}

// Proxy is one listener in front of one server.
type Proxy struct {
	t        testing.TB
	server   string
	listener net.Listener
	opts     Options

	turn  sync.Mutex // held while a step is taken
	steps int
	at    func(Step) Fault

	mu     sync.Mutex
	closed bool
	conns  map[*conn]struct{}
	opened int
	wg     sync.WaitGroup
}

// Start listens in front of server, a host:port. The test's cleanup ends it.
func Start(t testing.TB, server string, opts Options) *Proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{t: t, server: server, listener: l, opts: opts, at: opts.At, conns: make(map[*conn]struct{})}
	p.wg.Go(p.accept)
	t.Cleanup(p.Close)
	return p
}

// Addr returns the host:port to connect to instead of the server.
func (p *Proxy) Addr() string { return p.listener.Addr().String() }

// Steps returns how many steps were taken so far.
func (p *Proxy) Steps() int {
	p.turn.Lock()
	defer p.turn.Unlock()
	return p.steps
}

// Restart counts from 1 again and asks at from now on.
func (p *Proxy) Restart(at func(Step) Fault) {
	p.turn.Lock()
	defer p.turn.Unlock()
	p.steps, p.at = 0, at
}

// Quiet waits until both sides have ended all connections, so that nothing that
// the server was told is still under way. It reports false when that takes longer
// than patience.
func (p *Proxy) Quiet() bool {
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		p.mu.Lock()
		n := len(p.conns)
		p.mu.Unlock()
		if n == 0 {
			return true
		}
	}
	return false
}

// patience bounds how long a server may take to notice that its client is gone.
const patience = 20 * time.Second

// Close ends all connections and waits until nothing runs any more.
func (p *Proxy) Close() {
	p.mu.Lock()
	p.closed = true
	_ = p.listener.Close()
	for c := range p.conns {
		c.close()
	}
	p.mu.Unlock()
	p.wg.Wait()
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return // closed
		}
		p.wg.Go(func() { p.serve(client.(*net.TCPConn)) })
	}
}

func (p *Proxy) serve(client *net.TCPConn) {
	server, err := net.Dial("tcp", p.server)
	if err != nil {
		_ = client.Close() // as if there was no proxy
		return
	}
	c := newConn(p, client, server.(*net.TCPConn))
	p.mu.Lock()
	if p.closed {
		c.close()
	}
	p.opened++
	c.n = p.opened
	p.conns[c] = struct{}{}
	p.mu.Unlock()
	c.run()
	p.mu.Lock()
	delete(p.conns, c)
	p.mu.Unlock()
}

// take counts a step and carries out what the test wants to happen. send passes
// on bytes of the step.
func (p *Proxy) take(c *conn, s Step, whole []byte, send func([]byte) error) error {
	p.turn.Lock()
	defer p.turn.Unlock()
	if c.muted {
		return nil
	}
	p.steps++
	s.N, s.Conn = p.steps, c.n
	var f Fault
	if p.at != nil {
		f = p.at(s)
	}
	return c.apply(f, s, whole, send)
}
