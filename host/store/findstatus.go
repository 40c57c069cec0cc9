package store

import (
	"github.com/uptrace/bun"

	"github.com/mailweir/mailweir/host/task"
)

// statusCondition is the condition for tasks of which [task.StatusOf] says that status.
func statusCondition(status task.Status) (where string, args []any) {
	const (
		openRun = "SELECT 1 FROM run AS o WHERE o.task_id = task.id AND o.state <> 'ended'"
		resting = "NOT EXISTS (" + openRun + ")"
		plain   = "task.paused_at IS NULL AND NOT task.waits"
	)
	runIs := func(condition string) string { return "EXISTS (" + openRun + " AND " + condition + ")" }
	standing := func(s task.Standing) (string, []any) {
		return "task.standing = ? AND " + plain, []any{placeOf(s)}
	}
	switch status {
	case task.StatusQueued:
		return runIs("o.state = 'queued'"), nil
	case task.StatusStopping:
		return runIs("o.state = 'running' AND o.cancel_requested"), nil
	case task.StatusPausing:
		return runIs("o.state = 'running' AND NOT o.cancel_requested AND o.pause_requested"), nil
	case task.StatusRunning:
		return runIs("o.state = 'running' AND NOT o.cancel_requested AND NOT o.pause_requested"), nil
	case task.StatusPaused:
		return "(" + runIs("o.state = 'paused'") + " OR task.paused_at IS NOT NULL AND NOT task.waits AND " + resting + ")", nil
	case task.StatusWaiting:
		return "(" + runIs("o.state = 'waiting'") + " OR task.waits AND " + resting + ")", nil
	case task.StatusNew:
		return standing(task.StandingNever)
	case task.StatusDone:
		return standing(task.StandingDone)
	case task.StatusWarnings:
		return standing(task.StandingListed)
	case task.StatusIncomplete:
		return standing(task.StandingAgain)
	case task.StatusCancelled:
		return standing(task.StandingStopped)
	case task.StatusNeedsYou, task.StatusFault:
		// Both stand the same way, and so does a run that waits for somebody.
		var outcomes []task.Outcome
		for _, o := range task.Outcomes() {
			if o.Status() == task.StatusNeedsYou {
				outcomes = append(outcomes, o)
			}
		}
		in := "IN"
		if status == task.StatusFault {
			in = "NOT IN"
		}
		return "task.standing = ? AND " + plain + " AND " + resting +
				" AND (SELECT r.outcome FROM run AS r WHERE r.task_id = task.id ORDER BY r.number DESC LIMIT 1) " + in + " (?)",
			[]any{placeOf(task.StandingNeedsYou), bun.List(outcomes)}
	}
	return "FALSE", nil
}
