package plugin

import (
	"context"
	"log/slog"
	"math"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/mailweir/mailweir/sdk/abi"
)

// quick has limits that a test reaches quickly. They count what a guest does, so
// that a machine under load reaches none by accident.
var quick = Options{HostCalls: 1000, CallTicks: 500_000, BodyTicks: 1_000_000, StartTicks: 500_000}

// TestCall_survivesEvilGuests asks each guest twice: the error must name what
// happened, and the host must be able to answer the next question.
func TestCall_survivesEvilGuests(t *testing.T) {
	long := strings.Repeat("x", abi.MaxFolderName+1)
	setFolder := func(name string) guest {
		return one(abi.HookMapFolder, name, []string{"set_folder"}, i32(0), i32(int32(len(name))), callFunc(0), drop, i32(1))
	}
	megabyte := one(abi.HookMapFolder, "x", []string{"set_folder"}, i32(0), i32(1<<20), callFunc(0), drop, i32(1))
	megabyte.pages = 17
	tests := []struct {
		name string
		give guest
		want string
	}{
		{"endless recursion", one(abi.HookMapFolder, "", nil, callFunc(1)), "its functions call each other without end"},
		{"trap", one(abi.HookMapFolder, "", nil, unreachable), "it trapped: unreachable"},
		{"division by zero", one(abi.HookMapFolder, "", nil, i32(1), i32(0), []byte{0x6d}), "it trapped: integer divide by zero"},
		{"pointer outside the memory", one(abi.HookMapFolder, "", []string{"prop_str"}, i32(abi.PropFolder), i32(0), i32(-5), i32(1000), callFunc(0)), "it passed a pointer outside its memory"},
		{"pointer that wraps around", one(abi.HookMapFolder, "", []string{"note"}, i32(100), i32(-50), callFunc(0)), "it passed a pointer outside its memory"},
		{"exit", one(abi.HookMapFolder, "", []string{"proc_exit"}, i32(0), callFunc(0), i32(1)), "it ended itself with exit status 0"},
		{"exit with the status of a time-out", one(abi.HookMapFolder, "", []string{"proc_exit"}, i32(-0x10000001), callFunc(0), i32(1)), "it ended itself with exit status 4026531839"},
		// One call of fd_write with 4,000 times the same 60,000 bytes, in which no tick is
		// counted.
		{"flood of output in one call", one(abi.HookMapFolder, strings.Repeat("\x00\x00\x00\x00\x60\xea\x00\x00", 4000), []string{"fd_write"},
			i32(2), i32(0), i32(4000), i32(60_000), callFunc(0)), "it printed more than 1048576 bytes"},
		{"host call storm", one(abi.HookMapFolder, "", []string{"now_ms"}, loop(seq(callFunc(0), drop)), i32(0)), "it called the host more than 1000 times"},
		{"storm of calls into WASI", one(abi.HookMapFolder, "", []string{"fd_write"}, loop(seq(i32(1), i32(0), i32(0), i32(0), callFunc(0), drop)), i32(0)), "it used 500000 of 500000 ticks"},
		{"flood of random numbers", one(abi.HookMapFolder, "", []string{"random_get"}, loop(seq(i32(0), i32(65_536), callFunc(0), drop)), i32(0)), "it took more than 1048576 random bytes"},
		{"storm of memory.fill", one(abi.HookMapFolder, "", nil, loop(seq(i32(0), i32(1), i32(65_536), []byte{0xfc, 11, 0})), i32(0)), "it used 500000 of 500000 ticks"},
		{"unknown result", one(abi.HookMapFolder, "", nil, i32(99)), "it returned 99, which has no meaning"},
		{"negative result", one(abi.HookMapFolder, "no luck", []string{"fail"}, i32(0), i32(7), callFunc(0), i32(-3)), "no luck"},
		{"negative result without a reason", one(abi.HookMapFolder, "", nil, i32(-1)), "it gave no reason"},
		{"folder with a control character", setFolder("a\x07b"), "control character"},
		{"folder with a line end", setFolder("a\r\nb"), "control character"},
		{"folder with a NUL", setFolder("a\x00b"), "control character"},
		{"folder with a name of a MiB", megabyte, "a folder name of more than 1024 bytes"},
		{"folder that is not UTF-8", setFolder("a\xff"), "not valid UTF-8"},
		{"folder with an empty level", setFolder("a//b"), "empty level"},
		{"folder that begins with a slash", setFolder("/a"), "empty level"},
		{"folder above", setFolder("a/../b"), `level ".."`},
		{"folder without a name", setFolder(""), "an empty folder name"},
		{"folder with a long name", setFolder(long), "more than 1024 bytes"},
		{"flags of a folder", one(abi.HookMapFolder, "", []string{"flags"}, i32(0), i32(0), i32(0), callFunc(0), drop, i32(0)), "other flags where that is not possible"},
		{"date of a folder", one(abi.HookMapFolder, "", []string{"set_date"}, i64(0), i32(0), callFunc(0), drop, i32(0)), "another date where that is not possible"},
		// A table of funcref without a maximum, grown by 2^31 elements of 8 bytes: the
		// growth is refused (-1), which the guest hands on.
		{"table bomb", guest{
			table: []byte{1, 0x70, 0, 0},
			funcs: map[string][]byte{abi.HookMapFolder: seq([]byte{0xd0, 0x70}, i32(math.MaxInt32), []byte{0xfc, 15, 0})},
		}, "it gave no reason"},
	}
	h := newHost(t, quick)
	good := chain(t, h, setFolder("Good"))
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := chain(t, h, tt.give)
			for range 2 {
				_, err := c.MapFolder(t.Context(), question1())
				wantError(t, err, tt.want)
				if err != nil && !strings.HasPrefix(err.Error(), "plugin a: map_folder: ") {
					t.Errorf("the error does not say who and where: %v", err)
				}
			}
			got, err := good.MapFolder(t.Context(), question1())
			if err != nil || got.Target != "Good" {
				t.Errorf("another plugin afterwards: %+v, %v", got, err)
			}
		})
	}
}

