package main

import (
	"bytes"
	"io"
	"math/rand/v2"
	"net"
	"testing"
	"time"
)

// echoServer answers each connection with what it was sent, after its end.
func echoServer(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			got, _ := io.ReadAll(c)
			_, _ = c.Write(got)
			_ = c.Close()
		}
	}()
	t.Cleanup(func() {
		_ = l.Close()
		<-done
	})
	return l.Addr().String()
}

func TestProxy_carriesEveryByteBothWays(t *testing.T) {
	p, err := startProxy(echoServer(t), time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	// More than a way holds, so that the sender has to wait for room.
	give := make([]byte, proxyChunk*proxyChunks+12345)
	chacha := rand.NewChaCha8([32]byte{1})
	_, _ = chacha.Read(give)
	c, err := net.Dial("tcp", p.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(time.Minute))
	if _, err := c.Write(give); err != nil {
		t.Fatal(err)
	}
	if err := c.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(c)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, give) {
		t.Errorf("%d bytes came back, want %d, or they differ", len(got), len(give))
	}
}

func TestProxy_nothingArrivesBeforeItsTime(t *testing.T) {
	const delay = 30 * time.Millisecond
	p, err := startProxy(echoServer(t), delay)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	begin := time.Now()
	c, err := net.Dial("tcp", p.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(begin.Add(time.Minute))
	_, _ = c.Write([]byte("hello"))
	_ = c.(*net.TCPConn).CloseWrite()
	got, err := io.ReadAll(c)
	if err != nil || string(got) != "hello" {
		t.Fatalf("got %q, %v", got, err)
	}
	// Three halves of a round trip to connect, one way there, one way back. However
	// slow the machine is, it can not be faster than that.
	if took := time.Since(begin); took < 5*delay {
		t.Errorf("the answer was there after %s, before %s", took, 5*delay)
	}
}

func TestProxy_closeEndsConnectionsInTheMiddle(t *testing.T) {
	p, err := startProxy(echoServer(t), time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	c, err := net.Dial("tcp", p.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Write([]byte("half a")); err != nil {
		t.Fatal(err)
	}
	p.Close()
	_ = c.SetDeadline(time.Now().Add(time.Minute))
	if got, err := io.ReadAll(c); len(got) > 0 {
		t.Errorf("got %q, %v after the end", got, err)
	}
}
