package web_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web"
	"github.com/mailweir/mailweir/web/api"
)

// extras is what of the running program only the API asks for.
type extras struct {
	notReady error

	mu       sync.Mutex
	next     int
	accounts []task.StoredAccount
	channels []task.Channel
	late     bool     // requests for consent are too old at once
	taken    []string // states of the answers that were taken
}

func (m *memory) Ready(context.Context) error { return m.notReady }

func (m *memory) PlanTask(ctx context.Context, id string) (api.Plan, error) {
	t, err := m.Task(ctx, id)
	if err != nil {
		return api.Plan{}, err
	}
	return api.Plan{Pairs: []api.Pair{{Source: t.Sources[0].Name, Folder: "INBOX", Target: "INBOX", By: "same name", Messages: 5, ToCopy: 5}}}, nil
}

func (x *extras) StoredAccounts(context.Context) ([]task.StoredAccount, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return slices.Clone(x.accounts), nil
}

func (x *extras) StoredAccount(_ context.Context, id string) (task.StoredAccount, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, a := range x.accounts {
		if a.ID == id || a.Name == id {
			return a, nil
		}
	}
	return task.StoredAccount{}, web.ErrNotFound
}

func (x *extras) SaveStoredAccount(_ context.Context, a task.StoredAccount) (task.StoredAccount, error) {
	if err := a.Validate(); err != nil {
		return a, fmt.Errorf("%w: %w", web.ErrInvalid, err)
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	a.Account.Password = ""
	for i := range x.accounts {
		if x.accounts[i].ID == a.ID {
			x.accounts[i] = a
			return a, nil
		}
	}
	x.next++
	a.ID = fmt.Sprintf("acc%d", x.next)
	x.accounts = append(x.accounts, a)
	return a, nil
}

func (x *extras) DeleteStoredAccount(_ context.Context, id string) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.accounts = slices.DeleteFunc(x.accounts, func(a task.StoredAccount) bool { return a.ID == id })
	return nil
}

func (x *extras) TestStoredAccount(context.Context, string) (api.AccountTest, error) {
	return api.AccountTest{Sentence: "no connection", Remedies: []string{"check the host"}, At: time.Now()}, nil
}

func (x *extras) AuthorizeAccount(_ context.Context, id string) (api.Authorization, error) {
	if _, err := x.StoredAccount(context.Background(), id); err != nil {
		return api.Authorization{}, err
	}
	return api.Authorization{Code: "ABCD-EFGH", Page: "https://login.example/device", Expires: time.Now().Add(time.Minute)}, nil
}

func (x *extras) Channels(ctx context.Context) ([]task.Channel, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	var out []task.Channel
	for _, c := range x.channels {
		if a := access.From(ctx); a.Role == access.RoleAdmin || a.UserID == c.Owner.ID {
			out = append(out, c)
		}
	}
	return out, nil
}

func (x *extras) Channel(ctx context.Context, id string) (task.Channel, error) {
	list, _ := x.Channels(ctx)
	for _, c := range list {
		if c.ID == id {
			return c, nil
		}
	}
	return task.Channel{}, web.ErrNotFound
}

func (x *extras) SaveChannel(ctx context.Context, c task.Channel) (task.Channel, string, error) {
	if c.ID != "" {
		if _, err := x.Channel(ctx, c.ID); err != nil {
			return c, "", err
		}
	}
	if err := c.Validate(); err != nil {
		return c, "", fmt.Errorf("%w: %w", web.ErrInvalid, err)
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.channels = slices.DeleteFunc(x.channels, func(o task.Channel) bool { return o.ID == c.ID })
	x.next++
	secret := ""
	if c.ID == "" && c.Kind == task.ChannelWebhook && c.Secret == "" {
		secret = "s3cret"
	}
	c.ID = cmp.Or(c.ID, fmt.Sprintf("ch%d", x.next))
	if a := access.From(ctx); a.Role != access.RoleAdmin {
		c.Owner = task.Owner{ID: a.UserID, Name: a.Name}
	}
	c.Secret, c.Created, c.Updated = "", time.Now(), time.Now()
	x.channels = append(x.channels, c)
	return c, secret, nil
}

func (x *extras) DeleteChannel(ctx context.Context, id string) error {
	_, err := x.Channel(ctx, id)
	x.mu.Lock()
	defer x.mu.Unlock()
	if err == nil {
		x.channels = slices.DeleteFunc(x.channels, func(c task.Channel) bool { return c.ID == id })
	}
	return err
}

func (x *extras) TestChannel(ctx context.Context, id string) (api.ChannelTest, error) {
	_, err := x.Channel(ctx, id)
	return api.ChannelTest{OK: true, Sentence: "told", At: time.Now()}, err
}

func (x *extras) Notices(ctx context.Context, id string, _ int) ([]task.Notice, error) {
	_, err := x.Channel(ctx, id)
	body := task.NoticeBody{Event: task.NoticeFailed, Task: "t", Name: "n", Counts: &task.CountsLine{Copied: 1}, At: time.Now()}
	return []task.Notice{{ID: "n1", Event: task.NoticeFailed, Body: body, Attempts: 1, Sent: time.Now(), Created: time.Now()}}, err
}

// errChanged is what the service says to who saves an old task.
var errChanged = fmt.Errorf("%w: %w", web.ErrChanged, errors.New("somebody else has changed it; read it again"))
