package copier

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/mailweir/mailweir/host/mail"
)

// A clearing is one source folder with the messages that are to be deleted, at
// the source or at the target.
type clearing struct {
	*job
	validity uint32 // UIDVALIDITY of the source folder

	due    []victim // messages at the source
	lapsed []victim // messages that are gone from the source, of which the copies go

	marked   int            // could only be marked \Deleted
	distinct map[*Pair]bool // proven to be another folder than the source's

	// What the brake looks at.
	known  int64 // messages that the ledger knows as copied, there or missing
	there  int64 // those of them that the source lists
	listed int64 // all messages that the source lists
}

// A victim is a message of which one of the two copies is to be deleted.
type victim struct {
	Entry
	pair  *Pair
	begun bool // this run has begun to delete it
}

// lives returns the pairs of all sources as they stand.
func (r *run) lives() map[int64]Pair {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := make(map[int64]Pair)
	for _, s := range r.sources {
		for _, p := range s.pairs {
			out[p.ID] = *p
		}
	}
	return out
}

// survey finds out what is to be deleted and writes down which messages are
// missing since when. A folder about which there is any doubt is left out: one
// that was not finished, can not be listed as a whole, or has another UIDVALIDITY
// than the ledger knew before, at either side. With look the ledger stays as it
// is, and folders count that nothing was copied from yet.
func (r *run) survey(ctx context.Context, jobs []*job, before map[int64]Pair, look bool) ([]*clearing, error) {
	var out []*clearing
	for _, j := range jobs {
		if ctx.Err() != nil {
			return nil, nil
		}
		if j.idle() || j.source.lost() != nil || !look && !r.tally.finished(j.row) {
			continue
		}
		var c *clearing
		err := r.persevere(ctx, func() (_ bool, err error) {
			c, err = r.surveyFolder(ctx, j, before, look)
			return false, err
		})
		var doubt *doubtError
		switch {
		case err == nil:
			if c != nil {
				out = append(out, c)
			}
		case errors.As(err, &doubt):
			r.tally.note("%s of source %s: nothing is deleted, because %v", j.folder.Name, j.source.name, doubt)
		default:
			if err := r.broken(ctx, j, err); err != nil {
				return nil, err
			}
		}
	}
	if r.opts.Removal.AtTarget {
		return out, r.noteVanished(ctx)
	}
	return out, nil
}

// A doubtError says why nothing is deleted in a folder.
type doubtError struct{ why string }

func (e *doubtError) Error() string { return e.why }

func doubtf(format string, args ...any) error { return &doubtError{fmt.Sprintf(format, args...)} }

// surveyFolder returns nil where the ledger knows of nothing.
func (r *run) surveyFolder(ctx context.Context, j *job, before map[int64]Pair, look bool) (*clearing, error) {
	pairs := r.pairsOf(j)
	if len(pairs) == 0 {
		return nil, nil
	}
	if c, err := r.quiet(ctx, j, pairs, before); c != nil || err != nil {
		return c, err
	}
	reader, err := j.source.account.Examine(ctx, j.folder)
	if errors.Is(err, mail.ErrNoFolder) {
		return nil, doubtf("it is not there any more")
	}
	if err != nil {
		return nil, sourceErr(fmt.Errorf("open %s: %w", j.folder.Name, err))
	}
	defer reader.Close()
	status := reader.Status()
	if err := r.sameLives(pairs, before, status.UIDValidity); err != nil {
		return nil, err
	}
	there, _, err := inventory(ctx, reader)
	if err != nil {
		return nil, err
	}
	c := &clearing{job: j, validity: status.UIDValidity, listed: int64(there.Len()), distinct: make(map[*Pair]bool)}
	for _, pair := range pairs {
		if pair.UIDValidity != c.validity {
			continue
		}
		s := &sorter{run: r, clearing: c, pair: pair, list: there, next: status.UIDNext}
		if err := r.cfg.Ledger.Entries(ctx, pair.ID, s.sort); err != nil {
			var doubt *doubtError
			if errors.As(err, &doubt) {
				return nil, err
			}
			return nil, ledgerFault(ctx, err)
		}
		if look {
			continue
		}
		if err := r.put(ctx, pair, s.changed); err != nil {
			return nil, err
		}
		if !s.drop.Empty() {
			if err := r.cfg.Ledger.Delete(ctx, pair.ID, s.drop); err != nil {
				return nil, ledgerFault(ctx, err)
			}
		}
	}
	return c, nil
}

// pairsOf returns the pairs of the job's folder, in all its lives.
func (r *run) pairsOf(j *job) []*Pair {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []*Pair
	for _, p := range j.source.pairs {
		if p.Folder == j.folder.Raw {
			out = append(out, p)
		}
	}
	return out
}

// sameLives is a doubtError when a folder of either side has been replaced by
// another one since the last complete pass. Its messages were matched again by
// then, and the next run may go on from there.
func (r *run) sameLives(pairs []*Pair, before map[int64]Pair, validity uint32) error {
	for _, p := range pairs {
		old, known := before[p.ID]
		switch {
		case !known:
		case old.UIDValidity != validity && old.Seen != (mail.Status{}):
			return doubtf("its UIDVALIDITY has changed")
		case old.UIDValidity == validity && old.TargetValidity != 0 && old.TargetValidity != p.TargetValidity:
			return doubtf("the UIDVALIDITY of %s at the destination has changed", p.Target)
		}
	}
	return nil
}