func TestCall_endsEndlessLoop(t *testing.T) {
	h := newHost(t, quick)
	c := chain(t, h, one(abi.HookMapFolder, "", nil, forever, i32(0)))
	for range 2 {
		_, err := c.MapFolder(t.Context(), question1())
		wantError(t, err, "plugin a: map_folder: it used 500000 of 500000 ticks")
	}
	// The instance that was lost is gone; another plugin is not touched by it.
	other := chain(t, h, one(abi.HookFilterEnvelope, "", nil, i32(abi.ResultSkip)))
	if v, err := other.FilterEnvelope(t.Context(), candidate()); err != nil || v.By != "a" {
		t.Errorf("another plugin afterwards: %+v, %v", v, err)
	}
}

func TestCall_endsMemoryBomb(t *testing.T) {
	// The guest grows page by page until it is refused, and then answers.
	grow := seq(i32(1), []byte{0x40, 0}, i32(-1), []byte{0x47})                                                    // memory.grow 1; result != -1
	g := one(abi.HookMapFolder, "", nil, []byte{0x03, 0x40}, grow, []byte{0x0d, 0, 0x0b, 0x3f, 0, 0x41, 16, 0x47}) // memory.size != 16
	opts := quick
	opts.Memory = 16 * pageSize
	c := chain(t, newHost(t, opts), g)
	if got, err := c.MapFolder(t.Context(), question1()); err != nil || got.By != "" {
		t.Errorf("got %+v, %v; want no opinion, which says that the memory ended at 16 pages", got, err)
	}
}

func TestStart_refusesMemoryAboveTheLimit(t *testing.T) {
	opts := quick
	opts.Memory = 16 * pageSize
	g := one(abi.HookMapFolder, "", nil, i32(0))
	g.pages = 17
	_, err := newHost(t, opts).Load(t.Context(), "big", g.bytes())
	wantError(t, err, "plugin big is no valid WebAssembly module")
}

// TestChain_boundsTheStart covers all ways in which code runs before the first
// question.
func TestChain_boundsTheStart(t *testing.T) {
	ok := i32(0)
	with := func(name string, b []byte) guest {
		return guest{funcs: map[string][]byte{abi.HookMapFolder: ok, name: b}}
	}
	tests := []struct {
		name string
		give guest
		want string
	}{
		{"looping start function", guest{funcs: map[string][]byte{abi.HookMapFolder: ok}, start: forever}, "plugin evil: start: it used 500000 of 500000 ticks"},
		{"trapping start function", guest{funcs: map[string][]byte{abi.HookMapFolder: ok}, start: unreachable}, "plugin evil: start: it trapped: unreachable"},
		{"looping init", with(abi.ExportInit, seq(forever, ok)), "plugin evil: start: it used 500000 of 500000 ticks"},
		{"failing init", with(abi.ExportInit, i32(-1)), "plugin evil: start: it gave no reason"},
		{"looping abi_minor", with(abi.ExportMinor, seq(forever, ok)), "plugin evil: start: it used 500000 of 500000 ticks"},
		{"effect in init", guest{imports: []string{"prop_str"}, funcs: map[string][]byte{
			abi.HookMapFolder: ok,
			// The result is the read code, which is negative.
			abi.ExportInit: seq(i32(abi.PropFolder), i32(0), i32(0), i32(0), callFunc(0)),
		}}, "it gave no reason"},
		{"another minor version than the manifest's", with(abi.ExportMinor, i32(7)), "its manifest says mailweir_v1 version 1.0, its code says 1.7"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := newHost(t, quick)
			m := load(t, h, "evil", tt.give.bytes())
			defer m.Close(t.Context())
			_, err := h.Chain(t.Context(), []Binding{{Module: m}}, slog.New(slog.DiscardHandler))
			wantError(t, err, tt.want)
		})
	}
}

