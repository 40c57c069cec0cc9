package copier

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/task"
)

// transfer works on all folders. Lanes run side by side; folders that go to the
// same target stay in one lane, one after the other. It returns when all lanes
// are at rest.
func (r *run) transfer(ctx context.Context, jobs []*job) {
	r.lookAtFlags(ctx, jobs)
	r.approach(jobs)
	r.makeFolders(ctx, jobs)
	for _, j := range jobs {
		if j.err != nil && !j.held {
			r.troubleWithFolder(ctx, j, StageMap, j.err)
		}
	}
	queue := make(chan []*job)
	var wg sync.WaitGroup
	for range r.opts.Lanes {
		wg.Go(func() {
			for group := range queue {
				for _, j := range group {
					r.judge(ctx, j, guarded(func() error { return r.copyFolder(ctx, j) }))
					r.sayFolder(ctx, j.row)
				}
			}
		})
	}
	for _, group := range byTarget(jobs) {
		queue <- group // after a stop the lanes let the rest pass through
	}
	close(queue)
	wg.Wait()
}

// approach lets far accounts make the connections that the lanes will want.
func (r *run) approach(jobs []*job) {
	n := 0
	for _, group := range byTarget(jobs) {
		if slices.ContainsFunc(group, func(j *job) bool { _, same := r.unchanged(j); return !same }) {
			n++
		}
	}
	if n = min(n, r.opts.Lanes); n < 2 {
		return
	}
	for _, a := range r.accounts() {
		if far, ok := a.(mail.Distant); ok && far.RoundTrip() >= farFrom {
			far.Approach(n)
		}
	}
}

// byTarget groups the jobs that have something to do by their target folder, in
// the order of the plan.
func byTarget(jobs []*job) [][]*job {
	var groups [][]*job
	at := make(map[string]int)
	for _, j := range jobs {
		if j.idle() {
			continue
		}
		i, ok := at[j.Target]
		if !ok {
			i = len(groups)
			at[j.Target] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], j)
	}
	return groups
}

// copyFolder copies what is new in one folder and carries what has changed.
func (r *run) copyFolder(ctx context.Context, j *job) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := j.source.lost(); err != nil {
		return fmt.Errorf("source %s was given up: %w", j.source.name, err)
	}
	if pair, ok := r.unchanged(j); ok {
		r.tally.change(j.row, func(f *task.FolderReport) {
			f.Present, f.Skipped = pair.Present, pair.Skipped
			f.Counts.Source = pair.Present + pair.Skipped
		})
		r.log.Debug("unchanged", "source", j.source.name, "folder", j.folder.Name)
		return nil
	}
	return r.insist(ctx, newPass(r, j))
}

// makeFolders makes the folders that the jobs need and mirrors subscriptions, all
// at once where the target can do that. What does not succeed here is tried again
// when it is the folder's turn, and whatever keeps it from succeeding is told then.
func (r *run) makeFolders(ctx context.Context, jobs []*job) {
	maker, ok := r.target.(mail.FolderMaker)
	if !ok {
		return
	}
	var wanted []mail.NewFolder
	at := make(map[string]int) // Name to its place in wanted
	for _, j := range jobs {
		_, there := r.targets.find(j.Target)
		if _, same := r.unchanged(j); j.idle() || same || there && !j.subscribe {
			continue
		}
		i, ok := at[j.Target]
		if !ok {
			i = len(wanted)
			at[j.Target] = i
			wanted = append(wanted, mail.NewFolder{Folder: j.target})
		}
		wanted[i].Subscribe = wanted[i].Subscribe || j.subscribe
	}
	if len(wanted) < 2 {
		return
	}
	done, err := maker.MakeFolders(ctx, wanted)
	if err != nil {
		r.log.Debug("make folders", "error", err)
		return
	}
	made := 0
	for i, f := range wanted {
		if done[i] {
			r.targets.add(f.Folder)
			made++
		}
	}
	for _, j := range jobs {
		if i, ok := at[j.Target]; ok && !j.idle() && done[i] {
			j.subscribe = false
		}
	}
	r.log.Info("folders made", "folders", made)
}

// prepareTarget makes the target folder and mirrors the subscription.
func (r *run) prepareTarget(ctx context.Context, j *job) error {
	made, err := r.targets.create(ctx, j.target)
	if err != nil {
		return fmt.Errorf("make the folder %s: %w", j.target.Name, err)
	}
	if made {
		r.log.Info("folder made", "folder", j.target.Name, "use", j.target.Use)
	}
	if !j.subscribe {
		return nil
	}
	if err := r.target.Subscribe(ctx, j.target); err != nil {
		if fatal(err) || ctx.Err() != nil {
			return targetErr(fmt.Errorf("subscribe to %s: %w", j.target.Name, err))
		}
		// Mail matters more than a list of names.
		r.tally.note("%s could not be subscribed to: %v", j.target.Name, err)
	}
	return nil
}

// insist takes the folder up again after a lost connection. Everything that was
// done is in the ledger by then, so each attempt starts where the last one ended.
func (r *run) insist(ctx context.Context, p *pass) error {
	back := r.newBackoff()
	for {
		before := p.settled()
		err := p.attempt(ctx)
		if err == nil || ctx.Err() != nil || !worthRetry(err) {
			return err
		}
		if p.settled() > before {
			back = r.newBackoff()
		}
		wait, err := back.next(err)
		if err != nil {
			return err
		}
		r.log.Warn("trying again", "source", p.source.name, "folder", p.folder.Name, "try", back.tries, "wait", wait, "error", back.cause)
		if err := pause(ctx, wait); err != nil {
			return err
		}
	}
}
