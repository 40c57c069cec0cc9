package web

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web/api"
	"github.com/mailweir/mailweir/web/view"
)

const linkPath = api.LinkPrefix

// linkURL is the address of a link: at the public address of the service, or, where
// that is not set, at the address by which whoever makes the link has come.
func (s *Server) linkURL(r *http.Request, token string) string {
	base := s.opts.PublicURL
	if base == "" {
		base = "http://" + r.Host
		if s.opts.Secure {
			base = "https://" + r.Host
		}
	}
	return strings.TrimSuffix(base, "/") + linkPath + token
}

// makeLink makes the link of a task and shows it once. A script that only wants to copy
// it asks for JSON.
func (s *Server) makeLink(c echo.Context) error {
	ctx := c.Request().Context()
	t, err := s.svc.Task(ctx, c.Param("task"))
	if err != nil {
		return err
	}
	token, link, err := s.svc.MakeLink(ctx, t.ID, task.LinkTime)
	if err != nil {
		return err
	}
	s.log.Info("link made", "task", t.ID, "user", userOf(c))
	address := s.linkURL(c.Request(), token)
	if c.Request().Header.Get(echo.HeaderAccept) == echo.MIMEApplicationJSON {
		return c.JSON(http.StatusOK, map[string]string{"url": address})
	}
	return s.render(c, http.StatusOK, view.LinkPage(s.page(c), view.LinkMade{Task: t, URL: address, Expires: link.Expires}))
}

func (s *Server) revokeLink(c echo.Context) error {
	id := c.Param("task")
	if err := s.svc.RevokeLink(c.Request().Context(), id); err != nil {
		return err
	}
	s.log.Info("link revoked", "task", id, "user", userOf(c))
	return c.Redirect(http.StatusSeeOther, "/tasks/"+id)
}

// linkOf is the link of a task, nil if there is none.
func (s *Server) linkOf(ctx context.Context, taskID string) (*task.Link, error) {
	l, err := s.svc.Link(ctx, taskID)
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	return &l, err
}

// openLink finds what the token of the address opens, for somebody who needs no account:
// whoever has the link. Guessing is slowed down for each address by itself; it shows a
// page and reports false if there is nothing to open.
func (s *Server) openLink(c echo.Context) (Linked, bool, error) {
	h := c.Response().Header()
	// The token is in the address, which is nobody else's business. With no-referrer
	// browsers would send "Origin: null" with the form, as another site's page does.
	h.Set("Referrer-Policy", "strict-origin")
	h.Set("X-Robots-Tag", "noindex, nofollow")
	ctx := access.With(c.Request().Context(), access.Actor{Name: "link", ByLink: true, Address: c.RealIP()})
	c.SetRequest(c.Request().WithContext(ctx))
	if wait := s.links.attempt(c.RealIP()); wait > 0 {
		return Linked{}, false, s.render(c, http.StatusTooManyRequests, view.LostLinkPage(s.linkPage(c), view.Texts(c.Request().Context()).Duration(wait)))
	}
	linked, err := s.svc.LinkedTask(ctx, c.Param("token"))
	if errors.Is(err, ErrNotFound) {
		s.log.Warn("no such link", "address", c.RealIP())
		return linked, false, s.render(c, http.StatusNotFound, view.LostLinkPage(s.linkPage(c), ""))
	}
	if err != nil {
		return linked, false, err
	}
	s.links.succeeded(c.RealIP())
	return linked, true, nil
}

func (s *Server) showLink(c echo.Context) error {
	linked, ok, err := s.openLink(c)
	if !ok || err != nil {
		return err
	}
	if !linked.Link.Used.IsZero() {
		return s.render(c, http.StatusOK, view.GoesPage(s.linkPage(c), goes(c, linked)))
	}
	return s.renderGive(c, http.StatusOK, view.Give{Task: linked.Task})
}

