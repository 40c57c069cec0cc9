package plugin

import (
	"log/slog"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/mailweir/mailweir/sdk/abi"
)

// footprint is what a process may leak.
type footprint struct {
	goroutines int
	files      int
	maps       int // regions of memory: compiled code and instances have their own
	heap       uint64
}

func measure(t *testing.T) footprint {
	t.Helper()
	debug.FreeOSMemory() // collects twice, so that finalizers have run
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	f := footprint{goroutines: runtime.NumGoroutine(), heap: m.HeapAlloc}
	if fds, err := os.ReadDir("/proc/self/fd"); err == nil {
		f.files = len(fds)
	}
	if maps, err := os.ReadFile("/proc/self/maps"); err == nil {
		f.maps = strings.Count(string(maps), "\n")
	}
	return f
}

// TestHost_tenThousandReloadsLeakNothing loads plugins, asks them and lets go of
// them, over and over: honest ones, and such that fail at each step.
func TestHost_tenThousandReloadsLeakNothing(t *testing.T) {
	reloads := 10_000
	if testing.Short() {
		reloads = 1000
	}
	guests := [][]byte{
		one(abi.HookMapFolder, "Good", []string{"set_folder"}, i32(0), i32(4), callFunc(0), drop, i32(1)).bytes(),
		one(abi.HookMapFolder, "", nil, i32(0)).bytes(),
		one(abi.HookMapFolder, "", nil, unreachable).bytes(),
		guest{funcs: map[string][]byte{abi.HookMapFolder: i32(0), abi.ExportInit: i32(-1)}}.bytes(),
		guest{funcs: map[string][]byte{abi.HookMapFolder: {0xff}}}.bytes(), // is refused by the compiler
		[]byte("no plugin"),
	}
	h := newHost(t, Options{CacheDir: t.TempDir(), CallTicks: quick.CallTicks, StartTicks: quick.StartTicks})
	reload := func(i int) {
		m, err := h.Load(t.Context(), "x", guests[i%len(guests)])
		if err != nil {
			return
		}
		defer m.Close(t.Context())
		c, err := h.Chain(t.Context(), []Binding{{Module: m}, {Module: m}}, slog.New(slog.DiscardHandler))
		if err != nil {
			return
		}
		defer c.Close()
		got, err := c.MapFolder(t.Context(), question1())
		if i%len(guests) == 0 && (err != nil || got.Target != "Good") {
			t.Fatalf("reload %d: %+v, %v", i, got, err)
		}
	}
	for i := range 500 { // until pools and tables have their size
		reload(i)
	}
	before := measure(t)
	for i := range reloads {
		reload(i)
	}
	after := measure(t)
	t.Logf("before %+v, after %+v", before, after)
	if len(h.code) != 0 {
		t.Errorf("%d compiled modules are left", len(h.code))
	}
	// Some room for the run time of Go itself; a leak of a single thing in each reload
	// would be thousands.
	if after.goroutines > before.goroutines || after.files > before.files || after.maps > before.maps+20 || after.heap > before.heap+2<<20 {
		t.Errorf("it grew: before %+v, after %+v", before, after)
	}
}

// TestHost_upgradesWhileCallsAreUnderWay: a run that has begun with a plugin ends
// with it, and the next one gets the other file.
func TestHost_upgradesWhileCallsAreUnderWay(t *testing.T) {
	h := newHost(t, quick)
	bind := func(wasm []byte) *Chain {
		m := load(t, h, "mapper", wasm)
		defer m.Close(t.Context())
		c, err := h.Chain(t.Context(), []Binding{{Module: m}}, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	target := func(c *Chain) string {
		got, err := c.MapFolder(t.Context(), question1())
		if err != nil {
			t.Error(err)
		}
		return got.Target
	}
	first := bind(appends(abi.HookMapFolder, "1", 0).bytes())
	var under sync.WaitGroup
	stop := make(chan struct{})
	for range 3 {
		under.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if got := target(first); got != "Büro/Post1" {
					t.Errorf("under way: %s", got)
					return
				}
			}
		})
	}
	for i := range 50 {
		next := bind(appends(abi.HookMapFolder, string(rune('A'+i%26)), 0).bytes())
		if got, want := target(next), "Büro/Post"+string(rune('A'+i%26)); got != want {
			t.Errorf("upgraded: %s, want %s", got, want)
		}
		next.Close()
		if got := target(first); got != "Büro/Post1" {
			t.Errorf("the one under way: %s", got)
		}
	}
	if len(h.code) != 1 {
		t.Errorf("%d compiled modules, want that of the run under way alone", len(h.code))
	}
	close(stop)
	under.Wait()
	first.Close()
	if len(h.code) != 0 {
		t.Errorf("%d compiled modules are left", len(h.code))
	}
}

// TestLoad_compilesOnce: many who want the same file at once share one compilation,
// and a failure keeps nobody from trying again.
func TestLoad_compilesOnce(t *testing.T) {
	h := newHost(t, quick)
	good := one(abi.HookMapFolder, "", nil, i32(1)).bytes()
	bad := guest{funcs: map[string][]byte{abi.HookMapFolder: {0xff}}}.bytes()
	for range 20 {
		var wg sync.WaitGroup
		var mu sync.Mutex
		var codes []*code
		for i := range 16 {
			wg.Go(func() {
				if i%4 == 3 {
					if _, err := h.Load(t.Context(), "bad", bad); err == nil {
						t.Error("a faulty module is loaded")
					}
					return
				}
				m, err := h.Load(t.Context(), "good", good)
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				defer mu.Unlock()
				codes = append(codes, m.code)
			})
		}
		wg.Wait()
		if len(slices.Compact(codes)) != 1 || codes[0].users != 12 {
			t.Fatalf("%d codes, the first of %d users; want one of 12", len(slices.Compact(codes)), codes[0].users)
		}
		for _, c := range slices.Repeat(codes[:1], 12) {
			if err := h.release(t.Context(), c); err != nil {
				t.Fatal(err)
			}
		}
		if len(h.code) != 0 {
			t.Fatalf("%d compiled modules are left", len(h.code))
		}
	}
}

// TestAsk_dropsTheInstanceAfterATrap: what a guest has written before it trapped is
// not seen by the next call.
func TestAsk_dropsTheInstanceAfterATrap(t *testing.T) {
	// The first call of an instance leaves a mark and traps; a second one would find it.
	g := one(abi.HookMapFolder, "", nil, unless(500, seq(store(500, 1), unreachable)), i32(1))
	c := chain(t, newHost(t, quick), g)
	for range 3 {
		_, err := c.MapFolder(t.Context(), question1())
		// A kept instance would find the mark, and answer.
		wantError(t, err, "it trapped: unreachable")
	}
	if n := len(c.bound[0].pool.idle); n != 0 {
		t.Errorf("%d instances that have trapped are kept", n)
	}
}
