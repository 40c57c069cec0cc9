package view

import (
	"context"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"github.com/mailweir/mailweir/host/task"
)

const (
	// MaxFolders is how many folders a page shows. The sums and the report have all.
	MaxFolders = 500
	maxListed  = 500
)

// RunTitle is the title of a run's page: what is seen of it among many tabs.
func RunTitle(ctx context.Context, r task.Run) string {
	st := StatusOf(ctx, &r)
	if c := countsOf(r); r.State == task.StateRunning && c.Source > 0 {
		return strconv.Itoa(percent(c.Handled(), c.Source)) + " % " + Plain(r.TaskName)
	}
	return st.Word + ": " + Plain(r.TaskName)
}

// runStream connects the page to what is pushed, as long as there is something.
func runStream(r task.Run) templ.Attributes {
	if !Active(&r) {
		return nil
	}
	return templ.Attributes{
		"hx-sse:connect": "/runs/" + r.ID + "/events",
		"hx-sse:close":   EventEnd,
		"hx-swap":        "none",
	}
}

// EventEnd is the event after which a stream is not opened again.
const EventEnd = "end"

func announcement(ctx context.Context, r task.Run) string {
	st, c := StatusOf(ctx, &r), countsOf(r)
	if r.State != task.StateRunning {
		return st.Long
	}
	return t(ctx).Announce(st.Long, percent(c.Handled(), c.Source)/10*10)
}

func presentNote(ctx context.Context, c task.Counts) string {
	if c.Flags > 0 {
		return t(ctx).Number(c.Flags) + " · " + t(ctx).Flags
	}
	return t(ctx).PresentHint
}

func toneIf(on bool, tone Tone) Tone {
	if on {
		return tone
	}
	return ""
}

func leftText(ctx context.Context, r task.Run) string {
	if r.Progress.Left <= 0 {
		return noValue
	}
	return t(ctx).Duration(r.Progress.Left)
}

// handled says how much of a run is done, and how much that is in percent.
func handled(ctx context.Context, r task.Run) (text, share string) {
	c := countsOf(r)
	if c.Source == 0 {
		return t(ctx).HandledUnknown, noValue
	}
	return t(ctx).Handled(c.Handled(), c.Source), strconv.Itoa(percent(c.Handled(), c.Source)) + " %"
}

// average is the rate over the whole run.
func average(ctx context.Context, r task.Run) string {
	d := took(r, time.Time{})
	if r.Ended.IsZero() || d < time.Second {
		return noValue
	}
	c := countsOf(r)
	return t(ctx).Rate(float64(c.Copied)/d.Seconds()) + " " + t(ctx).MessagesPerSecond
}

func millis(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return strconv.FormatInt(at.UnixMilli(), 10)
}

// severalSources reports whether a folder's name alone does not say whose it is.
func severalSources(all []task.FolderReport) bool {
	for _, f := range all {
		if f.Source != all[0].Source {
			return true
		}
	}
	return false
}

func folderStatus(ctx context.Context, r task.Run, f task.FolderReport) Status {
	x := t(ctx)
	switch {
	case f.Error != "":
		return Status{Icon: "warning", Word: x.FolderFailed, Tone: ToneBad}
	case f.Target == "":
		return Status{Icon: "minus", Word: x.FolderExcluded, Tone: ToneIdle}
	case f.Done:
		return Status{Icon: "ok", Word: x.FolderDone, Tone: ToneGood}
	case r.State == task.StateRunning && f.Folder == r.Progress.Folder:
		return Status{Icon: "running", Word: x.FolderNow, Tone: ToneLive}
	}
	return Status{Icon: "dot", Word: x.FolderWaiting, Tone: ToneIdle}
}

func fate(ctx context.Context, f task.Fate) Status {
	x := t(ctx)
	switch f {
	case task.FateSkipped:
		return Status{Icon: "minus", Word: x.FateSkipped, Tone: ToneIdle}
	case task.FateHeld:
		return Status{Icon: "clock", Word: x.FateHeld, Tone: ToneWarn}
	case task.FateUntold:
		return Status{Icon: "warning", Word: x.FateUntold, Tone: ToneWarn}
	}
	return Status{Icon: "warning", Word: x.FateFailed, Tone: ToneBad}
}

// listedAs splits the listed messages into those that were not copied, and those of
// which a plugin was not told.
func listedAs(all []task.Listed) (notCopied, untold []task.Listed) {
	for _, l := range all {
		if l.Fate == task.FateUntold {
			untold = append(untold, l)
		} else {
			notCopied = append(notCopied, l)
		}
	}
	return notCopied, untold
}

func levelWord(ctx context.Context, level string) string {
	switch level {
	case "warn":
		return t(ctx).LogWarn
	case "error":
		return t(ctx).LogError
	}
	return ""
}

// first is at most the first n of all.
func first[E any](all []E, n int) []E { return all[:min(n, len(all))] }
