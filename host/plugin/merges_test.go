package plugin

import (
	"log/slog"
	"testing"

	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/sdk/abi"
)

// TestChain_saysWhoseMergesAreRefused: the policy that counts is that of the plugin that
// named the target last.
func TestChain_saysWhoseMergesAreRefused(t *testing.T) {
	h := newHost(t, quick)
	moves := load(t, h, "mover", appends(abi.HookMapFolder, "!", 0).bytes())
	moves2 := load(t, h, "again", appends(abi.HookMapFolder, "?", 0).bytes())
	stays := load(t, h, "stays", appends(abi.HookMapFolder, "", 0).bytes())
	leaves := load(t, h, "leaves", appends(abi.HookMapFolder, "!", abi.ResultSkip).bytes())
	tests := []struct {
		name     string
		bindings []Binding
		want     string
	}{
		{"reports", []Binding{{Module: moves}}, ""},
		{"reports when told", []Binding{{Module: moves, Merges: task.MergesReport}}, ""},
		{"refuses", []Binding{{Module: moves, Merges: task.MergesRefuse}}, "plugin mover"},
		{"has named the same", []Binding{{Module: stays, Merges: task.MergesRefuse}}, ""},
		{"has left what another one named", []Binding{{Module: moves}, {Module: stays, Merges: task.MergesRefuse}}, ""},
		{"the other one has left what it named", []Binding{{Module: moves, Merges: task.MergesRefuse}, {Module: stays}}, "plugin mover"},
		{"the last one refuses", []Binding{{Module: moves}, {Module: moves2, Merges: task.MergesRefuse}}, "plugin again"},
		{"the last one reports", []Binding{{Module: moves, Merges: task.MergesRefuse}, {Module: moves2}}, ""},
		{"leaves the folder out", []Binding{{Module: leaves, Merges: task.MergesRefuse}}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := h.Chain(t.Context(), tt.bindings, slog.New(slog.DiscardHandler))
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			if got, err := askFor(t, c, "A"); err != nil || got.Unshared != tt.want {
				t.Errorf("%+v, %v; want %q", got, err, tt.want)
			}
		})
	}
}
