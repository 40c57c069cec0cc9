package web_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/mailweir/mailweir/host/daemon"
	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web"
)

// browserTime bounds a journey, also on a slow and busy machine.
const browserTime = 3 * time.Minute

var shots = flag.String("shots", "", "directory in which TestBrowser_screenshots puts a picture of every page")

// browser is a Chromium that shows the pages of a site.
type browser struct {
	*site
	ctx context.Context

	mu       sync.Mutex
	messages []string // of its console: complaints, also those about the policy
}

func newBrowser(t *testing.T) *browser {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), browserTime)
	t.Cleanup(cancel)
	b := &browser{site: newSite(t, web.Options{Version: "1.0"})}
	var reading sync.WaitGroup
	t.Cleanup(reading.Wait)
	b.ctx = daemon.Chromium(ctx, t)
	console := chromedp.Console(b.ctx)
	reading.Go(func() {
		for m, err := range console {
			if err != nil {
				return
			}
			b.hear(m)
		}
	})
	return b
}

// hear keeps what is a complaint. A form that comes back with faults is none,
// nor is a page that is not there.
func (b *browser) hear(m chromedp.ConsoleMessage) {
	quiet := m.Type != chromedp.ConsoleError && m.Type != chromedp.ConsoleWarning && m.Type != chromedp.ConsoleException
	if quiet || strings.Contains(m.Text, "a status of 422") || strings.Contains(m.Text, "a status of 404") {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.messages = append(b.messages, m.Source+" "+m.String())
}

// do takes one step. A live page may replace an element between the moment in
// which it is looked up and the one in which it is used; nothing has been done
// then, and it is looked up again.
func (b *browser) do(step chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	for {
		err := chromedp.Do(b.ctx, step)
		if err == nil {
			return
		}
		if b.ctx.Err() != nil || !strings.Contains(err.Error(), "Could not find node with given id") {
			b.t.Fatalf("%v\nconsole: %q", err, b.console())
		}
	}
}

func (b *browser) open(path string) {
	b.t.Helper()
	b.do(chromedp.Navigate(b.http.URL + path))
}

// until waits for an expression to become true. It asks again and again from
// outside: a waiting function in the page would need eval, which the policy forbids.
func (b *browser) until(expression string) {
	b.t.Helper()
	var last error
	for {
		ok, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool]("Boolean("+expression+")"))
		if err == nil && ok {
			return
		}
		if err != nil {
			last = err // the page may be changing at this moment
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-b.ctx.Done():
			b.t.Fatalf("it never came to be that %s (%v)\nconsole: %q", expression, last, b.console())
		}
	}
}

func (b *browser) eval(expression string) string {
	b.t.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[string]("String("+expression+")"))
	if err != nil {
		b.t.Fatal(err)
	}
	return v
}

func (b *browser) fill(values ...string) {
	b.t.Helper()
	for i := 0; i < len(values); i += 2 {
		b.do(chromedp.SendKeys(chromedp.CSS(values[i]), values[i+1]))
	}
}

func (b *browser) click(selector string) {
	b.t.Helper()
	b.do(chromedp.Click(chromedp.CSS(selector)))
}

func (b *browser) logIn() {
	b.t.Helper()
	b.open("/login")
	b.fill("#name", adminName, "#password", adminPassword)
	b.click("form button.wide")
	b.until(`location.pathname === "/" && document.querySelector("#overview")`)
}

func (b *browser) console() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.messages
}

// calm fails the test if the browser's console has complained.
func (b *browser) calm() {
	b.t.Helper()
	for _, m := range b.console() {
		b.t.Errorf("console: %s", m)
	}
}

