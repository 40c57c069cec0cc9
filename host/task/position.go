package task

// Position is where a queued run stands in the queue, if nothing is queued or ends
// meanwhile.
type Position struct {
	Before int      // runs whose turn comes before its own
	For    Obstacle // what it waits for
	Where  string   // the host or account whose limit is reached
	Limit  int      // how many runs may be at work there, or in all
}

// Obstacle is what keeps a queued run from beginning.
type Obstacle string

// The obstacles. Where there are several, the narrowest is told.
const (
	ObstacleAccount Obstacle = "account" // as many runs as may be at work with one of its accounts
	ObstacleHost    Obstacle = "host"    // as many runs as may be at work with one of its hosts
	ObstacleRuns    Obstacle = "runs"    // as many runs as may be at work in all
	ObstacleWorker  Obstacle = "worker"  // only its turn: a worker that has nothing else to do
)
