package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/mailweir/mailweir/host/task"
)

// Ready is an error when the database does not answer, can not be written to, or does
// not have the tables that this program knows.
func (s *Store) Ready(ctx context.Context) error {
	n, err := s.applied(ctx)
	if err == nil && n != schemaSteps {
		err = fmt.Errorf("the tables have gone through %d of %d steps", n, schemaSteps)
	}
	if err == nil {
		// A write that changes nothing waits for whoever writes, as all others do.
		_, err = s.write.NewRaw("UPDATE setting SET value = value WHERE name = ''").Exec(ctx)
	}
	return s.wrap("see whether the database is ready", err)
}

// Stats count what there is, for all nodes together.
type Stats struct {
	Tasks, Paused int64
	Runs          map[task.State]int64 // that have not ended
	Nodes         int64
	Notices       int64 // that wait
}

// Stats counts in a few milliseconds, also for many tasks.
func (s *Store) Stats(ctx context.Context) (Stats, error) {
	st := Stats{Runs: map[task.State]int64{task.StateQueued: 0, task.StateRunning: 0, task.StatePaused: 0, task.StateWaiting: 0}}
	var states []struct {
		State task.State
		N     int64
	}
	err := errors.Join(
		s.read.NewRaw(`SELECT (SELECT count(*) FROM task WHERE deleted_at IS NULL), (SELECT count(*) FROM task WHERE paused_at IS NOT NULL AND deleted_at IS NULL), (SELECT count(*) FROM node),
			(SELECT count(*) FROM notice WHERE next_at IS NOT NULL)`).Scan(ctx, &st.Tasks, &st.Paused, &st.Nodes, &st.Notices),
		s.read.NewRaw("SELECT state, count(*) AS n FROM run WHERE "+open+" GROUP BY state").Scan(ctx, &states),
	)
	for _, r := range states {
		st.Runs[r.State] = r.N
	}
	return st, s.wrap("count tasks and runs", err)
}
