package task

import (
	"errors"
	"fmt"
	"net/mail"
	"net/url"
	"slices"
	"strings"
	"time"
)

// NoticeEvent is what somebody is told of.
type NoticeEvent string

// The events. A task that goes on failing is told of once, until it recovers or needs
// somebody.
const (
	NoticeFailed       NoticeEvent = "failed"        // a run did not end well, and the one before did; the next one goes on
	NoticeNeedsYou     NoticeEvent = "needs-you"     // it fails until a person does something
	NoticeRecovered    NoticeEvent = "recovered"     // a run ended well, and the one before did not
	NoticeFirstSuccess NoticeEvent = "first-success" // a run ended well for the first time
	NoticeDigest       NoticeEvent = "digest"        // what the last day was like
	NoticeTest         NoticeEvent = "test"          // somebody tries the channel; each one is told that
)

// NoticeEvents are those that a channel can ask for.
func NoticeEvents() []NoticeEvent {
	return []NoticeEvent{NoticeFailed, NoticeNeedsYou, NoticeRecovered, NoticeFirstSuccess, NoticeDigest}
}

// NoticesOf decides what is told of the end of a run. before is the outcome of the run
// before it that was not stopped, "" if there was none; succeeded says whether any
// before it ended well.
func NoticesOf(before, now Outcome, succeeded bool) []NoticeEvent {
	bad := func(o Outcome) bool { return o != "" && o.Status() != StatusDone && o.Status() != StatusWarnings }
	switch {
	case now == OutcomeStopped:
		return nil
	case now.Status() == StatusNeedsYou:
		if before != "" && before.Status() == StatusNeedsYou {
			return nil
		}
		return []NoticeEvent{NoticeNeedsYou}
	case bad(now):
		if bad(before) {
			return nil
		}
		return []NoticeEvent{NoticeFailed}
	case !succeeded && bad(before):
		return []NoticeEvent{NoticeFirstSuccess, NoticeRecovered}
	case !succeeded:
		return []NoticeEvent{NoticeFirstSuccess}
	case bad(before):
		return []NoticeEvent{NoticeRecovered}
	}
	return nil
}

// ChannelKind is how a channel tells.
type ChannelKind string

// The kinds.
const (
	ChannelMail    ChannelKind = "mail"
	ChannelWebhook ChannelKind = "webhook"
)

// Channel is where somebody is told what becomes of tasks.
type Channel struct {
	ID      string
	Name    string
	Owner   Owner // whose tasks it is about; without an ID all tasks
	Kind    ChannelKind
	Target  string // addresses separated by blanks, or a URL
	Relay   string // takes the mail
	Secret  Password
	Events  []NoticeEvent
	All     bool     // about all tasks of the owner
	Tasks   []string // IDs of those that it is about otherwise
	Created time.Time
	Updated time.Time
}

const maxAddresses = 20

// Validate reports all that is wrong with the channel.
func (c Channel) Validate() error {
	errs := []error{validName("channel", c.Name)}
	switch c.Kind {
	case ChannelMail:
		list := strings.Fields(c.Target)
		if len(list) == 0 || len(list) > maxAddresses {
			errs = append(errs, fmt.Errorf("a channel by mail has 1 to %d addresses", maxAddresses))
		}
		for _, a := range list {
			if p, err := mail.ParseAddress(a); err != nil || p.Address != a {
				errs = append(errs, fmt.Errorf("%q is no address like ann@example.org", a))
			}
		}
		if err := ValidRelayName(c.Relay); err != nil {
			errs = append(errs, err)
		}
	case ChannelWebhook:
		u, err := url.Parse(c.Target)
		switch {
		case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
			errs = append(errs, errors.New("the webhook is no URL like https://hooks.example/mailweir"))
		case u.User != nil:
			errs = append(errs, errors.New("the URL of a webhook has no user and no password; what it gets is signed"))
		}
	default:
		errs = append(errs, fmt.Errorf("the kind %q of a channel is not known; it is mail or webhook", c.Kind))
	}
	if len(c.Target) > 4096 || strings.ContainsAny(c.Target, "\r\n\x00") {
		errs = append(errs, errors.New("the target of the channel is too long, or holds a control character"))
	}
	if len(c.Events) == 0 {
		errs = append(errs, errors.New("the channel is about no event"))
	}
	for _, e := range c.Events {
		if !slices.Contains(NoticeEvents(), e) {
			errs = append(errs, fmt.Errorf("the event %q is not known", e))
		}
	}
	if c.All && len(c.Tasks) > 0 || !c.All && len(c.Tasks) == 0 {
		errs = append(errs, errors.New("the channel is about all tasks, or about some that are named"))
	}
	return errors.Join(errs...)
}

// Notice is one thing that a channel is to tell.
type Notice struct {
	ID       string
	Channel  string // ID
	Event    NoticeEvent
	Body     NoticeBody
	Attempts int
	Next     time.Time // of the next attempt; zero: told, or given up
	Sent     time.Time
	Fault    string // of the last attempt
	Created  time.Time
}

// NoticeBody is what is told; webhooks get it in JSON.
type NoticeBody struct {
	Event   NoticeEvent  `json:"event"`
	Task    string       `json:"task,omitempty"` // ID
	Name    string       `json:"task_name,omitempty"`
	Run     string       `json:"run,omitempty"` // ID
	Status  Status       `json:"status,omitempty"`
	Cause   string       `json:"cause,omitempty"`
	Remedy  string       `json:"remedy,omitempty"`
	Counts  *CountsLine  `json:"counts,omitempty"`
	Digest  []DigestLine `json:"digest,omitempty"`
	Dropped int          `json:"digest_left_out,omitempty"` // tasks beyond MaxDigest
	At      time.Time    `json:"at"`
}

// DigestLine is what a day of one task was like.
type DigestLine struct {
	Task   string `json:"task"` // ID
	Name   string `json:"task_name"`
	Runs   int    `json:"runs"`
	Bad    int    `json:"bad"` // of them, neither done nor done with warnings
	Copied int64  `json:"copied"`
	Status Status `json:"status"` // of the latest
	Cause  string `json:"cause,omitempty"`
}

// MaxDigest bounds the tasks of a digest; those that are not well come first.
const MaxDigest = 500

// NoticeOf is what is told of a run that has ended.
func NoticeOf(e NoticeEvent, t Task, runID string, r *Report) NoticeBody {
	counts := r.Counts.Line()
	b := NoticeBody{
		Event: e, Task: t.ID, Name: t.Name, Run: runID, Status: r.Outcome.Status(), Cause: r.Cause, Counts: &counts, At: r.Ended,
	}
	if trouble, ok := TroubleOf(r.Cause); ok {
		b.Remedy = trouble.Remedy
	}
	return b
}
