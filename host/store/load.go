package store

import (
	"context"
	"database/sql"
	"time"

	"github.com/mailweir/mailweir/host/task"
)

// Load is how much there is to do, and how many do it.
type Load struct {
	Nodes   int
	Running int
	Waiting int
	Since   time.Time // that the first of those waits; zero when none does
}

// Load counts the runs that have not ended, and the nodes that were seen within ttl.
func (s *Store) Load(ctx context.Context, ttl time.Duration) (Load, error) {
	const doing = "see how much there is to do"
	nodes, err := s.Nodes(ctx, ttl)
	if err != nil {
		return Load{}, s.wrap(doing, err)
	}
	l := Load{Nodes: len(nodes)}
	if !s.pg {
		l.Nodes = 1 // it does not go on to say that it lives
	}
	var since sql.NullInt64
	err = s.read.NewRaw("SELECT coalesce(sum(CASE WHEN state = ? THEN 1 ELSE 0 END), 0), coalesce(sum(CASE WHEN state = ? THEN 1 ELSE 0 END), 0), min(CASE WHEN state = ? THEN queued_at END) FROM run WHERE "+open,
		task.StateRunning, task.StateQueued, task.StateQueued).Scan(ctx, &l.Running, &l.Waiting, &since)
	l.Since = optionalTime(since)
	return l, s.wrap(doing, err)
}
