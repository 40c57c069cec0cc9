package copier

import (
	"context"
	"fmt"

	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/task"
)

// foresee fills in how many messages each job has to copy, as far as that can be
// said without downloading or changing anything. The rows of the tally then say
// what is there and what is to do; nothing is handled by a dry run.
func (r *run) foresee(ctx context.Context, jobs []*job) error {
	for _, j := range jobs {
		if j.idle() {
			j.ToCopy, j.Bytes, j.TooBig = 0, 0, 0
			continue
		}
		var err error
		if j.ToCopy, j.Bytes, err = r.toCopy(ctx, j); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			j.fail(err)
		}
		if j.ToCopy == 0 {
			j.TooBig = 0
		}
		r.tally.change(j.row, func(f *task.FolderReport) {
			f.Error = j.Error
			if j.ToCopy >= 0 {
				f.Present = max(0, f.Counts.Source-j.ToCopy)
			}
		})
	}
	return nil
}

// toCopy returns how many messages of the folder are to be copied, or -1 when
// only a comparison of the messages themselves would tell, and how many bytes these
// have, or -1 when nobody has asked for their sizes.
func (r *run) toCopy(ctx context.Context, j *job) (n, bytes int64, err error) {
	if _, ok := r.unchanged(j); ok || j.Messages == 0 {
		return 0, 0, nil
	}
	there, exists := r.targets.find(j.Target)
	if !r.knows(j.source, j.folder) {
		if !exists || there.Status != nil && there.Status.Messages == 0 {
			return j.Messages, -1, nil
		}
		return -1, -1, nil // some may be there already
	}
	reader, err := j.source.account.Examine(ctx, j.folder)
	if err != nil {
		return -1, -1, sourceErr(fmt.Errorf("open %s: %w", j.folder.Name, err))
	}
	defer reader.Close()
	var pairs []Pair
	r.mu.Lock()
	for _, p := range j.source.pairs {
		if p.Folder == j.folder.Raw && p.UIDValidity == reader.Status().UIDValidity {
			pairs = append(pairs, *p)
		}
	}
	r.mu.Unlock()
	var known mail.UIDSet
	for _, pair := range pairs {
		there, ok := r.targets.find(pair.Target)
		if pair.TargetValidity != 0 && (!ok || !sameLife(there, pair.TargetValidity)) {
			return -1, -1, nil // has to be matched anew
		}
		err := r.cfg.Ledger.Entries(ctx, pair.ID, func(e Entry) error {
			if e.State == EntryDone || e.State == EntrySkipped && pair.Rules == r.rulesOf(j.source.name, j.folder.Name) {
				known.Add(e.UID)
			}
			return nil
		})
		if err != nil {
			return -1, -1, ledgerFault(ctx, err)
		}
	}
	j.known = known
	if len(pairs) == 0 {
		return -1, -1, nil // another UIDVALIDITY: has to be matched anew
	}
	err = reader.Scan(ctx, everything, mail.ScanOptions{Items: mail.ItemSize}, func(m mail.Message) error {
		if !known.Contains(m.UID) {
			n++
			bytes += m.Size
		}
		return nil
	})
	strange, err := setAsideUnreadable(err)
	for uid := range strange {
		if !known.Contains(uid) {
			n++
		}
	}
	if err != nil {
		return -1, -1, sourceErr(fmt.Errorf("compare %s: %w", j.folder.Name, err))
	}
	return n, bytes, nil
}
