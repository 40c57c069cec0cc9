package app

import (
	"fmt"

	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/task"
)

// removalOf is what the engine is told of a task's removal.
func removalOf(t task.Task) (copier.Removal, error) {
	r := copier.Removal{AtTarget: t.Removal.Mirror, Grace: t.Removal.Grace}
	if len(t.Removal.Sources) > 0 {
		r.Sources = make(map[string]copier.FromSource, len(t.Removal.Sources))
		for name, after := range t.Removal.Sources {
			r.Sources[name] = copier.FromSource{Delete: true, After: after}
		}
	}
	if t.Removal.Limit == "" {
		return r, nil
	}
	var err error
	if r.Limit, err = copier.ParseLimit(t.Removal.Limit); err != nil {
		return r, fmt.Errorf("limit on deleting: %w", err)
	}
	return r, nil
}

// deletionNotes say in a line for each folder what a run would delete.
func deletionNotes(list []copier.Deletion) (notes []string) {
	counts := map[string]int{}
	var order []string
	for _, d := range list {
		place := fmt.Sprintf("in %s of source %s", d.Folder, d.Source)
		if d.Side == copier.SideTarget {
			place = fmt.Sprintf("in %s at the destination, as they are gone from source %s", d.Target, d.Source)
		}
		if counts[place]++; counts[place] == 1 {
			order = append(order, place)
		}
	}
	for _, place := range order {
		notes = append(notes, fmt.Sprintf("a run would delete %d messages %s", counts[place], place))
	}
	return notes
}
