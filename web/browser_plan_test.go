package web_test

import (
	"testing"

	"github.com/chromedp/chromedp"
)

func TestBrowser_planIsChangedByHandAndApproved(t *testing.T) {
	b := newBrowser(t)
	script := axe(t)
	tk := b.svc.put(sampleTask())
	b.logIn()
	b.open("/tasks/" + tk.ID)
	b.click(`#plan a[href$="/plan"]`)
	b.until(`document.querySelector(".empty form button")`)
	b.click(`.empty form button`)
	b.until(`document.querySelectorAll(".mapping tbody tr").length === 5`)
	b.until(`document.querySelector("#favicon").getAttribute("href").includes("bad")`) // something would stop a run

	// A folder that is left out needs no destination: its field follows the box.
	b.until(`document.querySelector('[name="target-4"]').readOnly`)
	b.click(`[name="out-1"]`)
	b.until(`document.querySelector('[name="target-1"]').readOnly`)
	b.eval(`(document.querySelector('[name="target-2"]').value = "", "")`)
	b.fill(`[name="target-2"]`, "Old/2019")
	b.click(`#rows .actions button`)
	b.until(`document.querySelectorAll(".mapping .chip").length >= 7 && document.querySelector('[name="out-1"]').checked && document.querySelector('[name="target-2"]').value === "Old/2019"`)

	for _, look := range []struct {
		theme string
		width int64
	}{{"light", 1200}, {"dark", 1200}, {"dark", 360}} {
		b.do(chromedp.EmulateViewport(look.width, 800))
		if b.eval(`document.documentElement.dataset.theme`) != look.theme { // a click would load the page in the midst of the look
			b.click(`.themes button[value="` + look.theme + `"]`)
		}
		b.until(`document.documentElement.dataset.theme === "` + look.theme + `" && document.readyState === "complete"`)
		for _, v := range b.barriers(script) {
			if v.Impact == "serious" || v.Impact == "critical" {
				t.Errorf("%s, %d wide: %s: %v", look.theme, look.width, v.Help, v.Nodes)
			}
		}
		b.until(`document.documentElement.scrollWidth <= innerWidth`)
		b.picture("plan-" + look.theme + "-" + map[int64]string{1200: "1200", 360: "360"}[look.width] + ".png")
	}
	b.do(chromedp.EmulateViewport(1200, 800))
	b.click(`form[action$="/approve"] button`)
	b.until(`document.querySelector(".plan-state")?.textContent.includes("Approved by admin: runs do exactly this.")`)
	b.click(`form[action$="/withdraw"] button`)
	b.until(`document.querySelector(".plan-state")?.textContent.includes("Withdrawn or replaced by admin")`)
	b.calm()
}
