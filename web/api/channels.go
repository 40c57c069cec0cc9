package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/task"
)

// Channels is what the API needs to know of channels; it is part of [Service]. The
// actor sees and changes their own, an admin all; another's is as if it were not there.
type Channels interface {
	Channels(ctx context.Context) ([]task.Channel, error)
	Channel(ctx context.Context, id string) (task.Channel, error)
	// SaveChannel makes or changes a channel. secret is what signs a new webhook, if
	// none was given; it is never to be had again.
	SaveChannel(ctx context.Context, c task.Channel) (saved task.Channel, secret string, err error)
	DeleteChannel(ctx context.Context, id string) error
	// TestChannel tells something now, and says how that went.
	TestChannel(ctx context.Context, id string) (ChannelTest, error)
	// Notices returns the latest notices of a channel, newest first.
	Notices(ctx context.Context, channelID string, limit int) ([]task.Notice, error)
}

func (a *API) channelOperations() {
	const get, post, put, del = http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete
	const tag, own = "channels", access.OwnChannels
	add(a, about{
		id: "list-channels", method: get, path: "/channels", action: own, tag: tag, summary: "Lists where notices go",
		more: "One's own; an admin sees all.",
	}, a.listChannels)
	add(a, about{
		id: "make-channel", method: post, path: "/channels", action: own, tag: tag, summary: "Makes a channel",
		more:   "About one's own tasks; that of an admin is about the tasks of everybody. The secret of a new webhook is in the answer, and never to be had again.",
		status: http.StatusCreated,
	}, a.makeChannel)
	add(a, about{id: "show-channel", method: get, path: "/channels/{channel}", action: own, tag: tag, summary: "Shows a channel"}, a.showChannel)
	add(a, about{id: "change-channel", method: put, path: "/channels/{channel}", action: own, tag: tag, summary: "Changes a channel"}, a.changeChannel)
	add(a, about{id: "delete-channel", method: del, path: "/channels/{channel}", action: own, tag: tag, summary: "Removes a channel, and what it has to tell"}, a.deleteChannel)
	add(a, about{
		id: "test-channel", method: post, path: "/channels/{channel}/test", action: own, tag: tag, summary: "Tells something now, and says how that went",
	}, a.testChannel)
	add(a, about{
		id: "list-notices", method: get, path: "/channels/{channel}/notices", action: own, tag: tag, summary: "Lists what a channel has told, or will",
		more: "Newest first; 30 days are kept.",
	}, a.listNotices)
}

// Channel is where somebody is told what becomes of tasks.
type Channel struct {
	ID        string    `json:"id" readOnly:"true"`
	Name      string    `json:"name" maxLength:"200" example:"operators"`
	Owner     Owner     `json:"owner,omitzero" readOnly:"true" doc:"Whose tasks it is about; without an ID those of everybody"`
	Kind      string    `json:"kind" enum:"mail,webhook"`
	Addresses []string  `json:"addresses,omitempty" maxItems:"20" doc:"Of a channel by mail"`
	Relay     string    `json:"relay,omitempty" doc:"Name of the relay that takes the mail, from --smtp-relay of the service"`
	URL       string    `json:"url,omitempty" maxLength:"4096" doc:"Of a webhook. It gets POST with a NoticeBody in JSON, Mailweir-Notice (an ID, the same for a repetition) and Mailweir-Signature: t=UNIX,v1=HEX, the HMAC-SHA256 of UNIX.BODY with the secret"`
	Secret    string    `json:"secret,omitempty" maxLength:"200" doc:"That signs for a webhook. It is shown once, if the service has made it; an empty one keeps the stored one as long as the URL stays"`
	Events    []string  `json:"events" minItems:"1" enum:"failed,needs-you,recovered,first-success,digest"`
	Tasks     []string  `json:"tasks,omitempty" maxItems:"1000" doc:"IDs of the tasks that it is about; none is all"`
	Created   time.Time `json:"created,omitzero" readOnly:"true"`
	Updated   time.Time `json:"updated,omitzero" readOnly:"true"`
}

// ChannelTest says how it went to tell something.
type ChannelTest struct {
	OK       bool      `json:"ok"`
	Sentence string    `json:"sentence"`
	At       time.Time `json:"at"`
}

