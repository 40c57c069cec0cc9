package plugin

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"github.com/mailweir/mailweir/sdk/abi"
)

// parts finds the parts of the message when the first one is asked for.
func (c *call) parts() *parts {
	if c.q.occasion.parts == nil {
		found, err := findParts(c.q.body, c.q.message.Size)
		if err != nil {
			panic(faultf("read the message: %w", err))
		}
		c.q.occasion.parts = found
	}
	return c.q.occasion.parts
}

// hash is abi.PropHash.
func (c *call) hash() string {
	if c.q.occasion.hash == "" {
		h := sha256.New()
		if n, err := io.Copy(h, io.NewSectionReader(c.q.body, 0, c.q.message.Size)); err != nil || n != c.q.message.Size {
			panic(faultf("read the message: %w", errors.Join(err, io.ErrUnexpectedEOF)))
		}
		c.q.occasion.hash = hex.EncodeToString(h.Sum(nil))
	}
	return c.q.occasion.hash
}

// partSize is abi.PartSize; it decodes the part once.
func (c *call) partSize(p *part) int64 {
	size, err := p.decodedSize(c.q.body)
	if err != nil {
		panic(faultf("read the message: %w", err))
	}
	return size
}

// readPart is body_read for one part.
func (c *call) readPart(n int32, off int64, dst []byte) int32 {
	p, code := c.part(n)
	switch {
	case code != 0:
		return code
	case off < 0:
		return abi.ReadBadArgument
	case len(dst) == 0:
		return 0
	}
	got, passed, err := c.q.occasion.parts.readAt(c.q.body, p, off, dst)
	c.chargeBytes(passed)
	if err != nil {
		panic(faultf("read the message: %w", err))
	}
	c.fuel.read(got)
	return int32(got)
}

// chargeBytes takes a tick for each byte of the message that was decoded without
// being handed over. They count as read, so that passing over the message once costs
// nothing; a guest that reads backwards has the same bytes decoded again and again.
func (c *call) chargeBytes(n int64) {
	c.fuel.read(int(n))
	if c.fuel.left -= n; c.fuel.left < 0 {
		panic(&fault{err: fmt.Errorf("it used %d of %d ticks", c.fuel.budget, c.fuel.budget), final: true})
	}
}