func TestBrowser_aTaskIsMadeRunAndWatched(t *testing.T) {
	b := newBrowser(t)
	b.logIn()
	b.click(`.empty a[href="/tasks/new"]`)
	b.until(`document.querySelector("#wizard")`)
	b.click(`.head a[href="/tasks/form"]`)
	b.until(`document.querySelector("#task-form")`)

	// A fault first: what was typed stays, the passwords too, and the faulty field
	// has the focus.
	b.fill("#name", "Anna moves in", "#source-1-name", "old", "#source-1-user", "anna@old.example", "#source-1-password", "canary-1",
		"#destination-host", "imap.new.example", "#destination-user", "anna", "#destination-password", "canary-2")
	b.click("form > .actions button")
	b.until(`document.activeElement?.id === "source-1-host"`)
	b.until(`document.querySelector("#source-1-password").value === "canary-1"`)
	b.fill("#source-1-host", "imap.old.example")

	// A second source; the first keeps its password in the page.
	b.click("#add-source")
	b.until(`document.activeElement?.id === "source-2-name"`)
	b.fill("#source-2-name", "shop", "#source-2-host", "mail.shop.example", "#source-2-user", "orders", "#source-2-password", "canary-3")
	b.until(`document.querySelector("#source-1-password").value === "canary-1"`)
	b.click("form > .actions button")
	b.until(`location.pathname.startsWith("/tasks/t")`)
	stored := b.only()
	for source, want := range map[string]string{"old": "canary-1", "shop": "canary-3", "": "canary-2"} {
		if got := b.svc.secretOf(stored.ID, source); got != want {
			t.Errorf("the password of %q is %q, want %q", source, got, want)
		}
	}

	b.click(`form[action$="/run"] button`)
	b.until(`location.pathname.startsWith("/runs/") && document.querySelector("#run")`)
	run := strings.TrimPrefix(b.eval("location.pathname"), "/runs/")
	b.svc.steps(4)
	b.until(`document.querySelector("#run-totals progress")?.value > 0`)
	before := b.eval(`document.querySelector("#run-totals progress").value`)
	b.svc.steps(3)
	b.until(`document.querySelector("#run-totals progress").value > ` + before)
	b.until(`document.querySelector(".graph-field canvas")`)
	b.until(`document.title.includes("% Anna moves in")`)
	b.until(`document.querySelectorAll("#run-folders tbody tr").length === 5`)

	b.finish(run)
	b.until(`document.querySelector("#run-head .badge")?.textContent.includes("Done")`)
	b.until(`document.querySelector("#run-report").textContent.includes("Good to know")`)
	b.until(`document.title.startsWith("Done")`)
	b.until(`document.querySelector("#log").textContent.includes("ended")`)
	b.calm()
}

func TestBrowser_nextRunsAreShownBeforeSaving(t *testing.T) {
	b := newBrowser(t)
	b.logIn()
	b.open("/tasks/form")
	hidden := func(selector string) string {
		return `document.querySelector("` + selector + `").offsetParent === null`
	}
	b.until(hidden("#preview") + " && " + hidden("#cron-hint"))
	b.fill("#destination-password", "canary-2")
	b.click(`[name="schedule"][value="cron"]`)
	b.until("!(" + hidden("#preview") + ") && !(" + hidden("#cron-hint") + ")")
	b.click("#schedule-more summary")
	b.fill("#zone", "Berlin")
	b.click("#preview")
	b.until(`document.activeElement?.id === "zone" && document.querySelector("#zone-fault")`)
	b.eval(`document.querySelector("#zone").value = ""`)
	b.fill("#zone", "Europe/Berlin")
	b.click("#preview")
	b.until(`document.querySelectorAll("#preview-runs .exact").length === 5`)
	b.until(`document.querySelector("#schedule-more").open && document.activeElement?.id === "preview"`)
	b.until(`document.querySelector("#destination-password").value === "canary-2"`)
	b.calm()
}

