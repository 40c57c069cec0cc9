package view

import (
	"context"
	"slices"
	"strings"

	"github.com/mailweir/mailweir/host/task"
)

// ChannelForm is what the page of a channel shows, or that of a new one. It holds no
// secret but one that was made just now.
type ChannelForm struct {
	Channel   task.Channel // as stored; ID "" is a new one
	Name      string       // as typed, as is what follows
	Kind      task.ChannelKind
	Addresses string // a line or a blank between them
	Relay     string
	URL       string
	Events    []task.NoticeEvent
	Some      bool   // about the tasks that are named, not about all
	Tasks     string // their names, a line for each
	Retype    bool   // the secret that was typed is lost with the page
	Faults    map[string]string
	Focus     string
	Problems  []string

	Relays  []string
	Secret  string // that was made just now
	Test    *ChannelTest
	Notices []task.Notice // the latest first
	Notice  string
}

// ChannelTest says how it went to tell something.
type ChannelTest struct {
	OK       bool
	Sentence string
}

// ShownNotices is how many notices the page of a channel has.
const ShownNotices = 20

// NewChannelForm is the empty form: a channel tells of what a person has to know.
func NewChannelForm() ChannelForm {
	return ChannelForm{Kind: task.ChannelMail, Events: []task.NoticeEvent{task.NoticeFailed, task.NoticeNeedsYou, task.NoticeRecovered}}
}

// ChannelFormOf is the form of a stored channel; names are those of its tasks by ID.
func ChannelFormOf(c task.Channel, names map[string]string) ChannelForm {
	f := ChannelForm{Channel: c, Name: c.Name, Kind: c.Kind, Relay: c.Relay, Events: c.Events, Some: !c.All && len(c.Tasks) > 0}
	if c.Kind == task.ChannelMail {
		f.Addresses = strings.Join(strings.Fields(c.Target), "\n")
	} else {
		f.URL = c.Target
	}
	var lines []string
	for _, id := range c.Tasks {
		if name := names[id]; name != "" { // one that is gone is told of no more
			lines = append(lines, name)
		}
	}
	slices.Sort(lines)
	f.Tasks = strings.Join(lines, "\n")
	return f
}

func (f ChannelForm) fields() TaskForm { return TaskForm{Faults: f.Faults, Focus: f.Focus} }

func (f ChannelForm) action() string {
	if f.Channel.ID == "" {
		return "/channels/new"
	}
	return "/channels/" + f.Channel.ID
}

func (f ChannelForm) has(e task.NoticeEvent) bool { return slices.Contains(f.Events, e) }

func channelTitle(ctx context.Context, f ChannelForm) string {
	if f.Channel.ID == "" {
		return t(ctx).NewChannel
	}
	return Plain(f.Channel.Name)
}

func channelKind(ctx context.Context, k task.ChannelKind) string {
	if k == task.ChannelWebhook {
		return t(ctx).ChannelWebhook
	}
	return t(ctx).ChannelMail
}

// eventWord is what a channel tells of, in a few words; eventHint says when.
func eventWord(ctx context.Context, e task.NoticeEvent) string {
	if word := t(ctx).EventWords[e]; word != "" {
		return word
	}
	return Plain(string(e))
}

func eventHint(ctx context.Context, e task.NoticeEvent) string { return t(ctx).EventHints[e] }

// eventWords are the words of several.
func eventWords(ctx context.Context, all []task.NoticeEvent) string {
	var words []string
	for _, e := range task.NoticeEvents() {
		if slices.Contains(all, e) {
			words = append(words, eventWord(ctx, e))
		}
	}
	return strings.Join(words, ", ")
}

// noticeStatus says what has become of a notice.
func noticeStatus(ctx context.Context, n task.Notice) Status {
	x := t(ctx)
	switch {
	case !n.Sent.IsZero():
		return Status{Icon: "ok", Word: x.NoticeTold, Tone: ToneGood}
	case n.Next.IsZero():
		return Status{Icon: "warning", Word: x.NoticeGivenUp, Tone: ToneBad}
	case n.Attempts > 0:
		return Status{Icon: "again", Word: x.NoticeAgain, Tone: ToneWarn}
	}
	return Status{Icon: "queued", Word: x.NoticeWaits, Tone: ToneLive}
}

// channelOf says whose channel it is.
func channelOf(ctx context.Context, c task.Channel) string {
	if c.Owner.ID == "" {
		return t(ctx).ChannelEverybody
	}
	return t(ctx).ChannelOf(Plain(c.Owner.Name))
}

func (f ChannelForm) knowsRelay() bool { return slices.Contains(f.Relays, f.Relay) }

func (f ChannelForm) secretHint(ctx context.Context) string {
	if f.Retype {
		return t(ctx).FormRetype
	}
	if f.Channel.ID != "" && f.Channel.Kind == task.ChannelWebhook {
		return t(ctx).ChannelSecretKeep
	}
	return t(ctx).ChannelSecretHint
}
