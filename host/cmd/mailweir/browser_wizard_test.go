package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/mailweir/mailweir/host/mail/mailtest"
)

// TestBrowser_theWizardCombinesRealAccounts: two Dovecot accounts become one. A wrong
// password gets its remedy, a row of the real folders is put elsewhere by hand, the run
// is watched to its report, and a second run has nothing left to copy.
func TestBrowser_theWizardCombinesRealAccounts(t *testing.T) {
	t.Parallel()
	program := findBrowser(t)
	users := map[string]string{"ann": "secret", "shop": "secret", "both": "secret"}
	from := mailtest.StartDovecot(t, mailtest.DovecotOptions{Users: users})
	to := mailtest.StartDovecot(t, mailtest.DovecotOptions{Users: users})
	for _, name := range []string{"ann", "shop"} {
		c := from.Dial(name)
		c.Create("Archive")
		for i := range 3 {
			message := fmt.Appendf(nil, "Subject: %s %d\r\nMessage-ID: <%s%d@x>\r\n\r\nHello\r\n", name, i, name, i)
			c.Append("INBOX", `\Seen`, time.Now(), message)
			c.Append("Archive", "", time.Now(), append([]byte("X-Kept: yes\r\n"), message...))
		}
	}
	m := &mailweir{t, t.TempDir()}
	address := startServe(t, m, "correct horse battery")
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(program), chromedp.UserDataDir(t.TempDir()), chromedp.NoSandbox,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-gpu", true),
		chromedp.WindowSize(1200, 900),
	)
	ctx, endBrowser := chromedp.NewExecAllocator(t.Context(), options...)
	defer endBrowser()
	ctx, endTab := chromedp.NewContext(ctx)
	defer endTab()
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		t.Fatalf("start %s: %v", program, err)
	}
	b := &tab{t: t, ctx: ctx}
	b.do("log in", chromedp.Navigate(address+"login"), chromedp.WaitVisible(css("#password")),
		chromedp.SendKeys(css("#name"), "root"), chromedp.SendKeys(css("#password"), "correct horse battery\r"), chromedp.WaitVisible(css("main .empty")))
	b.do("begin", chromedp.Navigate(address+"tasks/new"), chromedp.WaitVisible(css("#template-combine")))
	b.barriers("the templates")
	b.do("combine", chromedp.Click(css("#template-combine")), chromedp.Click(css("#next")), chromedp.WaitVisible(css("#source-2")))
	b.until("the accounts are typed", fmt.Sprintf(`(() => {
		const set = (id, value) => { document.getElementById(id).value = value };
		set("name", "Two into one"); set("source-1-name", "ann"); set("source-2-name", "shop");
		for (const [at, user, port, password] of [["source-1", "ann", %d, "wrong"], ["source-2", "shop", %d, "secret"], ["destination", "both", %d, "secret"]]) {
			set(at + "-host", "127.0.0.1"); set(at + "-port", port); set(at + "-tls", "none"); set(at + "-user", user); set(at + "-password", password);
		}
		return true })()`, from.Port(), from.Port(), to.Port()))
	b.do("test a good one", chromedp.Click(css("#destination-test")))
	b.until("it works", `document.querySelector("#destination-tested")?.textContent.includes("Logged in")`)
	b.do("look at the folders", chromedp.Click(css("#next")))
	b.until("the wrong password has its remedy", `document.querySelector("#source-1-tested .remedy") !== null && document.querySelector("#anyway") !== null && document.querySelector("#source-1-password").value === ""`)
	b.barriers("a wrong password")
	b.do("type the right one", chromedp.SendKeys(css("#source-1-password"), "secret"), chromedp.Click(css("#next")), chromedp.WaitVisible(css("#rows")))
	b.barriers("the folders")
	b.until("the folders of both are there, and marked", `(() => { const text = document.querySelector("#rows").textContent;
		return document.querySelectorAll("#rows tbody tr").length >= 4 && text.includes("becomes one with another folder") })()`)
	b.until("a row is set by hand", `(() => { const row = [...document.querySelectorAll("#rows tbody tr")].find((r) => /shop\s*Archive/.test(r.querySelector("th").textContent));
		row.querySelector('input[type="text"]').value = "Archive of the shop"; return true })()`)
	b.do("look again", chromedp.Click(css("#look")))
	b.until("it is there", `[...document.querySelectorAll("#rows tbody tr")].some((r) => r.textContent.includes("set by hand") && r.querySelector('input[type="text"]').value === "Archive of the shop")`)
	b.do("go on to safety", chromedp.Click(css("#next")), chromedp.WaitVisible(css("#removal")))
	b.barriers("safety")
	b.do("go on to the schedule", chromedp.Click(css("#next")), chromedp.WaitVisible(css("#schedule-title")))
	b.barriers("the schedule")
	b.do("go on to the summary", chromedp.Click(css("#next")), chromedp.WaitVisible(css("#estimate")))
	b.until("it says how much", `/To copy\s*12/.test(document.querySelector("#estimate").innerText)`)
	b.barriers("the summary")
	b.do("run", chromedp.Click(css("#run")), chromedp.WaitVisible(css("#run-head")))
	b.until("the page follows the run to its report", `document.querySelector("#run-head .badge")?.textContent.includes("Done") && /Copied\s*12/.test(document.querySelector("#run").innerText)`)

	target := to.Dial("both").DumpUTF8()
	for folder, want := range map[string]int{"INBOX": 6, "Archive": 3, "Archive of the shop": 3} {
		if got := len(target[folder]); got != want {
			t.Errorf("%s has %d messages, want %d", folder, got, want)
		}
	}
	task := b.text(chromedp.Evaluate[string](`document.querySelector('main a[href^="/tasks/"]').getAttribute("href")`))
	b.do("open the task", chromedp.Navigate(address+strings.TrimPrefix(task, "/")), chromedp.WaitVisible(css(`form[action$="/run"] button`)))
	b.do("run again", chromedp.Click(css(`form[action$="/run"] button`)), chromedp.WaitVisible(css("#run-head")))
	b.until("nothing is left to copy", `document.querySelector("#run-head .badge")?.textContent.includes("Done") && /Copied\s*0/.test(document.querySelector("#run").innerText)`)
	if d := mailtest.Diff(target, to.Dial("both").DumpUTF8()); d != "" {
		t.Errorf("the second run has changed something: %s", d)
	}
}
