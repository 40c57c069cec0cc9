package app

import (
	"context"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/task"
)

// Kinds of objects in the audit trail.
const (
	kindTask    = "task"
	kindUser    = "user"
	kindToken   = "token"
	kindPlugin  = "plugin"
	kindService = "service"
	kindAccount = "account"
	kindChannel = "channel"

	kindDomain    = "domain"
	kindDirectory = "directory"
	kindRule      = "rule"
)

// Note implements web.Service. What has been done is done: an event that can not be
// written is a line in the log.
func (s *service) Note(ctx context.Context, e access.Event) {
	e.Via = s.via
	e = e.By(access.From(ctx))
	// What was done stays done when the browser has gone meanwhile.
	if err := s.store.AddEvent(context.WithoutCancel(ctx), e); err != nil {
		s.log.Error("not in the audit trail", "deed", e.Deed, "actor", e.Actor, "object", e.ObjectID, "error", err)
	}
}

func taskEvent(deed access.Deed, t task.Task) access.Event {
	return access.Event{Deed: deed, Kind: kindTask, ObjectID: t.ID, Object: t.Name}
}

func runEvent(deed access.Deed, r task.Run) access.Event {
	return access.Event{Deed: deed, Kind: kindTask, ObjectID: r.TaskID, Object: r.TaskName, Detail: "run " + r.ID}
}

func userEvent(deed access.Deed, u access.User, detail string) access.Event {
	return access.Event{Deed: deed, Kind: kindUser, ObjectID: u.ID, Object: u.Name, Detail: detail}
}

func accountEvent(deed access.Deed, a task.StoredAccount) access.Event {
	return access.Event{Deed: deed, Kind: kindAccount, ObjectID: a.ID, Object: a.Name}
}

// onTask does something to a task, and notes it.
func (s *service) onTask(ctx context.Context, id string, deed access.Deed, do func() error) error {
	t, err := s.store.Task(ctx, id)
	if err == nil {
		err = do()
	}
	if err == nil {
		s.Note(ctx, taskEvent(deed, t))
	}
	return webError(err)
}
