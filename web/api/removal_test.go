package api

import (
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/task"
)

func TestTask_removalIsReadAsItIsWritten(t *testing.T) {
	const day = 24 * time.Hour
	dir := func(name string) task.Account { return task.Account{Kind: task.KindMaildir, Dir: "/" + name} }
	for _, r := range []task.Removal{
		{},
		{Sources: map[string]time.Duration{"a": 0, "b": 30 * day}, Limit: "25%"},
		{Mirror: true, Grace: 14 * day, Replace: true},
		{Mirror: true},
	} {
		tk := task.Task{Name: "x", Sources: []task.Source{{Name: "a", Account: dir("a")}, {Name: "b", Account: dir("b")}}, Destination: dir("c"), Removal: r}
		got, err := TaskOf(tk, nil).Noun()
		if err != nil || !got.Removal.Equal(r) {
			t.Errorf("%+v became %+v, %v", r, got.Removal, err)
		}
	}
	if got, err := (Task{Removal: Removal{Mirror: true}}).removal(); err != nil || got.Grace != task.DefaultGrace {
		t.Errorf("grace that nobody has said is %v, %v", got.Grace, err)
	}
	for _, bad := range []Task{
		{Sources: []Source{{Name: "a", DeleteAfter: "soon"}}},
		{Sources: []Source{{Name: "a", DeleteAfter: "-1d"}}},
		{Removal: Removal{Grace: "7d"}},
		{Removal: Removal{Mirror: true, Grace: "x"}},
	} {
		if _, err := bad.removal(); err == nil {
			t.Errorf("%+v is taken", bad)
		}
	}
}