func TestBrowser_listFollowsTheRuns(t *testing.T) {
	b := newBrowser(t)
	id := b.svc.put(sampleTask()).ID
	b.logIn()
	b.open("/tasks")
	b.until(`document.querySelector("#task-0").textContent.includes("Never ran")`)
	run, err := b.svc.StartRun(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	b.until(`document.querySelector("#task-0").textContent.includes("Waiting")`)
	b.svc.steps(5)
	b.until(`document.querySelector("#task-0 progress")?.value > 0`)
	b.finish(run.ID)
	b.until(`document.querySelector("#task-0").textContent.includes("Done")`)
	b.until(`document.querySelector("#task-summary").textContent.includes("1 fine")`)
	b.calm()
}

func TestBrowser_streamRecovers(t *testing.T) {
	b := newBrowser(t)
	run, err := b.svc.StartRun(t.Context(), b.svc.put(sampleTask()).ID)
	if err != nil {
		t.Fatal(err)
	}
	b.logIn()
	b.open("/runs/" + run.ID)
	b.svc.steps(3)
	b.until(`document.querySelector("#run-totals progress")?.value > 0`)
	before := b.eval(`document.querySelector("#run-totals progress").value`)
	b.http.CloseClientConnections()
	b.svc.steps(4)
	b.until(`document.querySelector("#run-totals progress").value > ` + before)
	b.until(`document.querySelector("#lost").hidden`)
}

func TestBrowser_screenshots(t *testing.T) {
	if *shots == "" {
		t.Skip("no directory for pictures is given with -shots")
	}
	b := newBrowser(t)
	b.logIn()
	pictures := b.gallery()
	for _, theme := range []string{"light", "dark"} {
		b.open("/tasks")
		b.click(`.themes button[value="` + theme + `"]`)
		b.until(`document.documentElement.dataset.theme === "` + theme + `"`)
		for _, width := range []int64{1200, 360} {
			b.do(chromedp.EmulateViewport(width, 800))
			for _, p := range pictures {
				b.open(p.path)
				b.until("document.querySelector('" + p.wait + "')")
				if p.live {
					for range 4 {
						b.svc.change(b.svc.runs[p.run], func(r *task.Run) {
							n := len(b.svc.runs[p.run].log)
							r.Progress = b.svc.progress(6, 10)
							r.Progress.MessagesPerSecond = 180 + 60*float64(n%3)
						}, "copied a batch")
						b.do(chromedp.Sleep(400 * time.Millisecond))
					}
				}
				b.picture(fmt.Sprintf("%s-%s-%d.png", p.name, theme, width))
				wide := b.eval("document.documentElement.scrollWidth")
				if wide != fmt.Sprint(width) && b.eval("document.documentElement.scrollWidth > innerWidth") == "true" {
					t.Errorf("%s is %s wide on a screen of %d", p.name, wide, width)
				}
			}
		}
	}
	b.open("/tasks")
	b.click(`.top form button`)
	b.until(`location.pathname === "/login" && document.readyState === "complete"`)
	b.picture("login-360.png")
	b.do(chromedp.EmulateViewport(1200, 800))
	b.picture("login-1200.png")
	b.calm()
}

func (b *browser) picture(name string) {
	b.t.Helper()
	if *shots == "" {
		return
	}
	if err := os.MkdirAll(*shots, 0o755); err != nil {
		b.t.Fatal(err)
	}
	png, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	if err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(*shots, name), png, 0o644); err != nil {
		b.t.Fatal(err)
	}
}

// picture is a page worth looking at.
type picture struct {
	name, path, wait, run string
	live                  bool
	twin                  bool // made of the same parts as another one: drawn, and not looked at for barriers
}