// Notice is one thing that a channel has told, or will.
type Notice struct {
	ID       string          `json:"id"`
	Event    string          `json:"event"`
	Body     task.NoticeBody `json:"body"`
	Attempts int             `json:"attempts"`
	Next     time.Time       `json:"next,omitzero" doc:"Of the next attempt; none: it was told, or given up"`
	Sent     time.Time       `json:"sent,omitzero"`
	Fault    string          `json:"fault,omitempty" doc:"Of the last attempt"`
	Created  time.Time       `json:"created"`
}

func channelOf(c task.Channel) Channel {
	out := Channel{
		ID: c.ID, Name: c.Name, Owner: Owner{c.Owner.ID, c.Owner.Name}, Kind: string(c.Kind), Relay: c.Relay, Tasks: c.Tasks,
		Created: c.Created, Updated: c.Updated, Events: []string{},
	}
	if c.Kind == task.ChannelMail {
		out.Addresses = strings.Fields(c.Target)
	} else {
		out.URL = c.Target
	}
	for _, e := range c.Events {
		out.Events = append(out.Events, string(e))
	}
	return out
}

func (c Channel) noun() task.Channel {
	out := task.Channel{
		Name: strings.TrimSpace(c.Name), Kind: task.ChannelKind(c.Kind), Relay: c.Relay, Secret: task.Password(c.Secret), Tasks: c.Tasks, All: len(c.Tasks) == 0,
	}
	out.Target = c.URL
	if out.Kind == task.ChannelMail {
		out.Target = strings.Join(c.Addresses, " ")
	}
	for _, e := range c.Events {
		out.Events = append(out.Events, task.NoticeEvent(e))
	}
	return out
}

type channelList struct {
	Body struct {
		Channels []Channel `json:"channels" nullable:"false"`
	}
}

func (a *API) listChannels(ctx context.Context, _ *struct{}) (*channelList, error) {
	list, err := a.svc.Channels(ctx)
	if err != nil {
		return nil, err
	}
	out := &channelList{}
	out.Body.Channels = []Channel{}
	for _, c := range list {
		out.Body.Channels = append(out.Body.Channels, channelOf(c))
	}
	return out, nil
}

type channelOutput struct{ Body Channel }

func (a *API) saveChannel(ctx context.Context, id string, in Channel) (*channelOutput, error) {
	c := in.noun()
	c.ID = id
	saved, secret, err := a.svc.SaveChannel(ctx, c)
	out := channelOf(saved)
	out.Secret = secret
	return &channelOutput{out}, err
}

func (a *API) makeChannel(ctx context.Context, in *struct{ Body Channel }) (*channelOutput, error) {
	return a.saveChannel(ctx, "", in.Body)
}

// OfChannel names a channel in the path of a request.
type OfChannel struct {
	Channel string `path:"channel" doc:"ID of the channel"`
}

func (a *API) showChannel(ctx context.Context, in *OfChannel) (*channelOutput, error) {
	c, err := a.svc.Channel(ctx, in.Channel)
	return &channelOutput{channelOf(c)}, err
}

type changeChannelInput struct {
	OfChannel
	Body Channel
}

func (a *API) changeChannel(ctx context.Context, in *changeChannelInput) (*channelOutput, error) {
	return a.saveChannel(ctx, in.Channel, in.Body)
}

func (a *API) deleteChannel(ctx context.Context, in *OfChannel) (*struct{}, error) {
	return nil, a.svc.DeleteChannel(ctx, in.Channel)
}

func (a *API) testChannel(ctx context.Context, in *OfChannel) (*struct{ Body ChannelTest }, error) {
	test, err := a.svc.TestChannel(ctx, in.Channel)
	return &struct{ Body ChannelTest }{test}, err
}

type listNoticesInput struct {
	OfChannel
	Limit int `query:"limit" minimum:"1" maximum:"500" default:"50"`
}

type noticeList struct {
	Body struct {
		Notices []Notice `json:"notices" nullable:"false"`
	}
}

func (a *API) listNotices(ctx context.Context, in *listNoticesInput) (*noticeList, error) {
	list, err := a.svc.Notices(ctx, in.Channel, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &noticeList{}
	out.Body.Notices = []Notice{}
	for _, n := range list {
		out.Body.Notices = append(out.Body.Notices, Notice{n.ID, string(n.Event), n.Body, n.Attempts, n.Next, n.Sent, n.Fault, n.Created})
	}
	return out, nil
}
