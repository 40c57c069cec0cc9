package main

import (
	"encoding/json"
	"io"
	"sync"
	"time"

	"github.com/mailweir/mailweir/host/app"
	"github.com/mailweir/mailweir/host/app/kit"
	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/task"
)

// jsonLines writes one JSON object a line. The keys are a contract with scripts,
// written down in the README: keys may be added, none changes its meaning.
type jsonLines struct {
	mu  sync.Mutex
	enc *json.Encoder
	at  time.Time // of the last line of progress
}

func newJSONLines(w io.Writer) *jsonLines {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return &jsonLines{enc: enc}
}

// progressEvery is how often a line of progress is written.
const progressEvery = time.Second

// jsonCounts are messages by what became of them.
type jsonCounts struct {
	Messages  int64 `json:"messages"`
	Copied    int64 `json:"copied"`
	Present   int64 `json:"present"`
	Skipped   int64 `json:"skipped"`
	Held      int64 `json:"held"`
	Failed    int64 `json:"failed"`
	Flags     int64 `json:"flags"`
	Bytes     int64 `json:"bytes"`
	Rewritten int64 `json:"rewritten,omitempty"`
}

// jsonDeleted are the messages that were deleted once everything was copied.
type jsonDeleted struct {
	Source int64 `json:"deleted_source"`
	Target int64 `json:"deleted_target"`
}

func deletedOf(c task.Counts) jsonDeleted { return jsonDeleted{c.DeletedSource, c.DeletedTarget} }

func countsOf(c task.Counts) jsonCounts {
	return jsonCounts{c.Source, c.Copied, c.Present, c.Skipped, c.Held, c.Failed, c.Flags, c.Bytes, c.Rewritten}
}

// progress writes p, unless the last line is less than a second old.
func (j *jsonLines) progress(p task.Progress) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if time.Since(j.at) < progressEvery {
		return
	}
	j.at = time.Now()
	// A reader that is gone shows at the report.
	_ = j.enc.Encode(struct {
		Type   string `json:"type"`
		Phase  string `json:"phase"`
		Folder string `json:"folder,omitempty"`
		jsonCounts
		BytesToCopy int64   `json:"bytes_to_copy"`
		PerSecond   float64 `json:"messages_per_second"`
		BytesPerSec float64 `json:"bytes_per_second"`
		SecondsLeft float64 `json:"seconds_left,omitempty"`
	}{
		"progress", string(p.Phase), p.Folder, countsOf(p.Counts),
		p.Counts.SourceBytes, p.MessagesPerSecond, p.BytesPerSecond, p.Left.Seconds(),
	})
}

// report writes the folders, the listed messages and, last, the report.
func (j *jsonLines) report(r *task.Report) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, f := range r.Folders {
		err := j.enc.Encode(struct {
			Type   string `json:"type"`
			Source string `json:"source"`
			Folder string `json:"folder"`
			Target string `json:"target"`
			By     string `json:"by,omitempty"`
			jsonCounts
			jsonDeleted
			Done  bool   `json:"done"`
			Error string `json:"error,omitempty"`
		}{"folder", f.Source, f.Folder, f.Target, f.By, countsOf(f.Counts), deletedOf(f.Counts), f.Done, f.Error})
		if err != nil {
			return err
		}
	}
	if err := j.listed(r.Listed); err != nil {
		return err
	}
	return j.last(r, len(r.Folders))
}

// last writes the line that ends the output.
func (j *jsonLines) last(r *task.Report, folders int) error {
	return j.enc.Encode(struct {
		Type       string `json:"type"`
		Outcome    string `json:"outcome"`
		ExitStatus int    `json:"exit_status"`
		Cause      string `json:"cause,omitempty"`
		DryRun     bool   `json:"dry_run,omitempty"`
		jsonCounts
		Folders int `json:"folders"`
		jsonDeleted
		Notes   []string  `json:"notes,omitempty"`
		Started time.Time `json:"started,omitzero"`
		Ended   time.Time `json:"ended,omitzero"`
	}{
		"report", string(r.Outcome), r.Outcome.ExitStatus(), r.Cause, r.DryRun,
		countsOf(r.Counts), folders, deletedOf(r.Counts), r.Notes, r.Started, r.Ended,
	})
}

func (j *jsonLines) listed(list []task.Listed) error {
	for _, l := range list {
		err := j.enc.Encode(struct {
			Type string `json:"type"`
			task.Listed
		}{"listed", l})
		if err != nil {
			return err
		}
	}
	return nil
}

