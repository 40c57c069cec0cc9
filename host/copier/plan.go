package copier

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/task"
)

// Plan is what a run does with each folder.
type Plan struct {
	Pairs []PairPlan
	// Deletions are the messages that would be deleted, as far as they can be known.
	Deletions  []Deletion
	Collisions []task.Collision
	Notes      []string // what a person should know: merges, names that differ in letter case only
}

// PairPlan is what a run does with one source folder.
type PairPlan struct {
	Source   string // name of the source
	Folder   string // Name of the source folder
	Target   string // Name of the target folder; "" when excluded or when there can be none
	By       string // what decided: "same name", "special use", "earlier run", "set by hand", a hook's name
	Excluded bool   // a hook or a person leaves the folder out
	Create   bool   // the target folder is made
	Messages int64  // messages in the source folder; -1 when the server does not tell
	ToCopy   int64  // messages to copy, before filters are asked; -1 unknown
	Bytes    int64  // of those, or of all where ToCopy is not known; -1 unknown
	AtMost   bool   // Bytes is what the server says of the whole folder, which may be more
	TooBig   int64  // of those, messages larger than the target takes; -1 unknown
	Note     string // a hook's reason
	Error    string // why nothing can be done with this folder
}

// Plan lists both sides and says what Run would do. Nothing is changed and no
// message is downloaded. When a source can not be listed, the plan of the others
// comes with the error.
func (c *Copier) Plan(ctx context.Context) (*Plan, error) { return c.PlanAnd(ctx, nil) }

// PlanAnd is Plan. Before the accounts are closed it calls look, if there is one, with
// what they are; an error of look ends the planning.
func (c *Copier) PlanAnd(ctx context.Context, look func(context.Context, *Plan, *View) error) (*Plan, error) {
	work, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	r := newRun(c.cfg, stop)
	defer r.hangUp()
	if err := r.connect(work); err != nil {
		// A destination that can not be opened leaves the sources to be looked at.
		if look != nil {
			err = errors.Join(err, look(work, &Plan{}, r.view(nil, err)))
		}
		return nil, errors.Join(append(r.troubles(), err)...)
	}
	jobs, err := r.plan(work)
	if err != nil {
		return nil, ended(ctx, work, err)
	}
	if err := r.foresee(work, jobs); err != nil {
		return nil, err
	}
	deletions, err := r.foreseeDeletions(work, jobs)
	if err != nil {
		return nil, err
	}
	p := &Plan{Deletions: deletions, Collisions: collisions(jobs, r.targets), Notes: r.tally.notes}
	for _, j := range jobs {
		p.Pairs = append(p.Pairs, j.PairPlan)
	}
	r.foreseeVerdict(work, p)
	if look != nil {
		if err := look(work, p, r.view(jobs, nil)); err != nil {
			return nil, ended(ctx, work, err)
		}
	}
	return p, errors.Join(r.troubles()...)
}

// A job is one source folder on its way to a target folder.
type job struct {
	PairPlan
	row       int // in the tally
	source    *source
	folder    mail.Folder
	target    mail.Folder
	subscribe bool
	known     mail.UIDSet // messages that the ledger knows, once a dry run has looked
	sameFlags bool        // they were read, and are those of the last pass
	held      bool        // the mapping hook failed, deferred or merged: the folder waits for the next run
	unshared  string      // the hook that put it where it goes, if no other folder may go there; else ""
	err       error       // why nothing can be done
}

// idle reports whether there is nothing to do for the job.
func (j *job) idle() bool { return j.err != nil || j.Excluded }

