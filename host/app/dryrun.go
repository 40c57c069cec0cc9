package app

import (
	"fmt"
	"sync"
)

// maxDryNotes bounds what a plan says of plugins; the rest is counted.
const maxDryNotes = 100

// dryRun keeps what plugins would have done outside.
type dryRun struct {
	mu    sync.Mutex
	lines []string
	more  int
}

func (d *dryRun) record(plugin, door, what string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.lines) == maxDryNotes {
		d.more++
		return
	}
	d.lines = append(d.lines, fmt.Sprintf("plugin %s would use %s: %s", plugin, door, what))
}

// notes are lines for the plan.
func (d *dryRun) notes() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.more > 0 {
		return append(d.lines, fmt.Sprintf("plugins would do %d things more outside", d.more))
	}
	return d.lines
}
