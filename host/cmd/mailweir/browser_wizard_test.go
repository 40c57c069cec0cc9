package main

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/mailweir/mailweir/host/daemon"
	"github.com/mailweir/mailweir/host/mail/mailtest"
	"github.com/mailweir/mailweir/host/store"
)

// TestBrowser_theWizardCombinesRealAccounts is the whole way of a new service: its first
// user is made in the browser and logs in; two Dovecot accounts become one in the mailbox
// of somebody whom slapd knows, which a master user opens. A wrong password gets its
// remedy, a script that is typed decides about folders and messages, a row is put
// elsewhere by hand, the run is watched to its report, and the next one, which its
// schedule starts, has nothing left to copy.
func TestBrowser_theWizardCombinesRealAccounts(t *testing.T) {
	t.Parallel()
	users := map[string]string{"ann": "secret", "shop": "secret"}
	from := mailtest.StartDovecot(t, mailtest.DovecotOptions{Users: users})
	to := mailtest.StartDovecot(t, mailtest.DovecotOptions{Users: map[string]string{"ann": "nobody types this"}})
	ldap := mailtest.StartSlapd(t, mailtest.SlapdOptions{LDIF: staffLDIF, TLS: true})
	for _, name := range []string{"ann", "shop"} {
		c := from.Dial(name)
		c.Create("Archive")
		for i := range 3 {
			message := fmt.Appendf(nil, "Subject: %s %d\r\nMessage-ID: <%s%d@x>\r\n\r\nHello\r\n", name, i, name, i)
			c.Append("INBOX", `\Seen`, time.Now(), message)
			c.Append("Archive", "", time.Now(), append([]byte("X-Kept: yes\r\n"), message...))
		}
	}
	c := from.Dial("shop")
	c.Create("Offers")
	c.Append("INBOX", "", time.Now(), []byte("Subject: Sale today\r\nMessage-ID: <sale@x>\r\n\r\nBuy\r\n"))
	m := &mailweir{t, t.TempDir()}
	address := startServe(t, m, "")
	data := filepath.Join(m.data, "service")
	for _, verb := range []struct {
		password string
		args     []string
	}{
		{mailtest.MasterPassword, []string{"domain", "add", "example.org", "--server", fmt.Sprintf("imap://127.0.0.1:%d?tls=none", to.Port()), "--admin", mailtest.MasterUser, "--short"}},
		{mailtest.SlapdPassword, []string{"directory", "add", "staff", "--ldap", ldap.URL(), "--ca", ldap.CAFile(), "--base", "ou=people," + mailtest.SlapdBase, "--bind", mailtest.SlapdReader}},
	} {
		cmd := m.command(append(verb.args, "--data", data)...)
		cmd.Env = append(cmd.Env, "MAILWEIR_PASSWORD="+verb.password)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", verb.args[0], err, out)
		}
	}
	ctx := daemon.Chromium(t.Context(), t)
	b := &tab{t: t, ctx: ctx}

	const password = "correct horse battery"
	b.do("come for the first time", chromedp.Navigate(address), chromedp.WaitVisible(css("#again")))
	b.until("the first user is typed", fmt.Sprintf(`(() => { for (const [id, value] of [["name", "root"], ["password", %q], ["again", %q]]) document.getElementById(id).value = value; return true })()`, password, password))
	b.do("make the first user", chromedp.Click(css("button.wide")), chromedp.WaitVisible(css("main .empty")))
	b.do("log out", chromedp.Click(css(`form[action="/logout"] button`)))
	b.until("it is the login", `location.pathname === "/login" && document.readyState === "complete"`)
	b.do("log in", chromedp.SendKeys(css("#name"), "root"), chromedp.SendKeys(css("#password"), password+"\r"), chromedp.WaitVisible(css("main .empty")))

	b.do("begin", chromedp.Navigate(address+"tasks/new"), chromedp.WaitVisible(css("#template-combine")))
	b.barriers("the templates")
	b.do("combine", chromedp.Click(css("#template-combine")), chromedp.Click(css("#next")), chromedp.WaitVisible(css("#source-2")))
	b.until("the accounts are typed", fmt.Sprintf(`(() => {
		const set = (id, value) => { document.getElementById(id).value = value };
		set("name", "Two into one"); set("source-1-name", "ann"); set("source-2-name", "shop");
		for (const [at, user, password] of [["source-1", "ann", "wrong"], ["source-2", "shop", "secret"]]) {
			set(at + "-host", "127.0.0.1"); set(at + "-port", %d); set(at + "-tls", "none"); set(at + "-user", user); set(at + "-password", password);
		}
		set("destination-pick", "local"); set("destination-query", "miller");
		return true })()`, from.Port()))
	b.until("the directory is asked", `(document.querySelector("#destination-search").click(), true)`)
	b.do("take the one it knows", chromedp.WaitVisible(css(`button[value="pick destination ann@example.org"]`)), chromedp.Click(css(`button[value="pick destination ann@example.org"]`)))
	b.until("it is taken", `document.querySelector("#destination-local")?.value === "ann@example.org"`)
	b.do("test the mailbox", chromedp.Click(css("#destination-test")))
	b.until("the master user opens it", `document.querySelector("#destination-tested")?.textContent.includes("Logged in")`)
	b.do("look at the folders", chromedp.Click(css("#next")))
	b.until("the wrong password has its remedy", `document.querySelector("#source-1-tested .remedy") !== null && document.querySelector("#anyway") !== null && document.querySelector("#source-1-password").value === ""`)
	b.barriers("a wrong password")
	b.do("type the right one", chromedp.SendKeys(css("#source-1-password"), "secret"), chromedp.Click(css("#next")), chromedp.WaitVisible(css("#rows")))
	b.until("the folders of both are there, and marked", `(() => { const text = document.querySelector("#rows").textContent;
		return document.querySelectorAll("#rows tbody tr").length >= 5 && text.includes("becomes one with another folder") })()`)

	b.do("write a script", chromedp.Click(css("#hooks > summary")), chromedp.Click(css("#add-script")), chromedp.WaitVisible(css("#script")))
	b.until("it is shown as it is typed", `(() => { document.getElementById("script").value = "function mapFolder(f) {"; return document.activeElement?.id === "script" && document.querySelector("#stale") !== null })()`)
	b.do("look what it does", chromedp.Click(css("#look")))
	b.until("a mistake in it is said", `document.querySelector("#wizard > .alert")?.textContent.includes("SyntaxError") && document.getElementById("script").value === "function mapFolder(f) {"`)
	b.until("it is typed again", `(() => { document.getElementById("script").value = 'function mapFolder(f) { if (f.source === "shop" && f.name !== "INBOX") return "Shop/" + f.name }\nfunction filterEnvelope(msg) { if (/^Sale/.test(msg.header("Subject"))) return skip("advertisement") }'; return true })()`)
	b.do("look again", chromedp.Click(css("#look")))
	row := func(folder, is string) string {
		return fmt.Sprintf(`(() => { const row = [...document.querySelectorAll("#rows tbody tr")].find((r) => /shop\s*%s/.test(r.querySelector("th").textContent)); return %s })()`, folder, is)
	}
	b.until("the preview goes by it", row("Archive", `row?.querySelector('input[type="text"]').value === "Shop/Archive" && row.textContent.includes("rules.js")`))
	b.until("a row is set by hand", row("Offers", `(row.querySelector('input[type="text"]').value = "Advertisements", true)`))
	b.do("look again", chromedp.Click(css("#look")))
	b.until("it is there", row("Offers", `row?.textContent.includes("set by hand") && row.querySelector('input[type="text"]').value === "Advertisements"`))
	b.barriers("the folders")
	b.do("go on to safety", chromedp.Click(css("#next")), chromedp.WaitVisible(css("#removal")))
	b.barriers("safety")
	b.do("go on to the schedule", chromedp.Click(css("#next")), chromedp.WaitVisible(css("#schedule-title")))
	b.until("every hour", `(() => { document.querySelector('[name="schedule"][value="every"]').click(); document.getElementById("every").value = "1"; document.getElementById("unit").value = "hours"; return true })()`)
	b.barriers("the schedule")
	b.do("go on to the summary", chromedp.Click(css("#next")), chromedp.WaitVisible(css("#estimate")))
	b.until("it says whose mailbox, what is asked, and when", `["ann@example.org", "Script rules, version 1", "every hour"].every((text) => document.querySelector("#wizard").textContent.toLowerCase().includes(text.toLowerCase()))`)
	b.barriers("the summary")
	b.do("run", chromedp.Click(css("#run")), chromedp.WaitVisible(css("#run-head")))
	b.until("the page follows the run to its report", `document.querySelector("#run-head .badge")?.textContent.includes("Done") && /Copied\s*12/.test(document.querySelector("#run").innerText)`)

	mailbox := mailtest.DialPlain(t, to.Addr(), "ann*"+mailtest.MasterUser, mailtest.MasterPassword)
	target := mailbox.DumpUTF8()
	for folder, want := range map[string]int{"INBOX": 6, "Archive": 3, "Shop/Archive": 3} {
		if got := len(target[folder]); got != want {
			t.Errorf("%s has %d messages, want %d", folder, got, want)
		}
	}
	task := b.text(chromedp.Evaluate[string](`document.querySelector('main a[href^="/tasks/"]').getAttribute("href")`))
	due(t, data)
	scheduled := false
	for began := time.Now(); !scheduled && time.Since(began) < patience; time.Sleep(200 * time.Millisecond) {
		b.do("open the task", chromedp.Navigate(address+strings.TrimPrefix(task, "/")), chromedp.WaitVisible(css(`form[action$="/run"], form[action$="/stop"]`)))
		scheduled = strings.Contains(b.text(chromedp.Text(css("main"))), "started by its schedule")
	}
	if !scheduled {
		t.Fatal("the schedule starts nothing")
	}
	b.do("open the scheduled run", chromedp.Click(css(`main tbody th a[href^="/runs/"]`)), chromedp.WaitVisible(css("#run-head")))
	b.until("nothing is left to copy", `document.querySelector("#run-head .badge")?.textContent.includes("Done") && /Copied\s*0/.test(document.querySelector("#run").innerText)`)
	if d := mailtest.Diff(target, mailbox.DumpUTF8()); d != "" {
		t.Errorf("the second run has changed something: %s", d)
	}
}

// due lets the hour go by after which the schedule of the only task starts a run.
func due(t *testing.T, data string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(data, store.FileName)+"?_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	res, err := db.Exec("UPDATE task SET next_at = 1 WHERE next_at IS NOT NULL")
	if err != nil {
		t.Fatal(err)
	}
	if n, err := res.RowsAffected(); n != 1 || err != nil {
		t.Fatalf("%d tasks have a schedule, %v", n, err)
	}
}
