package wire

import (
	"bufio"
	"bytes"
	"compress/flate"
	"context"
	"io"
)

// CanCompress reports whether Compress may be of use: the server offers it, and has
// neither done nor refused it on this connection.
func (c *Conn) CanCompress() bool { return !c.asked && c.caps.Has("COMPRESS=DEFLATE") }

// Compress has both sides compress what they send from here on (RFC 4978). It waits
// for answers that are owed. A refusal is no error; the connection stays as it is.
func (c *Conn) Compress(ctx context.Context) error {
	c.asked = true
	err := c.simple(ctx, "COMPRESS DEFLATE", nil)
	if refused(err) {
		return nil
	}
	if err != nil {
		return describe("compress the connection", err)
	}
	// What has arrived behind the OK is compressed already.
	in := c.p.in
	early := bytes.Clone(in.buf[in.r:in.w])
	in.r, in.w = 0, 0
	arriving := io.MultiReader(bytes.NewReader(early), patientReader{c})
	in.src = flate.NewReader(bufio.NewReaderSize(arriving, bufferSize))
	// Little time and memory: what is saved beyond that is not worth them.
	c.deflate, err = flate.NewWriter(plainWriter{c}, flate.BestSpeed)
	return err
}

// plainWriter writes to the connection as it is.
type plainWriter struct{ c *Conn }

func (w plainWriter) Write(b []byte) (int, error) { return w.c.nc.Write(b) }
