package web_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/task"
)

// batchGallery fills the service with a batch, a table that is looked through, and
// links.
func (b *browser) batchGallery() []picture {
	b.t.Helper()
	admin := access.With(b.t.Context(), access.Actor{UserID: "u-admin", Name: adminName, Role: access.RoleAdmin})
	var table strings.Builder
	table.WriteString("name,source,source_password,destination,destination_password\n")
	for i, name := range []string{"Anna", "Bert", "Clara", "Doris", "Emil", "Frieda"} {
		fmt.Fprintf(&table, "%s moves in,imaps://%s@imap.old-provider.example,%s,imaps://%s@mail.new.example,x\n",
			name, strings.ToLower(name), []string{"x", "", "bad"}[i%3], strings.ToLower(name))
	}
	start := func() string {
		d, err := b.svc.NewDraft(admin, "move-to-new-server.csv", strings.NewReader(table.String()))
		if err != nil {
			b.t.Fatal(err)
		}
		id, err := b.svc.StartDraft(admin, d.ID, true)
		if err != nil {
			b.t.Fatal(err)
		}
		return id
	}
	b.svc.trouble = map[string]task.Report{"Clara moves in": {Outcome: task.OutcomeNeedsUser, Cause: "source source: login refused"}}
	batch := start()
	waiting := ""
	rows, _, err := b.svc.FindTasks(admin, task.Query{Batch: batch})
	if err != nil {
		b.t.Fatal(err)
	}
	for _, r := range rows {
		switch r.Task.Name {
		case "Anna moves in", "Clara moves in":
			b.finish(r.Last.ID)
		case "Emil moves in", "Doris moves in", "Frieda moves in":
			if r.Last != nil {
				b.finish(r.Last.ID)
			}
		case "Bert moves in":
			waiting = r.Task.ID
		}
	}
	for _, r := range rows {
		if r.Task.Name == "Frieda moves in" {
			if _, err := b.svc.StartRun(admin, r.Task.ID); err != nil {
				b.t.Fatal(err)
			}
		}
	}
	b.svc.steps(4)
	b.svc.wrong = "bad"
	d, err := b.svc.NewDraft(admin, "second-floor.csv", strings.NewReader(table.String()+
		"Gustav moves in,imap.old-provider.example,x,imaps://gustav@mail.new.example,x\n,imaps://hanna@imap.old-provider.example,x,imaps://hanna@mail.new.example,x\n"))
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err := b.svc.Draft(admin, d.ID); err != nil {
		b.t.Fatal(err)
	}
	if err := b.svc.TestDraftRows(admin, d.ID, []int{0, 1, 2}); err != nil {
		b.t.Fatal(err)
	}
	link := func(id string) string {
		token, _, err := b.svc.MakeLink(admin, id, task.LinkTime)
		if err != nil {
			b.t.Fatal(err)
		}
		return "/link/" + token
	}
	frieda := sampleTask()
	frieda.Name, frieda.Sources, frieda.Missing = "Gretel moves in", frieda.Sources[:1], []string{"old"}
	given := link(b.svc.put(frieda).ID)
	if _, err := b.svc.GivePasswords(admin, strings.TrimPrefix(given, "/link/"), map[string]task.Password{"old": "x"}); err != nil {
		b.t.Fatal(err)
	}
	b.svc.steps(5)
	return []picture{
		{name: "batches", path: "/batches", wait: ".batches"},
		{name: "batch-new", path: "/batches/new", wait: "#table"},
		{name: "batch", path: "/batches/" + batch, wait: "#batch-totals"},
		{name: "draft", path: "/drafts/" + d.ID, wait: "#row-0"},
		{name: "draft-mend", path: "/drafts/" + d.ID + "?wrong=yes&edit=6", wait: "#mend"},
		{name: "task-waits", path: "/tasks/" + waiting, wait: ".facts"},
		{name: "link-ask", path: link(waiting), wait: "#password-0"},
		{name: "link-goes", path: given, wait: "#goes"},
		{name: "link-lost", path: "/link/none", wait: ".empty"},
	}
}

func TestBrowser_screenshotsOfBatches(t *testing.T) {
	if *shots == "" {
		t.Skip("no directory for pictures is given with -shots")
	}
	b := newBrowser(t)
	b.logIn()
	b.open("/batches")
	b.picture("batches-empty-1200.png")
	b.shoot(b.batchGallery())
}

// Nothing serious or critical on pages of batches and links, in light and in dark, wide
// and narrow.
func TestBrowser_noPageOfBatchesHasBarriers(t *testing.T) {
	b := newBrowser(t)
	script := axe(t)
	b.logIn()
	pages := b.batchGallery()
	for _, theme := range []string{"light", "dark"} {
		b.open("/tasks")
		b.click(`.themes button[value="` + theme + `"]`)
		b.until(`document.documentElement.dataset.theme === "` + theme + `"`)
		b.do(chromedp.EmulateViewport(map[string]int64{"light": 1200, "dark": 360}[theme], 800))
		for _, p := range pages {
			b.open(p.path)
			b.until("document.readyState === 'complete' && document.querySelector('" + p.wait + "')")
			for _, v := range b.barriers(script) {
				if v.Impact == "serious" || v.Impact == "critical" {
					t.Errorf("%s, %s: %s (%s): %s\n\t%s", p.name, theme, v.Help, v.ID, v.Impact, strings.Join(v.Nodes, "\n\t"))
				}
			}
			b.until("document.documentElement.scrollWidth <= innerWidth")
		}
	}
}

func TestBrowser_aLinkIsCopiedFromTheList(t *testing.T) {
	b := newBrowser(t)
	b.waiting("Ann moves")
	b.logIn()
	b.open("/tasks")
	b.eval(`(window.copied = "", Object.defineProperty(navigator, "clipboard", { value: { writeText: async (text) => { window.copied = text } } }), "")`)
	b.click("[data-copy-link]")
	b.until(`window.copied.startsWith(location.origin + "/link/token") && document.querySelector("[data-copy-link]").textContent.includes("Copied")`)
	first := b.eval("window.copied")
	// Without a clipboard, the link is shown.
	b.open("/tasks")
	b.eval(`(Object.defineProperty(navigator, "clipboard", { value: undefined }), "")`)
	b.click("[data-copy-link]")
	b.until(`document.querySelector("#link")?.textContent.includes("/link/token")`)
	if second := b.eval(`document.querySelector("#link").textContent`); second == first {
		t.Errorf("the link is %q again", second)
	}
	b.calm()
}

func TestBrowser_aRowIsMendedWithoutLeavingThePage(t *testing.T) {
	b := newBrowser(t)
	b.logIn()
	b.open("/batches/new")
	b.eval(fmt.Sprintf(`(document.querySelector("#table").value = %q, "")`, goodTable+wrongRow))
	b.click(".table-form button")
	b.until(`location.pathname.startsWith("/drafts/") && document.querySelectorAll(".draft-table tbody tr").length === 3`)
	b.eval(`(window.stays = true, "")`)
	b.click("#row-2 .act a")
	b.until(`document.activeElement?.id === "cell-source"`)
	b.eval(`(document.querySelector("#cell-source").value = "imaps://cy@old.example", "")`)
	b.click(`#mend button[value="save"]`)
	b.until(`document.querySelector("#row-2").textContent.includes("New") && !document.querySelector("#mend")`)
	b.click(`#row-2 button[value="test"]`)
	b.until(`document.querySelector("#row-2").textContent.includes("Both sides open")`)
	b.until(`window.stays === true`)
	b.do(chromedp.Sleep(100 * time.Millisecond))
	b.calm()
}
