package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/mailweir/mailweir/host/task"
)

type channelRow struct {
	bun.BaseModel `bun:"table:channel"`

	ID        string `bun:",pk"`
	Name      string
	OwnerID   string
	Kind      task.ChannelKind
	Target    string
	Relay     string
	Secret    string
	Events    string
	AllTasks  bool
	DigestAt  sql.NullInt64
	CreatedAt int64
	UpdatedAt int64
}

// place is what the seal of the secret authenticates: it signs for no other target.
func (r channelRow) place() string { return "channel.secret:" + r.ID + " " + r.Target }

func (r channelRow) channel() task.Channel {
	c := task.Channel{
		ID: r.ID, Name: r.Name, Owner: task.Owner{ID: r.OwnerID}, Kind: r.Kind, Target: r.Target, Relay: r.Relay, All: r.AllTasks,
		Created: toTime(r.CreatedAt), Updated: toTime(r.UpdatedAt),
	}
	for _, e := range strings.Fields(r.Events) {
		c.Events = append(c.Events, task.NoticeEvent(e))
	}
	return c
}

// wants reports whether the channel asks for the event.
func (r channelRow) wants(e task.NoticeEvent) bool {
	return slices.Contains(strings.Fields(r.Events), string(e))
}

// digestEvery is the time between two digests.
const digestEvery = 24 * time.Hour

// SaveChannel validates and stores a channel; with an empty ID it is made and gets
// one, an ID that is not there is [ErrNotFound]. Its owner stays. An empty Secret
// keeps the stored one as long as the target stays; a webhook without one is
// [ErrPasswordNeeded]. Tasks that are not there, or not the owner's, are [ErrRefused].
func (s *Store) SaveChannel(ctx context.Context, c *task.Channel) error {
	if err := c.Validate(); err != nil {
		return refused(err)
	}
	now := toMillis(s.now())
	err := s.inTurn(ctx, func(ctx context.Context, tx bun.Tx) error {
		row := channelRow{ID: newID(), OwnerID: c.Owner.ID, CreatedAt: now}
		if c.ID != "" {
			if err := tx.NewSelect().Model(&row).Where("id = ?", c.ID).Scan(ctx); err != nil {
				return notFound(err)
			}
		}
		moved := row.Target != c.Target
		row.Name, row.Kind, row.Target, row.Relay, row.AllTasks, row.UpdatedAt = c.Name, c.Kind, c.Target, c.Relay, c.All, now
		events := make([]string, len(c.Events))
		for i, e := range c.Events {
			events[i] = string(e)
		}
		row.Events = strings.Join(events, " ")
		if wants := row.wants(task.NoticeDigest); wants != row.DigestAt.Valid {
			row.DigestAt = sql.NullInt64{Int64: toMillis(s.now().Add(digestEvery)), Valid: wants}
		}
		if err := s.sealSecret(&row, c.Secret, moved); err != nil {
			return err
		}
		if err := writeChannel(ctx, tx, row, c.Tasks); err != nil {
			return err
		}
		saved := row.channel()
		saved.Tasks = c.Tasks
		*c = saved
		return nil
	})
	return s.wrap(fmt.Sprintf("store the channel %q", c.Name), err)
}

func (s *Store) sealSecret(row *channelRow, secret task.Password, moved bool) error {
	switch {
	case row.Kind != task.ChannelWebhook:
		row.Secret = ""
	case secret != "":
		if s.box == nil {
			return ErrNoKey
		}
		var err error
		row.Secret, err = s.box.Seal(row.place(), []byte(secret.Reveal()))
		return err
	case row.Secret == "" || moved:
		return ErrPasswordNeeded
	}
	return nil
}

