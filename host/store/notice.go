package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/mailweir/mailweir/host/task"
)

type noticeRow struct {
	bun.BaseModel `bun:"table:notice"`

	ID        string `bun:",pk"`
	ChannelID string
	Event     task.NoticeEvent
	Body      string
	Attempts  int64
	NextAt    sql.NullInt64
	SentAt    sql.NullInt64
	Fault     string
	CreatedAt int64
}

func (r noticeRow) notice() (task.Notice, error) {
	n := task.Notice{
		ID: r.ID, Channel: r.ChannelID, Event: r.Event, Attempts: int(r.Attempts), Next: optionalTime(r.NextAt), Sent: optionalTime(r.SentAt),
		Fault: r.Fault, Created: toTime(r.CreatedAt),
	}
	if err := json.Unmarshal([]byte(r.Body), &n.Body); err != nil {
		return n, fmt.Errorf("notice %s: %w", r.ID, err)
	}
	return n, nil
}

const (
	// noticeLease is how long a node that tells has for one attempt, before another
	// node may try.
	noticeLease = 5 * time.Minute
	// keepNotices is how long what was told, or given up, can be looked at.
	keepNotices = 30 * 24 * time.Hour
)

// noticeWaits are the times between attempts; after the last one a notice is given up.
var noticeWaits = []time.Duration{
	time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 4 * time.Hour, 12 * time.Hour, 24 * time.Hour, 24 * time.Hour,
}

// queueNotices writes down what is to be told of the end of a run, in the transaction
// that ends it.
func (s *Store) queueNotices(ctx context.Context, tx bun.Tx, taskID, runID string, report *task.Report) error {
	if report.Outcome == task.OutcomeStopped {
		return nil
	}
	there, err := tx.NewSelect().Model((*taskRow)(nil)).Where("id = ?", taskID).Exists(ctx)
	if err != nil || !there { // deleted while the run came to its end
		return err
	}
	var rows []channelRow
	err = tx.NewRaw(`SELECT c.* FROM channel AS c WHERE
		(c.all_tasks AND (c.owner_id = '' OR c.owner_id = (SELECT coalesce(owner_id, '') FROM task WHERE id = ?)))
		OR EXISTS (SELECT 1 FROM channel_task AS l JOIN task AS t ON t.id = l.task_id
			WHERE l.channel_id = c.id AND l.task_id = ? AND (c.owner_id = '' OR c.owner_id = coalesce(t.owner_id, '')))`, taskID, taskID).Scan(ctx, &rows)
	if err != nil || len(rows) == 0 {
		return err
	}
	before, err := waitedFor(ctx, tx, runID)
	if err != nil {
		return err
	}
	if before == "" {
		before, err = outcomeBefore(ctx, tx, taskID, runID)
	}
	if err != nil {
		return err
	}
	var good int
	err = tx.NewRaw("SELECT count(*) FROM run WHERE task_id = ? AND id <> ? AND state = ? AND outcome IN (?, ?)",
		taskID, runID, task.StateEnded, task.OutcomeDone, task.OutcomeListed).Scan(ctx, &good)
	if err != nil {
		return err
	}
	t := task.Task{ID: taskID}
	if err := tx.NewRaw("SELECT name FROM task WHERE id = ?", taskID).Scan(ctx, &t.Name); err != nil {
		return err
	}
	for _, e := range task.NoticesOf(before, report.Outcome, good > 0) {
		for _, c := range rows {
			if !c.wants(e) {
				continue
			}
			if err := s.insertNotice(ctx, tx, c.ID, task.NoticeOf(e, t, runID, report)); err != nil {
				return err
			}
		}
	}
	return nil
}

// outcomeBefore is that of the latest run of the task but this one that was not
// stopped, or "".
func outcomeBefore(ctx context.Context, tx bun.Tx, taskID, runID string) (before task.Outcome, err error) {
	err = tx.NewRaw(`SELECT outcome FROM run WHERE task_id = ? AND id <> ? AND state = ? AND outcome <> ? ORDER BY number DESC LIMIT 1`,
		taskID, runID, task.StateEnded, task.OutcomeStopped).Scan(ctx, &before)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return before, err
}

