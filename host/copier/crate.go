package copier

import (
	"context"
	"io"
	"sync"
)

// A crate is the memory in which the messages of one parcel travel, one behind
// the other. Crates are of equal size and are used again and again, so that what
// a run holds neither grows with its messages nor has to be collected.
type crate struct {
	bytes []byte // what is taken; the capacity is the size of a crate
	// holders is how many messages in it are still on their way, and one more
	// while it is being filled. Guarded by crossing.mu.
	holders int
}

// room is how many more bytes fit.
func (c *crate) room() int64 { return int64(cap(c.bytes) - len(c.bytes)) }

// crates are those of a run that nobody uses at the moment.
type crates struct {
	mu    sync.Mutex
	spare []*crate
}

func (s *crates) take(size int64) *crate {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.spare); n > 0 {
		c := s.spare[n-1]
		s.spare = s.spare[:n-1]
		return c
	}
	return &crate{bytes: make([]byte, 0, size)}
}

func (s *crates) giveBack(c *crate) {
	c.bytes = c.bytes[:0]
	s.mu.Lock()
	defer s.mu.Unlock()
	s.spare = append(s.spare, c)
}

// pack downloads a message into the crate of the parcel that is being gathered.
// It waits for a crate where none is free.
func (x *crossing) pack(ctx context.Context, pc *piece, body io.Reader) error {
	if x.gather.bytes+pc.size > x.limit.bytes || x.gather.crate != nil && x.gather.crate.room() < pc.size {
		if err := x.flush(ctx); err != nil {
			return err
		}
	}
	if x.gather.crate == nil {
		size := x.opts.crateBytes()
		if err := x.budget.Acquire(ctx, size); err != nil {
			return err
		}
		x.gather.crate = x.crates.take(size)
		x.gather.crate.holders = 1
	}
	c := x.gather.crate
	start := len(c.bytes)
	memory := c.bytes[start : start+int(pc.size) : start+int(pc.size)]
	if _, err := io.ReadFull(body, memory); err != nil {
		return x.shortBody(ctx, pc, err)
	}
	c.bytes = c.bytes[:start+int(pc.size)]
	pc.crate, pc.memory = c, memory
	x.mu.Lock()
	c.holders++
	x.mu.Unlock()
	return nil
}

// unpack takes back the message that was packed last.
func (x *crossing) unpack(pc *piece) {
	pc.crate.bytes = pc.crate.bytes[:len(pc.crate.bytes)-len(pc.memory)]
	x.letGo(pc.crate)
}

// letGo gives a crate back when its last holder does.
func (x *crossing) letGo(c *crate) {
	if c == nil {
		return
	}
	x.mu.Lock()
	c.holders--
	empty := c.holders == 0
	x.mu.Unlock()
	if empty {
		x.crates.giveBack(c)
		x.budget.Release(x.opts.crateBytes())
	}
}
