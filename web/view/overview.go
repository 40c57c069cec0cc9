package view

import (
	"context"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/task"
)

// Overview is the first page after the login.
type Overview struct {
	Sums      task.Sums
	Attention []TaskRow // what needs somebody first
	Running   []TaskRow
	Next      []TaskRow // what is due next first
	Latest    []TaskRow // the latest run first
	Health    string    // one line; "" for those who can do nothing about it
	Waits     string    // what is wrong with the service's own work; "" is nothing
}

// ShownHere is how many tasks each part of the overview lists.
const ShownHere = 8

// attention is how many tasks need somebody.
func (o Overview) attention() (n int) {
	for _, s := range AttentionStandings() {
		n += o.Sums.Of[s]
	}
	return n
}

// ended are those of the latest whose run has ended.
func (o Overview) ended() []TaskRow {
	var rows []TaskRow
	for _, r := range o.Latest {
		if r.Last != nil && !Active(r.Last) {
			rows = append(rows, r)
		}
	}
	return first(rows, ShownHere)
}

// remedy is what most likely mends what a run ended with. With post it is a form.
type remedy struct {
	label, icon, path string
	post              bool
}

// remedies are what the reader may do about how a task's latest run ended, the most
// likely first.
func remedies(ctx context.Context, row TaskRow) []remedy {
	x := t(ctx)
	if row.Last == nil || row.Last.Report == nil && row.Last.Await == nil {
		return nil
	}
	look := remedy{label: x.RemedyReport, icon: "right", path: "/runs/" + row.Last.ID}
	edit := remedy{label: x.RemedyEdit, icon: "edit", path: "/tasks/" + row.Task.ID + "/edit"}
	again := remedy{label: x.RunAgain, icon: "play", path: "/tasks/" + row.Task.ID + "/run", post: true}
	retry := remedy{label: x.RemedyRetry, icon: "again", path: "/runs/" + row.Last.ID + "/retry", post: true}
	var all []remedy
	switch outcomeOf(row.Last) {
	case task.OutcomeNeedsUser, task.OutcomeUsage:
		all = []remedy{edit, again}
	case task.OutcomeListed:
		all = []remedy{retry, look}
	case task.OutcomeSafety:
		all = []remedy{look}
	default:
		all = []remedy{again, look}
	}
	var may []remedy
	for _, r := range all {
		do := access.ReadTask
		switch {
		case r.post:
			do = access.RunTask
		case r == edit:
			do = access.ChangeTask
		}
		if mayTask(ctx, do, row.Task) {
			may = append(may, r)
		}
	}
	return may
}

// outcomeOf is how a run ended, or would have ended if it did not wait for somebody.
func outcomeOf(r *task.Run) task.Outcome {
	if r.Await != nil {
		return r.Await.Outcome
	}
	return r.Report.Outcome
}

// cause is why a run ended as it did, or waits, in a sentence.
func cause(ctx context.Context, r task.Run) string {
	if r.Await != nil {
		return explained(ctx, r.Await.Cause)
	}
	if r.Report != nil && r.Report.Cause != "" {
		return explained(ctx, r.Report.Cause)
	}
	return StatusOf(ctx, &r).Long
}

// speed is how fast a run goes now.
func speed(ctx context.Context, r task.Run) string {
	p := r.Progress
	if p.MessagesPerSecond <= 0 {
		return StatusOf(ctx, &r).Long
	}
	s := t(ctx).Rate(p.MessagesPerSecond) + " " + t(ctx).MessagesPerSecond + " · " + t(ctx).Bytes(int64(p.BytesPerSecond)) + "/s"
	if p.Left > 0 {
		s += " · " + t(ctx).TimeLeft(t(ctx).Duration(p.Left))
	}
	return s
}
