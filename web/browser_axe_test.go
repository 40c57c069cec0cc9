package web_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// axeDir has axe-core as it was published, which looks for barriers in pages. It is
// used by tests alone and is no part of the program.
const axeDir = "testdata/axe"

// axe is the script, after a look at its checksum.
func axe(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(axeDir, "VENDOR.json"))
	if err != nil {
		t.Fatal(err)
	}
	var list []struct{ Files map[string]string }
	if err := json.Unmarshal(text, &list); err != nil {
		t.Fatal(err)
	}
	var script string
	for name, want := range list[0].Files {
		content, err := os.ReadFile(filepath.Join(axeDir, name))
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(content)
		if got := hex.EncodeToString(sum[:]); got != want {
			t.Errorf("sha256 of %s is %s, listed is %s", name, got, want)
		}
		if strings.HasSuffix(name, ".js") {
			script = string(content)
		}
	}
	return script
}

// violation is what axe found on a page.
type violation struct {
	ID, Impact, Help string
	Nodes            []string
}

// barriers looks for what keeps people from using the page that is open: WCAG 2.2, A
// and AA.
func (b *browser) barriers(script string) []violation {
	b.t.Helper()
	if _, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](script+`; ""`)); err != nil {
		b.t.Fatal(err)
	}
	b.eval(`(window.found = undefined, axe.run(document, {
		runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], resultTypes: ["violations"],
	}).then((r) => window.found = JSON.stringify(r.violations.map((v) => ({
		ID: v.id, Impact: v.impact, Help: v.help, Nodes: v.nodes.slice(0, 4).map((n) => n.target.join(" ") + " " + n.failureSummary),
	})))), "")`)
	b.until(`window.found !== undefined`)
	var found []violation
	if err := json.Unmarshal([]byte(b.eval(`window.found`)), &found); err != nil {
		b.t.Fatal(err)
	}
	return found
}

// Nothing serious or critical on any page, in light and in dark, wide and narrow.
func TestBrowser_noPageHasBarriers(t *testing.T) {
	b := newBrowser(t)
	script := axe(t)
	b.logIn()
	look := func(theme string, width int64, p picture) {
		b.do(chromedp.EmulateViewport(width, 800))
		b.open(p.path)
		b.until("document.readyState === 'complete' && document.querySelector('" + p.wait + "')")
		for _, v := range b.barriers(script) {
			if v.Impact == "serious" || v.Impact == "critical" {
				t.Errorf("%s, %s, %d wide: %s (%s): %s\n\t%s", p.name, theme, width, v.Help, v.ID, v.Impact, strings.Join(v.Nodes, "\n\t"))
			}
		}
	}
	for _, p := range []picture{{name: "overview-empty", path: "/", wait: ".empty"}, {name: "tasks-empty", path: "/tasks", wait: ".empty"}, {name: "rules-empty", path: "/rules", wait: ".empty"}} {
		look("system", 1200, p)
	}
	pages := slices.DeleteFunc(b.gallery(), func(p picture) bool { return p.twin })
	for _, theme := range []string{"light", "dark"} {
		b.open("/tasks")
		b.click(`.themes button[value="` + theme + `"]`)
		b.until(`document.documentElement.dataset.theme === "` + theme + `"`)
		for _, p := range pages {
			look(theme, 1200, p)
		}
	}
	for _, p := range pages {
		look("dark", 360, p)
	}
	b.calm()
}
