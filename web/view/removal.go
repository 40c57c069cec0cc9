package view

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mailweir/mailweir/host/task"
)

// RemovalForm is what was typed about deleting and replacing, but for what each source
// says of itself.
type RemovalForm struct {
	Mirror, Replace bool
	Grace           string // days
	Limit           string
}

// DeleteForm is what was typed about deleting at one source.
type DeleteForm struct {
	When string // "" is never; "now", "days"
	Days string
}

const aDay = 24 * time.Hour

func removalForm(r task.Removal) RemovalForm {
	f := RemovalForm{Mirror: r.Mirror, Replace: r.Replace, Limit: r.Limit, Grace: daysText(task.DefaultGrace)}
	if r.Mirror {
		f.Grace = daysText(r.Grace)
	}
	return f
}

func deleteForm(r task.Removal, source string) DeleteForm {
	age, deletes := r.Sources[source]
	switch {
	case !deletes:
		return DeleteForm{}
	case age == 0:
		return DeleteForm{When: "now"}
	}
	return DeleteForm{When: "days", Days: daysText(age)}
}

// daysText is an age in days; one that is not of whole days has a fraction.
func daysText(age time.Duration) string {
	return strconv.FormatFloat(float64(age)/float64(aDay), 'f', -1, 64)
}

// ParseDays is the age that a form says in days.
func ParseDays(text string) (time.Duration, bool) {
	days, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil || !(days >= 0 && days <= float64(task.MaxAge/aDay)) {
		return 0, false
	}
	return time.Duration(days * float64(aDay)).Round(time.Second), true
}

// deletes reports whether the form deletes or replaces anything, or says something
// wrong about it.
func (f TaskForm) deletes() bool {
	return f.Removal.Mirror || f.Removal.Replace || f.Faults["confirm"] != "" || f.Faults["grace"] != "" || f.Faults["limit"] != ""
}

// removalWords are what a task deletes, one phrase for each thing.
func removalWords(ctx context.Context, r task.Removal) (words []string) {
	x := t(ctx)
	for _, name := range slices.Sorted(maps.Keys(r.Sources)) {
		if age := r.Sources[name]; age == 0 {
			words = append(words, x.RemovalSourceNow(Plain(name), ""))
		} else {
			words = append(words, x.RemovalSource(Plain(name), t(ctx).Duration(age)))
		}
	}
	if r.Mirror {
		words = append(words, x.RemovalMirror(t(ctx).Duration(r.Grace)))
	}
	return words
}

// removalCommand is what a task deletes as flags of "mailweir copy", whose sources have
// no rules of their own: the longest age counts, and only if all sources delete.
func removalCommand(tk task.Task) (flags []string) {
	r := tk.Removal
	if len(r.Sources) == len(tk.Sources) && len(tk.Sources) > 0 {
		flags = append(flags, "--delete-source")
		if longest := slices.Max(slices.Collect(maps.Values(r.Sources))); longest > 0 {
			flags[0] = "--delete-source-after " + longest.String()
		}
	}
	if r.Mirror {
		flags = append(flags, "--mirror-deletions --grace "+r.Grace.String())
	}
	if r.Limit != "" && len(flags) > 0 {
		flags = append(flags, "--max-delete "+quoted(r.Limit))
	}
	if r.Replace {
		flags = append(flags, "--allow-replace")
	}
	return flags
}
