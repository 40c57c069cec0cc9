package web

import (
	"context"
	"net/http"
	"time"

	"github.com/mailweir/mailweir/host/access"
)

// Route is a line of the table, for tests of who may use it.
type Route struct {
	Method, Path string
	Open         bool // needs no login
	Stream       bool
	Action       access.Action
}

// Routes is the table.
func (s *Server) Routes() []Route {
	var all []Route
	for _, r := range s.routes() {
		p := r.permission
		all = append(all, Route{r.method, r.path, p == everyone || p == visitor, p.quiet, p.action})
	}
	return all
}

var (
	LocalPath      = localPath
	IsLoopbackName = isLoopbackName
	ReadFilter     = readFilter
	Bearer         = bearer

	ConsentRedirect = (*Server).consentRedirect
	AboutOf         = aboutOf
	Licences        = licences
)

// Throttle is the throttle with a clock of its own.
type Throttle struct {
	t   *throttle
	Now time.Time
}

func NewThrottle() *Throttle {
	th := &Throttle{t: newThrottle(addressLimits), Now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	th.t.now = func() time.Time { return th.Now }
	return th
}

func (th *Throttle) Attempt(address string) time.Duration { return th.t.attempt(address) }
func (th *Throttle) Succeeded(address string)             { th.t.succeeded(address) }
func (th *Throttle) Tracked() int                         { return th.t.recent.Len() }

const (
	FreeAttempts     = freeAttempts
	LongestWait      = longestWait
	ForgetAfter      = forgetAfter
	TrackedAddresses = trackedAddresses
)

// QuietStream does what a stream does that has been silent for long, and reports
// whether it may go on.
func QuietStream(w http.ResponseWriter, loggedIn bool) bool {
	out := &stream{
		w: w, control: http.NewResponseController(w),
		valid: func() bool { return loggedIn },
		last:  time.Now().Add(-2 * keepAlive), checked: time.Now().Add(-2 * keepAlive),
	}
	return out.alive(context.Background())
}
