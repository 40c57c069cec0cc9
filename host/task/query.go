package task

// Standing is how a task stands, by its latest run.
type Standing string

// The standings. Each task has one; whether it is paused is another matter.
const (
	StandingNever    Standing = "never"     // it has not run yet
	StandingActive   Standing = "active"    // a run is queued, at work or paused
	StandingDone     Standing = "done"      // all is there
	StandingListed   Standing = "listed"    // done, but for some messages
	StandingAgain    Standing = "again"     // interrupted; the next run goes on
	StandingStopped  Standing = "stopped"   // by somebody
	StandingNeedsYou Standing = "needs you" // nothing goes on before a person has done something
	StandingWaiting  Standing = "waiting"   // for a password, of whoever has it
)

// Standings are all of them; what needs somebody comes first. Databases hold their
// places in this list: new ones come at its end.
func Standings() []Standing {
	return []Standing{StandingNeedsYou, StandingListed, StandingAgain, StandingActive, StandingStopped, StandingNever, StandingDone, StandingWaiting}
}

// StandingOf is how a task stands with its latest run; nil is no run.
func StandingOf(t Task, last *Run) Standing {
	if t.Waits() {
		return StandingWaiting
	}
	return last.Standing()
}

// Standing is that of a run's task, if it is the latest and the task does not wait
// for a password; nil is no run.
func (r *Run) Standing() Standing {
	switch {
	case r == nil:
		return StandingNever
	case r.State == StateWaiting:
		return StandingNeedsYou
	case r.State != StateEnded:
		return StandingActive
	case r.Report == nil:
		return StandingNeedsYou
	}
	return r.Report.Outcome.Standing()
}

// Standing is that of a task whose latest run ended so.
func (o Outcome) Standing() Standing {
	switch o {
	case OutcomeDone:
		return StandingDone
	case OutcomeListed:
		return StandingListed
	case OutcomeTemporary:
		return StandingAgain
	case OutcomeStopped:
		return StandingStopped
	}
	return StandingNeedsYou
}

// Outcomes are all of them.
func Outcomes() []Outcome {
	return []Outcome{
		OutcomeDone, OutcomeListed, OutcomeTemporary, OutcomeNeedsUser, OutcomeFull, OutcomeSafety, OutcomeUsage, OutcomeBug, OutcomeStopped,
	}
}

// Order is the order of a list of tasks.
type Order string

// The orders. The zero value is by name.
const (
	OrderName   Order = ""
	OrderState  Order = "state"  // what needs somebody first, as in Standings
	OrderLatest Order = "latest" // the latest run first, and what never ran last
	OrderNext   Order = "next"   // what is due next first, and what is not due last
)

// Query says which tasks a list shows. The zero value is all of them by name.
type Query struct {
	Text      string     // part of the name of the task or its owner, or of an account's user or server; letter case does not matter
	Standings []Standing // any of these; none is all
	Status    Status     // only tasks with this status, as StatusOf says it
	IDs       []string   // only these; none is all
	Names     []string   // only those with one of these names; none is all
	Paused    bool       // only what is paused
	Due       bool       // only what has a next run
	Owner     string     // only the tasks of the user with this name
	Batch     string     // only the tasks of the batch with this ID
	Order     Order
	Offset    int
	Limit     int  // 0 is no limit
	OnlyLast  bool // of each task's runs only the latest is wanted
	Uncounted bool // how many there are in all is not wanted, and may be told wrong
}

// Mark tells whether a task has changed: it is another one then.
type Mark struct {
	ID   string
	Text string
}

// Sums count tasks.
type Sums struct {
	All    int
	Paused int
	Of     map[Standing]int
}
