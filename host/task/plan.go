package task

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Plan is what a run of a task would do with each folder, as it was found out at one
// moment, with what a person should know before. It is kept with the task, and can be
// approved: then runs do exactly that, see [Plan.Holds].
type Plan struct {
	ID     string    `json:"id,omitempty"`
	TaskID string    `json:"task_id,omitempty"`
	Made   time.Time `json:"made,omitzero"`
	MadeBy string    `json:"made_by,omitempty"` // name of a user then

	Rows       []PlanRow   `json:"rows"` // in the order in which they are worked on
	Collisions []Collision `json:"collisions,omitempty"`
	Findings   []Finding   `json:"findings,omitempty"` // of a preflight; none without one
	Sides      []Side      `json:"sides,omitempty"`    // what the accounts were like: the sources, then the destination
	Estimate   Estimate    `json:"estimate,omitzero"`
	Notes      []string    `json:"notes,omitempty"`
	// Incomplete is set when an account could not be listed: then rows are missing, and
	// the plan can not be approved.
	Incomplete bool  `json:"incomplete,omitempty"`
	Basis      Basis `json:"basis"`

	// What has become of it.
	Approved   time.Time `json:"approved,omitzero"`
	ApprovedBy string    `json:"approved_by,omitempty"`
	Ended      time.Time `json:"ended,omitzero"`     // when it was withdrawn, replaced, or carried out
	EndedBy    string    `json:"ended_by,omitempty"` // who withdrew or replaced it
	RunID      string    `json:"run_id,omitempty"`   // that carried it out
}

// PlanRow is what a run does with one source folder.
type PlanRow struct {
	Source   string `json:"source"`             // name of the source
	Folder   string `json:"folder"`             // Name of the source folder
	Target   string `json:"target,omitempty"`   // Name of the destination folder; "" when excluded or when there can be none
	By       string `json:"by,omitempty"`       // what decided: "same name", "special use", "set by hand", a plugin's name
	Note     string `json:"note,omitempty"`     // a plugin's reason
	Excluded bool   `json:"excluded,omitempty"` // a plugin or a person leaves the folder out
	Create   bool   `json:"create,omitempty"`   // the destination folder is made
	Error    string `json:"error,omitempty"`    // why nothing can be done with the folder

	// Counts are -1 where they are not known.
	Messages int64 `json:"messages"`
	ToCopy   int64 `json:"to_copy"` // before filters are asked; -1: some may be there already
	Bytes    int64 `json:"bytes"`   // of the messages to copy; of all, where ToCopy is -1
	// BytesAtMost says that nobody has looked at the messages: the server tells the size of
	// the folder, and may tell more than it is.
	BytesAtMost bool `json:"bytes_at_most,omitempty"`

	TooBig int64 `json:"too_big"` // messages to copy that are larger than the destination takes
	// What would be deleted, of what is known now.
	DeleteSource int64 `json:"delete_source,omitempty"`
	DeleteTarget int64 `json:"delete_target,omitempty"`
}

// Present is how many messages are at the destination already; -1 is not known.
func (r PlanRow) Present() int64 {
	switch {
	case r.Excluded:
		return 0
	case r.Error != "" || r.Messages < 0 || r.ToCopy < 0:
		return -1
	}
	return max(0, r.Messages-r.ToCopy)
}

// Skipped is how many messages are left out with their folder.
func (r PlanRow) Skipped() int64 {
	if !r.Excluded {
		return 0
	}
	return max(0, r.Messages)
}

// PlanTotals are sums over rows.
type PlanTotals struct {
	Folders, Create, Excluded, Errors int
	Messages, ToCopy, Present         int64 // of what is known
	Unsure                            int64 // messages of which some may be there already
	Skipped, Bytes, TooBig            int64
	Delete                            int64
	BytesKnown                        bool
}

// Totals are the sums of the plan.
func (p *Plan) Totals() PlanTotals {
	t := PlanTotals{BytesKnown: true}
	for _, r := range p.Rows {
		t.Folders++
		t.Messages += max(0, r.Messages)
		t.Skipped += r.Skipped()
		t.Present += max(0, r.Present())
		t.TooBig += max(0, r.TooBig)
		t.Delete += r.DeleteSource + r.DeleteTarget
		switch {
		case r.Error != "":
			t.Errors++
			continue
		case r.Excluded:
			t.Excluded++
			continue
		case r.Create:
			t.Create++
		}
		if r.ToCopy < 0 {
			t.Unsure += max(0, r.Messages)
		}
		t.ToCopy += max(0, r.ToCopy)
		t.Bytes += max(0, r.Bytes)
		t.BytesKnown = t.BytesKnown && r.Bytes >= 0
	}
	return t
}

// Collision is several folders that become one, or may.
type Collision struct {
	Kind    CollisionKind  `json:"kind"`
	Targets []string       `json:"targets"` // Names of the destination folders
	Folders []SourceFolder `json:"folders"` // that go there
}

// CollisionKind is why folders become one.
type CollisionKind string

// The kinds.
const (
	CollisionMerge  CollisionKind = "merge"         // they go to the same destination folder
	CollisionCase   CollisionKind = "letter case"   // their names differ in letter case only
	CollisionAccent CollisionKind = "normalisation" // their names look the same, and are spelled by other characters of Unicode
)

// Has reports whether the row takes part in the collision.
func (c Collision) Has(r PlanRow) bool {
	return slices.Contains(c.Folders, SourceFolder{r.Source, r.Folder})
}

