package view

import (
	"context"

	"github.com/mailweir/mailweir/host/task"
)

// Tone is the colour of a state. It is never the only sign of one.
type Tone string

// The tones.
const (
	ToneIdle Tone = "idle"
	ToneLive Tone = "live"
	ToneGood Tone = "good"
	ToneWarn Tone = "warn"
	ToneBad  Tone = "bad"
)

// Status is a state as people see it: icon, word and colour.
type Status struct {
	Icon string
	Word string
	Tone Tone
	// Long says it in a sentence.
	Long string
}

// StatusOf is how a run stands; nil is that of a task that never ran.
func StatusOf(ctx context.Context, r *task.Run) Status {
	x := t(ctx)
	switch {
	case r == nil:
		return Status{"never", x.StateNever, ToneIdle, x.StateNeverLong}
	case r.State != task.StateEnded && r.Stopping:
		return Status{"stopped", x.StateStopping, ToneWarn, x.StateStoppingLong}
	case r.State == task.StateQueued:
		return Status{"queued", x.StateQueued, ToneIdle, queuedWords(ctx, r.Position)}
	case r.State == task.StateRunning && r.Pausing:
		return Status{"pause", x.StatePausing, ToneWarn, x.StatePausingLong}
	case r.State == task.StatePaused:
		return Status{"pause", x.StatePaused, ToneWarn, x.StatePausedLong(Plain(r.Pause.By))}
	case r.State == task.StateWaiting:
		return Status{"person", x.StateWaiting, ToneBad, x.StateWaitingLong}
	case r.State == task.StateRunning:
		return Status{"running", x.StateRunning, ToneLive, phase(ctx, r.Progress.Phase)}
	case r.Report == nil:
		return Status{"bug", x.OutcomeBug, ToneBad, x.OutcomeBugLong}
	}
	return outcome(ctx, r.Report.Outcome)
}

// queuedWords say where a queued run stands; nil is not known.
func queuedWords(ctx context.Context, p *task.Position) string {
	x := t(ctx)
	if p == nil {
		return x.StateQueuedLong
	}
	words := x.QueuedNext
	if p.Before > 0 {
		words = x.QueuedBefore(p.Before)
	}
	switch p.For {
	case task.ObstacleAccount:
		return words + " " + x.QueuedAccount(Plain(p.Where), p.Limit)
	case task.ObstacleHost:
		return words + " " + x.QueuedHost(Plain(p.Where), p.Limit)
	case task.ObstacleRuns:
		return words + " " + x.QueuedRuns(p.Limit)
	}
	return words + " " + x.QueuedWorker
}

func outcome(ctx context.Context, o task.Outcome) Status {
	x := t(ctx)
	switch o {
	case task.OutcomeDone:
		return Status{"ok", x.OutcomeDone, ToneGood, x.OutcomeDoneLong}
	case task.OutcomeListed:
		return Status{"listed", x.OutcomeListed, ToneWarn, x.OutcomeListedLong}
	case task.OutcomeTemporary:
		return Status{"again", x.OutcomeTemporary, ToneWarn, x.OutcomeTemporaryLong}
	case task.OutcomeNeedsUser:
		return Status{"person", x.OutcomeNeedsUser, ToneBad, x.OutcomeNeedsUserLong}
	case task.OutcomeFull:
		return Status{"full", x.OutcomeFull, ToneBad, x.OutcomeFullLong}
	case task.OutcomeSafety:
		return Status{"shield", x.OutcomeSafety, ToneBad, x.OutcomeSafetyLong}
	case task.OutcomeUsage:
		return Status{"warning", x.OutcomeUsage, ToneBad, x.OutcomeUsageLong}
	case task.OutcomeStopped:
		return Status{"stopped", x.OutcomeStopped, ToneIdle, x.OutcomeStoppedLong}
	}
	return Status{"bug", x.OutcomeBug, ToneBad, x.OutcomeBugLong}
}

func phase(ctx context.Context, p task.Phase) string {
	x := t(ctx)
	switch p {
	case task.PhasePlan:
		return x.PhasePlan
	case task.PhaseTransfer:
		return x.PhaseTransfer
	case task.PhaseDeliver:
		return x.PhaseDeliver
	case task.PhaseDone:
		return x.PhaseDone
	}
	return x.PhaseConnect
}

// Active reports whether the run has not ended.
func Active(r *task.Run) bool {
	return r != nil && r.State != task.StateEnded
}

// icon is the favicon for a tone.
func (tone Tone) icon() string {
	if tone == "" {
		tone = ToneIdle
	}
	return "icon-" + string(tone) + ".svg"
}

// countsOf are the sums of a run, from its report once there is one.
func countsOf(r task.Run) task.Counts {
	if r.Report != nil {
		return r.Report.Counts
	}
	return r.Progress.Counts
}

// FoldersOf are the folders of a run, from its report once there is one.
func FoldersOf(r task.Run) []task.FolderReport {
	if r.Report != nil && len(r.Report.Folders) > 0 {
		return r.Report.Folders
	}
	return r.Progress.Folders
}

// notCopied is the number of messages that a person may want to look at.
func notCopied(c task.Counts) int64 { return c.Held + c.Failed }
