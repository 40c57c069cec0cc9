package api

import (
	"errors"
	"fmt"
	"time"

	"github.com/mailweir/mailweir/host/task"
)

// Removal is what a run of a task deletes or replaces, once everything is copied.
type Removal struct {
	Mirror  bool   `json:"mirror_deletions,omitempty" doc:"Deletes copies of messages that are gone from their source. Not together with delete_after of a source"`
	Grace   string `json:"grace,omitempty" doc:"With mirror_deletions: how long a message has to be missing, in all runs; 7d unless said" example:"14d"`
	Limit   string `json:"max_delete,omitempty" doc:"Share or number of messages of one side that one run may delete; beyond, nothing is deleted and the run waits for somebody. 10% unless said" example:"25%"`
	Replace bool   `json:"allow_replace,omitempty" doc:"Lets plugins replace messages at the destination by those of a source"`
}

// deleteNow is the age of what is deleted in the run that has copied it.
const deleteNow = "now"

// AgeText is how the API spells an age of messages.
func AgeText(age time.Duration) string {
	if age == 0 {
		return deleteNow
	}
	return task.IntervalText(age)
}

// ParseAge reads "now", or an age such as 30d or 12h.
func ParseAge(text string) (time.Duration, error) {
	if text == deleteNow {
		return 0, nil
	}
	age, err := task.ParseInterval(text)
	if err != nil {
		err = fmt.Errorf("%q is neither now nor an age like 30d or 12h", text)
	}
	return age, err
}

// removalOf says in out what t deletes.
func removalOf(t task.Task, out *Task) {
	for i, s := range t.Sources {
		if age, deletes := t.Removal.Sources[s.Name]; deletes {
			out.Sources[i].DeleteAfter = AgeText(age)
		}
	}
	r := t.Removal
	out.Removal = Removal{Mirror: r.Mirror, Limit: r.Limit, Replace: r.Replace}
	if r.Mirror {
		out.Removal.Grace = AgeText(r.Grace)
	}
}

// removal is what the JSON says about deleting.
func (t Task) removal() (task.Removal, error) {
	r := task.Removal{Mirror: t.Removal.Mirror, Limit: t.Removal.Limit, Replace: t.Removal.Replace}
	var errs []error
	for _, s := range t.Sources {
		if s.DeleteAfter == "" {
			continue
		}
		age, err := ParseAge(s.DeleteAfter)
		if err != nil {
			errs = append(errs, fmt.Errorf("sources[%s]: delete_after: %w", s.Name, err))
		}
		if r.Sources == nil {
			r.Sources = make(map[string]time.Duration)
		}
		r.Sources[s.Name] = age
	}
	switch {
	case t.Removal.Grace != "" && !r.Mirror:
		errs = append(errs, errors.New("removal: grace needs mirror_deletions"))
	case r.Mirror && t.Removal.Grace == "":
		r.Grace = task.DefaultGrace
	case r.Mirror:
		var err error
		if r.Grace, err = ParseAge(t.Removal.Grace); err != nil {
			errs = append(errs, fmt.Errorf("removal: grace: %w", err))
		}
	}
	return r, errors.Join(errs...)
}
