package app

import (
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// Whoever sends a part of a request and falls silent is cut off, wherever that is: else a
// few hundred of them would keep everybody out.
func TestServe_aClientThatFallsSilentIsCutOff(t *testing.T) {
	t.Parallel()
	if p := defaultPatience; p.header <= 0 || p.request <= 0 || p.idle <= 0 || p.request > 5*time.Minute {
		t.Errorf("patience without end: %+v", p)
	}
	read := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			w.WriteHeader(http.StatusRequestTimeout)
		}
	})
	server := httpServer(read, patience{header: 100 * time.Millisecond, request: 200 * time.Millisecond, idle: 100 * time.Millisecond}, quiet)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { defer close(done); _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close(); <-done })
	for name, said := range map[string]string{
		"nothing":                 "",
		"half a line":             "POST /login HT",
		"half of the header":      "POST /login HTTP/1.1\r\nHost: x\r\n",
		"half of a body":          "POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nname=",
		"half of a chunk":         "POST /login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nname=",
		"a request, and no other": "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
		"a header without end":    "GET / HTTP/1.1\r\nX: " + strings.Repeat("x", 200<<10),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, err := net.Dial("tcp", l.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			_, _ = io.WriteString(c, said) // it may be cut off meanwhile
			// The test hangs unless the server ends the connection.
			_, _ = io.Copy(io.Discard, c)
		})
	}
}
