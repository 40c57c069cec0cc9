package web

import (
	"cmp"
	"net/http"
	"runtime"
	"runtime/debug"

	"github.com/labstack/echo/v4"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/web/static"
	"github.com/mailweir/mailweir/web/view"
)

// showAbout says what the program is made of. Which plugins there are is for admins.
func (s *Server) showAbout(c echo.Context) error {
	ctx := c.Request().Context()
	info, _ := debug.ReadBuildInfo()
	a := aboutOf(info)
	a.Version = cmp.Or(s.opts.Version, a.Version)
	for _, v := range static.Vendored() {
		a.Assets = append(a.Assets, view.Asset{Name: v.Name, Version: v.Version, Licence: v.Licence, LicenceFile: v.LicenceFile})
	}
	if access.Allowed(access.From(ctx), access.Administer, access.Object{}) {
		var err error
		if a.Plugins, err = s.svc.InstalledPlugins(ctx); err != nil {
			return err
		}
	}
	return s.render(c, http.StatusOK, view.AboutPage(s.page(c), a))
}

// aboutOf reads what the linker has written into the program; nil is nothing.
func aboutOf(info *debug.BuildInfo) view.AboutFacts {
	a := view.AboutFacts{Version: "development", Go: runtime.Version(), System: runtime.GOOS + "/" + runtime.GOARCH}
	if info == nil {
		return a
	}
	for _, setting := range info.Settings {
		if setting.Key == "vcs.revision" {
			a.Revision = setting.Value[:min(12, len(setting.Value))]
		}
	}
	if len(info.Deps) > 0 {
		a.Libraries = append(a.Libraries, view.Library{Path: "std", Version: info.GoVersion, Licence: "BSD-3-Clause"})
	}
	for _, m := range info.Deps {
		l := view.Library{Path: m.Path, Version: m.Version, Licence: licences[m.Path]}
		if m.Replace != nil {
			l.Replaced = m.Replace.Path + " " + m.Replace.Version
		}
		a.Libraries = append(a.Libraries, l)
	}
	return a
}
