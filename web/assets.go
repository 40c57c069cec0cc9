package web

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/mailweir/mailweir/web/static"
)

func (s *Server) getStatic(c echo.Context) error {
	f, ok := static.Find(c.Param("digest"), c.Param("name"))
	if !ok {
		return ErrNotFound
	}
	h := c.Response().Header()
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Vary", "Accept-Encoding")
	if f.Gzip != nil && strings.Contains(c.Request().Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		return c.Blob(http.StatusOK, f.Type, f.Gzip)
	}
	return c.Blob(http.StatusOK, f.Type, f.Content)
}
