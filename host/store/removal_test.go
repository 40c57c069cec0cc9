package store

import (
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/task"
)

func TestSaveTask_keepsWhatItMayDeleteUntilSomebodySaysOtherwise(t *testing.T) {
	t.Parallel()
	s := openNew(t)
	tk := newTask("a")
	tk.Removal = task.Removal{Sources: map[string]time.Duration{"work": 30 * 24 * time.Hour, "home": 0}, Limit: "25%", Replace: true}
	save(t, s, tk)
	if got := must[task.Task](t)(s.Task(t.Context(), tk.ID)); !got.Removal.Equal(tk.Removal) {
		t.Errorf("stored %+v", got.Removal)
	}
	// A table says nothing about it, and knows one source.
	row := task.Task{Name: "a", Sources: []task.Source{{Name: "home", Account: account("home", "new")}}, Destination: account("archive", "new")}
	_, err := s.UpsertTasks(t.Context(), "", []Upsert{{Task: row, KeepHooks: true, KeepSchedule: true}}, false)
	if err != nil {
		t.Fatal(err)
	}
	got := must[task.Task](t)(s.Task(t.Context(), tk.ID))
	if !got.Removal.Equal(tk.Removal) || got.Version != 2 {
		t.Errorf("after an import %+v, version %d", got.Removal, got.Version)
	}
	got.Removal = task.Removal{}
	save(t, s, &got)
	if got := must[task.Task](t)(s.Task(t.Context(), tk.ID)); got.Removal.Any() {
		t.Errorf("turned off, it is %+v", got.Removal)
	}
}