func goes(c echo.Context, l Linked) view.Goes {
	return view.Goes{Path: linkPath + c.Param("token"), Task: l.Task, Run: l.Run}
}

// linkPage is the frame around a page of somebody without an account.
func (s *Server) linkPage(c echo.Context) view.Page {
	return view.Page{Theme: themeOf(c.Request()), Path: c.Request().URL.Path, Demo: s.opts.Demo, Version: s.opts.Version}
}

func (s *Server) renderGive(c echo.Context, status int, g view.Give) error {
	g.Path = linkPath + c.Param("token")
	return s.render(c, status, view.GivePage(s.linkPage(c), g))
}

// givePasswords takes what somebody has typed. Only what opens all accounts uses the
// link up.
func (s *Server) givePasswords(c echo.Context) error {
	linked, ok, err := s.openLink(c)
	if !ok || err != nil {
		return err
	}
	here := linkPath + c.Param("token")
	if !linked.Link.Used.IsZero() {
		return c.Redirect(http.StatusSeeOther, here)
	}
	g := view.Give{Task: linked.Task, Faults: map[string]view.GiveFault{}}
	passwords := map[string]task.Password{}
	for i, name := range linked.Task.Asked() {
		typed := c.FormValue(view.GiveID(i))
		if typed == "" {
			g.Faults[name] = view.GiveFault{Missing: true}
		}
		passwords[name] = task.Password(typed)
	}
	if len(g.Faults) > 0 {
		return s.renderGive(c, http.StatusUnprocessableEntity, g)
	}
	// Whoever has the link could have the mail server asked for one password after the other.
	if g.Wait = s.given.attempt("link " + linked.Task.ID); g.Wait > 0 {
		return s.renderGive(c, http.StatusTooManyRequests, g)
	}
	faults, err := s.svc.GivePasswords(c.Request().Context(), c.Param("token"), passwords)
	switch {
	case errors.Is(err, ErrConflict):
		return c.Redirect(http.StatusSeeOther, here) // given meanwhile
	case errors.Is(err, ErrChanged):
		g.Notice = view.Texts(c.Request().Context()).GiveChanged
		return s.renderGive(c, http.StatusUnprocessableEntity, g)
	case err != nil:
		return err
	case len(faults) > 0:
		for name, f := range faults {
			g.Faults[name] = view.GiveFault{Password: f.Password, Sentence: f.Sentence}
		}
		return s.renderGive(c, http.StatusUnprocessableEntity, g)
	}
	s.given.succeeded("link " + linked.Task.ID)
	s.log.Info("password given by a link", "task", linked.Task.ID, "address", c.RealIP())
	return c.Redirect(http.StatusSeeOther, here)
}

// linkGap is the time between two looks at a copy for one open page of a link.
const linkGap = time.Second

// watchLink pushes how the copy of a link goes, until it has ended or the link is
// revoked.
func (s *Server) watchLink(c echo.Context) error {
	if _, ok, err := s.openLink(c); !ok || err != nil {
		return err
	}
	token := c.Param("token")
	valid := func() bool {
		_, err := s.svc.LinkedTask(c.Request().Context(), token)
		return err == nil
	}
	return s.streamWhile(c, valid, func(ctx context.Context, out *stream) error {
		tick := time.NewTicker(linkGap)
		defer tick.Stop()
		for {
			linked, err := s.svc.LinkedTask(ctx, token)
			if err != nil {
				return err
			}
			if err := out.push(ctx, goesFragments(ctx, goes(c, linked))...); err != nil {
				return err
			}
			if linked.Run != nil && !active(*linked.Run) {
				return out.event(endEvent)
			}
			if !out.wait(ctx, tick.C) {
				return nil
			}
		}
	})
}

func goesFragments(ctx context.Context, g view.Goes) []fragment {
	return []fragment{
		{title: g.Title(ctx)},
		{target: "#favicon", body: view.Favicon(g.Tone(ctx))},
		{target: "#goes", body: view.GoesHead(g)},
	}
}
