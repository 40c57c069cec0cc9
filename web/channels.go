package web

import (
	"context"
	"errors"
	"net/http"
	"net/mail"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web/view"
)

func (s *Server) listChannels(c echo.Context) error {
	all, err := s.svc.Channels(c.Request().Context())
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, view.ChannelsPage(s.page(c), all))
}

func (s *Server) newChannel(c echo.Context) error {
	return s.showChannelForm(c, http.StatusOK, view.NewChannelForm())
}

func (s *Server) showChannel(c echo.Context) error {
	f, err := s.storedChannel(c)
	if err != nil {
		return err
	}
	if c.QueryParam("saved") != "" {
		f.Notice = view.Texts(c.Request().Context()).ChannelSaved
	}
	return s.showChannelForm(c, http.StatusOK, f)
}

// storedChannel is the form of the channel of the address.
func (s *Server) storedChannel(c echo.Context) (view.ChannelForm, error) {
	ctx := c.Request().Context()
	channel, err := s.svc.Channel(ctx, c.Param("channel"))
	if err != nil {
		return view.ChannelForm{}, err
	}
	names := map[string]string{}
	if len(channel.Tasks) > 0 {
		rows, _, err := s.findTasks(ctx, task.Query{IDs: channel.Tasks, OnlyLast: true, Uncounted: true})
		if err != nil {
			return view.ChannelForm{}, err
		}
		for _, row := range rows {
			names[row.Task.ID] = row.Task.Name
		}
	}
	return view.ChannelFormOf(channel, names), nil
}

// showChannelForm fills in what the page shows beside the form.
func (s *Server) showChannelForm(c echo.Context, status int, f view.ChannelForm) (err error) {
	ctx := c.Request().Context()
	f.Relays = s.svc.RelayNames(ctx)
	if f.Channel.ID != "" {
		if f.Notices, err = s.svc.Notices(ctx, f.Channel.ID, view.ShownNotices); err != nil {
			return err
		}
	}
	return s.render(c, status, view.ChannelPage(s.page(c), f))
}

func (s *Server) saveChannel(c echo.Context) error {
	ctx := c.Request().Context()
	var stored task.Channel
	if id := c.Param("channel"); id != "" {
		var err error
		if stored, err = s.svc.Channel(ctx, id); err != nil {
			return err
		}
	}
	if err := parseForm(c); err != nil {
		return err
	}
	f := readChannelForm(c.Request().PostForm, stored)
	again := func(faults ...string) error {
		f.Problems, f.Retype = faults, c.FormValue("secret-typed") != ""
		return s.showChannelForm(c, http.StatusUnprocessableEntity, f)
	}
	channel, ok, err := s.channelOf(ctx, &f)
	if err != nil {
		return err
	}
	if !ok {
		return again()
	}
	channel.Secret = task.Password(c.Request().PostForm.Get("secret-typed"))
	saved, secret, err := s.svc.SaveChannel(ctx, channel)
	if errors.Is(err, ErrInvalid) {
		return again(problems(err)...)
	}
	if err != nil {
		return err
	}
	s.log.Info("channel saved", "channel", saved.ID, "user", userOf(c))
	if secret == "" {
		return seeOther(c, "/channels/"+saved.ID+"?saved=1")
	}
	f = view.ChannelFormOf(saved, nil)
	f.Secret, f.Notice = secret, view.Texts(c.Request().Context()).ChannelSaved
	return s.showChannelForm(c, http.StatusOK, f)
}

// readChannelForm takes what was typed as it is.
func readChannelForm(v url.Values, stored task.Channel) view.ChannelForm {
	get := func(field string) string { return strings.TrimSpace(v.Get(field)) }
	f := view.ChannelForm{
		Channel: stored, Name: get("name"), Kind: task.ChannelKind(get("kind")), Addresses: v.Get("addresses"), Relay: get("relay"),
		URL: get("url"), Some: get("about") == "some", Tasks: v.Get("tasks"),
	}
	for _, e := range task.NoticeEvents() {
		if slices.Contains(v["event"], string(e)) {
			f.Events = append(f.Events, e)
		}
	}
	return f
}

// channelOf is what was typed as a channel, unless something is wrong with single
// fields, which is noted in the form.
func (s *Server) channelOf(ctx context.Context, f *view.ChannelForm) (c task.Channel, ok bool, err error) {
	x := view.Texts(ctx)
	var faults faults
	c = task.Channel{ID: f.Channel.ID, Name: f.Name, Kind: f.Kind, Events: f.Events, All: !f.Some}
	if f.Name == "" {
		faults.add("name", x.FaultChannelName)
	}
	if f.Kind == task.ChannelWebhook {
		c.Target = f.URL
		if u, err := url.Parse(f.URL); err != nil || u.Host == "" {
			faults.add("url", x.FaultHookURL)
		}
	} else {
		c.Relay = f.Relay
		addresses := strings.FieldsFunc(f.Addresses, func(r rune) bool { return strings.ContainsRune(" \t\r\n,;", r) })
		c.Target = strings.Join(addresses, " ")
		wrong := func(a string) bool { p, err := mail.ParseAddress(a); return err != nil || p.Address != a }
		if len(addresses) == 0 || len(addresses) > 20 || slices.ContainsFunc(addresses, wrong) {
			faults.add("addresses", x.FaultAddresses)
		}
		if f.Relay == "" {
			faults.add("relay", x.FaultRelay)
		}
	}
	if len(f.Events) == 0 {
		faults.add("event", x.FaultEvents)
	}
	if f.Some {
		if c.Tasks, err = s.tasksNamed(ctx, f.Tasks, &faults); err != nil {
			return c, false, err
		}
	}
	f.Faults, f.Focus = faults.texts, faults.first
	return c, len(f.Faults) == 0, nil
}

// tasksNamed finds the tasks whose names are the lines of a text.
func (s *Server) tasksNamed(ctx context.Context, text string, faults *faults) ([]string, error) {
	x := view.Texts(ctx)
	var names []string
	for line := range strings.Lines(text) {
		if name := strings.TrimSpace(line); name != "" {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return nil, nil
	}
	rows, _, err := s.findTasks(ctx, task.Query{Names: names, OnlyLast: true, Uncounted: true})
	if err != nil {
		return nil, err
	}
	byName := map[string][]string{}
	for _, row := range rows {
		byName[row.Task.Name] = append(byName[row.Task.Name], row.Task.ID)
	}
	var ids []string
	for _, name := range names {
		switch found := byName[name]; {
		case len(found) == 0:
			faults.add("tasks", x.FaultTasks(name))
		case len(found) > 1:
			faults.add("tasks", x.FaultTaskTwice(name))
		case !slices.Contains(ids, found[0]):
			ids = append(ids, found[0])
		}
	}
	if len(ids) == 0 {
		faults.add("tasks", x.FaultNoTasks)
	}
	return ids, nil
}

// testChannel tells something now.
func (s *Server) testChannel(c echo.Context) error {
	f, err := s.storedChannel(c)
	if err != nil {
		return err
	}
	test, err := s.svc.TestChannel(c.Request().Context(), f.Channel.ID)
	if err != nil {
		return err
	}
	f.Test = &view.ChannelTest{OK: test.OK, Sentence: test.Sentence}
	return s.showChannelForm(c, http.StatusOK, f)
}

func (s *Server) removeChannel(c echo.Context) error {
	id := c.Param("channel")
	if err := s.svc.DeleteChannel(c.Request().Context(), id); err != nil {
		return err
	}
	s.log.Info("channel removed", "channel", id, "user", userOf(c))
	return seeOther(c, "/channels")
}
