package task

import (
	"slices"
	"strings"
	"testing"
)

func TestNoticesOf_tellsOfChangesOnce(t *testing.T) {
	const none, ok, some, later, you, stop = Outcome(""), OutcomeDone, OutcomeListed, OutcomeTemporary, OutcomeNeedsUser, OutcomeStopped
	for _, tt := range []struct {
		before, now Outcome
		succeeded   bool
		want        []NoticeEvent
	}{
		{none, ok, false, []NoticeEvent{NoticeFirstSuccess}},
		{ok, ok, true, nil},
		{ok, some, true, nil},
		{ok, stop, true, nil},
		{none, stop, false, nil},
		{ok, later, true, []NoticeEvent{NoticeFailed}},
		{none, later, false, []NoticeEvent{NoticeFailed}},
		{later, later, true, nil},
		{later, you, true, []NoticeEvent{NoticeNeedsYou}},
		{you, you, true, nil},
		{you, later, true, nil},
		{you, OutcomeFull, true, nil},
		{you, ok, true, []NoticeEvent{NoticeRecovered}},
		{later, some, true, []NoticeEvent{NoticeRecovered}},
		{you, ok, false, []NoticeEvent{NoticeFirstSuccess, NoticeRecovered}},
		{ok, OutcomeBug, true, []NoticeEvent{NoticeFailed}},
	} {
		if got := NoticesOf(tt.before, tt.now, tt.succeeded); !slices.Equal(got, tt.want) {
			t.Errorf("%q then %q (%v): %q, want %q", tt.before, tt.now, tt.succeeded, got, tt.want)
		}
	}
}

func TestChannel_saysWhatIsWrong(t *testing.T) {
	good := Channel{Name: "ops", Kind: ChannelMail, Target: "ann@example.org bob@example.org", Relay: "house", Events: NoticeEvents(), All: true}
	if err := good.Validate(); err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string]func(*Channel){
		"no name": func(c *Channel) { c.Name = " " }, "no address": func(c *Channel) { c.Target = "Ann<ann@example.org>" },
		"1 to 20": func(c *Channel) { c.Target = "" }, "relay": func(c *Channel) { c.Relay = "" }, "kind": func(c *Channel) { c.Kind = "pigeon" },
		"no event": func(c *Channel) { c.Events = nil }, `"test"`: func(c *Channel) { c.Events = []NoticeEvent{NoticeTest} },
		"all tasks": func(c *Channel) { c.All = false }, "no URL": func(c *Channel) { c.Kind, c.Target = ChannelWebhook, "ftp://x" },
		"no password": func(c *Channel) { c.Kind, c.Target = ChannelWebhook, "https://a:b@x.example/" },
		"control":     func(c *Channel) { c.Kind, c.Target = ChannelWebhook, "https://x.example/\n" },
	} {
		bad := good
		change(&bad)
		if err := bad.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
