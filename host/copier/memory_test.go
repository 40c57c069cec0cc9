package copier_test

import (
	"crypto/sha256"
	"fmt"
	"io"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/task"
)

// endless is a body of any length that needs no memory.
type endless struct{ n uint64 }

// pattern is what it repeats, often enough for one read. It is copied because the race
// detector looks at each byte that is made.
var pattern = func() []byte {
	out := make([]byte, 23*3000)
	for i := range out {
		out[i] = byte('a' + (i+1)*(i+1)%23)
	}
	return out
}()

func (e *endless) Read(b []byte) (int, error) {
	n := copy(b, pattern[e.n%23:])
	e.n += uint64(n)
	return n, nil
}

// watched calls look every now and then while it is read.
type watched struct {
	io.Reader
	n    int
	look func()
}

func (w *watched) Read(b []byte) (int, error) {
	if w.n++; w.n%500 == 0 {
		w.look()
	}
	return w.Reader.Read(b)
}

func TestRun_memoryStaysFlatWhileLargeMessagesPass(t *testing.T) {
	const size = 200 << 20
	s := newScene(t)
	s.target.discard = true
	var most atomic.Uint64
	look := func() {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		most.Store(max(most.Load(), m.HeapAlloc))
	}
	look()
	least := most.Load()
	for range 2 {
		s.source.box(mail.Inbox).add(&letterbox{size: size, date: day(1), body: func() io.Reader { return &watched{Reader: &endless{}, look: look} }})
	}
	r := s.run()
	s.wants(r, task.OutcomeDone, 2, 0)
	if r.Counts.Bytes != 2*size {
		t.Errorf("%d bytes, want %d", r.Counts.Bytes, 2*size)
	}
	sum := sha256.New()
	if _, err := io.CopyN(sum, &endless{}, size); err != nil {
		t.Fatal(err)
	}
	for _, l := range s.target.box(mail.Inbox).mails {
		if want := fmt.Sprintf("%x", sum.Sum(nil)); l.text != want || l.size != size {
			t.Errorf("stored %d bytes with the digest %s, want %s", l.size, l.text, want)
		}
	}
	if grown := int64(most.Load()) - int64(least); grown > 24<<20 {
		t.Errorf("the heap grew by %d MiB", grown>>20)
	}
}

func TestRun_memoryIsBoundedByWhatMayBeInFlight(t *testing.T) {
	s := newScene(t)
	s.target.discard, s.target.batch = true, 1000
	s.options.BytesInFlight = 4 << 20
	var most atomic.Uint64
	look := func() {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		most.Store(max(most.Load(), m.HeapAlloc))
	}
	look()
	least := most.Load()
	for i := range 400 {
		s.source.box(mail.Inbox).add(&letterbox{size: 200 << 10, date: day(i), body: func() io.Reader {
			if i%50 == 0 {
				look()
			}
			return &endless{n: uint64(i)}
		}})
	}
	s.wants(s.run(), task.OutcomeDone, 400, 0)
	if grown := int64(most.Load()) - int64(least); grown > 24<<20 {
		t.Errorf("the heap grew by %d MiB while 80 MB passed", grown>>20)
	}
}
