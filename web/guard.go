package web

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/web/view"
)

// permission says who may use a route. The zero value is nobody.
type permission struct {
	free   bool          // needs no login
	blind  bool          // no session is looked at
	action access.Action // what is done; package access decides
	quiet  bool          // does not count as activity: the session still ends when the person has been idle
}

var (
	// everyone needs no session; none is looked at.
	everyone = permission{free: true, blind: true}
	// visitor is anyone, logged in or not.
	visitor = permission{free: true}
	// administrator is for what has no action of its own.
	administrator = to(access.Administer)
)

// to lets through whom the table of package access allows the action on what the
// address names.
func to(a access.Action) permission { return permission{action: a} }

// watching is to for streams, which the browser opens by itself.
func watching(a access.Action) permission { return permission{action: a, quiet: true} }

// guard lets a request through to whom the route's permission admits. The handler
// finds who that is by access.From(c.Request().Context()), the same for a login in a
// browser and for a token in "Authorization: Bearer".
func (s *Server) guard(r route) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if r.permission.blind {
				return next(c)
			}
			if !forProgram(c.Request()) {
				if led, err := s.leadToSetup(c); led || err != nil {
					return err
				}
			}
			if err := s.identify(c, r.permission); err != nil {
				return err
			}
			if r.permission.free {
				return next(c)
			}
			err := s.decide(c, r.permission.action)
			if errors.Is(err, errLoginNeeded) && r.permission.quiet && !forAPI(c.Request()) {
				return c.NoContent(http.StatusUnauthorized) // nobody would see a login page
			}
			if err != nil {
				return err
			}
			return next(c)
		}
	}
}

// identify puts the actor into the request's context.
func (s *Server) identify(c echo.Context, p permission) error {
	var a access.Actor
	var err error
	secret, withToken := bearer(c.Request())
	switch {
	case withToken && !p.free:
		if a, err = s.svc.TokenActor(c.Request().Context(), secret); errors.Is(err, ErrNotFound) {
			return errTokenRefused
		}
	case p.quiet:
		a, err = s.peek(c)
	default:
		if err := s.loadSession(c); err != nil {
			return err
		}
		a, err = s.actorOf(c, true)
	}
	if err != nil {
		return err
	}
	a.Address = c.RealIP()
	c.SetRequest(c.Request().WithContext(access.With(c.Request().Context(), a)))
	return nil
}

// actorOf is who the loaded session belongs to; the zero actor is nobody.
func (s *Server) actorOf(c echo.Context, seen bool) (access.Actor, error) {
	ctx := c.Request().Context()
	id := s.sessions.GetString(ctx, keyLogin)
	if id == "" {
		return access.Actor{}, nil
	}
	a, err := s.svc.LoginActor(ctx, id, seen)
	if errors.Is(err, ErrNotFound) { // ended by another password, another role or by hand
		return access.Actor{}, nil
	}
	return a, err
}

// peek looks the session up without making it last longer.
func (s *Server) peek(c echo.Context) (access.Actor, error) {
	before := c.Request()
	defer c.SetRequest(before)
	ctx, err := s.sessions.Load(before.Context(), s.sessionToken(c))
	if err != nil {
		return access.Actor{}, err
	}
	c.SetRequest(before.WithContext(ctx))
	return s.actorOf(c, false)
}

// bearer is the token that a program sends instead of a cookie (RFC 6750 section 2.1).
func bearer(r *http.Request) (secret string, ok bool) {
	scheme, secret, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return strings.TrimSpace(secret), strings.EqualFold(scheme, "bearer")
}

// decide asks package access whether the actor may do what the route is for. What
// somebody may not even see is as if it were not there.
func (s *Server) decide(c echo.Context, action access.Action) error {
	a := access.From(c.Request().Context())
	if a.UserID == "" {
		return errLoginNeeded
	}
	o, err := s.objectOf(c)
	if err != nil {
		return err
	}
	if access.Allowed(a, action, o.Object) {
		c.SetRequest(c.Request().WithContext(view.WithObject(c.Request().Context(), o.Object)))
		return nil
	}
	a.TokenID = "" // scopes do not decide what there is
	if o.named && !(o.task && access.Allowed(a, access.ReadTask, o.Object)) {
		return ErrNotFound
	}
	return errForbidden
}

// named is what the address of a request names.
type named struct {
	access.Object
	named bool // something of which there are many
	task  bool // a task, or a run of it
}

// objectOf finds what the parameters of the route stand for.
func (s *Server) objectOf(c echo.Context) (named, error) {
	ctx, id := c.Request().Context(), c.Param("task")
	if run := c.Param("run"); run != "" {
		r, err := s.svc.Run(ctx, run)
		if err != nil {
			return named{}, err
		}
		id = r.TaskID
	}
	if id == "" {
		return named{named: slices.ContainsFunc(c.ParamValues(), func(v string) bool { return v != "" })}, nil
	}
	t, err := s.svc.Task(ctx, id)
	return named{Object: access.OfTask(t), named: true, task: true}, err
}

// stillAllowed decides again for a stream that lasts.
func (s *Server) stillAllowed(c echo.Context) error {
	before := c.Request()
	defer c.SetRequest(before)
	for _, r := range s.routes() {
		if r.path == c.Path() && r.method == c.Request().Method {
			if err := s.identify(c, r.permission); err != nil {
				return err
			}
			return s.decide(c, r.permission.action)
		}
	}
	return ErrNotFound
}