// deletions writes what a run would delete.
func (j *jsonLines) deletions(list []copier.Deletion) error {
	for _, d := range list {
		err := j.enc.Encode(struct {
			Type      string    `json:"type"`
			Side      string    `json:"side"` // where: "source" or "destination"
			Source    string    `json:"source"`
			Folder    string    `json:"folder"`
			UID       uint32    `json:"uid"`
			Target    string    `json:"target"`
			TargetUID uint32    `json:"target_uid,omitempty"`
			Since     time.Time `json:"since"` // copied, or missing from the source
		}{"delete", string(d.Side), d.Source, d.Folder, d.UID, d.Target, d.TargetUID, d.Since.UTC()})
		if err != nil {
			return err
		}
	}
	return nil
}

// plan writes the pairs of folders, what would be deleted, and a report that
// nothing was done.
func (j *jsonLines) plan(p *copier.Plan) error {
	for _, f := range p.Pairs {
		err := j.enc.Encode(struct {
			Type     string `json:"type"`
			Source   string `json:"source"`
			Folder   string `json:"folder"`
			Target   string `json:"target"`
			By       string `json:"by,omitempty"`
			Excluded bool   `json:"excluded,omitempty"`
			Create   bool   `json:"create,omitempty"`
			Messages int64  `json:"messages"` // -1: not known
			ToCopy   int64  `json:"to_copy"`  // -1: not known
			Note     string `json:"note,omitempty"`
			Error    string `json:"error,omitempty"`
		}{"pair", f.Source, f.Folder, f.Target, f.By, f.Excluded, f.Create, f.Messages, f.ToCopy, f.Note, f.Error})
		if err != nil {
			return err
		}
	}
	if err := j.deletions(p.Deletions); err != nil {
		return err
	}
	now := time.Now()
	return j.last(&task.Report{Outcome: task.OutcomeDone, DryRun: true, Notes: p.Notes, Started: now, Ended: now}, len(p.Pairs))
}

// verify writes the folders, the listed messages and, last, the report.
func (j *jsonLines) verify(r *copier.VerifyReport) error {
	for _, f := range r.Folders {
		err := j.enc.Encode(struct {
			Type   string `json:"type"`
			Source string `json:"source"`
			Folder string `json:"folder"`
			Target string `json:"target"`
			verifyCounts
			Error string `json:"error,omitempty"`
		}{"folder", f.Source, f.Folder, f.Target, verifyCountsOf(f.VerifyCounts), f.Error})
		if err != nil {
			return err
		}
	}
	if err := j.listed(r.Listed); err != nil {
		return err
	}
	return j.enc.Encode(struct {
		Type       string `json:"type"`
		Outcome    string `json:"outcome"`
		ExitStatus int    `json:"exit_status"`
		Cause      string `json:"cause,omitempty"`
		verifyCounts
		Folders int       `json:"folders"`
		Notes   []string  `json:"notes,omitempty"`
		Started time.Time `json:"started,omitzero"`
		Ended   time.Time `json:"ended,omitzero"`
	}{
		"report", string(r.Outcome), r.Outcome.ExitStatus(), r.Cause,
		verifyCountsOf(r.VerifyCounts), len(r.Folders), r.Notes, r.Started, r.Ended,
	})
}

// verifyCounts are messages by what the comparison found.
type verifyCounts struct {
	Messages  int64 `json:"messages"`
	Matched   int64 `json:"matched"`
	Missing   int64 `json:"missing"`
	Elsewhere int64 `json:"elsewhere"`
	Skipped   int64 `json:"skipped"`
	Differ    int64 `json:"differ"`
	Altered   int64 `json:"altered"`
	Extra     int64 `json:"extra"`
}

func verifyCountsOf(c copier.VerifyCounts) verifyCounts {
	return verifyCounts{c.Source, c.Matched, c.Missing, c.Elsewhere, c.Skipped, c.Differ, c.Altered, c.Extra}
}

// check writes what an account offers.
func (j *jsonLines) check(r *app.CheckReport) error {
	return j.enc.Encode(struct {
		Type string `json:"type"`
		*app.CheckReport
	}{"check", r})
}

// facts writes what is in a plugin's file.
func (j *jsonLines) facts(f *kit.Facts) error {
	return j.enc.Encode(struct {
		Type string `json:"type"`
		*kit.Facts
	}{"plugin", f})
}

// installed writes which plugins there are.
func (j *jsonLines) installed(list []app.Installed) error {
	for _, i := range list {
		err := j.enc.Encode(struct {
			Type string `json:"type"`
			app.Installed
		}{"installed", i})
		if err != nil {
			return err
		}
	}
	return nil
}
