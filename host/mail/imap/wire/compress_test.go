package wire

import (
	"bufio"
	"bytes"
	"compress/flate"
	"testing"
)

// deflated goes on compressed, on the server's side. early is sent together with
// the answer to COMPRESS.
func (s *server) deflated(tag, early string) {
	var out bytes.Buffer
	w, _ := flate.NewWriter(&out, flate.DefaultCompression)
	if early != "" {
		_, _ = w.Write([]byte(early))
		_ = w.Flush()
	}
	s.say("%s OK go\n", tag)
	_, _ = s.conn.Write(out.Bytes())
	s.r = bufio.NewReader(flate.NewReader(s.r))
	s.out = func(text string) {
		out.Reset()
		_, _ = w.Write([]byte(text))
		_ = w.Flush()
		_, _ = s.conn.Write(out.Bytes())
	}
}

func TestCompress_goesOnCompressedFromTheNextByteOn(t *testing.T) {
	for _, early := range []string{"", "* OK unasked\r\n"} {
		c := play(t, "COMPRESS=DEFLATE", Limits{}, func(s *server) {
			s.deflated(s.expect("COMPRESS DEFLATE"), early)
			for range 3 {
				s.say("* OK fine\n%s OK\n", s.expect("NOOP"))
			}
		})
		if !c.CanCompress() {
			t.Error("can not compress")
		}
		if err := c.Compress(t.Context()); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if err := c.Noop(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if c.CanCompress() {
			t.Error("can compress twice")
		}
	}
}

func TestCompress_aRefusalLeavesTheConnectionAsItIs(t *testing.T) {
	c := play(t, "COMPRESS=DEFLATE", Limits{}, func(s *server) {
		s.say("%s NO [COMPRESSIONACTIVE] by TLS\n", s.expect("COMPRESS DEFLATE"))
		s.say("%s OK\n", s.expect("NOOP"))
	})
	if err := c.Compress(t.Context()); err != nil || c.CanCompress() {
		t.Errorf("%v, asks again: %v", err, c.CanCompress())
	}
	if err := c.Noop(t.Context()); err != nil {
		t.Error(err)
	}
}
