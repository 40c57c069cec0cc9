package copier

import (
	"fmt"
	"strings"
)

// brake says why a person must decide before anything is deleted: too much would
// go, or a side that had messages looks empty. nil lets the run go on.
func (r *run) brake(clearings []*clearing) error {
	limit := r.opts.Removal.Limit
	var lapsed, copies int64
	var why []string
	stop := func(victims int64, format string, args ...any) {
		why = append(why, fmt.Sprintf(format, args...)+fmt.Sprintf("; to allow it, run it once with --max-delete %d", victims))
	}
	for _, s := range r.sources {
		var due, there, known, listed, missing int64
		for _, c := range clearings {
			if c.source != s {
				continue
			}
			due += int64(len(c.due))
			there, known, listed = there+c.there, known+c.known, listed+c.listed
			missing += c.known - c.there
			lapsed += int64(len(c.lapsed))
			copies += c.known
		}
		switch {
		case !limit.allows(due, there):
			stop(due, "%d of %s would be deleted at source %s, and the limit is %s", due, count(there, "message"), s.name, limit)
		case r.opts.Removal.AtTarget && known > 0 && listed == 0 && !limit.allowsAll(missing):
			stop(missing, "source %s looks empty and had %s", s.name, count(known, "message"))
		}
	}
	if !limit.allows(lapsed, copies) {
		stop(lapsed, "%d of %s would be deleted at the destination, and the limit is %s", lapsed, count(copies, "message"), limit)
	}
	if due := r.withoutCopies(clearings); due > 0 && !limit.allowsAll(due) {
		stop(due, "%s would be deleted at the source, and the destination looks empty", count(due, "message"))
	}
	if len(why) == 0 {
		return nil
	}
	return &safetyError{strings.Join(why, "; ")}
}

// A safetyError says what would have been deleted.
type safetyError struct{ why string }

func (e *safetyError) Error() string        { return "nothing was deleted: " + e.why }
func (e *safetyError) Is(target error) bool { return target == ErrSafety }

// withoutCopies returns how many messages are due at the source, if the folders
// that should hold all their copies were listed as empty and nothing was copied
// since.
func (r *run) withoutCopies(clearings []*clearing) (due int64) {
	for _, c := range clearings {
		for i := range c.due {
			f, ok := r.targets.find(c.due[i].pair.Target)
			if !ok || f.Status == nil || f.Status.Messages > 0 {
				return 0
			}
			due++
		}
	}
	if r.tally.snapshot().Counts.Copied > 0 {
		return 0
	}
	return due
}
