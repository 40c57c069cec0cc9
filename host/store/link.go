package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/mailweir/mailweir/host/task"
)

// ErrLinkUsed means that the passwords were given by this link before.
var ErrLinkUsed = errors.New("the link has been used")

type linkRow struct {
	bun.BaseModel `bun:"table:link"`

	TaskID    string `bun:",pk"`
	TokenHash []byte
	MadeBy    string
	CreatedAt int64
	ExpiresAt int64
	UsedAt    sql.NullInt64
}

func (r linkRow) link() task.Link {
	return task.Link{
		TaskID: r.TaskID, By: r.MadeBy, Created: toTime(r.CreatedAt), Expires: toTime(r.ExpiresAt), Used: optionalTime(r.UsedAt),
	}
}

// MakeLink makes the link of a task, of whose token only a digest is kept. The one
// that the task had before opens nothing any more. A task that is not there is
// [ErrNotFound].
func (s *Store) MakeLink(ctx context.Context, taskID, by, token string, expires time.Time) (task.Link, error) {
	row := linkRow{TaskID: taskID, TokenHash: digest(token), MadeBy: by, CreatedAt: toMillis(s.now()), ExpiresAt: toMillis(expires)}
	err := s.inTurn(ctx, func(ctx context.Context, tx bun.Tx) error {
		there, err := tx.NewSelect().Model((*taskRow)(nil)).Where("id = ?", taskID).Exists(ctx)
		if err != nil {
			return err
		}
		if !there {
			return ErrNotFound
		}
		if _, err := tx.NewDelete().Model((*linkRow)(nil)).Where("task_id = ?", taskID).Exec(ctx); err != nil {
			return err
		}
		_, err = tx.NewInsert().Model(&row).Exec(ctx)
		return err
	})
	return row.link(), s.wrap("make the link of task "+taskID, err)
}

// LinkOf returns the link of a token. One that has expired is as one that never was:
// [ErrNotFound].
func (s *Store) LinkOf(ctx context.Context, token string) (task.Link, error) {
	l, err := s.linkOf(ctx, s.read, token)
	return l, s.wrap("look for a link", err)
}

func (s *Store) linkOf(ctx context.Context, db bun.IDB, token string) (task.Link, error) {
	var row linkRow
	err := db.NewSelect().Model(&row).Where("token_hash = ? AND expires_at > ?", digest(token), toMillis(s.now())).
		Where("EXISTS (SELECT 1 FROM task WHERE task.id = task_id AND task.deleted_at IS NULL)").Scan(ctx)
	return row.link(), notFound(err)
}

// Link returns the link of a task, also one that has expired, or [ErrNotFound].
func (s *Store) Link(ctx context.Context, taskID string) (task.Link, error) {
	var row linkRow
	err := s.read.NewSelect().Model(&row).Where("task_id = ?", taskID).Scan(ctx)
	return row.link(), s.wrap("read the link of task "+taskID, notFound(err))
}

// RevokeLink takes the link of a task away, or says [ErrNotFound].
func (s *Store) RevokeLink(ctx context.Context, taskID string) error {
	return s.wrap("revoke the link of task "+taskID, affected(s.write.NewDelete().Model((*linkRow)(nil)).Where("task_id = ?", taskID).Exec(ctx)))
}

// UseLink stores the passwords that somebody has given by a link, by the names of the
// sources ("" is the destination), and the link can not be used again. It is for the
// version of the task that the passwords were tried with: one that has been changed
// meanwhile is [ErrChanged]. A link that was used is [ErrLinkUsed], one that has
// expired or was revoked [ErrNotFound].
func (s *Store) UseLink(ctx context.Context, token string, version int64, passwords map[string]task.Password) (task.Task, error) {
	const doing = "store the passwords of a link"
	var t task.Task
	err := s.inTurn(ctx, func(ctx context.Context, tx bun.Tx) error {
		link, err := s.linkOf(ctx, tx, token)
		if err != nil {
			return err
		}
		if !link.Used.IsZero() {
			return ErrLinkUsed
		}
		if t, _, _, err = s.loadTask(ctx, tx, link.TaskID); err != nil {
			return err
		}
		if t.Version != version {
			return ErrChanged
		}
		t.Sources = slices.Clone(t.Sources)
		for _, name := range t.Asked() {
			if passwords[name] == "" {
				return ErrPasswordNeeded
			}
		}
		for name := range passwords {
			if !slices.Contains(t.Asked(), name) {
				return fmt.Errorf("nobody asked for a password of %q", name)
			}
		}
		for i, src := range t.Sources {
			if password := passwords[src.Name]; password != "" {
				t.Sources[i].Account.Password = password
			}
		}
		t.Destination.Password = passwords[""]
		if err := s.saveTask(ctx, tx, &t); err != nil {
			return err
		}
		_, err = tx.NewRaw("UPDATE link SET used_at = ? WHERE task_id = ?", toMillis(s.now()), t.ID).Exec(ctx)
		return err
	})
	if err != nil {
		return task.Task{}, s.wrap(doing, err)
	}
	t, err = s.Task(ctx, t.ID) // without passwords
	return t, s.wrap(doing, err)
}
