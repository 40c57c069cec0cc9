package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/jobs"
	"github.com/mailweir/mailweir/host/plugin"
	"github.com/mailweir/mailweir/host/store"
	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/sdk/abi"
	"github.com/mailweir/mailweir/web"
)

// service is the running program as the pages see it.
type service struct {
	store *store.Store
	jobs  *jobs.Jobs
	shelf *shelf
	log   *slog.Logger
	via   string // what events say that nobody has caused by a request; "" is "service"

	relays  map[string]Relay // of plugins, by name
	work    *executor        // for dry runs and tests
	plans   chan struct{}    // holds a token for each dry run at work
	local   localToken
	options ServeOptions // with which it was started
	teller  *teller

	drafts chan struct{} // a draft was started; nil: nobody works on drafts here

	looking sync.Mutex // one upload is looked at at a time

	consents *consents

	queue queueView

	conn  ConnOptions // for looking at the mail of tasks
	bound Reach       // where accounts of bound tasks may be
	desk  desk        // where scripts are tried

	cost   hashCost   // of passwords; zero is defaultCost
	logins sync.Mutex // one guess at a time: each takes 64 MiB
	decoy  string     // what the password of somebody unknown is compared with
}

var _ web.Service = (*service)(nil)

// Task implements web.Service.
func (s *service) Task(ctx context.Context, id string) (task.Task, error) {
	t, err := s.store.Task(ctx, id)
	return t, webError(err)
}

// SaveTask implements web.Service.
func (s *service) SaveTask(ctx context.Context, t task.Task) (task.Task, error) {
	if err := t.Validate(); err != nil {
		return t, as(web.ErrInvalid, err)
	}
	if _, err := removalOf(t); err != nil {
		return t, as(web.ErrInvalid, err)
	}
	made := t.ID == ""
	before, err := s.setOwner(ctx, &t)
	if err != nil {
		return t, webError(err)
	}
	if err := errors.Join(mayBe(ctx, s.store, t), mayGrant(access.From(ctx), t, before)); err != nil {
		return t, as(web.ErrInvalid, err)
	}
	if err := s.tryHooks(ctx, t); err != nil {
		return t, as(web.ErrInvalid, err)
	}
	scripts := slices.Clone(t.Scripts)
	for i := range scripts {
		scripts[i].By, scripts[i].Version = access.From(ctx).Name, 1
	}
	t.Scripts = scripts
	if err := s.store.SaveTask(ctx, &t); err != nil {
		return t, webError(err)
	}
	deed := access.DeedTaskChanged
	if made {
		deed = access.DeedTaskMade
	}
	s.Note(ctx, taskEvent(deed, t))
	for _, sc := range scripts {
		if made {
			s.Note(ctx, scriptEvent(t, sc))
		}
	}
	return s.Task(ctx, t.ID)
}

// setOwner makes the actor the owner of a new task that names none, and finds that
// of one that is there, which it returns.
func (s *service) setOwner(ctx context.Context, t *task.Task) (before task.Task, err error) {
	switch actor := access.From(ctx); {
	case t.ID != "":
		before, err = s.store.Task(ctx, t.ID)
		t.Owner = before.Owner
		return before, err
	case t.Owner.ID != "" && t.Owner.ID != actor.UserID:
		if !actor.IsService() && !access.Allowed(actor, access.GiveTask, access.Object{}) {
			return before, as(web.ErrInvalid, errors.New("only an admin can make a task for another user"))
		}
		u, err := s.store.User(ctx, t.Owner.ID)
		t.Owner = task.Owner{ID: u.ID, Name: u.Name, Role: string(u.Role)}
		return before, err
	case actor.UserID == access.LocalID:
		t.Owner = task.Owner{}
	default:
		t.Owner = task.Owner{ID: actor.UserID, Name: actor.Name, Role: string(actor.Role)}
	}
	return before, nil
}

