package store

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"

	"github.com/mailweir/mailweir/host/task"
	"github.com/uptrace/bun"
)

// ErrLimit means that runs wait in the queue, and that none may begin now.
var ErrLimit = errors.New("as many runs are at work as the limits allow")

// Limits bound how many runs are at work at the same time on all nodes together.
// They are kept in the database. Zero is no limit.
type Limits struct {
	Runs       int // all
	PerHost    int // that use an account on the same host
	PerAccount int // that use the same account
}

const limitsName = "limits"

// Limits returns the limits in force.
func (s *Store) Limits(ctx context.Context) (Limits, error) {
	l, err := readLimits(ctx, s.read)
	return l, s.wrap("read the limits", err)
}

// SetLimits changes the limits for all nodes, from the next claim on. Runs that
// are at work go on.
func (s *Store) SetLimits(ctx context.Context, l Limits) error {
	if min(l.Runs, l.PerHost, l.PerAccount) < 0 {
		return errors.New("a limit can not be less than 0")
	}
	_, err := s.write.NewRaw("INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
		limitsName, fmt.Sprintf("%d %d %d", l.Runs, l.PerHost, l.PerAccount)).Exec(ctx)
	return s.wrap("change the limits", err)
}

func readLimits(ctx context.Context, db bun.IDB) (Limits, error) {
	var text string
	err := db.NewRaw("SELECT value FROM setting WHERE name = ?", limitsName).Scan(ctx, &text)
	if err != nil {
		if errors.Is(notFound(err), ErrNotFound) {
			err = nil
		}
		return Limits{}, err
	}
	var l Limits
	if _, err := fmt.Sscanf(text, "%d %d %d", &l.Runs, &l.PerHost, &l.PerAccount); err != nil {
		return Limits{}, fmt.Errorf("setting %s is %q: %w", limitsName, text, err)
	}
	return l, nil
}

// Claim is what became of asking for a run.
type Claim struct {
	Run     task.Run // the caller may execute it and nobody else may
	Ticket  Ticket
	Dropped []string // runs that have ended because it was too late for them
}

// ClaimNext makes the queued run whose turn it is a running one of this node.
// Those whose owner has the fewest runs at work come first, among these those with
// the fewest runs of their turn - tasks with the same destination account share a
// turn - and then the one that has waited the longest. What nobody owns counts by its
// turn alone. Runs whose host or account is at its limit are passed over.
//
// [ErrNotQueued] means that no run waits, [ErrLimit] that none of those that wait
// may begin; Dropped counts in any case. A run that was started by a schedule ends
// here if the task was paused, or its window closed, before its turn came.
func (s *Store) ClaimNext(ctx context.Context) (Claim, error) {
	var c Claim
	var none error
	err := s.inTurn(ctx, func(ctx context.Context, tx bun.Tx) error {
		limits, err := readLimits(ctx, tx)
		if err != nil {
			return err
		}
		for {
			t, err := pick(ctx, tx, limits)
			if errors.Is(err, ErrLimit) || errors.Is(err, ErrNotQueued) {
				none = err // the transaction stands, for what was dropped
				return nil
			}
			if err != nil {
				return err
			}
			dropped, err := s.dropUntimely(ctx, tx, t)
			if err != nil {
				return err
			}
			if dropped {
				c.Dropped = append(c.Dropped, t.RunID)
				continue
			}
			c.Ticket = t
			return s.claim(ctx, tx, t)
		}
	})
	if err = errors.Join(err, none); err != nil {
		return Claim{Dropped: c.Dropped}, s.wrap("claim a run", err)
	}
	c.Run, err = s.Run(ctx, c.Ticket.RunID)
	return c, s.wrap("claim a run", err)
}

// ClaimRun is ClaimNext for the run of one ticket, whatever the limits. Whoever
// gets nil may execute it and nobody else may; [ErrNotQueued] means that the run
// was claimed, has ended, or has a newer ticket.
func (s *Store) ClaimRun(ctx context.Context, t Ticket) (task.Run, error) {
	doing := "claim run " + t.RunID
	dropped := false
	err := s.inTurn(ctx, func(ctx context.Context, tx bun.Tx) (err error) {
		if dropped, err = s.dropUntimely(ctx, tx, t); err != nil || dropped {
			return err
		}
		return s.claim(ctx, tx, t)
	})
	if dropped && err == nil {
		err = ErrNotQueued
	}
	if err != nil {
		return task.Run{}, s.wrap(doing, err)
	}
	run, err := s.Run(ctx, t.RunID)
	return run, s.wrap(doing, err)
}

func (s *Store) claim(ctx context.Context, tx bun.Tx, t Ticket) error {
	res, err := tx.NewRaw(`UPDATE run SET state = ?, node = ?, started_at = coalesce(started_at, ?)
		WHERE id = ? AND epoch = ? AND state = ? AND NOT cancel_requested`,
		task.StateRunning, s.node, toMillis(s.now()), t.RunID, t.Epoch, task.StateQueued).Exec(ctx)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return errors.Join(ErrNotQueued, err)
	}
	return nil
}

