// Package web is the pages of the service: it turns requests into calls of one
// [Service] and its answers into HTML.
//
// routes.go is the table of all that is answered. The handlers of a resource sit
// in a file named after it; what they show is made by the components in view.
// Pages come whole from the server and all forms work without script; where a
// run is watched, sse.go pushes the same components again as their data change.
package web

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/a-h/templ"
	"github.com/alexedwards/scs/v2"
	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/web/api"
	"github.com/mailweir/mailweir/web/view"
)

// Options are what the pages need besides the Service.
type Options struct {
	// Sessions keeps the logins. An scs.CtxStore is used as such. nil keeps them in
	// memory, so that a restart logs everyone out.
	Sessions scs.Store
	// Secure says that browsers reach the server by TLS, its own or a proxy's: the
	// cookie is bound to TLS and this host then, and a proxy on this machine is
	// believed about a client's address.
	Secure bool
	Log    *slog.Logger // nil is slog.Default()
	Demo   bool         // the pages say that this is the demo
	// SetupCode lets somebody who is not on this machine make the first user; "" lets
	// nobody.
	SetupCode string
	Metrics   http.Handler // answers /metrics; nil has none
	Version   string       // shown at the foot of each page
	// PublicURL is where browsers elsewhere reach the pages, such as
	// https://mail.example; "" is not known.
	PublicURL string
}

// Server answers requests. Make one with New.
type Server struct {
	svc      Service
	opts     Options
	log      *slog.Logger
	sessions *scs.SessionManager
	throttle *throttle // of addresses that guess passwords
	guesses  *guesses  // of users whose password is guessed
	links    *throttle // of addresses that guess links
	given    *throttle // of links by which passwords are guessed
	codes    *throttle // of users whose codes, or whose password once logged in, are guessed
	someUser atomic.Bool
	api      *api.API
	echo     *echo.Echo
	handler  http.Handler

	frames runFrames // of runs, for all who look at them

	mu      sync.Mutex
	closing chan struct{} // closed by Shutdown
	streams sync.WaitGroup
}

// New returns the pages of svc. It starts nothing: serve its Handler, and call
// Shutdown before the HTTP server's.
func New(svc Service, opts Options) *Server {
	s := &Server{
		svc:      svc,
		opts:     opts,
		log:      cmp.Or(opts.Log, slog.Default()),
		sessions: newSessions(opts),
		throttle: newThrottle(addressLimits),
		guesses:  newGuesses(),
		codes:    newThrottle(addressLimits),
		links:    newThrottle(addressLimits),
		given:    newThrottle(addressLimits),
		echo:     echo.New(),
		closing:  make(chan struct{}),
	}
	s.api = s.newAPI()
	s.echo.HTTPErrorHandler = s.handleError
	s.echo.IPExtractor = clientAddress(opts.Secure)
	s.echo.Use(s.secureHeaders, limitBody, middleware.GzipWithConfig(middleware.GzipConfig{
		MinLength: 1024,
		Skipper:   servedUncompressed,
	}))
	for _, r := range s.routes() {
		s.echo.Add(r.method, r.path, r.handler, s.guard(r))
	}
	s.handler = inLanguage(s.refuseCrossOrigin(s.echo))
	return s
}

// Handler returns what answers all requests. The HTTP server that uses it must
// set no WriteTimeout, because streams last; each frame has a deadline of its own.
func (s *Server) Handler() http.Handler { return s.handler }

// Shutdown ends all streams, so that the HTTP server's own Shutdown need not wait
// for them, and returns when they have ended or ctx is done. Calling it again is
// harmless.
func (s *Server) Shutdown(ctx context.Context) error {
	s.mu.Lock()
	select {
	case <-s.closing:
	default:
		close(s.closing)
	}
	s.mu.Unlock()

	ended := make(chan struct{})
	go func() { defer close(ended); s.streams.Wait() }()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// page is what the frame around every page shows.
func (s *Server) page(c echo.Context) view.Page {
	if access.From(c.Request().Context()).ByLink {
		return s.linkPage(c)
	}
	return view.Page{
		Theme:   themeOf(c.Request()),
		User:    userOf(c),
		Path:    c.Request().URL.Path,
		Demo:    s.opts.Demo,
		Version: s.opts.Version,
	}
}

func (s *Server) render(c echo.Context, status int, body templ.Component) error {
	c.Response().Header().Set(echo.HeaderContentType, echo.MIMETextHTMLCharsetUTF8)
	c.Response().WriteHeader(status)
	return body.Render(c.Request().Context(), c.Response())
}
