package web_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web"
)

type memorySketch struct {
	owner string
	typed []byte
}

func (m *memory) SaveSketch(ctx context.Context, id string, typed []byte) (string, error) {
	owner := access.From(ctx).UserID
	m.mu.Lock()
	defer m.mu.Unlock()
	if id == "" {
		id = m.id("s")
	} else if m.sketch[id].owner != owner {
		return "", web.ErrNotFound
	}
	if m.sketch == nil {
		m.sketch = map[string]memorySketch{}
	}
	m.sketch[id] = memorySketch{owner, bytes.Clone(typed)}
	return id, nil
}

func (m *memory) Sketch(ctx context.Context, id string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	k, ok := m.sketch[id]
	if !ok || k.owner != access.From(ctx).UserID {
		return nil, web.ErrNotFound
	}
	return k.typed, nil
}

func (m *memory) DiscardSketch(ctx context.Context, id string) error {
	if _, err := m.Sketch(ctx, id); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.sketch, id)
	return nil
}

func (m *memory) TryAccount(ctx context.Context, a task.Account) (web.AccountTest, error) {
	switch {
	case a.Local != "":
		return m.LookAtMailbox(ctx, a.Local)
	case a.ID != "":
		stored, err := m.StoredAccount(ctx, a.ID)
		if err != nil {
			return web.AccountTest{}, err
		}
		return m.LookAtAccount(ctx, a.ID, stored.Account)
	case access.From(ctx).Role.Bound() && a.Kind == task.KindMaildir:
		return web.AccountTest{}, fmt.Errorf("%w: directories of this machine are for tasks of admins only", web.ErrInvalid)
	}
	return m.LookAtAccount(ctx, "", a)
}

func (m *memory) MailboxDomains(ctx context.Context) ([]string, error) {
	domains, err := m.LocalDomains(ctx)
	var out []string
	for _, d := range domains {
		out = append(out, d.Domain)
	}
	return out, err
}

func (m *memory) FindMailboxes(ctx context.Context, text string) (web.DirectoryAnswer, error) {
	var out web.DirectoryAnswer
	all, err := m.Directories(ctx)
	for _, d := range all {
		for _, u := range d.Users {
			if strings.Contains(strings.ToLower(u.Address+" "+u.Name), strings.ToLower(text)) {
				out.Users = append(out.Users, u)
				out.Total++
			}
		}
	}
	return out, err
}

// opened adds to a plan which accounts of t could be opened.
func (m *memory) opened(p task.Plan, t task.Task) task.Plan {
	p.Sides = nil
	side := func(name, where string, a task.Account) {
		s := task.Side{Name: name, Account: a.String(), Outcome: task.OutcomeDone}
		if a.Kind == task.KindIMAP {
			if test := m.look(a); !test.OK {
				s.Outcome, s.Fault, p.Incomplete = task.OutcomeNeedsUser, test.Sentence, true
				p.Findings = append([]task.Finding{{Class: task.FindingStops, Where: where, Text: "It can not be opened: " + test.Sentence, Remedy: test.Hints[0].Remedy}}, p.Findings...)
			}
		}
		p.Sides = append(p.Sides, s)
	}
	for _, src := range t.Sources {
		side(src.Name, "source "+src.Name, src.Account)
	}
	side("", "destination", t.Destination)
	return p
}
