package plugin

import (
	"log/slog"
	"os"
	"strings"
	"testing"

	"github.com/mailweir/mailweir/sdk/abi"
)

// mappings are the regions of memory that the process has; 0 where nobody tells.
func mappings() int {
	text, _ := os.ReadFile("/proc/self/maps")
	return strings.Count(string(text), "\n")
}

// TestInstances_giveTheirMemoryBack: those that never start, those that trap and those
// that are closed in order.
func TestInstances_giveTheirMemoryBack(t *testing.T) {
	h := newHost(t, quick)
	ok := i32(0)
	guests := map[string]guest{
		"trap at the start": {funcs: map[string][]byte{abi.HookMapFolder: ok}, start: unreachable},
		"failing init":      {funcs: map[string][]byte{abi.HookMapFolder: ok, abi.ExportInit: i32(-1)}},
		"trap":              one(abi.HookMapFolder, "", nil, unreachable),
		"nothing wrong":     one(abi.HookMapFolder, "", nil, ok),
	}
	for name, g := range guests {
		t.Run(name, func(t *testing.T) {
			m := load(t, h, "a", g.bytes())
			var before int
			for i := range 200 {
				if i == 20 {
					before = mappings()
				}
				c, err := h.Chain(t.Context(), []Binding{{Module: m}}, slog.New(slog.DiscardHandler))
				if err != nil {
					continue
				}
				_, _ = c.MapFolder(t.Context(), question1())
				c.Close()
			}
			if after := mappings(); after > before+20 {
				t.Errorf("%d mappings became %d", before, after)
			}
		})
	}
}
