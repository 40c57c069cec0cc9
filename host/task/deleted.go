package task

import "time"

// KeepDeleted is how long a deleted task can be restored.
const KeepDeleted = 24 * time.Hour

// Deleted is a task that was deleted and can still be restored, with all it had.
type Deleted struct {
	Task     Task   // as it was, its passwords and Overrides empty
	Deletion string // tasks with the same one were deleted at once
	At       time.Time
}

// Until is when it is gone for good.
func (d Deleted) Until() time.Time { return d.At.Add(KeepDeleted) }
