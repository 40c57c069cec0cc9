package task

import (
	"errors"
	"fmt"
	"time"
)

// State is where a run stands.
type State string

// The states of a run. A run that has ended says how in its [Outcome].
const (
	StateQueued  State = "queued"
	StateRunning State = "running"
	StatePaused  State = "paused"  // by somebody; its worker is free for others
	StateWaiting State = "waiting" // for somebody: see Await
	StateEnded   State = "ended"
)

// Run is one execution of a task.
type Run struct {
	ID       string
	TaskID   string
	TaskName string
	Number   int64 // of the runs of its task, from 1 on
	State    State
	Trigger  string    // "by hand", "schedule" or "retry": by hand, only for what the run before left undone
	Queued   time.Time // zero times have not come yet
	Started  time.Time
	Ended    time.Time
	Stopping bool  // someone asked for it to stop
	Epoch    int64 // grows each time the run goes back to the queue
	// Position is where it stands in the queue; nil unless it is queued, and where nobody
	// has asked.
	Position *Position
	// Pause is who has paused the run; Pausing says that it is still coming to rest.
	Pause   Pause
	Pausing bool
	Await   *Await // what it waits for; nil unless it does
	Pace    Pace   // bounds how fast it goes
	// Only are the folders that it looks at; none is all.
	Only     []SourceFolder
	Progress Progress
	Report   *Report // nil until the run has ended
}

// SourceFolder names a folder of a source.
type SourceFolder struct {
	Source string `json:"source"`
	Folder string `json:"folder"`
}

// Open reports whether the run has not ended.
func (r Run) Open() bool { return r.State != StateEnded }

// Phase is the stage that a run is in.
type Phase string

// The phases in the order in which they come.
const (
	PhaseConnect  Phase = "connecting"
	PhasePlan     Phase = "planning"
	PhaseTransfer Phase = "copying"
	PhaseDeliver  Phase = "telling plugins" // of copied messages; only when one wants to be told
	PhaseDelete   Phase = "deleting"
	PhaseDone     Phase = "done"
)

// Progress is a snapshot of a run under way. Each one is complete by itself, so
// that a viewer may miss any number of them.
type Progress struct {
	Phase   Phase
	Folder  string         // the folder of which a message was last handled, as the source names it
	Folders []FolderReport // in the order of the plan; counts so far
	Counts  Counts         // sums over Folders
	// Rates are of the last few seconds.
	MessagesPerSecond float64
	BytesPerSecond    float64
	Left              time.Duration // estimate of the time still needed; 0 while there is none
	At                time.Time
	Trail             []Point // rates since the run began, coarser the longer it lasts
}

// Point is how fast a run went at a moment.
type Point struct {
	At       int64   `json:"at"`       // milliseconds since 1970
	Messages float64 `json:"messages"` // a second
	Bytes    float64 `json:"bytes"`    // a second
}

// LogLine is one line of a run's log.
type LogLine struct {
	Seq   int64 // ascending within a run
	At    time.Time
	Level string // "info", "warn" or "error"
	Text  string // one line; may quote servers and must be shown as hostile text
}

// Pace bounds how fast a run downloads, from all sources together. It can be changed while
// the run is at work.
type Pace struct {
	Bytes    int64 // a second; 0 is no bound
	Messages int64 // a second; 0 is no bound
}

// Validate reports why p can be no pace, or nil.
func (p Pace) Validate() error {
	if p.Bytes < 0 || p.Messages < 0 {
		return errors.New("a rate is not less than 0")
	}
	return nil
}

// String says p in words.
func (p Pace) String() string {
	switch {
	case p.Bytes > 0 && p.Messages > 0:
		return fmt.Sprintf("%d bytes and %d messages a second", p.Bytes, p.Messages)
	case p.Bytes > 0:
		return fmt.Sprintf("%d bytes a second", p.Bytes)
	case p.Messages > 0:
		return fmt.Sprintf("%d messages a second", p.Messages)
	}
	return "no bound"
}
