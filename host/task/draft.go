package task

import "time"

// Draft is a table that somebody looks through and mends before its rows become tasks
// of a [Batch]. It holds passwords, and is there for who made it alone.
type Draft struct {
	ID      string
	Name    string // of the file
	Owner   string // ID of the user; "" is the service itself
	Batch   string // that rows have become a part of; "" is none yet
	State   DraftState
	Run     bool // start a run of each task that is made or changed
	Created time.Time
	Expires time.Time
	Rows    DraftSums
}

// DraftTime is how long a draft is kept after it was made or changed.
const DraftTime = 24 * time.Hour

// DraftState says what becomes of a draft.
type DraftState string

// The states.
const (
	DraftOpen     DraftState = "open"     // it is looked through
	DraftStoring  DraftState = "storing"  // its good rows become tasks
	DraftStarting DraftState = "starting" // and these get their runs
)

// DraftSums count the rows that a draft has left: All = Unknown + Made + Changed + Same + Failed.
type DraftSums struct {
	All     int `json:"rows"`
	Unknown int `json:"unknown"` // not looked at yet
	Made    int `json:"made"`
	Changed int `json:"changed"`
	Same    int `json:"same"`
	Failed  int `json:"failed"`
}

// Good are the rows that would be stored, as far as they have been looked at.
func (s DraftSums) Good() int { return s.Made + s.Changed + s.Same }

// DraftRow is a row of a draft.
type DraftRow struct {
	Position int // in the draft, from 0 on
	Line     int // of the file
	Name     string
	Source   string   // name of the source
	Cells    []string // with passwords, in the order of the columns that package bulk has
	Effect   Effect   // what storing it would come to; "" is not known yet
	Fault    string   // why it can not be stored
	Tested   time.Time
	// TestFault says what the test found wrong; "" with a Tested is that both sides opened.
	TestFault string
}
