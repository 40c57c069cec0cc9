package view

import (
	"context"
	"strings"

	"github.com/mailweir/mailweir/host/task"
)

// shownDeleted is how many deleted tasks are listed.
const shownDeleted = 200

// someNames are the names of the first of several tasks, in one line.
func someNames(ctx context.Context, all []task.Deleted) string {
	const few = 3
	var names []string
	for _, d := range first(all, few) {
		names = append(names, Plain(d.Task.Name))
	}
	text := strings.Join(names, ", ")
	if n := len(all) - few; n > 0 {
		text += " " + t(ctx).BulkMore(n)
	}
	return text
}

// atOnce is how many tasks were deleted together with the i-th, if that is the first
// of them in the list; else 0.
func atOnce(all []task.Deleted, i int) int {
	n := 0
	for at, d := range all {
		if d.Deletion != all[i].Deletion {
			continue
		}
		if at < i {
			return 0
		}
		n++
	}
	return n
}
