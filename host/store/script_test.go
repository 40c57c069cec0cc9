package store

import (
	"errors"
	"testing"

	"github.com/mailweir/mailweir/host/task"
)

func TestScripts_keepVersionsButForTheOldestOnes(t *testing.T) {
	s := openNew(t)
	tk := task.Task{
		Name:        "x",
		Sources:     []task.Source{{Name: "a", Account: task.Account{Kind: task.KindMaildir, Dir: "/a"}}},
		Destination: task.Account{Kind: task.KindMaildir, Dir: "/b"},
		Hooks:       []task.Hook{{Plugin: task.ScriptHook("rules", 1)}},
	}
	check(t, s.SaveTask(t.Context(), &tk))
	for range task.MaxVersions + 3 {
		check(t, s.SaveScript(t.Context(), &task.Script{TaskID: tk.ID, Name: "rules", Source: "x", By: "ann"}))
	}
	all := must[[]task.Script](t)(s.Scripts(t.Context(), tk.ID, "rules"))
	if len(all) != task.MaxVersions || all[0].Version != task.MaxVersions+3 || all[0].By != "ann" || all[0].At.IsZero() {
		t.Errorf("%d versions, the latest %+v", len(all), all[0])
	}
	if got := must[task.Script](t)(s.Script(t.Context(), tk.ID, "rules", 1)); got.Source != "x" {
		t.Errorf("%+v", got)
	}
	for _, gone := range []int{2, 4, 0, -1} {
		if _, err := s.Script(t.Context(), tk.ID, "rules", gone); !errors.Is(err, ErrNotFound) {
			t.Errorf("version %d: %v", gone, err)
		}
	}
	if err := s.SaveScript(t.Context(), &task.Script{TaskID: "nowhere", Name: "rules"}); !errors.Is(err, ErrNotFound) {
		t.Errorf("of no task: %v", err)
	}
	if err := s.SaveScript(t.Context(), &task.Script{TaskID: tk.ID, Name: "Not A Name"}); err == nil {
		t.Error("a name that is none")
	}
	deleteForGood(t, s, tk.ID)
	if left := must[[]task.Script](t)(s.Scripts(t.Context(), tk.ID, "rules")); len(left) > 0 {
		t.Errorf("%d versions stay", len(left))
	}
}