// tryHooks starts the plugins once, so that a configuration they refuse is seen
// in the form and not in the first run.
func (s *service) tryHooks(ctx context.Context, t task.Task) error {
	out := outside{relays: s.relays, dry: true, scripts: scriptsFor(s.store, t)}
	_, done, err := s.shelf.chain(ctx, t.Hooks, out, plugin.RunInfo{DryRun: true}, s.log)
	if err != nil {
		return err
	}
	done()
	return nil
}

// PauseTask implements web.Service.
func (s *service) PauseTask(ctx context.Context, id, by string) error {
	return s.onTask(ctx, id, access.DeedTaskPaused, func() error { return s.store.PauseTask(ctx, id, by) })
}

// ResumeTask implements web.Service.
func (s *service) ResumeTask(ctx context.Context, id string) error {
	return s.onTask(ctx, id, access.DeedTaskResumed, func() error { return s.store.ResumeTask(ctx, id) })
}

// StartRun implements web.Service.
func (s *service) StartRun(ctx context.Context, taskID string) (task.Run, error) {
	run, err := s.jobs.RunNow(ctx, taskID, store.TriggerHand)
	if err == nil {
		s.Note(ctx, runEvent(access.DeedRunStarted, run))
		err = s.place(ctx, &run)
	}
	return run, webError(err)
}

// StopRun implements web.Service.
func (s *service) StopRun(ctx context.Context, runID string) error {
	run, err := s.store.Run(ctx, runID)
	if err == nil {
		err = s.jobs.StopRun(ctx, runID)
	}
	if err == nil {
		s.Note(ctx, runEvent(access.DeedRunStopped, run))
	}
	return webError(err)
}

// Run implements web.Service.
func (s *service) Run(ctx context.Context, id string) (task.Run, error) {
	run, err := s.jobs.Run(ctx, id)
	if err == nil {
		err = s.place(ctx, &run)
	}
	return run, webError(err)
}

// Runs implements web.Service.
func (s *service) Runs(ctx context.Context, taskID string, limit int) ([]task.Run, error) {
	runs, err := s.store.Runs(ctx, taskID, limit)
	if err == nil && len(runs) > 0 { // the others have ended
		err = s.place(ctx, &runs[0])
	}
	return runs, webError(err)
}

// Log implements web.Service.
func (s *service) Log(ctx context.Context, runID string, after int64, limit int) ([]task.LogLine, error) {
	lines, err := s.store.LogLines(ctx, runID, after, limit)
	return lines, webError(err)
}

// Watch implements web.Service.
func (s *service) Watch(ctx context.Context, runID string) (<-chan task.Run, error) {
	if _, err := s.store.Run(ctx, runID); err != nil {
		return nil, webError(err)
	}
	return s.jobs.Watch(ctx, runID), nil
}

// Ready implements web.Service.
func (s *service) Ready(ctx context.Context) error { return s.store.Ready(ctx) }

// Plugins implements web.Service.
func (s *service) Plugins(context.Context) ([]abi.Manifest, error) {
	return s.shelf.manifests(s.log)
}

// webError says to the pages which kind of trouble err is.
func webError(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, store.ErrNotFound):
		return fmt.Errorf("%w: %w", web.ErrNotFound, err)
	case errors.Is(err, store.ErrActive), errors.Is(err, store.ErrNotQueued), errors.Is(err, store.ErrNotFirst),
		errors.Is(err, store.ErrWaits), errors.Is(err, store.ErrLinkUsed), errors.Is(err, store.ErrNotOpen),
		errors.Is(err, store.ErrLastAdmin), errors.Is(err, store.ErrOwnsTasks):
		return fmt.Errorf("%w: %w", web.ErrConflict, err)
	case errors.Is(err, store.ErrChanged):
		return fmt.Errorf("%w: somebody else has changed it; read it again", web.ErrChanged)
	case errors.Is(err, store.ErrNameTaken), errors.Is(err, store.ErrPasswordNeeded), errors.Is(err, store.ErrUserTaken), errors.Is(err, store.ErrRefused):
		return fmt.Errorf("%w: %w", web.ErrInvalid, err)
	}
	return err
}