func TestFilter_refusesEffectsThatCanNotBe(t *testing.T) {
	flags := func(list string) guest {
		return one(abi.HookFilterEnvelope, list, []string{"flags"}, i32(abi.FlagsAdd), i32(0), i32(int32(len(list))), callFunc(0), drop, i32(1))
	}
	date := func(unix int64, zone int32) guest {
		return one(abi.HookFilterEnvelope, "", []string{"set_date"}, i64(unix), i32(zone), callFunc(0), drop, i32(1))
	}
	tests := []struct {
		name string
		give guest
		want string
	}{
		{"flag with a parenthesis", flags("a)b"), `the flag "a)b"`},
		{"flag that is a line end", flags("a\r\nA1 LOGOUT{"), "which can not be stored"},
		{"recent", flags(`\Recent`), `the flag "\\Recent"`},
		{"unknown system flag", flags(`\Nope`), "which can not be stored"},
		{"date far away", date(math.MaxInt64, 0), "a date that can not be stored"},
		{"date long ago", date(math.MinInt64, 0), "a date that can not be stored"},
		{"zone beyond a day", date(0, 1440), "a date that can not be stored"},
	}
	h := newHost(t, quick)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := chain(t, h, tt.give).FilterEnvelope(t.Context(), candidate())
			wantError(t, err, tt.want)
		})
	}
}

// TestCall_asksAFreshInstanceOnce has a guest that traps in its first call only,
// which it remembers in its memory: a fresh instance traps too.
func TestCall_asksAFreshInstanceOnce(t *testing.T) {
	var log strings.Builder
	h := newHost(t, quick)
	c, err := h.Chain(t.Context(), []Binding{{Module: load(t, h, "a", one(abi.HookMapFolder, "", nil, unreachable).bytes())}},
		slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_, err = c.MapFolder(t.Context(), question1())
	wantError(t, err, "it trapped")
	if n := strings.Count(log.String(), "asking a fresh instance"); n != 1 {
		t.Errorf("a fresh instance was asked %d times, want once:\n%s", n, log.String())
	}
}

// TestCall_dropsInstanceAfterTrap has a guest that traps in every second call of
// an instance: after the trap it must be a fresh one that answers.
func TestCall_dropsInstanceAfterTrap(t *testing.T) {
	h := newHost(t, quick)
	// if mem[64] == 0 { mem[64] = 1; return 1 }; trap
	g := one(abi.HookMapFolder, "", nil, unless(64, seq(store(64, 1), i32(1), []byte{0x0f})), unreachable)
	c := chain(t, h, g)
	for i := range 10 {
		got, err := c.MapFolder(t.Context(), question1())
		if err != nil || got.By != "a" {
			t.Fatalf("question %d: %+v, %v", i, got, err)
		}
	}
}

func TestCall_cutsFloodOfOutput(t *testing.T) {
	var log strings.Builder
	opts := quick
	opts.LogLines = 3
	h := newHost(t, opts)
	g := one(abi.HookMapFolder, "a line\nwith a break", []string{"log"}, times(50, seq(i32(abi.LogInfo), i32(0), i32(19), callFunc(0))), i32(1))
	c, err := h.Chain(t.Context(), []Binding{{Module: load(t, h, "a", g.bytes())}}, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.MapFolder(t.Context(), question1()); err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(log.String(), `msg="a line with a break" plugin=a`); got != 3 {
		t.Errorf("%d lines logged, want 3:\n%s", got, log.String())
	}
	if got := strings.Count(log.String(), "logs too much"); got != 1 {
		t.Errorf("the cut is mentioned %d times, want once:\n%s", got, log.String())
	}
}

// TestCall_stopsWithItsCaller: a run that is stopped does not wait for a plugin.
func TestCall_stopsWithItsCaller(t *testing.T) {
	opts := quick
	opts.CallTime, opts.CallTicks = time.Hour, math.MaxInt64
	h := newHost(t, opts)
	c := chain(t, h, one(abi.HookMapFolder, "", nil, forever, i32(0)))
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		_, err := c.MapFolder(ctx, question1())
		done <- err
	}()
	cancel()
	wantError(t, <-done, "context canceled")
}

// TestHost_doesNotGrow starts and ends many instances, as traps do.
func TestHost_doesNotGrow(t *testing.T) {
	h := newHost(t, quick)
	g := one(abi.HookMapFolder, "", nil, unreachable)
	g.pages = 16
	c := chain(t, h, g)
	measure := func(n int) uint64 {
		for range n {
			if _, err := c.MapFolder(t.Context(), question1()); err == nil {
				t.Fatal("no error")
			}
		}
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := measure(50)
	after := measure(500) // 1000 instances of 1 MiB
	if after > before+64<<20 {
		t.Errorf("the heap grew from %d to %d bytes", before, after)
	}
}
