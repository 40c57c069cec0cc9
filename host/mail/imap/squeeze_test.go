package imap

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/mail/mailtest"
)

// narrow is a connection over which bytes take their time, both ways.
type narrow struct {
	net.Conn
	perSecond int
}

func (c narrow) pause(n int) {
	time.Sleep(3*time.Millisecond + time.Duration(n)*time.Second/time.Duration(c.perSecond))
}

func (c narrow) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.pause(n)
	return n, err
}

func (c narrow) Write(p []byte) (int, error) {
	c.pause(len(p))
	return c.Conn.Write(p)
}

// zlib is Dovecot's plugin for COMPRESS.
var zlib = mailtest.DovecotOptions{Extra: `
mail_plugins = zlib
protocol imap {
  mail_plugins = zlib imap_zlib
}`}

func TestAccount_compressesOnASlowWayAndOnlyThere(t *testing.T) {
	d := mailtest.StartDovecot(t, zlib)
	const n = 40
	var mails []mailtest.Mail
	for i := range n {
		mails = append(mails, mailtest.Mail{Date: time.Unix(1.6e9, 0), Body: fmt.Appendf(nil, "Subject: %d\r\n\r\n%s", i, strings.Repeat("all work and no play\r\n", 500))})
	}
	for _, tt := range []struct {
		name string
		rate int
		want bool
	}{{"slow", 400_000, true}, {"fast", 1_000_000_000, false}} {
		t.Run(tt.name, func(t *testing.T) {
			cfg := config(d.Port())
			var asked atomic.Int32
			listenIn(&cfg, func(sent string) {
				asked.Add(int32(strings.Count(sent, "COMPRESS DEFLATE")))
			})
			dial := cfg.Dial
			cfg.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
				nc, err := dial(ctx, network, address)
				return narrow{nc, tt.rate}, err
			}
			a := open(t, cfg)
			a.gauge.over, a.gauge.least = 50*time.Millisecond, 10_000
			f, err := a.Spell("Of " + tt.name)
			if err != nil {
				t.Fatal(err)
			}
			if err := a.Create(t.Context(), f); err != nil {
				t.Fatal(err)
			}
			w, err := a.Select(t.Context(), f)
			if err != nil {
				t.Fatal(err)
			}
			for i := range mails { // several are on their way at the same time
				receipt, err := w.Append(t.Context(), []mail.Upload{{InternalDate: mails[i].Date, Size: int64(len(mails[i].Body)), Body: bytes.NewReader(mails[i].Body)}})
				if err != nil {
					t.Fatal(err)
				}
				defer func() {
					if _, err := receipt.Wait(t.Context()); err != nil {
						t.Error(err)
					}
				}()
			}
			before := a.Traffic().Received()
			got := 0
			all := mail.UIDSpan(1, 1<<32-1)
			for uids := range [2]int{} {
				err = w.Fetch(t.Context(), all, func(m mail.Message, body io.Reader) error {
					b, err := io.ReadAll(body)
					if i := int(m.UID) - 1; err == nil && !bytes.Equal(b, mails[i].Body) {
						t.Errorf("message %d is another one", i)
					}
					got++
					return err
				})
				if err != nil {
					t.Fatal(uids, err)
				}
			}
			if got != 2*n {
				t.Errorf("%d messages read, want %d", got, 2*n)
			}
			moved, size := a.Traffic().Received()-before, int64(2*n*len(mails[0].Body))
			if compressed := moved < size/4; compressed != tt.want || (asked.Load() > 0) != tt.want {
				t.Errorf("%d bytes moved for %d of mail, asked for compression %d times; want compression: %v", moved, size, asked.Load(), tt.want)
			}
			_ = w.Close()
		})
	}
}

func TestGauge_measuresOverTimeAndStaysWithWhatItFound(t *testing.T) {
	g := gauge{over: time.Hour, least: 1000, rate: 10}
	if g.slow(0) || g.slow(5000) {
		t.Error("slow before there was time to measure")
	}
	g.since = time.Now().Add(-2 * time.Hour)
	if g.slow(500) {
		t.Error("slow although next to nothing was to be moved")
	}
	if !g.slow(10_000) {
		t.Error("10,000 bytes in two hours are not slow")
	}
	if !g.slow(1 << 40) {
		t.Error("forgotten")
	}
}
