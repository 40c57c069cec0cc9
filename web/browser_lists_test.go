package web_test

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/mailweir/mailweir/host/task"
)

func TestBrowser_overviewLeadsFromTroubleToItsEnd(t *testing.T) {
	b := newBrowser(t)
	b.login()
	b.troubled("Bert", task.OutcomeNeedsUser, "source old: the login is refused")
	b.logIn()
	b.until(`document.querySelector("#attention-0")?.textContent.includes("the login is refused")`)
	b.until(`document.querySelector("#favicon").getAttribute("href").includes("bad")`)
	b.click(`#attention-0 .actions a`)
	b.until(`location.pathname.endsWith("/edit")`)
	b.open("/")
	delete(b.svc.trouble, "Bert")
	b.click(`#attention-0 form[action$="/run"] button`)
	b.until(`location.pathname.startsWith("/runs/")`)
	run := strings.TrimPrefix(b.eval("location.pathname"), "/runs/")
	b.open("/")
	b.svc.steps(5)
	b.until(`document.querySelector("#running-now progress")?.value > 0 && document.querySelector("#running-now").textContent.includes("messages/s")`)
	b.finish(run)
	b.until(`document.querySelector("#attention").textContent.includes("Nothing needs you")`)
	b.until(`document.querySelector("#latest-runs .badge")?.textContent.includes("Done")`)
	b.until(`document.querySelector("#favicon").getAttribute("href").includes("good")`)
	b.calm()
}

func TestBrowser_aTickStaysWithItsTask(t *testing.T) {
	b := newBrowser(t)
	b.named("B first")
	second := b.named("C second").ID
	b.logIn()
	b.open("/tasks")
	b.until(`document.querySelector("#pick-` + second + `")`)
	b.click("#pick-" + second)
	// A run changes the line, and a new task moves it: neither moves the tick to
	// another task.
	if _, err := b.svc.StartRun(t.Context(), second); err != nil {
		t.Fatal(err)
	}
	b.until(`document.querySelector("#task-1").textContent.includes("Waiting")`)
	b.until(`document.querySelector("#pick-` + second + `").checked`)
	b.named("A before all")
	b.until(`document.querySelector("#task-0").textContent.includes("A before all")`)
	b.until(`[...document.querySelectorAll("td.pick input:checked")].every((box) => box.value === "` + second + `")`)

	// All of the page at once, and away with them.
	b.click("#pick-all")
	b.until(`document.querySelectorAll("td.pick input:checked").length === 3`)
	b.click(`#bulk [value="stop"]`)
	b.until(`document.querySelector(".alert.tone-good")?.textContent.includes("1 run was asked to stop")`)
	for _, r := range b.svc.runsOf(second) {
		b.finish(r.ID)
	}
	b.click("#pick-all")
	b.click(`#bulk [value="delete"]`)
	b.until(`document.activeElement?.id === "word"`)
	b.fill("#word", "delete")
	b.click(".danger")
	b.until(`location.pathname === "/tasks" && document.querySelector(".empty")`)

	// And back again, with the keyboard.
	b.do(chromedp.SendKeys(chromedp.CSS(".undo button"), "\r"))
	b.until(`document.querySelector(".alert.tone-good")?.textContent.includes("3 tasks are back") && document.querySelectorAll("#task-list tbody tr").length === 3`)
	b.calm()
}

func TestBrowser_tasksAreFoundWithTheKeyboard(t *testing.T) {
	b := newBrowser(t)
	b.named("Anna moves in")
	b.named("Nightly backup")
	b.logIn()
	b.open("/tasks")
	b.fill("#q", "nightly")
	b.do(chromedp.SendKeys(chromedp.CSS("#q"), "\r"))
	b.until(`location.search.includes("q=nightly") && document.querySelectorAll("#task-list tbody tr").length === 1`)
	b.until(`document.querySelector("#q").value === "nightly"`)
	b.until(`document.documentElement.scrollWidth <= innerWidth`)
	b.calm()
}

func TestBrowser_paceAndRetryOfARun(t *testing.T) {
	b := newBrowser(t)
	b.svc.folders[0].Copied--
	b.svc.folders[0].Failed = 1
	b.svc.listed = []task.Listed{{Source: "old", Folder: "INBOX", UID: 9, Fate: task.FateFailed, Reason: "too big"}}
	run, err := b.svc.StartRun(t.Context(), b.named("Anna").ID)
	if err != nil {
		t.Fatal(err)
	}
	b.logIn()
	b.open("/runs/" + run.ID)
	b.svc.steps(3)
	b.until(`document.querySelector("#run-totals progress")?.value > 0`)
	early := b.eval(`document.querySelector("#run-totals progress").value`)
	b.svc.steps(1)
	b.until(`document.querySelector("#run-totals progress").value > ` + early)

	// The graph and the slider keep their places while figures arrive.
	place := `["#run-graph", "#run-pace", "#run-folders"].map((s) => document.querySelector(s).getBoundingClientRect().top + scrollY).join()`
	b.until(`document.querySelector(".graph-field canvas") && document.querySelectorAll("#run-folders tbody tr").length === 5`)
	before := b.eval(place)
	b.eval(`(document.querySelector("#step").focus(), "")`)
	b.eval(`(document.querySelector("#step").value = 9, ["input", "change"].map((name) => document.querySelector("#step").dispatchEvent(new Event(name, { bubbles: true }))), "")`)
	b.until(`document.querySelector("#step").value === "9" && document.querySelector("#pace-now").textContent === "at most 25.0 MB/s"`)
	for {
		if p, err := b.svc.Pace(t.Context(), run.ID); err != nil || p.Bytes == 25_000_000 {
			break
		}
		b.do(chromedp.Sleep(50_000_000))
	}
	early = b.eval(`document.querySelector("#run-totals progress").value`)
	b.svc.steps(2)
	b.until(`document.querySelector("#run-totals progress").value > ` + early)
	if after := b.eval(place); after != before {
		t.Errorf("parts of the page have moved from %s to %s", before, after)
	}
	b.until(`document.querySelector("#step").value === "9" && document.activeElement?.id === "step"`)

	// It is stopped for a while, and goes on where it was.
	b.click(`#run-head form[action$="/pause"] button`)
	b.until(`document.querySelector("#run-head .badge")?.textContent.includes("Paused") && document.querySelector("#run-totals progress").value > ` + early)
	b.click(`#run-head form[action$="/resume"] button`)
	b.until(`document.querySelector("#run-head .badge")?.textContent.includes("Running") && document.querySelector('#run-head form[action$="/pause"]') !== null`)

	b.finish(run.ID)
	b.until(`/1 message\s+in 1 folder/.test(document.querySelector("#causes")?.textContent)`)
	b.until(`getComputedStyle(document.querySelector("#run-pace")).display === "none"`)
	b.open("/runs/" + run.ID)
	b.until(`document.querySelector(".graph-field canvas")`)
	b.click("#causes form button")
	b.until(`location.pathname.startsWith("/runs/") && location.pathname !== "/runs/` + run.ID + `" && document.querySelector("#run-head .badge")`)
	b.calm()
}
