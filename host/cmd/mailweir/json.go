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
		task.CountsLine
		BytesToCopy int64   `json:"bytes_to_copy"`
		PerSecond   float64 `json:"messages_per_second"`
		BytesPerSec float64 `json:"bytes_per_second"`
		SecondsLeft float64 `json:"seconds_left,omitempty"`
	}{
		"progress", string(p.Phase), p.Folder, p.Counts.Line(),
		p.Counts.SourceBytes, p.MessagesPerSecond, p.BytesPerSecond, p.Left.Seconds(),
	})
}

// report writes the folders, the listed messages and, last, the report.
func (j *jsonLines) report(r *task.Report) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, f := range r.Folders {
		if err := j.enc.Encode(f.Line()); err != nil {
			return err
		}
	}
	if err := j.listed(r.Listed); err != nil {
		return err
	}
	return j.enc.Encode(r.Line())
}

func (j *jsonLines) listed(list []task.Listed) error {
	for _, l := range list {
		if err := j.enc.Encode(l.Line()); err != nil {
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
		if err := j.enc.Encode(f.Line()); err != nil {
			return err
		}
	}
	if err := j.deletions(p.Deletions); err != nil {
		return err
	}
	now := time.Now()
	line := (&task.Report{Outcome: task.OutcomeDone, DryRun: true, Notes: p.Notes, Started: now, Ended: now}).Line()
	line.Folders = len(p.Pairs)
	return j.enc.Encode(line)
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
