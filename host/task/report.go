package task

import "time"

// Counts are the sums that always add up:
// Source = Copied + Present + Skipped + Held + Failed once a run has ended.
type Counts struct {
	Source  int64 `json:"source"`  // messages in the source folder when it was listed
	Copied  int64 `json:"copied"`  // stored at the destination by this run
	Present int64 `json:"present"` // were there already
	Skipped int64 `json:"skipped"` // left out because a rule or hook said so
	Held    int64 `json:"held"`    // not copied because a hook failed, deferred or may not merge; tried again next run
	Failed  int64 `json:"failed"`  // could not be copied
	Flags   int64 `json:"flags"`   // of Present: flags carried over by this run
	Bytes   int64 `json:"bytes"`   // of the copied messages
	// Rewritten are, of Copied, those that were stored as a plugin has made them.
	Rewritten int64 `json:"rewritten,omitempty"`
	// SourceBytes is the size of all messages that this run has to copy, as far
	// as it is known yet.
	SourceBytes int64 `json:"source_bytes"`
	// What the run deleted after copying is no part of the sums above.
	DeletedSource int64 `json:"deleted_source"` // messages at the source whose copy was read back
	DeletedTarget int64 `json:"deleted_target"` // copies of messages that are gone from the source
}

// Add adds o to c.
func (c *Counts) Add(o Counts) {
	c.Source += o.Source
	c.Copied += o.Copied
	c.Present += o.Present
	c.Skipped += o.Skipped
	c.Held += o.Held
	c.Failed += o.Failed
	c.Flags += o.Flags
	c.Bytes += o.Bytes
	c.Rewritten += o.Rewritten
	c.SourceBytes += o.SourceBytes
	c.DeletedSource += o.DeletedSource
	c.DeletedTarget += o.DeletedTarget
}

// Handled is the number of messages that need no more work.
func (c Counts) Handled() int64 { return c.Copied + c.Present + c.Skipped + c.Held + c.Failed }

// FolderReport is what happened to one source folder.
type FolderReport struct {
	Source string `json:"source"`           // name of the source
	Folder string `json:"folder"`           // Name of the source folder
	Target string `json:"target"`           // Name of the destination folder; "" when excluded
	By     string `json:"by"`               // what decided the target: "same name", "special use", "set by hand", a plugin's name
	Note   string `json:"note,omitempty"`   // its reason
	Create bool   `json:"create,omitempty"` // the target was to be made
	// Under a key of its own in JSON: its "source" would be hidden by the one above.
	Counts `json:"counts"`
	Done   bool   `json:"done"`
	Error  string `json:"error,omitempty"` // why the folder as a whole was left, if it was
}

// Listed is one message that was not copied, or not deleted, with the reason.
type Listed struct {
	Source string `json:"source"`
	Folder string `json:"folder"`
	UID    uint32 `json:"uid"`
	Fate   Fate   `json:"fate"`
	Reason string `json:"reason"`
}

// Fate is what became of a message that was not copied, or not deleted.
type Fate string

// The fates that a report lists by message.
const (
	FateSkipped Fate = "skipped"
	FateHeld    Fate = "held"
	FateFailed  Fate = "failed"
	FateKept    Fate = "kept"   // copied, but not deleted as was asked for
	FateUntold  Fate = "untold" // copied, but a plugin that is told of copied messages could not be
)

// MaxListed bounds Report.Listed; the counts stay exact.
const MaxListed = 10_000

// Report is what came of a run.
type Report struct {
	Outcome Outcome        `json:"outcome"`
	Cause   string         `json:"cause,omitempty"` // one sentence, when Outcome is not done
	DryRun  bool           `json:"dry_run,omitempty"`
	Unbegun bool           `json:"unbegun,omitempty"` // a plugin skipped the run before anything was copied
	Counts  Counts         `json:"counts"`
	Folders []FolderReport `json:"folders"`
	Listed  []Listed       `json:"listed,omitempty"` // at most MaxListed
	Outbox  OutboxCounts   `json:"outbox,omitzero"`
	Notes   []string       `json:"notes,omitempty"` // what a person should know: merges, folders that could not be named
	Trail   []Point        `json:"trail,omitempty"` // how fast it went
	// Await is what the run waits for instead of having ended; nil leaves that to
	// AwaitOf, for runs that nobody has started by hand.
	Await   *Await    `json:"await,omitempty"`
	Started time.Time `json:"started"`
	Ended   time.Time `json:"ended"`
}

// Undone are the folders of which messages were held back or failed, or that the run
// did not get through: those that a retry looks at.
func (r *Report) Undone() []FolderReport {
	var undone []FolderReport
	for _, f := range r.Folders {
		if f.Held+f.Failed > 0 || f.Error != "" || !f.Done {
			undone = append(undone, f)
		}
	}
	return undone
}

// OutboxCounts are deliveries: copied messages that plugins are to be told of.
type OutboxCounts struct {
	Delivered int64 `json:"delivered"` // by this run
	Waiting   int64 `json:"waiting"`   // now; later runs go on
	GivenUp   int64 `json:"given_up"`  // now; tried in vain too often
}

// Outcome is how a run ended.
type Outcome string

// The outcomes, each with the exit status of the command line.
const (
	OutcomeDone      Outcome = "done"       // 0: every message is there or was left out on purpose
	OutcomeListed    Outcome = "listed"     // 3: finished, some messages are listed as not copied, or not deleted
	OutcomeTemporary Outcome = "temporary"  // 4: run it again
	OutcomeNeedsUser Outcome = "needs user" // 5: password, host, certificate, rights
	OutcomeFull      Outcome = "full"       // 6: the destination is full
	OutcomeSafety    Outcome = "safety"     // 7: a person must decide
	OutcomeUsage     Outcome = "usage"      // 64
	OutcomeBug       Outcome = "bug"        // 70: a fault of ours
	OutcomeStopped   Outcome = "stopped"    // 4: someone stopped the run; the next one goes on
)

// ExitStatus is the outcome as the command line's exit status.
func (o Outcome) ExitStatus() int {
	switch o {
	case OutcomeDone:
		return 0
	case OutcomeListed:
		return 3
	case OutcomeTemporary, OutcomeStopped:
		return 4
	case OutcomeNeedsUser:
		return 5
	case OutcomeFull:
		return 6
	case OutcomeSafety:
		return 7
	case OutcomeUsage:
		return 64
	}
	return 70
}

// Words is the outcome as a person would say it.
func (o Outcome) Words() string {
	switch o {
	case OutcomeDone:
		return "done"
	case OutcomeListed:
		return "done, but some messages were not copied"
	case OutcomeTemporary:
		return "interrupted; the next run goes on"
	case OutcomeNeedsUser:
		return "needs you"
	case OutcomeFull:
		return "the destination is full"
	case OutcomeSafety:
		return "stopped for safety; please decide"
	case OutcomeUsage:
		return "not started: something in the request is wrong"
	case OutcomeStopped:
		return "stopped"
	}
	return "failed through a fault in mailweir"
}
