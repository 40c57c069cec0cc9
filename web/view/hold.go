package view

import (
	"time"

	"github.com/mailweir/mailweir/host/task"
)

// lastMoved is when a run ended, or when one that waits for somebody began.
func lastMoved(r task.Run) time.Time {
	for _, at := range []time.Time{r.Ended, r.Started} {
		if !at.IsZero() {
			return at
		}
	}
	return r.Queued
}
