package task

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Removal says what a run of a task deletes, once everything is copied, and whether it
// may replace anything. The zero value deletes and replaces nothing.
type Removal struct {
	// Sources are those at which messages are deleted whose copies were read back in the
	// same run, by name, with how long ago they must have been copied; 0 is now.
	Sources map[string]time.Duration `json:"sources,omitempty"`
	// Mirror deletes copies of messages that have been missing from their source for
	// Grace, in all complete listings of their folder.
	Mirror bool          `json:"mirror,omitempty"`
	Grace  time.Duration `json:"grace,omitempty"` // 0 is at once; see DefaultGrace
	// Limit is the share, such as 25%, or number of messages of one side that one run may
	// delete; "" is 10%.
	Limit string `json:"limit,omitempty"`
	// Replace lets plugins have a message at the destination deleted that they replace by
	// one of a source.
	Replace bool `json:"replace,omitempty"`
}

// DefaultGrace is what whoever asks a person takes for Removal.Grace: time to notice
// that messages are missing which should not be.
const DefaultGrace = 7 * 24 * time.Hour

// MaxAge bounds the times of a Removal.
const MaxAge = 36500 * 24 * time.Hour

// Any reports whether anything may be deleted or replaced.
func (r Removal) Any() bool { return len(r.Sources) > 0 || r.Mirror || r.Replace }

// Adds reports whether r deletes or replaces something that before does not, or does it
// sooner or further.
func (r Removal) Adds(before Removal) bool {
	for name, age := range r.Sources {
		if old, there := before.Sources[name]; !there || age < old {
			return true
		}
	}
	return r.Mirror && (!before.Mirror || r.Grace < before.Grace) || r.Replace && !before.Replace ||
		r.Any() && r.Limit != before.Limit && r.Limit != ""
}

// Equal reports whether both say the same.
func (r Removal) Equal(o Removal) bool {
	return maps.Equal(r.Sources, o.Sources) && r.Mirror == o.Mirror && r.Grace == o.Grace && r.Limit == o.Limit && r.Replace == o.Replace
}

// validate reports all that is wrong with it in a task with these sources. How a Limit
// is spelled is the engine's to say.
func (r Removal) validate(sources []Source) error {
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(r.Sources)) {
		if !slices.ContainsFunc(sources, func(s Source) bool { return s.Name == name }) {
			errs = append(errs, fmt.Errorf("deletion at source %s: there is no such source", name))
		}
		if age := r.Sources[name]; age < 0 || age > MaxAge {
			errs = append(errs, fmt.Errorf("deletion at source %s: the age is not between 0 and 36500 days", name))
		}
	}
	if r.Grace < 0 || r.Grace > MaxAge {
		errs = append(errs, errors.New("the grace of mirrored deletions is not between 0 and 36500 days"))
	}
	if r.Mirror && len(r.Sources) > 0 {
		errs = append(errs, errors.New("a task that deletes at a source can not mirror deletions as well: the copies of what it has moved would hang on the ledger alone"))
	}
	return errors.Join(errs...)
}