// gallery fills the service with something of everything.
func (b *browser) gallery() []picture {
	b.t.Helper()
	pages := []picture{{name: "empty", path: "/tasks/form", wait: "#task-form"}}
	b.open("/tasks")
	b.do(chromedp.EmulateViewport(1200, 800))
	b.picture("empty-1200.png")
	b.do(chromedp.EmulateViewport(360, 800))
	b.picture("empty-360.png")

	add := func(name string, change func(*task.Task)) string {
		tk := sampleTask()
		tk.Name = name
		if change != nil {
			change(&tk)
		}
		return b.svc.put(tk).ID
	}
	run := func(id string) string {
		r, err := b.svc.StartRun(b.t.Context(), id)
		if err != nil {
			b.t.Fatal(err)
		}
		return r.ID
	}
	end := func(id string) string {
		r := run(id)
		b.finish(r)
		return r
	}
	single := func(tk *task.Task) { tk.Sources, tk.Hooks, tk.Schedule.Every = tk.Sources[:1], nil, 0 }

	b.svc.trouble = map[string]task.Report{
		"Bert, from his old provider": {
			Outcome: task.OutcomeNeedsUser,
			Cause:   "source old: imap.old.example refuses the login of bert@old.example: Authentication failed",
		},
		"Mailing lists": {Outcome: task.OutcomeFull, Cause: "destination: quota exceeded"},
	}
	anna := add("Anna moves in", nil)
	for range 5 {
		end(anna)
	}
	ended := end(anna)
	add("Archive of the office", single)
	needs := end(add("Bert, from his old provider", single))
	b.svc.listed = []task.Listed{
		{Source: "old", Folder: "INBOX", UID: 1731, Fate: task.FateFailed, Reason: "the destination refuses it: message is larger than its limit of 50 MB"},
		{Source: "old", Folder: "Archiv/2019", UID: 12, Fate: task.FateHeld, Reason: "plugin folder-rules ran longer than 100 ms"},
	}
	b.svc.folders[0].Failed, b.svc.folders[2].Held = 1, 1
	b.svc.folders[0].Copied--
	b.svc.folders[2].Copied--
	lists := end(add("Clara and the shop into one", nil))
	b.svc.folders[0].Present, b.svc.folders[0].Copied = 400, 849
	end(add("Mailing lists", func(tk *task.Task) { single(tk); tk.Schedule.Every = 24 * time.Hour }))
	nightly := add("Nightly backup", func(tk *task.Task) {
		single(tk)
		tk.Schedule = task.Schedule{
			Cron: "30 2 * * 1-5", Zone: "Europe/Berlin", Jitter: 5, Window: task.Window{From: 22 * 60, To: 6 * 60},
		}
	})
	paused := add("Paused for the move", func(tk *task.Task) {
		tk.Schedule = task.Schedule{Every: 2 * time.Hour}
		tk.Pause = task.Pause{By: "admin", At: time.Now().Add(-26 * time.Hour)}
		tk.Agenda = task.Agenda{Skipped: 3, LastSkipped: time.Now().Add(-50 * time.Hour)}
	})
	for _, name := range []string{"Shop, old provider", "Zoe has left"} {
		if err := b.svc.DeleteTask(b.t.Context(), add(name, single), "both"); err != nil {
			b.t.Fatal(err)
		}
	}
	live := run(add("Team mailbox, every quarter of an hour", nil))
	b.svc.steps(6)
	pages = append(pages,
		picture{name: "overview", path: "/", wait: "#attention"},
		picture{name: "tasks", path: "/tasks", wait: "#task-4"},
		picture{name: "tasks-found", path: "/tasks?q=anna&state=done&did=pause&n=3&passed=1", wait: "#task-list"},
		picture{name: "tasks-nothing", path: "/tasks?q=nobody", wait: ".empty"},
		picture{name: "task", path: "/tasks/" + anna, wait: ".flow"},
		picture{name: "plan-none", path: "/tasks/" + anna + "/plan", wait: ".empty"},
		picture{name: "task-nightly", path: "/tasks/" + nightly, wait: ".next"},
		picture{name: "task-paused", path: "/tasks/" + paused, wait: ".flow"},
		picture{name: "edit-nightly", path: "/tasks/" + nightly + "/edit", wait: "#preview-runs .next"},
		picture{name: "edit", path: "/tasks/" + anna + "/edit", wait: "#task-form"},
		picture{name: "deleted", path: "/deleted", wait: ".cards"},
		picture{name: "undo", path: "/tasks?did=delete&n=2&undo=both", wait: ".undo"},
		picture{name: "delete", path: "/tasks/" + anna + "/delete", wait: ".danger"},
		picture{name: "running", path: "/runs/" + live, wait: "#run", run: live, live: true},
		picture{name: "done", path: "/runs/" + ended, wait: "#run"},
		picture{name: "compared", path: "/runs/" + ended + "/compare", wait: "#compare-runs"},
		picture{name: "listed", path: "/runs/" + lists, wait: "#run"},
		picture{name: "needs", path: "/runs/" + needs, wait: "#run"},
		picture{name: "missing", path: "/nowhere", wait: ".empty"},
	)
	pages = append(pages, b.peopleGallery()...)
	pages = append(pages, b.registryGallery()...)
	pages = append(pages, b.wizardGallery()...)
	return pages
}
