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
			j.ToCopy = 0
			continue
		}
		var err error
		if j.ToCopy, err = r.toCopy(ctx, j); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			j.fail(err)
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
// only a comparison of the messages themselves would tell.
func (r *run) toCopy(ctx context.Context, j *job) (int64, error) {
	if _, ok := r.unchanged(j); ok || j.Messages == 0 {
		return 0, nil
	}
	there, exists := r.targets.find(j.Target)
	if !r.knows(j.source, j.folder) {
		if !exists || there.Status != nil && there.Status.Messages == 0 {
			return j.Messages, nil
		}
		return -1, nil // some may be there already
	}
	reader, err := j.source.account.Examine(ctx, j.folder)
	if err != nil {
		return -1, sourceErr(fmt.Errorf("open %s: %w", j.folder.Name, err))
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
			return -1, nil // has to be matched anew
		}
		err := r.cfg.Ledger.Entries(ctx, pair.ID, func(e Entry) error {
			if e.State == EntryDone || e.State == EntrySkipped && pair.Rules == r.rules {
				known.Add(e.UID)
			}
			return nil
		})
		if err != nil {
			return -1, ledgerFault(ctx, err)
		}
	}
	if len(pairs) == 0 {
		return -1, nil // another UIDVALIDITY: has to be matched anew
	}
	var n int64
	err = reader.Scan(ctx, everything, mail.ScanOptions{Items: mail.ItemFlags}, func(m mail.Message) error {
		if !known.Contains(m.UID) {
			n++
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
		return -1, sourceErr(fmt.Errorf("compare %s: %w", j.folder.Name, err))
	}
	return n, nil
}
