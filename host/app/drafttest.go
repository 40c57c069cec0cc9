package app

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/mailweir/mailweir/host/task"
)

const (
	// rowTestTime bounds the test of one row, rowsTestTime that of all that are tested at once.
	rowTestTime  = 40 * time.Second
	rowsTestTime = 90 * time.Second
)

// rowTests bounds how many rows this process tests at the same time, whoever asks.
var rowTests = make(chan struct{}, testsAtOnce)

// TestDraftRows implements web.Service.
func (s *service) TestDraftRows(ctx context.Context, id string, positions []int) error {
	d, err := s.draft(ctx, id)
	if err != nil {
		return err
	}
	run, read, err := s.importRun(ctx, d, true)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, rowsTestTime)
	defer cancel()
	rows := make([]task.DraftRow, 0, len(positions))
	for _, position := range positions[:min(len(positions), rowsAtOnce)] {
		r, err := s.store.DraftRow(ctx, id, position)
		if err != nil {
			return webError(err)
		}
		rows = append(rows, r)
	}
	tested := make([]task.DraftRow, len(rows))
	var g errgroup.Group
	g.SetLimit(testsAtOnce)
	for i, r := range rows {
		if r.Effect == task.EffectFailed || r.Effect == "" {
			continue // what is wrong with it is said already, or will be
		}
		g.Go(func() error {
			select {
			case rowTests <- struct{}{}:
				defer func() { <-rowTests }()
			case <-ctx.Done():
				return nil
			}
			row := read.Row(r.Line, r.Cells)
			if row.Err != nil {
				return nil
			}
			one, cancel := context.WithTimeout(ctx, rowTestTime)
			defer cancel()
			err := run.open(one, row.Task)
			if ctx.Err() != nil {
				return nil
			}
			if r.Tested, r.TestFault = time.Now(), ""; err != nil {
				r.TestFault = Sentence(err)
				if hint := Hint(err); hint != "" {
					r.TestFault += "; " + hint
				}
			}
			tested[i] = r
			return nil
		})
	}
	_ = g.Wait() // what goes wrong is what has been found
	found := make([]task.DraftRow, 0, len(rows))
	for _, r := range tested {
		if !r.Tested.IsZero() {
			found = append(found, r)
		}
	}
	return s.store.SetVerdicts(context.WithoutCancel(ctx), id, found)
}
