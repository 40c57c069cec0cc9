package task

// Status is where a run stands, in one word for people and programs: its State while
// it has not ended, and then what its Outcome means to whoever owns the task.
type Status string

// The statuses.
const (
	StatusQueued     Status = "queued"
	StatusRunning    Status = "running"
	StatusStopping   Status = "stopping"
	StatusPausing    Status = "pausing"
	StatusPaused     Status = "paused"           // somebody paused the run; it goes on when it is resumed
	StatusWaiting    Status = "waiting for user" // it goes on once a person has done something
	StatusDone       Status = "done"
	StatusWarnings   Status = "done with warnings" // some messages are listed
	StatusIncomplete Status = "incomplete"         // the next run goes on
	StatusNeedsYou   Status = "needs you"          // it fails until a person has done something
	StatusCancelled  Status = "cancelled"          // somebody stopped it
	StatusFault      Status = "fault"              // of ours
)

// Statuses are all of them, in the order in which they come.
func Statuses() []Status {
	return []Status{
		StatusQueued, StatusRunning, StatusStopping, StatusPausing, StatusPaused, StatusWaiting, StatusDone, StatusWarnings, StatusIncomplete, StatusNeedsYou, StatusCancelled, StatusFault,
	}
}

// Status is where the run stands.
func (r Run) Status() Status {
	switch {
	case r.State == StateQueued:
		return StatusQueued
	case r.State == StateRunning && r.Stopping:
		return StatusStopping
	case r.State == StateRunning && r.Pausing:
		return StatusPausing
	case r.State == StateRunning:
		return StatusRunning
	case r.State == StatePaused:
		return StatusPaused
	case r.State == StateWaiting:
		return StatusWaiting
	case r.Report == nil:
		return StatusFault
	}
	return r.Report.Outcome.Status()
}

// Status is what the outcome means.
func (o Outcome) Status() Status {
	switch o {
	case OutcomeDone:
		return StatusDone
	case OutcomeListed:
		return StatusWarnings
	case OutcomeTemporary:
		return StatusIncomplete
	case OutcomeNeedsUser, OutcomeFull, OutcomeSafety, OutcomeUsage:
		return StatusNeedsYou
	case OutcomeStopped:
		return StatusCancelled
	}
	return StatusFault
}
