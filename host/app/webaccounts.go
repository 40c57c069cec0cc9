package app

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/discover"
	"github.com/mailweir/mailweir/host/provider"
	"github.com/mailweir/mailweir/host/store"
	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web"
)

// lookTimeout bounds each wait for a server while a person waits for the answer.
const lookTimeout = 20 * time.Second

// lookConn is how accounts are opened that an admin looks at: as far as tasks of admins
// may reach.
func (s *service) lookConn() ConnOptions {
	conn := s.work.conn
	conn.Timeout = lookTimeout
	return conn
}

// LookAtAccount implements web.Service.
func (s *service) LookAtAccount(ctx context.Context, id string, a task.Account) (web.AccountTest, error) {
	if err := a.Validate(); err != nil {
		return web.AccountTest{}, as(web.ErrInvalid, err)
	}
	full, err := s.store.TypedAccount(ctx, id, a)
	if err != nil {
		return web.AccountTest{}, webError(err)
	}
	test := TestAccount(ctx, full, s.lookConn())
	if ctx.Err() != nil {
		return web.AccountTest{}, ctx.Err()
	}
	if a.Password == "" && id != "" {
		stored, err := s.store.Account(ctx, id)
		if err == nil && stored.Account == a {
			err = s.store.SetSnapshot(ctx, id, test.Snapshot())
		}
		if err != nil {
			return web.AccountTest{}, webError(err)
		}
	}
	return pageTest(full, test), nil
}

// pageTest is a test as pages show it.
func pageTest(a task.Account, test *AccountTest) web.AccountTest {
	out := web.AccountTest{OK: test.OK, Sentence: test.Sentence, Snapshot: test.Snapshot()}
	hints := test.Hints
	product := ""
	if test.Report != nil {
		hints, product = test.Report.Warnings, test.Report.Server
	}
	if p := providerOf(a, product); p != nil {
		out.Provider = p.Name
	}
	out.Hints = pageHints(hints)
	return out
}

func pageHints(hints []provider.Hint) []web.Hint {
	var out []web.Hint
	for _, h := range hints {
		out = append(out, web.Hint{Text: h.Text, Remedy: h.Remedy})
	}
	return out
}

// AccountUses implements web.Service.
func (s *service) AccountUses(ctx context.Context, id string) (web.Uses, error) {
	stored, err := s.store.Account(ctx, id)
	if err != nil {
		return web.Uses{}, webError(err)
	}
	tasks, err := s.store.TasksOfAccount(ctx, stored.ID, web.ShownUses)
	if err != nil {
		return web.Uses{}, err
	}
	return s.uses(ctx, tasks, stored.Tasks, func(r task.Rule) bool { return r.Source.ID == stored.ID || r.Destination.ID == stored.ID })
}

// uses are the tasks, of which there are total, and the rules that match.
func (s *service) uses(ctx context.Context, tasks []store.Named, total int, match func(task.Rule) bool) (web.Uses, error) {
	var out web.Uses
	rules, err := s.store.Rules(ctx)
	for _, r := range rules {
		if match(r) {
			out.First = append(out.First, web.Use{Kind: "rule", ID: r.ID, Name: r.Name})
		}
	}
	of := tasksOf(store.UsedBy{First: tasks, Total: total})
	out.First, out.More = append(out.First, of.First...), of.More
	return out, err
}

func tasksOf(by store.UsedBy) web.Uses {
	out := web.Uses{More: max(0, by.Total-len(by.First))}
	for _, t := range by.First {
		out.First = append(out.First, web.Use{Kind: "task", ID: t.ID, Name: t.Name})
	}
	return out
}

// FindServer implements web.Service.
func (s *service) FindServer(ctx context.Context, address string) (web.Found, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	reach := s.work.conn.Reach
	if access.From(ctx).Role.Bound() { // an address leads wherever its domain says
		reach = &s.bound
	}
	result, err := FindAccount(ctx, address, FindOptions{Reach: reach})
	out := web.Found{Address: address}
	switch {
	case errors.Is(err, ErrUsage):
		out.Fault = Sentence(err)
		return out, nil
	case err != nil && result == nil:
		return out, err
	}
	out.Notes = result.Notes
	for _, c := range result.Candidates {
		out.Candidates = append(out.Candidates, pageCandidate(c))
	}
	return out, nil
}

func pageCandidate(c discover.Candidate) web.Candidate {
	out := web.Candidate{Account: c.Account, Way: string(c.Way), Source: c.Source, OAuth: c.OAuth, Sure: c.Sure}
	if p, ok := provider.ByID(c.Provider); ok {
		out.Provider = p.Name
	}
	return out
}

// Providers implements web.Service.
func (s *service) Providers(context.Context) []web.Provider {
	var out []web.Provider
	for _, p := range provider.All() {
		out = append(out, pageProvider(p))
	}
	return out
}

// ProviderOf implements web.Service.
func (s *service) ProviderOf(_ context.Context, host string) (web.Provider, bool) {
	p, ok := provider.ByHost(host)
	return pageProvider(p), ok
}

func pageProvider(p provider.Provider) web.Provider {
	out := web.Provider{
		ID: p.ID, Name: p.Name, User: p.Login,
		Password: slices.Contains(p.Auth, provider.AuthPassword), AppPassword: slices.Contains(p.Auth, provider.AuthAppPassword),
		OAuth: slices.Contains(p.Auth, provider.AuthOAuth), Connections: p.Limits.Connections, MessageBytes: p.Limits.MessageBytes,
		DownloadPerDay: p.Limits.DownloadPerDay, UploadPerDay: p.Limits.UploadPerDay, Hints: pageHints(p.Hints),
	}
	if p.Server != "" {
		out.Server, _ = task.ParseServer(p.Server) // a test of the table says that all can be read
	}
	return out
}
