package web_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// German words are long: no page may get wider than a phone by them, nor raise barriers.
// With -shots all pages are looked at, and drawn.
func TestBrowser_speaksGermanOnPhones(t *testing.T) {
	b := newBrowser(t)
	script := axe(t)
	b.logIn()
	pages := b.gallery()
	if *shots == "" {
		closely := []string{"overview", "tasks", "edit", "account", "settings"}
		pages = slices.DeleteFunc(pages, func(p picture) bool { return !slices.Contains(closely, p.name) })
		if len(pages) < 4 {
			t.Fatalf("only %d pages are looked at", len(pages))
		}
	}
	b.do(chromedp.EmulateViewport(360, 800))
	b.open("/tasks")
	b.click(`.languages button[value="de"]`)
	b.until(`document.documentElement.lang === "de" && document.readyState === "complete"`)
	for _, p := range pages {
		b.open(p.path)
		b.until(`document.readyState === "complete" && document.querySelector('` + p.wait + `')`)
		b.picture("de-" + p.name + "-360.png")
		if b.eval(`document.documentElement.lang`) != "de" {
			t.Errorf("%s is not in German", p.name)
		}
		if b.eval("document.documentElement.scrollWidth > 360") == "true" {
			t.Errorf("%s is %s wide on a phone: %s", p.name, b.eval("document.documentElement.scrollWidth"),
				b.eval(`[...document.querySelectorAll("main *, footer *")].filter((e) => e.getBoundingClientRect().right > 361 && !e.closest(".top nav")).slice(0, 5).map((e) => e.tagName + "." + e.className + " " + e.textContent.trim().slice(0, 40)).join(" | ")`))
		}
		for _, v := range b.barriers(script) {
			if v.Impact == "serious" || v.Impact == "critical" {
				t.Errorf("%s: %s (%s): %s\n\t%s", p.name, v.Help, v.ID, v.Impact, strings.Join(v.Nodes, "\n\t"))
			}
		}
	}
	b.calm()
}
