package plugin

import (
	"slices"
	"time"

	"github.com/mailweir/mailweir/sdk/abi"
)

// Spent is what one question to one plugin took.
type Spent struct {
	Hook      string
	Ticks     int64 // see package meter; the same on every machine
	Limit     int64 // ticks that it had, those for bytes that it read included
	HostCalls int
	Memory    int64 // linear memory of the instance after the call, in bytes
	Time      time.Duration
}

// spent reads the meters of the call that has just ended, in whatever way.
func (inst *instance) spent(hook string, took time.Duration) Spent {
	c := inst.call
	f := c.fuel
	s := Spent{Hook: hook, Limit: f.budget, Time: took}
	// Below zero the guest has a debt, and was stopped.
	s.Ticks = min(max(f.budget-f.left-int64(inst.fuel.Get()), 0), f.budget)
	s.HostCalls = c.bound.module.host.opts.HostCalls - max(c.hostCalls, 0)
	if memory := inst.module.Memory(); memory != nil {
		s.Memory = int64(memory.Size())
	}
	return s
}

// Imports are the functions of mailweir_v1 that the plugin's code can call, by
// name; for a script, its engine's.
func (m *Module) Imports() []string {
	var out []string
	for _, f := range m.code.compiled.ImportedFunctions() {
		if module, name, _ := f.Import(); module == abi.Module {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
