package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/store"
	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web"
)

// giveTime bounds how long somebody waits for the answer whether a password is right.
const giveTime = 45 * time.Second

// MakeLink implements web.Service.
func (s *service) MakeLink(ctx context.Context, taskID string, good time.Duration) (string, task.Link, error) {
	if err := task.ValidLinkTime(good); err != nil {
		return "", task.Link{}, as(web.ErrInvalid, err)
	}
	t, err := s.store.Task(ctx, taskID)
	if err != nil {
		return "", task.Link{}, webError(err)
	}
	if len(t.Asked()) == 0 {
		return "", task.Link{}, as(web.ErrInvalid, errors.New("the task has no account whose password its owner could give: all are stored accounts, mailboxes of local domains, or opened by an administrator's password"))
	}
	token := strings.ToLower(rand.Text()) // 130 bits
	link, err := s.store.MakeLink(ctx, taskID, access.From(ctx).Name, token, time.Now().Add(good))
	if err != nil {
		return "", link, webError(err)
	}
	e := taskEvent(access.DeedLinkMade, t)
	e.Detail = "good until " + link.Expires.UTC().Format(time.RFC3339)
	s.Note(ctx, e)
	return token, link, nil
}

// Link implements web.Service.
func (s *service) Link(ctx context.Context, taskID string) (task.Link, error) {
	l, err := s.store.Link(ctx, taskID)
	return l, webError(err)
}

// RevokeLink implements web.Service.
func (s *service) RevokeLink(ctx context.Context, taskID string) error {
	return s.onTask(ctx, taskID, access.DeedLinkRevoked, func() error { return s.store.RevokeLink(ctx, taskID) })
}

// LinkedTask implements web.Service.
func (s *service) LinkedTask(ctx context.Context, token string) (web.Linked, error) {
	link, err := s.store.LinkOf(ctx, token)
	if err != nil {
		return web.Linked{}, webError(err)
	}
	out := web.Linked{Link: link}
	if out.Task, err = s.store.Task(ctx, link.TaskID); err != nil {
		return out, webError(err)
	}
	if link.Used.IsZero() {
		return out, nil
	}
	runs, err := s.store.Runs(ctx, link.TaskID, 1)
	if err != nil || len(runs) == 0 || runs[0].Queued.Before(link.Used.Add(-time.Minute)) && !isActive(runs[0]) {
		return out, webError(err)
	}
	run, err := s.jobs.Run(ctx, runs[0].ID)
	out.Run = &run
	return out, webError(err)
}

func isActive(r task.Run) bool { return r.State != task.StateEnded }

// GivePasswords implements web.Service.
func (s *service) GivePasswords(ctx context.Context, token string, passwords map[string]task.Password) (map[string]web.LoginFault, error) {
	linked, err := s.LinkedTask(ctx, token)
	if err != nil {
		return nil, err
	}
	if !linked.Link.Used.IsZero() {
		return nil, webError(store.ErrLinkUsed)
	}
	t := linked.Task
	for _, name := range t.Asked() {
		if passwords[name] == "" {
			return nil, as(web.ErrInvalid, errors.New("a password is missing"))
		}
	}
	faults, err := s.tryPasswords(ctx, t, passwords)
	if err != nil || len(faults) > 0 {
		return faults, err
	}
	if t, err = s.store.UseLink(ctx, token, t.Version, passwords); err != nil {
		return nil, webError(err)
	}
	s.Note(ctx, taskEvent(access.DeedLinkUsed, t))
	run, err := s.jobs.RunNow(ctx, t.ID, store.TriggerHand)
	if errors.Is(err, store.ErrActive) {
		return nil, nil // it goes already
	}
	if err == nil {
		s.Note(ctx, runEvent(access.DeedRunStarted, run))
	}
	return nil, webError(err)
}

// tryPasswords logs in with each of the passwords.
func (s *service) tryPasswords(ctx context.Context, t task.Task, passwords map[string]task.Password) (map[string]web.LoginFault, error) {
	conn := s.conn
	conn.Log = s.log.With("task", t.Name)
	if bound(t) {
		conn.Reach = &s.bound
		if err := mayBe(ctx, s.store, t); err != nil {
			return nil, as(web.ErrInvalid, err)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, giveTime)
	defer cancel()
	faults := map[string]web.LoginFault{}
	var mu sync.Mutex
	var tries sync.WaitGroup
	for name, password := range passwords {
		a, there := t.AccountOf(name)
		if !there || !slices.Contains(t.Asked(), name) {
			return nil, as(web.ErrInvalid, fmt.Errorf("nobody asked for a password of %q", name))
		}
		a.Password = password
		tries.Go(func() {
			source, err := OpenSource(ctx, a, conn)
			if err == nil {
				_ = source.Close()
				return
			}
			mu.Lock()
			defer mu.Unlock()
			faults[name] = web.LoginFault{Password: errors.Is(err, mail.ErrAuth), Sentence: Sentence(err)}
		})
	}
	tries.Wait()
	return faults, nil
}