// Finding is one thing that a person should know before a run.
type Finding struct {
	Class  FindingClass `json:"class"`
	Where  string       `json:"where"` // "destination", "source NAME", or "plan"
	Text   string       `json:"text"`
	Remedy string       `json:"remedy,omitempty"`
	Code   FindingCode  `json:"code,omitempty"`
	Args   []string     `json:"args,omitempty"` // what Text says besides: see the codes
}

// FindingClass says how much a finding weighs.
type FindingClass string

// The classes.
const (
	FindingFine  FindingClass = "fine"
	FindingNote  FindingClass = "note"  // the run goes on, and something is not as one may expect
	FindingStops FindingClass = "stops" // the run would not begin, or not reach its end
)

// Worst is the class that weighs most.
func Worst(findings []Finding) FindingClass {
	worst := FindingFine
	for _, f := range findings {
		if f.Class == FindingStops || f.Class == FindingNote && worst == FindingFine {
			worst = f.Class
		}
	}
	return worst
}

// Side is what one account was like.
type Side struct {
	Name         string   `json:"name"`             // of the source; "" is the destination
	Account      string   `json:"account"`          // its URL, without a password
	Outcome      Outcome  `json:"outcome"`          // done: it could be listed
	Fault        string   `json:"fault,omitempty"`  // why it could not
	Server       string   `json:"server,omitempty"` // as it calls itself: foreign text
	TLS          string   `json:"tls,omitempty"`    // version, or "none"
	Capabilities []string `json:"capabilities,omitempty"`
	Folders      int      `json:"folders"`
	Messages     int64    `json:"messages"` // as far as folders tell
	QuotaUsed    int64    `json:"quota_used,omitempty"`
	QuotaLimit   int64    `json:"quota_limit,omitempty"`  // bytes; 0 is not known, or none
	AppendLimit  int64    `json:"append_limit,omitempty"` // bytes of one message; 0 is not known, or none
}

// Estimate is how long a run may take, by a sample that was downloaded. What the
// destination takes to store it, nobody knows before.
type Estimate struct {
	Known    bool          `json:"known"`
	Low      time.Duration `json:"low,omitempty"`      // nanoseconds
	High     time.Duration `json:"high,omitempty"`     // nanoseconds
	Messages int           `json:"messages,omitempty"` // of the sample
	Bytes    int64         `json:"bytes,omitempty"`    // of the sample
	Took     time.Duration `json:"took,omitempty"`     // nanoseconds
	Why      string        `json:"why,omitempty"`      // it is not known
}

// Basis is what a plan was made of, as digests: with another one it would be another
// plan.
type Basis struct {
	Accounts  string `json:"accounts"`
	Hooks     string `json:"hooks"`     // with configurations and grants
	Overrides string `json:"overrides"` // folders that were set by hand
	Removal   string `json:"removal"`   // what runs delete or replace
}

// Changed says in words what of b is another one now; "" is nothing.
func (b Basis) Changed(now Basis) string {
	var what []string
	for _, part := range []struct{ name, was, is string }{
		{"the accounts", b.Accounts, now.Accounts},
		{"the plugins", b.Hooks, now.Hooks},
		{"the folders set by hand", b.Overrides, now.Overrides},
		{"the rules for deleting", b.Removal, now.Removal},
	} {
		if part.was != part.is {
			what = append(what, part.name)
		}
	}
	return strings.Join(what, " and ")
}

// InForce reports whether the plan binds the runs of its task: it was approved, and
// neither withdrawn, replaced by another one, nor carried out.
func (p *Plan) InForce() bool { return !p.Approved.IsZero() && p.Ended.IsZero() }

// PlanState is what has become of a plan.
type PlanState string

// The states.
const (
	PlanNew        PlanState = "new" // nobody has approved it
	PlanApproved   PlanState = "approved"
	PlanEnded      PlanState = "ended" // withdrawn, or replaced by another one
	PlanCarriedOut PlanState = "carried out"
)

// State is what has become of the plan.
func (p *Plan) State() PlanState {
	switch {
	case p.RunID != "":
		return PlanCarriedOut
	case !p.Ended.IsZero():
		return PlanEnded
	case !p.Approved.IsZero():
		return PlanApproved
	}
	return PlanNew
}

// Holds returns what says why a run that the plan binds has to hold a folder: because
// the plan has no such row, or the folder would be treated in another way than the row
// says. The error is nil for a row that may be executed.
func (p *Plan) Holds() func(now PlanRow) error {
	rows := make(map[SourceFolder]PlanRow, len(p.Rows))
	for _, r := range p.Rows {
		rows[SourceFolder{r.Source, r.Folder}] = r
	}
	return func(now PlanRow) error {
		was, ok := rows[SourceFolder{now.Source, now.Folder}]
		switch {
		case !ok:
			return fmt.Errorf("%s: it is not in it; it would go to %s", planDiffers, goes(now))
		case was.Error != "":
			return fmt.Errorf("%s: nothing could be done with it then; it would go to %s", planDiffers, goes(now))
		case was.Excluded != now.Excluded, was.Target != now.Target:
			return fmt.Errorf("%s: it would go to %s, and was to go to %s", planDiffers, goes(now), goes(was))
		}
		return nil
	}
}

// planDiffers begins the reasons of what is held because of a plan; the table of
// troubles knows it.
const planDiffers = "held, because the approved plan says otherwise"

func goes(r PlanRow) string {
	if r.Excluded {
		return "no folder (left out)"
	}
	return fmt.Sprintf("%q", r.Target)
}
