package plugin

import (
	"context"
	"log/slog"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/mailweir/mailweir/sdk/abi"
)

// unlimited leaves only the clock.
var unlimited = Options{CallTicks: maxTicks, BodyTicks: maxTicks}

// TestCall_asksNobodyElseWhenTicksAreSpent: a fresh instance would cost as much.
func TestCall_asksNobodyElseWhenTicksAreSpent(t *testing.T) {
	var log strings.Builder
	h := newHost(t, quick)
	c, err := h.Chain(t.Context(), []Binding{{Module: load(t, h, "a", one(abi.HookMapFolder, "", nil, forever, i32(0)).bytes())}},
		slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_, err = c.MapFolder(t.Context(), question1())
	wantError(t, err, "it used 500000 of 500000 ticks")
	if log.Len() > 0 {
		t.Errorf("a fresh instance was asked:\n%s", log.String())
	}
}

func TestCall_endsWhenItsTimeIsOver(t *testing.T) {
	opts := unlimited
	opts.CallTime = 20 * time.Millisecond
	c := chain(t, newHost(t, opts), one(abi.HookMapFolder, "", nil, forever, i32(0)))
	_, err := c.MapFolder(t.Context(), question1())
	wantError(t, err, "plugin a: map_folder: it ran longer than 20ms and was stopped")
}

// TestHost_closeEndsWhatRuns: the code of a guest must not be given back under it.
func TestHost_closeEndsWhatRuns(t *testing.T) {
	h, err := NewHost(t.Context(), unlimited)
	if err != nil {
		t.Fatal(err)
	}
	c := chain(t, h, one(abi.HookMapFolder, "", []string{"log"}, i32(abi.LogInfo), i32(0), i32(0), callFunc(0), forever, i32(0)))
	started := make(chan struct{})
	c.bound[0].log = slog.New(signal{slog.DiscardHandler, started})
	done := make(chan error)
	go func() {
		_, err := c.MapFolder(t.Context(), question1())
		done <- err
	}()
	<-started
	if err := h.Close(t.Context()); err != nil {
		t.Error(err)
	}
	wantError(t, <-done, errClosed.Error())
	_, err = c.MapFolder(t.Context(), question1())
	wantError(t, err, errClosed.Error())
}

// signal is a log that tells of its first line.
type signal struct {
	slog.Handler
	started chan struct{}
}

func (s signal) Enabled(ctx context.Context, _ slog.Level) bool { return true }

func (s signal) Handle(context.Context, slog.Record) error {
	close(s.started)
	return nil
}

func TestFuel_growsWithWhatIsRead(t *testing.T) {
	f := fuel{budget: 100, left: 10, unread: 50, perByte: 4}
	for _, n := range []int{20, 0, 40, 1000} {
		f.read(n)
	}
	if f.budget != 300 || f.left != 210 || f.unread != 0 {
		t.Errorf("got %+v, want 50 bytes of 4 ticks more", f)
	}
}

// TestFilterMessage_hasTicksForTheBody reads the message byte by byte. That takes
// more ticks than it begins with, and the same loop without reading gets no end.
func TestFilterMessage_hasTicksForTheBody(t *testing.T) {
	// i = 0; do { body_read(-1, i, 0, 64) } while (i += 64 < size): 50 ticks for the
	// call, 2 for the rest, 256 more to spend.
	loop := func(read []byte) []byte {
		return seq([]byte{0x03, 0x40}, read,
			[]byte{0x20, 0}, i32(64), []byte{0x6a, 0x22, 0}, i32(64_000), []byte{0x48, 0x0d, 0, 0x0b}, i32(1))
	}
	read := seq(i32(abi.PartWhole), []byte{0x20, 0, 0xad}, i32(0), i32(64), callFunc(0), drop)
	clock := seq(callFunc(1), drop)
	opts := quick
	opts.BodyTicks = 2000
	h := newHost(t, opts)
	m := candidate()
	m.Message.Size, m.Body = 64_000, strings.NewReader(strings.Repeat("x", 64_000))
	imports := []string{"body_read", "now_ms"}
	if v, err := chain(t, h, one(abi.HookFilterMessage, "", imports, loop(read))).FilterMessage(t.Context(), m); err != nil || v.By != "a" {
		t.Errorf("got %+v, %v", v, err)
	}
	_, err := chain(t, h, one(abi.HookFilterMessage, "", imports, loop(clock))).FilterMessage(t.Context(), m)
	wantError(t, err, "it used 2000 of 2000 ticks")
	_, err = chain(t, h, one(abi.HookFilterMessage, "", imports, loop(read), drop, forever, i32(0))).FilterMessage(t.Context(), m)
	wantError(t, err, "it used 258000 of 258000 ticks")
}

// BenchmarkGC_besidesASpinningGuest measures how long the collector waits for a
// guest that never ends: for each kind of loop, the longest of the stalls.
func BenchmarkGC_besidesASpinningGuest(b *testing.B) {
	mask := i32(16<<20 - 1)
	// local 0 = (local 0 * 1103515245 + 12345 + memory[local 0 & mask]): nothing of it
	// is in a cache, and each address depends on what was read before.
	chase := seq([]byte{0x20, 0}, i32(1103515245), []byte{0x6c}, i32(12345), []byte{0x6a, 0x20, 0}, mask, []byte{0x71, 0x28, 2, 0, 0x6a, 0x21, 0})
	slow := one(abi.HookMapFolder, "", nil, loop(seq(chase, chase, chase, chase, chase)), i32(0))
	slow.pages = 257
	fill := one(abi.HookMapFolder, "", nil, loop(seq(i32(0), i32(1), i32(16<<20), []byte{0xfc, 11, 0})), i32(0))
	fill.pages = 257
	opts := unlimited
	opts.CallTime = 24 * time.Hour
	guests := []struct {
		name string
		give guest // nothing is a loop in Go, for comparison
	}{
		{"loop in Go", guest{}},
		{"empty loop", one(abi.HookMapFolder, "", nil, forever, i32(0))},
		{"loads from everywhere", slow},
		{"fill of 16 MiB", fill},
	}
	for _, g := range guests {
		b.Run(g.name, func(b *testing.B) {
			ctx, cancel := context.WithCancel(b.Context())
			spin := func() {
				for ctx.Err() == nil {
				}
			}
			if g.give.funcs != nil {
				c := chain(b, newHost(b, opts), g.give)
				spin = func() { c.MapFolder(ctx, question1()) }
			}
			done := make(chan struct{})
			go func() {
				defer close(done)
				spin()
			}()
			time.Sleep(10 * time.Millisecond) // let it begin to spin
			var worst time.Duration
			for b.Loop() {
				start := time.Now()
				runtime.GC()
				worst = max(worst, time.Since(start))
			}
			b.ReportMetric(float64(worst.Microseconds())/1000, "max-ms")
			cancel()
			<-done
		})
	}
}
