package web

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/mailweir/mailweir/web/api"
	"github.com/mailweir/mailweir/web/static"
	"github.com/mailweir/mailweir/web/view"
)

// maxBody bounds a request's body. The largest form is a task with many sources
// and the JSON configuration of its hooks.
const maxBody = 1 << 20

// contentPolicy allows what comes from this server only. Pico draws its icons
// from data: images in its own stylesheet.
var contentPolicy = strings.Join([]string{
	"default-src 'self'",
	"script-src 'self'",
	"style-src 'self'",
	"img-src 'self' data:",
	"connect-src 'self'",
	"object-src 'none'",
	"base-uri 'none'",
	"form-action 'self'",
	"frame-ancestors 'none'",
}, "; ")

func (s *Server) secureHeaders(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		h := c.Response().Header()
		h.Set("Content-Security-Policy", contentPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		// With no-referrer browsers would send "Origin: null" with forms, which looks
		// like another origin.
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		if s.opts.Secure {
			h.Set("Cross-Origin-Opener-Policy", "same-origin") // browsers complain about it without TLS
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		return next(c)
	}
}

func limitBody(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		limit := int64(maxBody)
		switch c.Path() {
		case uploadPath, tablePath:
			limit = maxUpload
		case api.Prefix + "/drafts":
			limit = api.MaxTable
		}
		c.Request().Body = http.MaxBytesReader(c.Response(), c.Request().Body, limit)
		return next(c)
	}
}

// servedUncompressed names what must not be compressed on the fly: a stream,
// whose frames would be held back, and files, which are stored compressed.
func servedUncompressed(c echo.Context) bool {
	return strings.HasSuffix(c.Path(), "/events") || strings.HasPrefix(c.Path(), static.Prefix)
}

// refuseCrossOrigin answers 403 to requests that change something and come from
// another site's page.
func (s *Server) refuseCrossOrigin(next http.Handler) http.Handler {
	p := http.NewCrossOriginProtection()
	p.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.log.Warn("cross-origin request refused", "method", r.Method, "path", withoutToken(r.URL.Path))
		c := s.echo.NewContext(r, w)
		deny := s.secureHeaders(func(c echo.Context) error {
			if forAPI(r) {
				api.WriteProblem(c.Response(), http.StatusForbidden, "a page of another site may not do this with the session of the browser")
				return nil
			}
			return s.render(c, http.StatusForbidden, view.ErrorPage(s.page(c), http.StatusForbidden, ""))
		})
		if err := deny(c); err != nil {
			s.log.Debug("error page broke off", "error", err)
		}
	}))
	return p.Handler(next)
}

// withoutToken is a path as a log may have it.
func withoutToken(path string) string {
	if strings.HasPrefix(path, linkPath) {
		return linkPath + "..."
	}
	return path
}

// clientAddress says how the address of a client is found. A proxy in front is
// believed only if it runs on this machine.
func clientAddress(secure bool) echo.IPExtractor {
	if !secure {
		return echo.ExtractIPDirect()
	}
	return echo.ExtractIPFromXFFHeader(echo.TrustLoopback(true), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false))
}
