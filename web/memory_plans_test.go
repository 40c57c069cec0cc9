package web_test

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web"
)

// plansOf keeps the plans of tasks, the latest last.
type plansOf map[string][]task.Plan

// samplePlan is what a preflight of a task finds in memory.
func samplePlan(t task.Task) task.Plan {
	p := task.Plan{
		TaskID: t.ID, Made: time.Now(), Basis: task.Basis{Overrides: fmt.Sprint(t.Overrides)},
		Rows: []task.PlanRow{
			{Source: "old", Folder: "INBOX", Target: "INBOX", By: "same name", Messages: 1250, ToCopy: 1250, Bytes: 84_000_000, TooBig: 2},
			{Source: "old", Folder: "Gesendet", Target: "Sent", By: "special use", Messages: 420, ToCopy: 20, Bytes: 1_000_000},
			{Source: "old", Folder: "Archiv/2019", Target: "Archive/old/2019", By: "folder-rules", Note: "rule 2", Create: true, Messages: 3100, ToCopy: 3100, Bytes: 210_000_000},
			{Source: "shop", Folder: "INBOX", Target: "INBOX", By: "same name", Messages: 800, ToCopy: -1, Bytes: 22_000_000},
			{Source: "shop", Folder: "Spam <b>", By: "folder-rules", Excluded: true, Messages: 96},
		},
		Collisions: []task.Collision{{Kind: task.CollisionMerge, Targets: []string{"INBOX"}, Folders: []task.SourceFolder{{Source: "old", Folder: "INBOX"}, {Source: "shop", Folder: "INBOX"}}}},
		Findings: []task.Finding{
			{Class: task.FindingStops, Where: "destination", Text: "There is room for 100 MiB, and 281 MiB are to be copied.", Remedy: "Raise the quota, make room, or leave folders out."},
			{Class: task.FindingNote, Where: "plan", Text: `2 folders become one: "INBOX".`, Remedy: "If that is not meant, give one of them another destination folder."},
			{Class: task.FindingFine, Where: "source old", Text: "Logged in: 3 folders, 4,770 messages."},
			{Class: task.FindingFine, Where: "source shop", Text: "Logged in: 2 folders, 896 messages."},
		},
		Sides:    []task.Side{{Name: "old", Account: "imaps://anna@old.example", Outcome: task.OutcomeDone, Folders: 3, Messages: 4770}},
		Estimate: task.Estimate{Known: true, Low: 40 * time.Second, High: 4 * time.Minute, Messages: 100, Bytes: 1_200_000, Took: 400 * time.Millisecond},
	}
	for i, r := range p.Rows {
		for _, o := range t.Overrides {
			if o.Source == r.Source && o.Folder == r.Folder {
				p.Rows[i].Target, p.Rows[i].Excluded, p.Rows[i].By = o.Target, o.Exclude, "set by hand"
			}
		}
	}
	return p
}

func (m *memory) PreviewPlan(_ context.Context, t task.Task) (task.Plan, error) {
	if err := t.Validate(); err != nil {
		return task.Plan{}, fmt.Errorf("%w: %w", web.ErrInvalid, err)
	}
	return m.opened(samplePlan(t), t), nil
}

func (m *memory) PreflightTask(ctx context.Context, id string) (task.Plan, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t, ok := m.tasks[id]
	if !ok {
		return task.Plan{}, web.ErrNotFound
	}
	if m.noPlan != nil {
		return task.Plan{}, m.noPlan
	}
	p := samplePlan(t)
	p.ID, p.MadeBy = m.id("plan"), access.From(ctx).Name
	if m.plans == nil {
		m.plans = plansOf{}
	}
	m.plans[id] = append(m.plans[id], p)
	return p, nil
}

func (m *memory) Plan(_ context.Context, id string) (task.Plan, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := m.plans[id]
	if len(all) == 0 {
		return task.Plan{}, web.ErrNotFound
	}
	return all[len(all)-1], nil
}

func (m *memory) PlanInForce(_ context.Context, id string) (task.Plan, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, p := range m.plans[id] {
		if p.InForce() {
			return p, nil
		}
	}
	return task.Plan{}, web.ErrNotFound
}

func (m *memory) ApprovePlan(ctx context.Context, taskID, planID string) (task.Plan, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := m.plans[taskID]
	at := slices.IndexFunc(all, func(p task.Plan) bool { return p.ID == planID })
	switch {
	case at < 0:
		return task.Plan{}, web.ErrNotFound
	case at != len(all)-1 || !all[at].Ended.IsZero():
		return task.Plan{}, fmt.Errorf("%w: the plan is not the latest one any more", web.ErrConflict)
	case all[at].Basis != samplePlan(m.tasks[taskID]).Basis:
		return task.Plan{}, fmt.Errorf("%w: the folders set by hand have changed since this plan was made; make a new one", web.ErrConflict)
	}
	for i := range all {
		if all[i].InForce() && i != at {
			all[i].Ended = time.Now()
		}
	}
	all[at].Approved, all[at].ApprovedBy = time.Now(), access.From(ctx).Name
	return all[at], nil
}

func (m *memory) WithdrawPlan(ctx context.Context, taskID string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i, p := range m.plans[taskID] {
		if p.InForce() {
			m.plans[taskID][i].Ended, m.plans[taskID][i].EndedBy = time.Now(), access.From(ctx).Name
			return nil
		}
	}
	return fmt.Errorf("%w: no plan of the task is approved", web.ErrConflict)
}

func (m *memory) SetOverrides(_ context.Context, taskID string, version int64, overrides []task.Override) error {
	if err := task.ValidateOverrides(overrides); err != nil {
		return fmt.Errorf("%w: %w", web.ErrInvalid, err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	t, ok := m.tasks[taskID]
	switch {
	case !ok:
		return web.ErrNotFound
	case version != 0 && version != t.Version:
		return errChanged
	}
	t.Overrides = overrides
	t.Version++
	m.tasks[taskID] = t
	return nil
}

func (m *memory) SetPlanFirst(_ context.Context, taskID string, on bool) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	t, ok := m.tasks[taskID]
	if !ok {
		return web.ErrNotFound
	}
	t.PlanFirst = on
	m.tasks[taskID] = t
	return nil
}