// quiet returns the clearing of a folder that need not be listed: nothing has
// happened to it since the last complete pass, and nothing waits to be deleted.
func (r *run) quiet(ctx context.Context, j *job, pairs []*Pair, before map[int64]Pair) (*clearing, error) {
	status := j.folder.Status
	if status == nil || status.UIDNext == 0 {
		return nil, nil
	}
	seen := slices.ContainsFunc(pairs, func(p *Pair) bool { return p.Target == j.Target && before[p.ID].Seen == *status })
	if !seen || r.sameLives(pairs, before, status.UIDValidity) != nil {
		return nil, nil
	}
	c := &clearing{job: j, validity: status.UIDValidity, listed: int64(status.Messages)}
	waits := errors.New("something waits")
	var entries int64
	for _, pair := range pairs {
		if pair.UIDValidity != c.validity {
			continue
		}
		err := r.cfg.Ledger.Entries(ctx, pair.ID, func(e Entry) error {
			if e.State != EntryGone {
				entries++
			}
			switch {
			case e.State != EntryDone:
				return nil
			case !e.Missing.IsZero(), r.ripe(j.source, e):
				return waits
			}
			c.known++
			c.there++
			return nil
		})
		if errors.Is(err, waits) {
			return nil, nil
		}
		if err != nil {
			return nil, ledgerFault(ctx, err)
		}
	}
	if entries > c.listed {
		return nil, nil // some are missing that no listing was trusted to lack yet
	}
	return c, nil
}

// ripe reports whether a message is to go from its source, and was copied long enough
// ago for that.
func (r *run) ripe(from *source, e Entry) bool {
	rule := r.opts.Removal.of(from.name)
	return rule.Delete && (rule.After == 0 || !e.Copied.IsZero() && r.now().Sub(e.Copied) >= rule.After)
}

// A sorter walks over the entries of a pair.
type sorter struct {
	*run
	*clearing
	pair    *Pair
	list    mail.UIDSet // of the source
	next    mail.UID    // UIDNEXT of the source folder; 0 when it is not told
	changed []Entry
	drop    mail.UIDSet
}

// sort decides about one entry.
func (s *sorter) sort(e Entry) error {
	if e.State != EntryDone {
		return nil
	}
	if s.next != 0 && e.UID >= s.next {
		// A folder that was put back from a backup under its old UIDVALIDITY, say:
		// then UIDs mean nothing.
		return doubtf("the ledger knows UID %d, and the source has only given UIDs below %d", e.UID, s.next)
	}
	if s.list.Contains(e.UID) {
		s.present(e)
	} else {
		s.missing(e)
	}
	return nil
}

func (s *sorter) present(e Entry) {
	s.known++
	s.there++
	if !e.Missing.IsZero() {
		e.Missing = time.Time{}
		s.changed = append(s.changed, e)
	}
	if s.ripe(s.clearing.source, e) {
		s.due = append(s.due, victim{Entry: e, pair: s.pair})
	}
}

func (s *sorter) missing(e Entry) {
	switch {
	case e.Moved: // a run that was interrupted got that far
		e.State = EntryGone
		s.changed = append(s.changed, e)
		return
	case !s.opts.Removal.AtTarget:
		return // the next complete pass forgets it
	case e.TargetUID == 0, e.TargetValidity == 0, e.TargetValidity != s.pair.TargetValidity:
		s.drop.Add(e.UID) // which message is its copy will never be known
		return
	}
	s.known++
	if e.Missing.IsZero() {
		e.Missing = s.now()
		s.changed = append(s.changed, e)
	}
	if s.now().Sub(e.Missing) >= s.opts.Removal.Grace {
		s.lapsed = append(s.lapsed, victim{Entry: e, pair: s.pair})
	}
}

// inventory lists a folder and says which of its messages are marked \Deleted.
// What is not certainly the whole list is an error.
func inventory(ctx context.Context, r mail.Reader) (all, marked mail.UIDSet, err error) {
	err = r.Scan(ctx, everything, mail.ScanOptions{Items: mail.ItemFlags}, func(m mail.Message) error {
		all.Add(m.UID)
		if hasFlag(m.Flags, mail.FlagDeleted) {
			marked.Add(m.UID)
		}
		return nil
	})
	strange, err := setAsideUnreadable(err)
	switch {
	case err != nil:
		return all, marked, sourceErr(err)
	case len(strange) > 0:
		return all, marked, doubtf("the source lists messages that can not be understood")
	case all.Len() < int(r.Status().Messages):
		return all, marked, doubtf("the source lists %d of %d messages", all.Len(), r.Status().Messages)
	}
	return all, marked, nil
}

// noteVanished names folders that were copied and are not at the source any more.
// Their copies stay: a folder is renamed, or hidden by a change of rights, more
// often than it is deleted with all that is in it.
func (r *run) noteVanished(ctx context.Context) error {
	for _, s := range r.sources {
		if s.lost() != nil {
			continue
		}
		kept := make(map[string]int64) // by target folder
		for _, p := range r.vanished(s) {
			err := r.cfg.Ledger.Entries(ctx, p.ID, func(e Entry) error {
				if e.State == EntryDone {
					kept[p.Target]++
				}
				return nil
			})
			if err != nil {
				return ledgerFault(ctx, err)
			}
		}
		for _, target := range slices.Sorted(maps.Keys(kept)) {
			r.tally.note("a folder of source %s that went to %s is not there any more; what was copied from it stays (%s)", s.name, target, count(kept[target], "message"))
		}
	}
	return nil
}

// vanished returns the pairs of folders that the source does not list.
func (r *run) vanished(s *source) []*Pair {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []*Pair
	for _, p := range s.pairs {
		if !slices.ContainsFunc(s.folders, func(f mail.Folder) bool { return f.Raw == p.Folder }) {
			out = append(out, p)
		}
	}
	return out
}