// plan decides where each folder goes, in the order in which folders are worked
// on, and makes a row of the tally for each.
func (r *run) plan(ctx context.Context) ([]*job, error) {
	names := newNaming(r.targets)
	var jobs []*job // of all folders: where one goes depends on the others, looked at or not
	for _, s := range r.sources {
		if s.lost() != nil {
			continue
		}
		slices.SortFunc(s.folders, byPlace)
		moved := make(map[string]string)
		for _, f := range s.folders {
			if !f.Selectable && f.Fault == "" {
				continue // holds folders only; they are made when one of them needs it
			}
			j := &job{source: s, folder: f, row: len(jobs)}
			if err := r.planFolder(ctx, j, names, moved); err != nil {
				return nil, err
			}
			jobs = append(jobs, j)
		}
	}
	refuseMerges(jobs)
	for _, j := range jobs {
		if r.opts.Hold != nil && j.err == nil {
			if err := r.opts.Hold(j.PairPlan); err != nil {
				j.held, j.Excluded = true, false
				j.fail(err)
			}
		}
	}
	jobs = r.chosen(jobs)
	notes := names.notes(jobs)
	rows := make([]task.FolderReport, 0, len(jobs))
	for _, j := range jobs {
		rows = append(rows, j.newRow())
	}
	r.tally.begin(rows, notes)
	r.log.Info("planned", "folders", len(jobs))
	return jobs, nil
}

// chosen are the jobs that the run looks at.
func (r *run) chosen(jobs []*job) []*job {
	if r.opts.Only == nil {
		return jobs
	}
	var kept []*job
	for _, j := range jobs {
		if r.opts.Only(j.Source, j.Folder) {
			j.row = len(kept)
			kept = append(kept, j)
		}
	}
	return kept
}

// byPlace puts INBOX first and parents before their children.
func byPlace(a, b mail.Folder) int {
	if ai, bi := a.Name == mail.Inbox, b.Name == mail.Inbox; ai != bi {
		if ai {
			return -1
		}
		return 1
	}
	return strings.Compare(strings.ReplaceAll(a.Name, "/", "\x00"), strings.ReplaceAll(b.Name, "/", "\x00"))
}

// planFolder fills in where the job's folder goes. The error ends the run; what
// is wrong with the folder alone becomes the job's.
func (r *run) planFolder(ctx context.Context, j *job, names *naming, moved map[string]string) error {
	f := j.folder
	j.PairPlan = PairPlan{Source: j.source.name, Folder: f.Name, Messages: -1, ToCopy: -1, Bytes: -1, TooBig: -1}
	if f.Status != nil {
		j.Messages = int64(f.Status.Messages)
	}
	if f.Fault != "" {
		j.fail(fmt.Errorf("the folder can not be used: %s", f.Fault))
		return nil
	}
	proposed, by := names.propose(f, moved)
	j.Target, j.By = proposed, by
	byHand, overridden := r.override(j.source.name, f.Name)
	switch {
	case overridden && byHand.Exclude:
		j.Target, j.By, j.Excluded = "", bySomebody, true
		return nil
	case overridden:
		j.Target, j.By = byHand.Target, bySomebody
	case r.hooks.Asks(HookMapFolder):
		answer, err := r.hooks.MapFolder(ctx, FolderQuestion{Source: j.source.name, Folder: f, Proposed: proposed})
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			j.held = true
			j.fail(fmt.Errorf("held, because the folder mapping failed: %w", err))
			return nil
		}
		j.Note = answer.Note
		if answer.By != "" {
			j.By = answer.By
		}
		if answer.Defer {
			j.held = true
			j.fail(fmt.Errorf("held, because the folder was deferred: %s", cmp.Or(answer.Note, "no reason was given")))
			return nil
		}
		if answer.Exclude {
			j.Target, j.Excluded = "", true
			return nil
		}
		if answer.Target != "" {
			j.Target, j.unshared = answer.Target, answer.Unshared
		}
	}
	natural := j.Target == proposed
	spelled, err := r.targets.spell(j.Target)
	if earlier, ok := r.placed(j.source, f); ok && !overridden && earlier.Name != spelled.Name {
		spelled, err, j.By, j.unshared = earlier, nil, byEarlierRun, ""
	}
	if err != nil {
		j.fail(fmt.Errorf("the destination can not have a folder %q: %w", j.Target, err))
		return nil
	}
	if there, ok := r.targets.listed(spelled.Name); ok && there.Fault != "" {
		j.fail(fmt.Errorf("the folder %q of the destination can not be used: %s", spelled.Name, there.Fault))
		return nil
	}
	if own, err := r.targets.spell(proposed); err == nil && own.Name == spelled.Name {
		j.unshared = "" // a hook only spelled it in another way
	}
	j.Target, j.target = spelled.Name, spelled
	there, ok := r.targets.find(spelled.Name)
	j.Create = !ok
	// A folder that a hook placed is somewhere on purpose; the account's own folder
	// of that use is another one.
	if j.Create && natural && pairsByUse(f.Use) && names.claimUse(f.Use, spelled.Name) {
		j.target.Use = f.Use
	}
	// Once: what a person unsubscribes at the destination stays so.
	j.subscribe = f.Subscribed && !there.Subscribed && !r.knows(j.source, f)
	return nil
}