// waitedFor is what the run would have ended with when it waited for somebody last,
// which has been told; "" is that it has not waited.
func waitedFor(ctx context.Context, tx bun.Tx, runID string) (task.Outcome, error) {
	var text string
	if err := tx.NewRaw("SELECT await FROM run WHERE id = ?", runID).Scan(ctx, &text); err != nil || text == "" {
		return "", err
	}
	var a task.Await
	err := json.Unmarshal([]byte(text), &a)
	return a.Outcome, err
}

func (s *Store) insertNotice(ctx context.Context, db bun.IDB, channelID string, body task.NoticeBody) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	now := toMillis(s.now())
	row := noticeRow{
		ID: newID(), ChannelID: channelID, Event: body.Event, Body: string(text), NextAt: sql.NullInt64{Int64: now, Valid: true}, CreatedAt: now,
	}
	_, err = db.NewInsert().Model(&row).Exec(ctx)
	return err
}

// ClaimNotice returns a notice that is due, with one more attempt, for the caller to
// tell; nobody else gets it before the attempt has had its time. [ErrNotFound] means
// that none is due.
func (s *Store) ClaimNotice(ctx context.Context) (task.Notice, error) {
	const doing = "look for notices that are due"
	now := s.now()
	var row noticeRow
	err := s.inTurn(ctx, func(ctx context.Context, tx bun.Tx) error {
		err := tx.NewSelect().Model(&row).Where("next_at <= ?", toMillis(now)).Order("next_at", "id").Limit(1).Scan(ctx)
		if err != nil {
			return notFound(err)
		}
		row.Attempts++
		_, err = tx.NewRaw("UPDATE notice SET attempts = ?, next_at = ? WHERE id = ?", row.Attempts, toMillis(now.Add(noticeLease)), row.ID).Exec(ctx)
		return err
	})
	if err != nil {
		return task.Notice{}, s.wrap(doing, err)
	}
	n, err := row.notice()
	return n, s.wrap(doing, err)
}

// NoticesDue reports whether ClaimNotice or ClaimDigest would find something, without
// keeping writers waiting.
func (s *Store) NoticesDue(ctx context.Context) (bool, error) {
	now := toMillis(s.now())
	var n int
	err := s.read.NewRaw("SELECT (SELECT count(*) FROM notice WHERE next_at <= ?) + (SELECT count(*) FROM channel WHERE digest_at <= ?)", now, now).Scan(ctx, &n)
	return n > 0, s.wrap("look for notices that are due", err)
}

// NoticeTold notes how the attempt to tell a notice went: fault "" is well. It reports
// whether the notice is given up.
func (s *Store) NoticeTold(ctx context.Context, n task.Notice, fault string) (givenUp bool, err error) {
	var next, sent sql.NullInt64
	switch {
	case fault == "":
		sent = sql.NullInt64{Int64: toMillis(s.now()), Valid: true}
	case n.Attempts <= len(noticeWaits):
		next = sql.NullInt64{Int64: toMillis(s.now().Add(noticeWaits[max(n.Attempts, 1)-1])), Valid: true}
	default:
		givenUp = true
	}
	_, err = s.write.NewRaw("UPDATE notice SET next_at = ?, sent_at = ?, fault = ? WHERE id = ? AND attempts = ?", next, sent, fault, n.ID, n.Attempts).Exec(ctx)
	return givenUp, s.wrap("note what became of notice "+n.ID, err)
}

// Notices returns the latest notices of a channel.
func (s *Store) Notices(ctx context.Context, channelID string, limit int) ([]task.Notice, error) {
	var rows []noticeRow
	err := s.read.NewSelect().Model(&rows).Where("channel_id = ?", channelID).OrderExpr("created_at DESC, id").Limit(int64(limit)).Scan(ctx)
	out := make([]task.Notice, 0, len(rows))
	for _, r := range rows {
		n, errN := r.notice()
		err = errors.Join(err, errN)
		out = append(out, n)
	}
	return out, s.wrap("read the notices of channel "+channelID, err)
}