// pick finds the run whose turn it is.
func pick(ctx context.Context, tx bun.Tx, limits Limits) (Ticket, error) {
	var running, queued int
	err := tx.NewRaw("SELECT count(*) FILTER (WHERE state = ?), count(*) FILTER (WHERE state = ?) FROM run WHERE "+open,
		task.StateRunning, task.StateQueued).Scan(ctx, &running, &queued)
	switch {
	case err != nil:
		return Ticket{}, err
	case queued == 0:
		return Ticket{}, ErrNotQueued
	case limits.Runs > 0 && running >= limits.Runs:
		return Ticket{}, ErrLimit
	}
	full, err := fullPlaces(ctx, tx, limits)
	if err != nil {
		return Ticket{}, err
	}
	var found []Ticket
	q := tx.NewSelect().TableExpr("run AS r").ColumnExpr("r.id AS run_id, r.epoch").Join("JOIN task AS t ON t.id = r.task_id").
		Join(`LEFT JOIN (SELECT y.turn, count(*) AS n FROM run AS x JOIN task AS y ON y.id = x.task_id
			WHERE x.state = ? AND x.state <> 'ended' GROUP BY y.turn) AS busy ON busy.turn = t.turn`, task.StateRunning).
		Join(`LEFT JOIN (SELECT y.owner_id, count(*) AS n FROM run AS x JOIN task AS y ON y.id = x.task_id
			WHERE x.state = ? AND x.state <> 'ended' AND y.owner_id IS NOT NULL GROUP BY y.owner_id) AS owned ON owned.owner_id = t.owner_id`, task.StateRunning).
		Where("r.state = ? AND r.state <> 'ended'", task.StateQueued)
	if len(full) > 0 {
		q = q.Where("NOT EXISTS (SELECT 1 FROM task_place AS p WHERE p.task_id = r.task_id AND p.kind || ' ' || p.place IN (?))", bun.List(full))
	}
	err = q.OrderExpr("CASE WHEN t.owner_id IS NULL THEN coalesce(busy.n, 0) ELSE coalesce(owned.n, 0) END, coalesce(busy.n, 0), r.waiting_at, r.queued_at, r.id").Limit(1).Scan(ctx, &found)
	if err == nil && len(found) == 0 {
		err = ErrLimit
	}
	if err != nil {
		return Ticket{}, err
	}
	return found[0], nil
}

// fullPlaces are the hosts and accounts at their limit, each with its kind before it.
func fullPlaces(ctx context.Context, tx bun.Tx, limits Limits) (full []string, err error) {
	err = tx.NewRaw(`SELECT p.kind || ' ' || p.place FROM run AS r JOIN task_place AS p ON p.task_id = r.task_id
		WHERE r.state = ? AND r.state <> 'ended' GROUP BY p.kind, p.place
		HAVING count(*) >= CASE p.kind WHEN ? THEN ? ELSE ? END`,
		task.StateRunning, placeHost, unlimited(limits.PerHost), unlimited(limits.PerAccount)).Scan(ctx, &full)
	return full, err
}

func unlimited(n int) int {
	if n == 0 {
		return 1 << 30
	}
	return n
}

// The kinds of places.
const (
	placeHost    = "host"
	placeAccount = "account"
)

type placeRow struct {
	bun.BaseModel `bun:"table:task_place"`

	TaskID string `bun:",pk"`
	Kind   string `bun:",pk"`
	Place  string `bun:",pk"`
}

// places are what a run of t keeps busy. Protection
// and the way of logging in do not matter: the same mail is behind them.
func places(t task.Task) []placeRow {
	seen := make(map[placeRow]bool)
	var rows []placeRow
	add := func(kind, place string) {
		row := placeRow{TaskID: t.ID, Kind: kind, Place: place}
		if !seen[row] {
			seen[row] = true
			rows = append(rows, row)
		}
	}
	for _, a := range append([]task.Account{t.Destination}, accounts(t)...) {
		if a.Kind == task.KindIMAP {
			add(placeHost, strings.ToLower(a.Host))
		}
		add(placeAccount, mailboxOf(a))
	}
	return rows
}

func accounts(t task.Task) []task.Account {
	list := make([]task.Account, len(t.Sources))
	for i, src := range t.Sources {
		list[i] = src.Account
	}
	return list
}

// mailboxOf names one mail account.
func mailboxOf(a task.Account) string {
	switch {
	case a.Kind == "" && a.Referred(): // to what is not there any more
		return a.Local + a.ID
	case a.Kind != task.KindIMAP:
		return a.Dir
	}
	user := a.User
	if a.Authzid != "" {
		user = a.Authzid
	}
	return user + "@" + net.JoinHostPort(strings.ToLower(a.Host), strconv.Itoa(int(a.Port)))
}
