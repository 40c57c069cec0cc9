package view

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/mailweir/mailweir/host/task"
)

// MaxPlanRows is how many rows of a plan the page shows and lets be edited.
const MaxPlanRows = fewRows

// PlanDetails is what the page of a plan shows.
type PlanDetails struct {
	Task     task.Task
	Plan     *task.Plan // the latest; nil is none yet
	InForce  *task.Plan // another one that binds runs; nil is none
	Edits    map[int]RowEdit
	Problems []string
}

// RowEdit is a row as it was typed.
type RowEdit struct {
	Target string
	Out    bool
	Reset  bool
}

func (d PlanDetails) path() string { return "/tasks/" + d.Task.ID + "/plan" }

// edit is what the fields of a row show.
func (d PlanDetails) edit(i int) RowEdit {
	if e, ok := d.Edits[i]; ok {
		return e
	}
	r := d.Plan.Rows[i]
	return RowEdit{Target: r.Target, Out: r.Excluded}
}

// byHand reports whether a person has set the row.
func (d PlanDetails) byHand(r task.PlanRow) bool {
	for _, o := range d.Task.Overrides {
		if o.Source == r.Source && o.Folder == r.Folder {
			return true
		}
	}
	return false
}

// stale reports whether the task was changed after the plan was made.
func (d PlanDetails) stale() bool {
	return d.Plan != nil && d.Plan.Ended.IsZero() && d.Task.Updated.After(d.Plan.Made)
}

// approvable reports whether the plan can be approved.
func (d PlanDetails) approvable() bool {
	return d.Plan != nil && d.Plan.State() == task.PlanNew && !d.Plan.Incomplete && !d.stale()
}

// binds reports whether any plan binds the runs of the task.
func (d PlanDetails) binds() bool { return d.InForce != nil || d.Plan != nil && d.Plan.InForce() }

// PlanRowID is the name of a field of a row.
func PlanRowID(field string, row int) string { return field + "-" + strconv.Itoa(row) }

// planStatus is what has become of a plan.
func planStatus(ctx context.Context, p *task.Plan) Status {
	x := t(ctx)
	switch p.State() {
	case task.PlanApproved:
		return Status{Icon: "ok", Word: x.PlanApproved, Tone: ToneGood, Long: x.PlanApprovedBy(Plain(p.ApprovedBy))}
	case task.PlanEnded:
		return Status{Icon: "stopped", Word: x.PlanEnded, Tone: ToneIdle, Long: x.PlanEndedBy(Plain(p.EndedBy))}
	case task.PlanCarriedOut:
		return Status{Icon: "ok", Word: x.PlanDone, Tone: ToneIdle, Long: x.PlanDoneBy("")}
	}
	if p.Incomplete {
		return Status{Icon: "warning", Word: x.PlanNew, Tone: ToneWarn, Long: x.PlanIncompleteLong}
	}
	return Status{Icon: "never", Word: x.PlanNew, Tone: ToneIdle, Long: x.PlanNewLong}
}

// planTone is the colour of the page.
func planTone(d PlanDetails) Tone {
	if d.Plan == nil {
		return ToneIdle
	}
	if task.Worst(d.Plan.Findings) == task.FindingStops {
		return ToneBad
	}
	if d.Plan.InForce() {
		return ToneGood
	}
	return ToneIdle
}

// findingStatus is a class of findings as icon, word and colour.
func findingStatus(ctx context.Context, c task.FindingClass) Status {
	x := t(ctx)
	switch c {
	case task.FindingStops:
		return Status{Icon: "warning", Word: x.FindingStops, Tone: ToneBad}
	case task.FindingNote:
		return Status{Icon: "listed", Word: x.FindingNote, Tone: ToneWarn}
	}
	return Status{Icon: "ok", Word: x.FindingFine, Tone: ToneGood}
}

// estimateText says how long a run may take, and how that is known.
func estimateText(ctx context.Context, e task.Estimate) (span, note string) {
	x := t(ctx)
	switch {
	case !e.Known:
		return x.PlanTimeUnknown, Plain(e.Why)
	case e.High == 0:
		return noValue, x.PlanTimeNone
	}
	return x.PlanTimeSpan(roughly(ctx, e.Low), roughly(ctx, e.High)), x.PlanTimeSample(e.Messages, t(ctx).Bytes(e.Bytes))
}

// roughly writes a time that nobody knows to the second.
func roughly(ctx context.Context, d time.Duration) string {
	switch {
	case d < time.Minute:
		return t(ctx).Duration(max(time.Second, d.Round(time.Second)))
	case d < time.Hour:
		return strconv.Itoa(int(d.Round(time.Minute)/time.Minute)) + " min"
	case d < 48*time.Hour:
		return strconv.Itoa(int(d.Round(time.Hour)/time.Hour)) + " h"
	}
	return t(ctx).RoughDays(int(d / (24 * time.Hour)))
}

func sizeNote(ctx context.Context, totals task.PlanTotals) string {
	if !totals.BytesKnown {
		return t(ctx).PlanSizeMore
	}
	return ""
}

func copyNote(ctx context.Context, totals task.PlanTotals) string {
	note := t(ctx).PlanOf(totals.Messages)
	if totals.Unsure > 0 {
		note += ", " + t(ctx).PlanUnsure(totals.Unsure)
	}
	return note
}

// rowMarks are what else there is to say of a row, each with its colour.
func rowMarks(ctx context.Context, p *task.Plan, r task.PlanRow) []Status {
	x := t(ctx)
	var out []Status
	for _, c := range p.Collisions {
		if c.Has(r) {
			out = append(out, Status{Icon: "warning", Word: x.PlanCollision(c.Kind), Tone: ToneWarn})
		}
	}
	if r.TooBig > 0 {
		out = append(out, Status{Icon: "full", Word: x.PlanTooBig(r.TooBig), Tone: ToneWarn})
	}
	if n := r.DeleteSource + r.DeleteTarget; n > 0 {
		out = append(out, Status{Icon: "trash", Word: x.PlanDelete(n), Tone: ToneWarn})
	}
	if r.Create {
		out = append(out, Status{Icon: "plus", Word: x.PlanMade, Tone: ToneIdle})
	}
	return out
}

// rowCopy is how many messages of a row are to be copied.
func rowCopy(ctx context.Context, r task.PlanRow) string {
	switch {
	case r.Excluded || r.Error != "":
		return noValue
	case r.ToCopy < 0:
		return "≤ " + t(ctx).Number(max(0, r.Messages))
	}
	return t(ctx).Number(r.ToCopy)
}

func rowSize(ctx context.Context, r task.PlanRow) string {
	if r.Bytes < 0 || r.Excluded || r.Error != "" {
		return noValue
	}
	return t(ctx).Bytes(r.Bytes)
}

func rowFound(ctx context.Context, r task.PlanRow) string {
	if r.Messages < 0 {
		return noValue
	}
	return t(ctx).Number(r.Messages)
}

// rowBy is what decided the row.
func rowBy(ctx context.Context, d PlanDetails, r task.PlanRow) string {
	if d.byHand(r) && r.By == "set by hand" {
		return t(ctx).PlanByHand
	}
	return Plain(in(t(ctx).DecidedBy, strings.TrimSpace(r.By)))
}

func planSources(p *task.Plan) bool {
	for _, r := range p.Rows {
		if r.Source != p.Rows[0].Source {
			return true
		}
	}
	return false
}