// fail notes why nothing can be done with the folder.
func (j *job) fail(err error) {
	j.err, j.Error, j.Target = err, err.Error(), ""
}

// knows reports whether the ledger has seen the folder before.
func (r *run) knows(s *source, f mail.Folder) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.ContainsFunc(s.pairs, func(p *Pair) bool { return p.Folder == f.Raw })
}

// placed returns the target folder that an earlier run, under the same rules,
// gave the source folder, if it is still there. The folder stays there, although
// today's uses of the target's folders might propose another one: otherwise its
// mail would be spread over two folders.
func (r *run) placed(s *source, f mail.Folder) (mail.Folder, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, p := range s.pairs {
		if p.Folder == f.Raw && p.Rules == r.rulesOf(s.name, f.Name) && p.Seen != (mail.Status{}) {
			if there, ok := r.targets.find(p.Target); ok {
				return there, true
			}
		}
	}
	return mail.Folder{}, false
}

// newRow is the report on the folder before anything was done.
func (j *job) newRow() task.FolderReport {
	row := task.FolderReport{Source: j.Source, Folder: j.Folder, Target: j.Target, By: j.By, Note: j.Note, Create: j.Create}
	row.Counts.Source = max(j.Messages, 0)
	switch {
	case j.Excluded:
		row.Skipped, row.Done = row.Counts.Source, true
	case j.held:
		row.Held, row.Error = row.Counts.Source, j.Error
	case j.err != nil:
		row.Failed, row.Error = row.Counts.Source, j.Error
	}
	return row
}

// unchanged returns the ledger's record of the folder if nothing can have
// happened to it since its last complete pass.
func (r *run) unchanged(j *job) (Pair, bool) {
	status := j.folder.Status
	there, ok := r.targets.find(j.Target)
	if status == nil || !ok {
		return Pair{}, false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	var found *Pair
	for _, p := range j.source.pairs {
		if p.Folder != j.folder.Raw || p.UIDValidity != status.UIDValidity {
			continue
		}
		if p.Target == j.Target {
			found = p
		} else if other, ok := r.targets.find(p.Target); p.TargetValidity != 0 && (!ok || !sameLife(other, p.TargetValidity)) {
			return Pair{}, false // messages that a filter sent elsewhere may be gone
		}
	}
	switch {
	case found == nil, found.Seen != *status, found.Rules != r.rulesOf(j.source.name, j.folder.Name):
		return Pair{}, false
	case status.UIDNext == 0:
		return Pair{}, false // one message less and one more would look the same
	case found.Present > 0 && (!sameLife(there, found.TargetValidity) || wentBack(*there.Status, found)):
		return Pair{}, false
	case status.Messages > 0 && status.HighestModSeq == 0 && !j.sameFlags:
		return Pair{}, false // flags can only be compared by reading them
	}
	return *found, true
}

// wentBack reports whether a target folder, in the same life, is older than what
// the ledger knows of it.
func wentBack(now mail.Status, p *Pair) bool {
	return now.UIDValidity == p.TargetValidity && now.UIDNext != 0 && now.UIDNext < p.TargetNext
}

// sameLife reports whether f is known to be the folder that had this UIDVALIDITY.
func sameLife(f mail.Folder, validity uint32) bool {
	return f.Status != nil && f.Status.UIDValidity == validity
}
