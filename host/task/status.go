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
	StatusNew        Status = "new"                // of a task that has not run yet
)

// Statuses are all those of runs, in the order in which they come.
func Statuses() []Status {
	return []Status{
		StatusQueued, StatusRunning, StatusStopping, StatusPausing, StatusPaused, StatusWaiting, StatusDone, StatusWarnings, StatusIncomplete, StatusNeedsYou, StatusCancelled, StatusFault,
	}
}

// StatusOf is that of a task with its latest run, nil if there was none: a task that is
// paused, or waits for a password, has that status once no run goes on.
func StatusOf(t Task, last *Run) Status {
	if last != nil && last.Open() {
		return last.Status()
	}
	switch {
	case t.Waits():
		return StatusWaiting
	case !t.Pause.At.IsZero():
		return StatusPaused
	case last == nil:
		return StatusNew
	}
	return last.Status()
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
