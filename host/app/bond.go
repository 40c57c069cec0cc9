package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"

	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/store"
	"github.com/mailweir/mailweir/host/task"
)

// errUnapproved ends a run of a task that wants a plan to be approved first.
var errUnapproved = errors.New("the task waits for an approved plan; make one, look at it and approve it")

// bond is what an approved plan asks of a run. The zero value asks nothing.
type bond struct {
	store *store.Store
	plan  *task.Plan // nil binds nothing
	run   task.Run
	hold  func(copier.PairPlan) error
	held  *atomic.Int64 // folders that were held back
}

// bind finds the plan that a run has to execute. A task that wants one before its first
// run, and has none, is an error.
func (e *executor) bind(ctx context.Context, t task.Task, run task.Run) (bond, error) {
	plan, err := e.store.PlanInForce(ctx, t.ID)
	if errors.Is(err, store.ErrNotFound) {
		if !t.PlanFirst {
			return bond{}, nil
		}
		if done, err := e.store.PlanWasCarriedOut(ctx, t.ID); err != nil || done {
			return bond{}, err
		}
		return bond{}, as(ErrApproval, errUnapproved)
	}
	if err != nil {
		return bond{}, err
	}
	b := bond{store: e.store, plan: &plan, run: run, held: new(atomic.Int64)}
	holds := plan.Holds()
	b.hold = func(p copier.PairPlan) error {
		err := holds(rowOf(p))
		if err != nil {
			b.held.Add(1)
		}
		return err
	}
	return b, nil
}

// agrees is an error when the task is not any more what its plan was made of: then
// its rows say nothing about what a run would do.
func (b bond) agrees(now task.Basis) error {
	if b.plan == nil {
		return nil
	}
	if what := b.plan.Basis.Changed(now); what != "" {
		return as(ErrApproval, fmt.Errorf("the approved plan is out of date, because since it was made %s have changed; "+
			"make a new one and approve it, or withdraw the approved one", what))
	}
	return nil
}

// conclude ends the plan if the run has carried it out: it has come to its end, looked
// at all folders, and held none back because of the plan. Otherwise the plan binds the
// next run, too, so that what was held back is not copied by it.
func (b bond) conclude(ctx context.Context, report *task.Report, log *slog.Logger) {
	if b.plan == nil {
		return
	}
	b.noteGone(report)
	done := report.Outcome == task.OutcomeDone || report.Outcome == task.OutcomeListed
	if !done || report.Unbegun || len(b.run.Only) > 0 {
		return
	}
	if n := b.held.Load(); n > 0 {
		report.Notes = append(report.Notes, fmt.Sprintf("the approved plan stays in force: folders that are not as it says were held back (%d)", n))
		return
	}
	if err := b.store.PlanCarriedOut(ctx, b.plan.TaskID, b.plan.ID, b.run.ID); err != nil {
		// It binds the next run, which finds nothing to do.
		log.Warn("not noted that the plan is carried out", "plan", b.plan.ID, "error", err)
	}
}

// noteGone names folders of the plan that the sources do not have any more.
func (b bond) noteGone(report *task.Report) {
	there, listed := map[task.SourceFolder]bool{}, map[string]bool{}
	for _, f := range report.Folders {
		there[task.SourceFolder{Source: f.Source, Folder: f.Folder}] = true
		listed[f.Source] = true
	}
	if len(b.run.Only) > 0 {
		return
	}
	const most = 20
	gone := 0
	for _, r := range b.plan.Rows {
		if !listed[r.Source] || there[task.SourceFolder{Source: r.Source, Folder: r.Folder}] {
			continue
		}
		if gone++; gone <= most {
			report.Notes = append(report.Notes, fmt.Sprintf("%s of source %s is in the approved plan, and not there any more", r.Folder, r.Source))
		}
	}
	if gone > most {
		report.Notes = append(report.Notes, fmt.Sprintf("%d more folders of the approved plan are not there any more", gone-most))
	}
}

// rowOf is what the engine plans for a folder, as plans keep it.
func rowOf(p copier.PairPlan) task.PlanRow {
	return task.PlanRow{
		Source: p.Source, Folder: p.Folder, Target: p.Target, By: p.By, Note: p.Note, Excluded: p.Excluded, Create: p.Create, Error: p.Error,
		Messages: p.Messages, ToCopy: p.ToCopy, Bytes: p.Bytes, BytesAtMost: p.AtMost, TooBig: p.TooBig,
	}
}

// basisOf is what a plan of the task is made of; hooks is the digest of its loaded
// plugins. The accounts of t are those that a run would open.
func basisOf(t task.Task, hooks string) task.Basis {
	accounts := []string{t.Destination.String()}
	for _, s := range t.Sources {
		accounts = append(accounts, s.Name, s.Account.String())
	}
	bound := []any{hooks}
	for _, h := range t.Hooks {
		grants := []string{}
		for _, g := range h.Grants {
			grants = append(grants, g.String())
		}
		bound = append(bound, h.Plugin, h.Digest, h.Config, string(h.OnError), grants)
		if h.Merges == task.MergesRefuse { // else nothing: plans that were approved before there was a choice stay in force
			bound = append(bound, "merges", string(h.Merges))
		}
	}
	overrides := t.Overrides
	if len(overrides) == 0 {
		overrides = []task.Override{} // none and nil are the same
	}
	return task.Basis{Accounts: digestOf(accounts), Hooks: digestOf(bound), Overrides: digestOf(overrides), Removal: digestOf(t.Removal)}
}

func digestOf(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // plain values and lists of them
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}
