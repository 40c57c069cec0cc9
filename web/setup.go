package web

import (
	"crypto/subtle"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/mailweir/mailweir/web/view"
)

const setupPath = "/setup"

// leadToSetup sends whoever comes while there is no user to the page that makes the
// first, and reports whether it did.
func (s *Server) leadToSetup(c echo.Context) (bool, error) {
	if c.Path() == setupPath || c.Path() == themePath {
		return false, nil
	}
	some, err := s.hasUsers(c)
	if some || err != nil {
		return false, err
	}
	if isFragment(c.Request()) {
		return true, c.NoContent(http.StatusUnauthorized)
	}
	return true, c.Redirect(http.StatusSeeOther, setupPath)
}

// hasUsers asks until there is one; the last admin can not be removed.
func (s *Server) hasUsers(c echo.Context) (bool, error) {
	if s.someUser.Load() {
		return true, nil
	}
	some, err := s.svc.HasUsers(c.Request().Context())
	if err == nil && some {
		s.someUser.Store(true)
	}
	return some, err
}

// fromThisMachine reports whether a browser on this machine asks, and no proxy. A
// proxy that says nothing of itself still names the host that it was asked for, and
// a page elsewhere that pretends to be on this machine names its own.
func (s *Server) fromThisMachine(r *http.Request) bool {
	if s.opts.Secure {
		return false // there is a proxy
	}
	for _, sign := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip", "Via"} {
		if r.Header.Get(sign) != "" {
			return false
		}
	}
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && peer.Addr().Unmap().IsLoopback() && isLoopbackName(r.Host)
}

func isLoopbackName(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.Trim(host, "[]")
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Zone() == "" && ip.Unmap().IsLoopback()
}

func (s *Server) showSetup(c echo.Context) error {
	some, err := s.hasUsers(c)
	if err != nil {
		return err
	}
	if some {
		return c.Redirect(http.StatusSeeOther, "/")
	}
	return s.render(c, http.StatusOK, view.SetupPage(s.page(c), view.SetupForm{Name: "admin", NeedsCode: !s.fromThisMachine(c.Request())}))
}

// setUp makes the first user and logs them in.
func (s *Server) setUp(c echo.Context) error {
	some, err := s.hasUsers(c)
	if err != nil {
		return err
	}
	if some {
		return c.Redirect(http.StatusSeeOther, "/login")
	}
	f := view.SetupForm{Name: c.FormValue("name"), NeedsCode: !s.fromThisMachine(c.Request())}
	if f.NeedsCode {
		if f.Wait = s.throttle.attempt(c.RealIP()); f.Wait > 0 {
			return s.render(c, http.StatusTooManyRequests, view.SetupPage(s.page(c), f))
		}
		if !s.rightSetupCode(c.FormValue("code")) {
			s.log.Warn("set-up refused", "address", c.RealIP())
			f.WrongCode = true
			return s.render(c, http.StatusUnprocessableEntity, view.SetupPage(s.page(c), f))
		}
	}
	password := c.FormValue("password")
	if f.Differ = password != c.FormValue("again"); f.Differ {
		return s.render(c, http.StatusUnprocessableEntity, view.SetupPage(s.page(c), f))
	}
	u, err := s.svc.MakeFirstUser(c.Request().Context(), f.Name, password)
	if errors.Is(err, ErrInvalid) {
		f.Problems = problems(err)
		return s.render(c, http.StatusUnprocessableEntity, view.SetupPage(s.page(c), f))
	}
	if err != nil {
		return err
	}
	s.someUser.Store(true)
	s.throttle.succeeded(c.RealIP())
	if err := s.startSession(c, u); err != nil {
		return err
	}
	s.log.Info("first user made", "user", u.Name, "address", c.RealIP())
	return c.Redirect(http.StatusSeeOther, "/")
}

func (s *Server) rightSetupCode(typed string) bool {
	plain := strings.NewReplacer("-", "", " ", "")
	want := plain.Replace(s.opts.SetupCode)
	got := strings.ToUpper(plain.Replace(typed))
	return want != "" && subtle.ConstantTimeCompare([]byte(want), []byte(got)) == 1
}

// problems are the lines of what the service has found wrong.
func problems(err error) []string {
	sentinel := ErrInvalid
	if errors.Is(err, ErrConflict) {
		sentinel = ErrConflict
	}
	return strings.Split(view.Sentence(err, sentinel), "\n")
}
