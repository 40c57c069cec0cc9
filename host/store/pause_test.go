package store

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/task"
)

func TestPauseRun_keepsAQueuedRunFromItsTurnUntilItIsResumed(t *testing.T) {
	s := openNew(t)
	now := time.UnixMilli(1_800_000_000_000)
	setClock(s, &now)
	tk := save(t, s, newTask("a"))
	run := must[task.Run](t)(s.CreateRun(t.Context(), tk.ID, TriggerHand))
	for _, who := range []string{"ann", "bob"} {
		if err := s.PauseRun(t.Context(), run.ID, who); err != nil {
			t.Fatal(err)
		}
	}
	paused := must[task.Run](t)(s.Run(t.Context(), run.ID))
	if paused.Status() != task.StatusPaused || paused.Pause != (task.Pause{By: "ann", At: now}) {
		t.Errorf("%s, %+v", paused.Status(), paused.Pause)
	}
	if _, err := s.ClaimRun(t.Context(), TicketOf(run)); !errors.Is(err, ErrNotQueued) {
		t.Errorf("its old ticket: %v", err)
	}
	if _, err := s.ClaimNext(t.Context()); !errors.Is(err, ErrNotQueued) {
		t.Errorf("the next one: %v", err)
	}
	if _, err := s.CreateRun(t.Context(), tk.ID, TriggerHand); !errors.Is(err, ErrActive) {
		t.Errorf("another run: %v", err)
	}
	// The start of a service looks for what was running, and leaves this.
	if got := must[[]Ticket](t)(s.Recover(t.Context(), time.Minute)); len(got) != 0 {
		t.Errorf("recovered %v", got)
	}
	next := must[Ticket](t)(s.ResumeRun(t.Context(), run.ID))
	c := must[Claim](t)(s.ClaimNext(t.Context()))
	if c.Ticket != next || c.Run.Pause != (task.Pause{}) {
		t.Errorf("claimed %+v with %+v, want %+v", c.Run, c.Ticket, next)
	}
	if again := must[Ticket](t)(s.ResumeRun(t.Context(), run.ID)); again != (Ticket{}) {
		t.Errorf("a run that is not paused got the ticket %v", again)
	}
}

func TestPauseRun_aRunningOneRestsWhenItsNodeGivesItBack(t *testing.T) {
	tests := []struct {
		name string
		give func(s *Store, ticket Ticket) error
		want task.Status
	}{
		{"its node", func(s *Store, ticket Ticket) error {
			next, err := s.Requeue(t.Context(), ticket, false)
			if next != (Ticket{}) {
				t.Errorf("a paused run got the ticket %v", next)
			}
			return err
		}, task.StatusPaused},
		{"another node, after a crash", func(s *Store, _ Ticket) error {
			must[int64](t)(affectedRows(s, "UPDATE run SET node = 'gone'"))
			tickets, err := s.TakeOver(t.Context(), time.Minute)
			if len(tickets) != 0 {
				t.Errorf("took over %v", tickets)
			}
			return err
		}, task.StatusPaused},
		{"resumed before it came to rest", func(s *Store, ticket Ticket) error {
			must[Ticket](t)(s.ResumeRun(t.Context(), ticket.RunID))
			_, err := s.Requeue(t.Context(), ticket, false)
			return err
		}, task.StatusQueued},
		{"stopped as well", func(s *Store, ticket Ticket) error {
			if err := s.RequestStop(t.Context(), ticket.RunID); err != nil {
				return err
			}
			_, err := s.Requeue(t.Context(), ticket, false)
			return err
		}, task.StatusCancelled},
		{"done in the last moment", func(s *Store, ticket Ticket) error {
			return s.FinishRun(t.Context(), ticket, &task.Report{Outcome: task.OutcomeDone})
		}, task.StatusDone},
	}
	s := openNew(t)
	for _, tt := range tests {
		run := running(t, s, tt.name)
		if _, err := s.SaveProgress(t.Context(), TicketOf(run), task.Progress{Counts: task.Counts{Source: 9, Copied: 5}, BytesPerSecond: 7}); err != nil {
			t.Fatal(err)
		}
		if err := s.PauseRun(t.Context(), run.ID, "ann"); err != nil {
			t.Fatal(err)
		}
		at := must[task.Run](t)(s.Run(t.Context(), run.ID))
		active := must[[]Active](t)(s.Running(t.Context()))
		if at.Status() != task.StatusPausing || len(active) != 1 || !active[0].Pause {
			t.Errorf("%s: at first %s, %+v", tt.name, at.Status(), active)
		}
		if err := tt.give(s, TicketOf(run)); err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		got := must[task.Run](t)(s.Run(t.Context(), run.ID))
		if got.Status() != tt.want || tt.want == task.StatusPaused && (got.Progress.Counts.Copied != 5 || got.Progress.BytesPerSecond != 0) {
			t.Errorf("%s: then %s with %+v, want %s", tt.name, got.Status(), got.Progress, tt.want)
		}
		if _, err := s.SaveProgress(t.Context(), TicketOf(run), task.Progress{}); !errors.Is(err, ErrFenced) {
			t.Errorf("%s: the old ticket still writes: %v", tt.name, err)
		}
	}
}

func affectedRows(s *Store, query string) (int64, error) {
	res, err := s.write.NewRaw(query + " WHERE state = 'running'").Exec(context.Background())
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

func TestRequestStop_endsAPausedRunWithWhatItHadDone(t *testing.T) {
	s := openNew(t)
	run := running(t, s, "a")
	progress := task.Progress{Counts: task.Counts{Source: 9, Copied: 5}, Folders: []task.FolderReport{{Source: "x", Folder: "INBOX"}}}
	if _, err := s.SaveProgress(t.Context(), TicketOf(run), progress); err != nil {
		t.Fatal(err)
	}
	if err := s.PauseRun(t.Context(), run.ID, "ann"); err != nil {
		t.Fatal(err)
	}
	must[Ticket](t)(s.Requeue(t.Context(), TicketOf(run), false))
	if err := s.RequestStop(t.Context(), run.ID); err != nil {
		t.Fatal(err)
	}
	got := must[task.Run](t)(s.Run(t.Context(), run.ID))
	if got.Status() != task.StatusCancelled || got.Report.Counts.Copied != 5 || len(got.Report.Folders) != 1 || got.Report.Cause != "stopped while it was paused" {
		t.Errorf("%+v", got.Report)
	}
	if err := s.PauseRun(t.Context(), run.ID, "ann"); !errors.Is(err, ErrNotQueued) {
		t.Errorf("pause what has ended: %v", err)
	}
	if _, err := s.ResumeRun(t.Context(), run.ID); !errors.Is(err, ErrNotQueued) {
		t.Errorf("resume what has ended: %v", err)
	}
	for _, err := range []error{s.PauseRun(t.Context(), "none", "ann"), second(s.ResumeRun(t.Context(), "none"))} {
		if !errors.Is(err, ErrNotFound) {
			t.Errorf("a run that is not there: %v", err)
		}
	}
}

func second[T any](_ T, err error) error { return err }
