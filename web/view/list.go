package view

import (
	"context"
	"net/url"
	"slices"
	"strconv"

	"github.com/mailweir/mailweir/host/task"
)

// TaskList is a page of the list of tasks.
type TaskList struct {
	Query task.Query
	Rows  []TaskRow
	Total int // that the query finds
	Sums  task.Sums
	// Said is what became of what was done to several tasks; "" is nothing.
	Said, Passed string
	Problem      string
	Deleted      []task.Deleted // just now, which can be undone
}

// PageSize is how many tasks a page of the list has.
const PageSize = 50

// everything reports whether the list is that of all tasks.
func (l TaskList) everything() bool {
	q := l.Query
	return q.Text == "" && len(q.Standings) == 0 && !q.Paused && q.Owner == "" && q.Batch == ""
}

// ListQuery writes a query as the address of the list has it.
func ListQuery(q task.Query) url.Values {
	v := url.Values{}
	set := func(key, value string) {
		if value != "" {
			v.Set(key, value)
		}
	}
	set("q", q.Text)
	set("owner", q.Owner)
	set("batch", q.Batch)
	set("sort", string(q.Order))
	switch {
	case q.Paused:
		v.Set("state", "paused")
	case len(q.Standings) == 1:
		v.Set("state", string(q.Standings[0]))
	case len(q.Standings) > 1:
		v.Set("state", "attention")
	}
	if q.Offset > 0 {
		v.Set("page", strconv.Itoa(q.Offset/PageSize+1))
	}
	return v
}

// AttentionStandings are those that a person should look at.
func AttentionStandings() []task.Standing {
	return []task.Standing{task.StandingNeedsYou, task.StandingListed, task.StandingAgain}
}

// listPath is the address of a list.
func listPath(path string, q task.Query) string {
	if v := ListQuery(q).Encode(); v != "" {
		return path + "?" + v
	}
	return path
}

func (l TaskList) at(offset int) string {
	q := l.Query
	q.Offset = offset
	return listPath("/tasks", q)
}

func (l TaskList) state() string { return ListQuery(l.Query).Get("state") }

// owners are the names that the filter suggests.
func (l TaskList) owners() []string {
	var names []string
	for _, r := range l.Rows {
		if n := r.Task.Owner.Name; n != "" && !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	slices.Sort(names)
	return names
}

// tone is the colour of the tasks as a whole.
func sumsTone(s task.Sums) Tone {
	switch {
	case s.Of[task.StandingNeedsYou] > 0:
		return ToneBad
	case s.Of[task.StandingActive] > 0:
		return ToneLive
	case s.Of[task.StandingDone] > 0:
		return ToneGood
	}
	return ToneIdle
}

// ListTone is the colour of the list as a whole.
func ListTone(s task.Sums) Tone { return sumsTone(s) }

// actions on several tasks, in the order of their buttons.
type bulkAction struct{ do, icon, label string }

func bulkActions(ctx context.Context) []bulkAction {
	x := t(ctx)
	return []bulkAction{
		{"run", "play", x.BulkRun}, {"stop", "stop", x.BulkStop}, {"pause", "pause", x.BulkPause}, {"resume", "resume", x.BulkResume}, {"delete", "trash", x.BulkDelete},
	}
}

// BulkDelete asks whether several tasks shall go.
type BulkDelete struct {
	Tasks    []task.Task
	Mistyped bool
}

// shownNames is how many of them are named.
const shownNames = 20
