package view

import (
	"slices"
	"strings"
	"time"
)

// Page is what the frame around every page needs.
type Page struct {
	Theme   Theme
	User    string // "" is nobody
	Path    string // of this page, to come back to
	Demo    bool
	Version string

	title string
	tone  Tone // of the icon in the browser's tab
	// parts of the page that need scripts
	live, graph bool
	refresh     bool     // without script, load the page again now and then
	sheets      []string // further stylesheets, and modules, by their names
	modules     []string
}

// within reports whether the page is one of those, or below one of them.
func (p Page) within(paths ...string) bool {
	return slices.ContainsFunc(paths, func(path string) bool {
		rest, ok := strings.CutPrefix(p.Path, path)
		return ok && (rest == "" || rest[0] == '/')
	})
}

func (p Page) titled(title string, tone Tone) Page {
	p.title, p.tone = Plain(title), tone
	return p
}

// withLive loads what pushes and forms need.
func (p Page) withLive() Page {
	p.live = true
	return p
}

// with loads a stylesheet (.css) or a module (.js) beside those of every page.
func (p Page) with(files ...string) Page {
	for _, name := range files {
		if strings.HasSuffix(name, ".css") {
			p.sheets = append(p.sheets, name)
		} else {
			p.modules = append(p.modules, name)
		}
	}
	return p
}

// withGraph loads what a run needs: its script, which fetches what draws once there
// is something to draw, and, while it lasts, what pushes.
func (p Page) withGraph(graph, live bool) Page {
	p.graph, p.live = graph, live
	return p.with("run.js")
}

func (p Page) withRefresh(on bool) Page {
	p.refresh = on
	return p
}

// htmxConfig: no style from script, which the content policy forbids; no history
// of its own; no extension but the one for streams; and what a person has opened
// stays open when its surroundings change.
const htmxConfig = `{"includeIndicatorCSS":false,"history":false,"extensions":"sse","morphIgnore":["data-htmx-powered","open"]}`

// Theme is the choice of colours.
type Theme string

// The themes.
const (
	ThemeSystem Theme = "system"
	ThemeLight  Theme = "light"
	ThemeDark   Theme = "dark"
)

// ThemeOf reads a theme; what it does not know is ThemeSystem.
func ThemeOf(s string) Theme {
	switch th := Theme(s); th {
	case ThemeLight, ThemeDark:
		return th
	}
	return ThemeSystem
}

// LoginForm is the login as it was typed, without the password.
type LoginForm struct {
	Name    string
	Next    string // where to go afterwards
	Refused bool
	Wait    time.Duration // before the next attempt is looked at
}
