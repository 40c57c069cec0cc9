package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/mailweir/mailweir/host/task"
	"github.com/uptrace/bun"
)

// open is the condition of runs that have not ended, in the words of the partial
// index run_open, which SQLite goes by only then.
const open = "state <> 'ended'"

// PauseRun keeps a run from going on until ResumeRun, also when the service starts
// anew: a queued one at once, a running one when its node notices. by is the name
// of who wants it; of a run that is paused already the first name stays. One that
// has ended, or that waits for somebody, is [ErrNotQueued], one that is not there
// [ErrNotFound].
func (s *Store) PauseRun(ctx context.Context, runID, by string) error {
	err := s.inTurn(ctx, func(ctx context.Context, tx bun.Tx) error {
		var row runRow
		if err := tx.NewSelect().Model(&row).Column("state", "pause_requested").Where("id = ?", runID).Scan(ctx); err != nil {
			return notFound(err)
		}
		set := "state = 'paused', epoch = epoch + 1"
		switch {
		case row.State == task.StatePaused, row.PauseRequested:
			return nil
		case row.State == task.StateRunning:
			set = "pause_requested = TRUE"
		case row.State == task.StateWaiting:
			return fmt.Errorf("%w: it waits for somebody, and is not at work", ErrNotQueued)
		case row.State != task.StateQueued:
			return fmt.Errorf("%w: it has ended", ErrNotQueued)
		}
		// Its node may end it, or put it back into the queue, in the meantime.
		err := affected(tx.NewRaw("UPDATE run SET "+set+", paused_by = ?, paused_at = ? WHERE id = ? AND state = ?",
			by, toMillis(s.now()), runID, row.State).Exec(ctx))
		if errors.Is(err, ErrNotFound) {
			return fmt.Errorf("%w: it has just ended, or changed hands", ErrNotQueued)
		}
		return err
	})
	return s.wrap("pause run "+runID, err)
}

// ResumeRun puts a paused run back into the queue, behind those that wait, and
// returns its new ticket. One that is still coming to rest goes on after that; it,
// and one that is not paused at all, has no new ticket, which is the zero one. A
// run that has ended is [ErrNotQueued], one that is not there [ErrNotFound].
func (s *Store) ResumeRun(ctx context.Context, runID string) (Ticket, error) {
	doing := "resume run " + runID
	next := Ticket{RunID: runID}
	err := s.write.NewRaw("UPDATE run SET state = ?, epoch = epoch + 1, waiting_at = ? WHERE id = ? AND state = ? RETURNING epoch",
		task.StateQueued, toMillis(s.now()), runID, task.StatePaused).Scan(ctx, &next.Epoch)
	if err = notFound(err); !errors.Is(err, ErrNotFound) {
		return next, s.wrap(doing, err)
	}
	err = affected(s.write.NewRaw("UPDATE run SET pause_requested = FALSE WHERE id = ? AND "+open, runID).Exec(ctx))
	if errors.Is(err, ErrNotFound) {
		if _, err := s.Run(ctx, runID); err != nil {
			return Ticket{}, err
		}
		err = fmt.Errorf("%w: it has ended", ErrNotQueued)
	}
	return Ticket{}, s.wrap(doing, err)
}
