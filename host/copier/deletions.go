package copier

import (
	"context"
	"time"
)

// Side is one of the two accounts of a copy.
type Side string

// The sides.
const (
	SideSource Side = "source"
	SideTarget Side = "destination"
)

// Deletion is one message that a run would delete.
type Deletion struct {
	Side      Side
	Source    string    // name of the source
	Folder    string    // Name of the source folder
	UID       uint32    // at the source
	Target    string    // Name of the target folder
	TargetUID uint32    // 0 when it is not known
	Since     time.Time // when it was copied, or, of a copy, since when the message is missing
}

// foreseeDeletions returns what the run would delete, as far as that can be said
// without downloading or changing anything. What would keep it from deleting
// becomes a note.
func (r *run) foreseeDeletions(ctx context.Context, jobs []*job) ([]Deletion, error) {
	removal := r.opts.Removal
	if !removal.any() {
		return nil, nil
	}
	clearings, err := r.survey(ctx, jobs, r.lives(), true)
	if err != nil {
		return nil, err
	}
	if err := r.brake(clearings); err != nil {
		r.tally.note("a run would delete nothing of what is listed here: %v", err)
	}
	for _, s := range r.sources {
		if rule := removal.of(s.name); rule.Delete && rule.After == 0 {
			r.tally.note("a run also deletes at the source what it copies itself")
			break
		}
	}
	var out []Deletion
	for _, c := range clearings {
		for _, v := range c.due {
			out = append(out, c.deletion(SideSource, v, v.Copied))
		}
		for _, v := range c.lapsed {
			out = append(out, c.deletion(SideTarget, v, v.Missing))
		}
	}
	return out, nil
}

func (c *clearing) deletion(side Side, v victim, since time.Time) Deletion {
	return Deletion{
		Side: side, Source: c.source.name, Folder: c.folder.Name, UID: uint32(v.UID),
		Target: v.pair.Target, TargetUID: uint32(v.TargetUID), Since: since,
	}
}
