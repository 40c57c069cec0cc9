package task

import "time"

// The shape in which the command line prints reports with --json, and in which
// plugins read them. The keys are a contract, written down in the README: keys may
// be added, none changes its meaning.

// CountsLine are messages by what became of them.
type CountsLine struct {
	Messages int64 `json:"messages"`
	Copied   int64 `json:"copied"`
	Present  int64 `json:"present"`
	Skipped  int64 `json:"skipped"`
	Held     int64 `json:"held"`
	Failed   int64 `json:"failed"`
	Flags    int64 `json:"flags"`
	Bytes    int64 `json:"bytes"`
	// Rewritten are, of Copied, those that a plugin has rewritten.
	Rewritten int64 `json:"rewritten,omitempty"`
}

// Line is c in that shape.
func (c Counts) Line() CountsLine {
	return CountsLine{c.Source, c.Copied, c.Present, c.Skipped, c.Held, c.Failed, c.Flags, c.Bytes, c.Rewritten}
}

// DeletedLine are the messages that were deleted once everything was copied.
type DeletedLine struct {
	Source int64 `json:"deleted_source"`
	Target int64 `json:"deleted_target"`
}

// FolderLine is a [FolderReport].
type FolderLine struct {
	Type   string `json:"type"` // "folder"
	Source string `json:"source"`
	Folder string `json:"folder"`
	Target string `json:"target"`
	By     string `json:"by,omitempty"`
	CountsLine
	DeletedLine
	Done  bool   `json:"done"`
	Error string `json:"error,omitempty"`
}

// Line is f in that shape.
func (f FolderReport) Line() FolderLine {
	return FolderLine{
		"folder", f.Source, f.Folder, f.Target, f.By, f.Counts.Line(),
		DeletedLine{f.DeletedSource, f.DeletedTarget},
		f.Done, f.Error,
	}
}

// ReportLine is a [Report] without its folders and listed messages.
type ReportLine struct {
	Type       string `json:"type"` // "report"
	Outcome    string `json:"outcome"`
	ExitStatus int    `json:"exit_status"`
	Cause      string `json:"cause,omitempty"`
	DryRun     bool   `json:"dry_run,omitempty"`
	CountsLine
	Folders int `json:"folders"` // how many
	DeletedLine
	Outbox  OutboxCounts `json:"outbox,omitzero"`
	Notes   []string     `json:"notes,omitempty"`
	Started time.Time    `json:"started,omitzero"`
	Ended   time.Time    `json:"ended,omitzero"`
}

// Line is r in that shape.
func (r *Report) Line() ReportLine {
	return ReportLine{
		"report", string(r.Outcome), r.Outcome.ExitStatus(), r.Cause, r.DryRun,
		r.Counts.Line(), len(r.Folders),
		DeletedLine{r.Counts.DeletedSource, r.Counts.DeletedTarget},
		r.Outbox, r.Notes, r.Started, r.Ended,
	}
}

// ListedLine is a [Listed].
type ListedLine struct {
	Type string `json:"type"` // "listed"
	Listed
}

// Line is l in that shape.
func (l Listed) Line() ListedLine { return ListedLine{"listed", l} }
