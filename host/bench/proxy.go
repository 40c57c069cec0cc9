package main

import (
	"errors"
	"io"
	"net"
	"sync"
	"time"
)

// proxy stands for a long way to a server: everything arrives delay later, in
// both directions, and opening a connection takes the time of TCP's handshake.
// Bandwidth is not limited. Each connection holds a bounded number of bytes in
// each direction; when they are all on their way, the sender has to wait.
type proxy struct {
	listener net.Listener
	server   string
	delay    time.Duration

	mu    sync.Mutex
	conns map[net.Conn]bool
	done  sync.WaitGroup
}

const (
	proxyChunk  = 64 << 10
	proxyChunks = 256 // 16 MiB each way: at 20 ms that is 800 MB/s
)

var proxyBuffers = sync.Pool{New: func() any { return new([proxyChunk]byte) }}

// startProxy listens on a free loopback port until Close.
func startProxy(server string, delay time.Duration) (*proxy, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &proxy{listener: l, server: server, delay: delay, conns: map[net.Conn]bool{}}
	p.done.Go(p.serve)
	return p, nil
}

// Addr is where the contestants connect to.
func (p *proxy) Addr() string { return p.listener.Addr().String() }

// Close ends all connections and waits until their goroutines are gone.
func (p *proxy) Close() {
	_ = p.listener.Close()
	p.mu.Lock()
	for c := range p.conns {
		_ = c.Close()
	}
	p.conns = nil
	p.mu.Unlock()
	p.done.Wait()
}

func (p *proxy) serve() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return // closed
		}
		p.done.Go(func() { p.connect(client) })
	}
}

// hold remembers c until drop; false means that the proxy is closed.
func (p *proxy) hold(c net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.conns == nil {
		_ = c.Close()
		return false
	}
	p.conns[c] = true
	return true
}

func (p *proxy) drop(c net.Conn) {
	_ = c.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, c)
}

func (p *proxy) connect(client net.Conn) {
	if !p.hold(client) {
		return
	}
	defer p.drop(client)
	// SYN, SYN-ACK and ACK: the server sees the connection after one and a half
	// round trips. (The client, on loopback, is let in at once; it has nothing to
	// say before it is greeted.)
	time.Sleep(3 * p.delay)
	server, err := net.Dial("tcp", p.server)
	if err != nil || !p.hold(server) {
		return
	}
	defer p.drop(server)
	var ways sync.WaitGroup
	ways.Go(func() { p.carry(server.(*net.TCPConn), client.(*net.TCPConn)) })
	ways.Go(func() { p.carry(client.(*net.TCPConn), server.(*net.TCPConn)) })
	ways.Wait()
}

// parcel is some bytes and when they arrive.
type parcel struct {
	buf *[proxyChunk]byte
	n   int
	due time.Time
}

// carry moves one direction up to its end or the first error.
func (p *proxy) carry(to, from *net.TCPConn) {
	way := make(chan parcel, proxyChunks)
	var arriving sync.WaitGroup
	arriving.Go(func() {
		broken := false
		for c := range way {
			if !broken {
				time.Sleep(time.Until(c.due))
				if c.buf == nil {
					_ = to.CloseWrite()
					continue
				}
				if _, err := to.Write(c.buf[:c.n]); err != nil {
					broken = true
					_ = from.Close() // the sender learns that nobody listens
				}
			}
			if c.buf != nil {
				proxyBuffers.Put(c.buf)
			}
		}
	})
	for {
		buf := proxyBuffers.Get().(*[proxyChunk]byte)
		n, err := from.Read(buf[:])
		if n > 0 {
			way <- parcel{buf, n, time.Now().Add(p.delay)}
		}
		if err != nil {
			if errors.Is(err, io.EOF) {
				way <- parcel{due: time.Now().Add(p.delay)}
			} else {
				_ = to.Close()
			}
			close(way)
			break
		}
	}
	arriving.Wait()
}
