package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/store"
	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web"
	"github.com/mailweir/mailweir/web/api"
)

// Channels implements web.Service.
func (s *service) Channels(ctx context.Context) ([]task.Channel, error) {
	a := access.From(ctx)
	if a.Role == access.RoleAdmin {
		return s.store.Channels(ctx, nil)
	}
	return s.store.Channels(ctx, &a.UserID)
}

// Channel implements web.Service. One that is another's is as if it were not there.
func (s *service) Channel(ctx context.Context, id string) (task.Channel, error) {
	c, err := s.store.Channel(ctx, id)
	if err == nil && !ownChannel(ctx, c) {
		err = store.ErrNotFound
	}
	if err != nil {
		return task.Channel{}, webError(err)
	}
	return c, nil
}

func ownChannel(ctx context.Context, c task.Channel) bool {
	a := access.From(ctx)
	return a.Role == access.RoleAdmin || a.UserID != "" && a.UserID == c.Owner.ID
}

// SaveChannel implements web.Service.
func (s *service) SaveChannel(ctx context.Context, c task.Channel) (saved task.Channel, secret string, err error) {
	a := access.From(ctx)
	deed := access.DeedChannelChanged
	if c.ID == "" {
		deed = access.DeedChannelMade
		// What an admin makes is about the tasks of everybody.
		if a.Role != access.RoleAdmin {
			c.Owner = task.Owner{ID: a.UserID, Role: string(a.Role)}
		}
		if c.Kind == task.ChannelWebhook && c.Secret == "" {
			secret = "mwhook_" + strings.ToLower(rand.Text()+rand.Text())
			c.Secret = task.Password(secret)
		}
	} else {
		before, err := s.Channel(ctx, c.ID)
		if err != nil {
			return c, "", err
		}
		c.Owner = before.Owner
	}
	if err := s.channelReach(c); err != nil {
		return c, "", as(web.ErrInvalid, err)
	}
	if err := s.store.SaveChannel(ctx, &c); err != nil {
		if errors.Is(err, store.ErrPasswordNeeded) {
			err = as(web.ErrInvalid, errors.New("another target needs a secret of its own; the stored one signs for no other"))
		}
		return c, "", webError(err)
	}
	s.Note(ctx, channelEvent(deed, c))
	saved, err = s.store.Channel(ctx, c.ID)
	return saved, secret, webError(err)
}

// channelReach says early what an attempt would fail at.
func (s *service) channelReach(c task.Channel) error {
	if c.Kind == task.ChannelMail {
		if _, ok := s.relays[c.Relay]; !ok && c.Relay != "" {
			return fmt.Errorf("there is no relay %q; the service has %s", c.Relay, s.relayNames())
		}
		return nil
	}
	u, err := url.Parse(c.Target)
	if err != nil || !channelBound(c) {
		return nil // Validate says what is wrong
	}
	if u.Scheme != "https" || u.Port() != "" && u.Port() != "443" {
		return errors.New("webhooks of users who are no admins are https, at the port 443 of a public address")
	}
	return nil
}

func (s *service) relayNames() string {
	names := make([]string, 0, len(s.relays))
	for name := range s.relays {
		names = append(names, name)
	}
	if len(names) == 0 {
		return "none; it is started with --smtp-relay NAME=URL"
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// DeleteChannel implements web.Service.
func (s *service) DeleteChannel(ctx context.Context, id string) error {
	c, err := s.Channel(ctx, id)
	if err != nil {
		return err
	}
	if err := s.store.DeleteChannel(ctx, id); err != nil {
		return webError(err)
	}
	s.Note(ctx, channelEvent(access.DeedChannelRemoved, c))
	return nil
}

// TestChannel implements web.Service. It tells at once, and once.
func (s *service) TestChannel(ctx context.Context, id string) (api.ChannelTest, error) {
	if _, err := s.Channel(ctx, id); err != nil {
		return api.ChannelTest{}, err
	}
	c, err := s.store.ChannelWithSecret(ctx, id)
	if err != nil {
		return api.ChannelTest{}, webError(err)
	}
	now := time.Now()
	notice := task.Notice{ID: strings.ToLower(rand.Text()), Channel: c.ID, Event: task.NoticeTest, Body: task.NoticeBody{Event: task.NoticeTest, At: now}}
	if err := s.teller.tell(ctx, c, notice); err != nil {
		return api.ChannelTest{Sentence: Sentence(err), At: now}, nil
	}
	return api.ChannelTest{OK: true, Sentence: "told, and the other side has taken it", At: now}, nil
}

// Notices implements web.Service.
func (s *service) Notices(ctx context.Context, channelID string, limit int) ([]task.Notice, error) {
	if _, err := s.Channel(ctx, channelID); err != nil {
		return nil, err
	}
	return s.store.Notices(ctx, channelID, limit)
}

func channelEvent(deed access.Deed, c task.Channel) access.Event {
	return access.Event{Deed: deed, Kind: kindChannel, ObjectID: c.ID, Object: c.Name}
}
