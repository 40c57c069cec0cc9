package plugin

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mailweir/mailweir/sdk/abi"
)

func TestChain_tellsWhatEachQuestionTook(t *testing.T) {
	logs := seq(i32(abi.LogInfo), i32(0), i32(0), callFunc(0))
	tests := []struct {
		name          string
		imports       []string
		body          []byte
		calls         int
		ticks, atMost int64
		fails         bool
		questions     int
	}{
		{"nothing", nil, i32(0), 0, 1, 10, false, 1},
		{"a thousand turns", nil, seq(times(1000, nil), i32(0)), 0, 1000, 1100, false, 1},
		{"two calls of the host", []string{"log"}, seq(logs, logs, i32(0)), 2, 100, 150, false, 1},
		{"all ticks", nil, seq(forever, i32(0)), 0, 500_000, 500_000, true, 1},
		{"a trap, and once more", nil, seq(times(100, nil), unreachable), 0, 100, 200, true, 2},
		{"an exit, and once more", []string{"proc_exit"}, seq(i32(3), callFunc(0), i32(0)), 0, 1, 100, true, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := newHost(t, quick)
			var all []Spent
			m := load(t, h, "a", one(abi.HookMapFolder, "", tt.imports, tt.body).bytes())
			c, err := h.Chain(t.Context(), []Binding{{Module: m, Watch: func(s Spent) { all = append(all, s) }}}, quiet)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			if _, err := c.MapFolder(t.Context(), question1()); (err != nil) != tt.fails {
				t.Fatal(err)
			}
			if len(all) != tt.questions {
				t.Fatalf("told of %d questions, want %d", len(all), tt.questions)
			}
			s := all[0]
			if s.Ticks < tt.ticks || s.Ticks > tt.atMost || s.Limit != 500_000 {
				t.Errorf("%d of %d ticks, want %d to %d of 500000", s.Ticks, s.Limit, tt.ticks, tt.atMost)
			}
			if s.Hook != abi.HookMapFolder || s.HostCalls != tt.calls || s.Memory != pageSize || s.Time <= 0 {
				t.Errorf("got %+v, want %d calls of the host and %d bytes of memory", s, tt.calls, pageSize)
			}
		})
	}
}

func TestModule_namesWhatItImports(t *testing.T) {
	m := load(t, newHost(t, Options{}), "a", one(abi.HookMapFolder, "", []string{"note", "log"}, i32(0)).bytes())
	if diff := cmp.Diff([]string{"log", "note"}, m.Imports()); diff != "" {
		t.Error(diff)
	}
}
