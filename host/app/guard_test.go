package app

import (
	"context"
	"errors"
	"io"
	"net"
	"testing"
)

func TestGuard_sendsNothingOnceTheRunIsLost(t *testing.T) {
	here, there := net.Pipe()
	defer there.Close()
	lost := errors.New("lost")
	var now error
	dial := guard(func(context.Context, string, string) (net.Conn, error) { return here, nil }, func() error { return now })
	c, err := dial(t.Context(), "tcp", "x:1")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _, _ = c.Write([]byte("hello")) }()
	buf := make([]byte, 5)
	if _, err := io.ReadFull(there, buf); err != nil || string(buf) != "hello" {
		t.Fatalf("got %q, %v", buf, err)
	}
	now = lost
	if n, err := c.Write([]byte("more")); n != 0 || !errors.Is(err, lost) {
		t.Errorf("sent %d, %v", n, err)
	}
	if rest, err := io.ReadAll(there); len(rest) != 0 || err != nil {
		t.Errorf("the server got %q, %v; want the end", rest, err)
	}
	refused := errors.New("refused")
	dial = guard(func(context.Context, string, string) (net.Conn, error) { return nil, refused }, func() error { return nil })
	if c, err := dial(t.Context(), "tcp", "x:1"); c != nil || !errors.Is(err, refused) {
		t.Errorf("got %v, %v", c, err)
	}
}
