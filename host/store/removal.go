package store

import (
	"slices"
	"time"

	"github.com/mailweir/mailweir/host/task"
)

// keptRemoval is what a task goes on to delete that is changed by a rule or a table,
// which say nothing about that: what it did before, but at sources that it has no more.
func keptRemoval(before task.Removal, t task.Task) task.Removal {
	kept := before
	kept.Sources = nil
	for name, age := range before.Sources {
		if slices.ContainsFunc(t.Sources, func(s task.Source) bool { return s.Name == name }) {
			if kept.Sources == nil {
				kept.Sources = map[string]time.Duration{}
			}
			kept.Sources[name] = age
		}
	}
	return kept
}
