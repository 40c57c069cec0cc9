package door

import (
	"errors"
	"io"
	"sync"
)

// lease lends the message to whoever sends it, until the visit ends: net/http may
// read a request's body for a while after it has given up the request.
type lease struct {
	mu    sync.Mutex
	body  io.ReaderAt
	ended bool
}

var errLeaseEnded = errors.New("the call is over")

// reader reads the message from its beginning.
func (l *lease) reader(size int64) io.ReadCloser {
	return io.NopCloser(io.NewSectionReader(l, 0, size))
}

// ReadAt implements io.ReaderAt.
func (l *lease) ReadAt(p []byte, off int64) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended || l.body == nil {
		return 0, errLeaseEnded
	}
	return l.body.ReadAt(p, off)
}

// end waits for a read that is under way, and lets no other begin.
func (l *lease) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended = true
}