func writeChannel(ctx context.Context, tx bun.Tx, row channelRow, tasks []string) error {
	_, err := tx.NewInsert().Model(&row).On("CONFLICT (id) DO UPDATE").
		Set("name = excluded.name, kind = excluded.kind, target = excluded.target, relay = excluded.relay, secret = excluded.secret").
		Set("events = excluded.events, all_tasks = excluded.all_tasks, digest_at = excluded.digest_at, updated_at = excluded.updated_at").Exec(ctx)
	if err != nil {
		return err
	}
	if _, err := tx.NewRaw("DELETE FROM channel_task WHERE channel_id = ? AND task_id IN (SELECT id FROM task WHERE deleted_at IS NULL)", row.ID).Exec(ctx); err != nil {
		return err
	}
	for _, id := range tasks {
		res, err := tx.NewRaw("INSERT INTO channel_task (channel_id, task_id) SELECT ?, id FROM task WHERE id = ? AND deleted_at IS NULL AND (? = '' OR owner_id = ?)",
			row.ID, id, row.OwnerID, row.OwnerID).Exec(ctx)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(refused(fmt.Errorf("there is no task %q of the channel's owner", id)), err)
		}
	}
	return nil
}

// Channels returns the channels by name, without their secrets: all, or those of an
// owner when owner is not nil.
func (s *Store) Channels(ctx context.Context, owner *string) ([]task.Channel, error) {
	var rows []channelRow
	q := s.read.NewSelect().Model(&rows).Order("name", "id")
	if owner != nil {
		q = q.Where("owner_id = ?", *owner)
	}
	err := q.Scan(ctx)
	out := make([]task.Channel, 0, len(rows))
	for _, r := range rows {
		c := r.channel()
		err = errors.Join(err, s.completeChannel(ctx, &c))
		out = append(out, c)
	}
	return out, s.wrap("read the channels", err)
}

func (s *Store) completeChannel(ctx context.Context, c *task.Channel) error {
	err := s.read.NewRaw("SELECT task_id FROM channel_task WHERE channel_id = ? AND task_id IN (SELECT id FROM task WHERE deleted_at IS NULL) ORDER BY task_id", c.ID).Scan(ctx, &c.Tasks)
	if err != nil || c.Owner.ID == "" {
		return err
	}
	c.Owner, err = owner(ctx, s.read, c.Owner.ID)
	return err
}

// Channel returns a channel without its secret, or [ErrNotFound].
func (s *Store) Channel(ctx context.Context, id string) (task.Channel, error) {
	c, _, err := s.channel(ctx, id)
	return c, s.wrap("read channel "+id, err)
}

func (s *Store) channel(ctx context.Context, id string) (task.Channel, channelRow, error) {
	var row channelRow
	if err := s.read.NewSelect().Model(&row).Where("id = ?", id).Scan(ctx); err != nil {
		return task.Channel{}, row, notFound(err)
	}
	c := row.channel()
	return c, row, s.completeChannel(ctx, &c)
}

// ChannelWithSecret returns a channel with its secret, for what signs with it.
func (s *Store) ChannelWithSecret(ctx context.Context, id string) (task.Channel, error) {
	doing := "read the secret of channel " + id
	c, row, err := s.channel(ctx, id)
	if err != nil || row.Secret == "" {
		return c, s.wrap(doing, err)
	}
	if s.box == nil {
		return c, s.wrap(doing, ErrNoKey)
	}
	plain, err := s.box.Unseal(row.place(), row.Secret)
	c.Secret = task.Password(plain)
	return c, s.wrap(doing, err)
}

// DeleteChannel removes a channel and what it has to tell, or says [ErrNotFound].
func (s *Store) DeleteChannel(ctx context.Context, id string) error {
	res, err := s.write.NewRaw("DELETE FROM channel WHERE id = ?", id).Exec(ctx)
	if err == nil {
		if n, errN := res.RowsAffected(); errN != nil || n == 0 {
			err = errors.Join(ErrNotFound, errN)
		}
	}
	return s.wrap("remove channel "+id, err)
}

func resealChannels(ctx context.Context, tx bun.Tx, _ *Store, reseal resealFunc) (n int, err error) {
	var rows []channelRow
	if err := tx.NewSelect().Model(&rows).Where("secret <> ''").Scan(ctx); err != nil {
		return 0, err
	}
	for _, r := range rows {
		sealed, err := reseal(r.place(), r.Secret)
		if err != nil {
			return n, err
		}
		if _, err := tx.NewRaw("UPDATE channel SET secret = ? WHERE id = ?", sealed, r.ID).Exec(ctx); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}