// ClaimDigest queues the digest of one channel for which it is time, and plans the
// next one. Times that were missed are not made up for. [ErrNotFound] means that none
// is due.
func (s *Store) ClaimDigest(ctx context.Context) error {
	now := s.now()
	err := s.inTurn(ctx, func(ctx context.Context, tx bun.Tx) error {
		var c channelRow
		err := tx.NewSelect().Model(&c).Where("digest_at <= ?", toMillis(now)).Order("digest_at", "id").Limit(1).Scan(ctx)
		if err != nil {
			return notFound(err)
		}
		next := toTime(c.DigestAt.Int64)
		for !next.After(now) {
			next = next.Add(digestEvery)
		}
		if _, err := tx.NewRaw("UPDATE channel SET digest_at = ? WHERE id = ?", toMillis(next), c.ID).Exec(ctx); err != nil {
			return err
		}
		lines, err := digestOf(ctx, tx, c, now.Add(-digestEvery))
		if err != nil {
			return err
		}
		body := task.NoticeBody{Event: task.NoticeDigest, Digest: lines, At: now}
		if body.Dropped = max(len(lines)-task.MaxDigest, 0); body.Dropped > 0 {
			body.Digest = lines[:task.MaxDigest]
		}
		return s.insertNotice(ctx, tx, c.ID, body)
	})
	return s.wrap("make a digest", err)
}

// digestOf is what became of the tasks of a channel since a time, those that are not
// well first.
func digestOf(ctx context.Context, tx bun.Tx, c channelRow, since time.Time) ([]task.DigestLine, error) {
	var runs []struct {
		TaskID, Name, Outcome, Report string
	}
	err := tx.NewRaw(`SELECT r.task_id AS task_id, t.name AS name, r.outcome AS outcome, r.report AS report FROM run AS r JOIN task AS t ON t.id = r.task_id
		WHERE r.state = ? AND r.ended_at >= ? AND t.deleted_at IS NULL AND (? = '' OR t.owner_id = ?)
		AND (? OR EXISTS (SELECT 1 FROM channel_task AS l WHERE l.channel_id = ? AND l.task_id = t.id))
		ORDER BY t.name, r.number`, task.StateEnded, toMillis(since), c.OwnerID, c.OwnerID, c.AllTasks, c.ID).Scan(ctx, &runs)
	if err != nil {
		return nil, err
	}
	var lines []task.DigestLine
	for _, r := range runs {
		var report task.Report
		if r.Report != "" {
			if err := json.Unmarshal([]byte(r.Report), &report); err != nil {
				return nil, fmt.Errorf("task %s: %w", r.TaskID, err)
			}
		}
		if n := len(lines); n == 0 || lines[n-1].Task != r.TaskID {
			lines = append(lines, task.DigestLine{Task: r.TaskID, Name: r.Name})
		}
		l := &lines[len(lines)-1]
		l.Runs++
		l.Copied += report.Counts.Copied
		l.Status, l.Cause = task.Outcome(r.Outcome).Status(), report.Cause
		if l.Status != task.StatusDone && l.Status != task.StatusWarnings && l.Status != task.StatusCancelled {
			l.Bad++
		}
	}
	slices.SortStableFunc(lines, func(a, b task.DigestLine) int { return min(b.Bad, 1) - min(a.Bad, 1) })
	return lines, nil
}

// cleanNotices removes what was told long ago.
func (s *Store) cleanNotices(ctx context.Context, now time.Time) error {
	_, err := s.write.NewRaw("DELETE FROM notice WHERE next_at IS NULL AND created_at < ?", toMillis(now.Add(-keepNotices))).Exec(ctx)
	return err
}
