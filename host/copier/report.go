package copier

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/mailweir/mailweir/host/task"
)

// A tally counts what happens, folder by folder.
//
// Sums. While a folder is worked on, its Source is kept equal to what is handled
// plus what is still to do: a message that vanishes at the source reduces
// Source, one that appears during the run belongs to the next run. When a folder
// is left early, the messages that were not reached count as Failed, and the
// folder's Error says why. So Source = Copied + Present + Skipped + Held + Failed
// holds for each folder at the end of a run, whatever the end was.
type tally struct {
	mu      sync.Mutex
	phase   task.Phase
	folder  string
	rows    []task.FolderReport
	undone  []task.Listed // held, failed and kept: they matter more than the skipped
	skipped []task.Listed
	notes   []string
	remade  map[string]int64 // how many messages each hook has rewritten
	kept    int              // messages that were not deleted as was asked for
	untold  int              // messages of which a recipient will not be told
	outbox  task.OutboxCounts
	unbegun bool // a hook skipped the run
	dry     bool // nothing is handled: sums are those of the plan
}

func (t *tally) enter(phase task.Phase) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.phase = phase
}

// begin takes over the plan.
func (t *tally) begin(rows []task.FolderReport, notes []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.rows, t.notes = rows, append(t.notes, notes...)
}

// change lets fn change one row.
func (t *tally) change(row int, fn func(*task.FolderReport)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	fn(&t.rows[row])
	t.folder = t.rows[row].Folder
}

// list adds one message that was not copied, or not deleted.
func (t *tally) list(l task.Listed) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch l.Fate {
	case task.FateKept:
		t.kept++
	case task.FateUntold:
		t.untold++
	}
	list := &t.undone
	if l.Fate == task.FateSkipped {
		list = &t.skipped
	}
	if len(*list) < task.MaxListed {
		*list = append(*list, l)
	}
}

// rewritten counts messages that were stored as hooks have made them, by the names
// of these.
func (t *tally) rewritten(n int64, by ...string) {
	if len(by) == 0 {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.remade == nil {
		t.remade = make(map[string]int64)
	}
	for _, name := range by {
		t.remade[name] += n
	}
}

func (t *tally) note(format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.notes = append(t.notes, fmt.Sprintf(format, args...))
}

// conclude ends a row. With err the folder was left before its end.
func (t *tally) conclude(row int, err error) {
	t.change(row, func(f *task.FolderReport) {
		if err == nil {
			f.Done = true
		} else {
			f.Error = err.Error()
		}
		balance(&f.Counts)
	})
}

// balance makes the sums add up: what was not reached has failed.
func balance(c *task.Counts) {
	if missing := c.Source - c.Handled(); missing > 0 {
		c.Failed += missing
	}
	c.Source = c.Handled()
}

// snapshot returns a progress report that shares nothing with the tally.
func (t *tally) snapshot() task.Progress {
	t.mu.Lock()
	defer t.mu.Unlock()
	p := task.Progress{Phase: t.phase, Folder: t.folder, Folders: slices.Clone(t.rows), At: time.Now()}
	for i := range t.rows {
		p.Counts.Add(t.rows[i].Counts)
	}
	return p
}

// report closes the tally. errs are what ended the run or one of its accounts;
// stopped is set when someone stopped it.
func (t *tally) report(errs []error, stopped error) *task.Report {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := &task.Report{Folders: t.rows, Notes: t.notes, Outbox: t.outbox, Unbegun: t.unbegun}
	out.Listed = append(out.Listed, t.undone...)
	out.Listed = append(out.Listed, t.skipped...)
	if len(out.Listed) > task.MaxListed {
		out.Listed = out.Listed[:task.MaxListed]
	}
	for _, by := range slices.Sorted(maps.Keys(t.remade)) {
		if n := t.remade[by]; n > 0 {
			out.Notes = append(out.Notes, fmt.Sprintf("%s rewritten by %s", count(n, "message"), by))
		}
	}
	left := 0 // folders that were not finished
	for i := range t.rows {
		f := &t.rows[i]
		if !t.dry {
			balance(&f.Counts)
		}
		out.Counts.Add(f.Counts)
		if f.Error != "" {
			left++
		}
	}
	ended := worst(errs)
	switch {
	case stopped != nil && OutcomeOf(ended) != task.OutcomeBug:
		out.Outcome, out.Cause = task.OutcomeStopped, "the run was stopped; the next one goes on"
	case ended != nil:
		out.Outcome, out.Cause = OutcomeOf(ended), ended.Error()
	case left > 0 || out.Counts.Held > 0 || out.Counts.Failed > 0 || t.kept > 0 || t.untold > 0:
		out.Outcome, out.Cause = task.OutcomeListed, listedCause(out.Counts, left, t.kept, t.untold)
	default:
		out.Outcome = task.OutcomeDone
	}
	return out
}

// listedCause says in one sentence what was not copied or not deleted.
func listedCause(c task.Counts, left, kept, untold int) string {
	var parts []string
	if left > 0 || c.Failed+c.Held > 0 {
		parts = append(parts, fmt.Sprintf("%s not copied: %d failed, %d held", count(c.Failed+c.Held, "message"), c.Failed, c.Held))
	}
	if left > 0 {
		parts = append(parts, count(int64(left), "folder")+" not finished")
	}
	if kept > 0 {
		parts = append(parts, count(int64(kept), "message")+" not deleted")
	}
	if untold > 0 {
		parts = append(parts, count(int64(untold), "copied message")+" of which a plugin could not be told")
	}
	return strings.Join(parts, "; ")
}

func count(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// finished reports whether the folder of a row was worked on to its end.
func (t *tally) finished(row int) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.rows[row].Done
}

// told counts a message that a recipient was told of.
func (t *tally) told() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.outbox.Delivered++
}

// waits adds what is left in the outbox.
func (t *tally) waits(n OutboxCount) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.outbox.Waiting += n.Waiting
	t.outbox.GivenUp += n.GivenUp
}

// at is the phase that was entered last.
func (t *tally) at() task.Phase {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.phase
}

// noted are the notes so far.
func (t *tally) noted() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.notes)
}

// leaveUnbegun notes that a hook skipped the run.
func (t *tally) leaveUnbegun() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.unbegun = true
}
