package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/mailweir/mailweir/host/task"
	"github.com/uptrace/bun"
)

// ErrFenced is what a node gets that writes for a run which it does not execute
// any more: another node has taken it over, or it has ended.
var ErrFenced = errors.New("the run is not executed by this node any more")

// Node is a process that executes runs.
type Node struct {
	ID      string
	Name    string // for people: host and process
	Started time.Time
	Seen    time.Time // when it last said that it lives
	Runs    int       // that it executes
}

// NodeID names this opening of the database. Runs that are claimed through it
// belong to this node. It is another one each time, so that a process is never
// taken for the one before it.
func (s *Store) NodeID() string { return s.node }

// Shared reports whether several nodes may execute runs on the same database.
func (s *Store) Shared() bool { return s.pg }

// nowMillis is the time by the clock of the database: nodes whose own clocks
// differ agree on which of them live.
func (s *Store) nowMillis() bun.Safe {
	if s.pg {
		return "(extract(epoch FROM clock_timestamp()) * 1000)::bigint"
	}
	return "CAST(unixepoch('subsec') * 1000 AS INTEGER)"
}

// Beat says that this node lives; the first time it makes the node known.
func (s *Store) Beat(ctx context.Context, name string) error {
	_, err := s.write.NewRaw(`INSERT INTO node (id, name, started_at, seen_at) VALUES (?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at`, s.node, name, s.nowMillis(), s.nowMillis()).Exec(ctx)
	return s.wrap("say that this node lives", err)
}

// Leave takes this node off the list. Runs that it still executes are free for
// others then.
func (s *Store) Leave(ctx context.Context) error {
	_, err := s.write.NewRaw("DELETE FROM node WHERE id = ?", s.node).Exec(ctx)
	return s.wrap("leave", err)
}

// Nodes returns the nodes that have been seen within ttl, the oldest first. On a
// SQLite file there is one, which does not go on to say that it lives.
func (s *Store) Nodes(ctx context.Context, ttl time.Duration) ([]Node, error) {
	var rows []struct {
		ID, Name          string
		StartedAt, SeenAt int64
		Runs              int
	}
	err := s.read.NewRaw(`SELECT node.*, (SELECT count(*) FROM run WHERE run.state = ? AND run.state <> 'ended' AND run.node = node.id) AS runs
		FROM node WHERE seen_at > ? - ? ORDER BY started_at, id`, task.StateRunning, s.nowMillis(), ttl.Milliseconds()).Scan(ctx, &rows)
	nodes := make([]Node, len(rows))
	for i, r := range rows {
		nodes[i] = Node{ID: r.ID, Name: r.Name, Started: toTime(r.StartedAt), Seen: toTime(r.SeenAt), Runs: r.Runs}
	}
	return nodes, s.wrap("list the nodes", err)
}

// TakeOver puts the runs of nodes that have not been seen for ttl back into the
// queue and returns their new tickets: whatever such a node still writes is
// [ErrFenced]. A run that was asked to stop ends instead, one to pause is paused. There may be tickets in
// spite of an error.
func (s *Store) TakeOver(ctx context.Context, ttl time.Duration) ([]Ticket, error) {
	const doing = "take over the runs of nodes that are gone"
	const gone = "state = ? AND " + open + " AND node <> ? AND node NOT IN (SELECT id FROM node WHERE seen_at > ? - ?)"
	args := []any{task.StateRunning, s.node, s.nowMillis(), ttl.Milliseconds()}
	var stopped, tickets []Ticket
	// Most of the time there is none, and this is not worth a write.
	some, err := s.read.NewSelect().Model((*runRow)(nil)).Where(gone, args...).Exists(ctx)
	if err != nil || !some {
		return nil, s.wrap(doing, err)
	}
	err = s.read.NewRaw("SELECT id AS run_id, epoch FROM run WHERE cancel_requested AND "+gone, args...).Scan(ctx, &stopped)
	if err != nil {
		return nil, s.wrap(doing, err)
	}
	for _, t := range stopped {
		if err := s.endStopped(ctx, t); err != nil && !errors.Is(err, ErrNotFound) {
			return nil, s.wrap(doing, err)
		}
	}
	var rows []runRow
	err = s.write.NewRaw("UPDATE run SET "+giveBack+" WHERE NOT cancel_requested AND "+gone+" RETURNING id, epoch, state", args...).Scan(ctx, &rows)
	if err != nil {
		return nil, s.wrap(doing, err)
	}
	for _, r := range rows {
		if r.State == task.StateQueued {
			tickets = append(tickets, Ticket{RunID: r.ID, Epoch: r.Epoch})
		}
	}
	_, err = s.write.NewRaw("DELETE FROM node WHERE id <> ? AND seen_at <= ? - ?", s.node, s.nowMillis(), ttl.Milliseconds()).Exec(ctx)
	return tickets, s.wrap(doing, err)
}

// fence makes sure that this node executes the run of t, and keeps others from
// taking it over until tx ends.
func (s *Store) fence(ctx context.Context, tx *sql.Tx, t Ticket) error {
	query := "SELECT 1 FROM run WHERE id = ? AND epoch = ? AND node = ? AND state = 'running'"
	if s.pg {
		query += " FOR SHARE" // SQLite has one writer at a time
	}
	var one int
	err := tx.QueryRowContext(ctx, s.bind(query), t.RunID, t.Epoch, s.node).Scan(&one)
	if errors.Is(err, sql.ErrNoRows) {
		return ErrFenced
	}
	return err
}

// fenced turns the absence of the row that a node wanted to change into ErrFenced.
func fenced(err error) error {
	if errors.Is(err, sql.ErrNoRows) || errors.Is(err, ErrNotFound) {
		return ErrFenced
	}
	return err
}
