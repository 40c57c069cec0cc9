package main

import (
	"encoding/json"
	"fmt"
	neturl "net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/mailweir/mailweir/host/daemon"
	"github.com/mailweir/mailweir/host/mail/mailtest"
)

// barriers are the serious faults that axe-core finds on the page that is open.
func (b *tab) barriers(what string) {
	b.t.Helper()
	script, err := os.ReadFile(filepath.Join("..", "..", "..", "web", "testdata", "axe", "axe.min.js")) // its checksum is looked at by the tests of web
	if err != nil {
		b.t.Fatal(err)
	}
	b.text(chromedp.Evaluate[string](string(script) + `; ""`))
	b.text(chromedp.Evaluate[string](`(window.found = undefined, axe.run().then((r) => window.found = JSON.stringify(r.violations
		.filter((v) => v.impact === "serious" || v.impact === "critical").map((v) => v.help + ": " + v.nodes.map((n) => n.target.join(" "))))), "")`))
	b.until("axe has looked at "+what, `window.found !== undefined`)
	var found []string
	if err := json.Unmarshal([]byte(b.text(chromedp.Evaluate[string]("window.found"))), &found); err != nil {
		b.t.Fatal(err)
	}
	for _, f := range found {
		b.t.Errorf("%s: %s", what, f)
	}
}

// TestBrowser_aBatchAndTheLinkOfItsUserOnRealMail: a table with a wrong row is pasted,
// mended and started, and its totals say what was copied between two Dovecots. One of
// its tasks waits: on a phone its user types a wrong password, then the right one, and
// sees that the mail is there.
func TestBrowser_aBatchAndTheLinkOfItsUserOnRealMail(t *testing.T) {
	t.Parallel()
	users := map[string]string{"ann": "secret", "bob": "secret", "cy": "right"}
	from := mailtest.StartDovecot(t, mailtest.DovecotOptions{Users: users})
	to := mailtest.StartDovecot(t, mailtest.DovecotOptions{Users: users})
	for name := range users {
		c := from.Dial(name)
		for i := range 3 {
			c.Append("INBOX", "", time.Now(), fmt.Appendf(nil, "Subject: %s %d\r\nMessage-ID: <%s%d@x>\r\n\r\nHello\r\n", name, i, name, i))
		}
	}
	m := &mailweir{t, t.TempDir()}
	address := startServe(t, m, "correct horse battery")
	ctx := daemon.Chromium(t.Context(), t)
	b := &tab{t: t, ctx: ctx}
	b.do("log in", chromedp.Navigate(address+"login"), chromedp.WaitVisible(css("#password")),
		chromedp.SendKeys(css("#name"), "root"), chromedp.SendKeys(css("#password"), "correct horse battery\r"), chromedp.WaitVisible(css("main .empty")))

	account := func(user string, s *mailtest.Dovecot) string {
		return fmt.Sprintf("imap://%s@%s?tls=none", user, s.Addr())
	}
	table := "name\tsource\tsource_password\tdestination\tdestination_password\n"
	for _, name := range []string{"ann", "bob", "cy"} {
		password, into := "secret", "secret"
		if name == "cy" {
			password, into = "", "right"
		}
		source := account(name, from)
		if name == "bob" {
			source = "bob at the old server"
		}
		table += strings.Join([]string{name + " moves", source, password, account(name, to), into}, "\t") + "\n"
	}
	b.do("open the form", chromedp.Navigate(address+"batches/new"), chromedp.WaitVisible(css("#table")))
	b.barriers("the form of a batch")
	b.until("the table is pasted", fmt.Sprintf(`(document.querySelector("#table").value = %q, true)`, table))
	b.do("look at it", chromedp.Click(css(".table-form button")), chromedp.WaitVisible(css("#row-1")))
	b.until("the wrong row is seen", `document.querySelector("#row-1").textContent.includes("it is no URL, no account:NAME and no address") && document.querySelector("#draft-head").textContent.includes("2 new, 0 changed, 0 as they are, 1 wrong")`)
	b.barriers("the table")
	b.do("mend it", chromedp.Click(css("#row-1 .act a")), chromedp.WaitVisible(css("#cell-source")))
	b.until("the cell is mended", fmt.Sprintf(`(document.querySelector("#cell-source").value = %q, document.querySelector("#cell-source_password").value = "secret", true)`, account("bob", from)))
	b.do("save it", chromedp.Click(css(`#mend button[value="save"]`)))
	b.until("nothing is wrong", `document.querySelector("#draft-head").textContent.includes("3 new, 0 changed, 0 as they are") && !document.querySelector("#draft-head").textContent.includes("wrong")`)
	b.do("test it", chromedp.Click(css(`#row-1 button[value="test"]`)))
	b.until("both sides open", `document.querySelector("#row-1").textContent.includes("Both sides open")`)
	b.do("start all", chromedp.Click(css(`#draft-head button[value="start"]`)), chromedp.WaitVisible(css("#batch-totals")))
	b.until("the totals are right", `(() => { const text = document.querySelector("#batch-totals").innerText.replace(/\s+/g, " ");
		return text.includes("Tasks 3") && text.includes("Done 2") && text.includes("Waiting for user 1") && text.includes("Copied 6") })()`)
	b.do("see its tasks", chromedp.Reload(), chromedp.WaitVisible(css("[data-copy-link]")))
	b.barriers("the batch")

	// The link goes to somebody with a phone and no account.
	b.until("there is no clipboard", `(Object.defineProperty(navigator, "clipboard", { value: undefined }), true)`)
	b.do("make the link", chromedp.Click(css("[data-copy-link]")), chromedp.WaitVisible(css("#link")))
	link := b.text(chromedp.Text(css("#link")))
	if u, err := neturl.Parse(link); err != nil || !strings.HasPrefix(link, address+"link/") || u.Path == "" {
		t.Fatalf("the link is %q", link)
	}
	b.do("log out", chromedp.Click(css(".top form button")), chromedp.WaitVisible(css("#password")))
	b.do("open the link on a phone", chromedp.EmulateViewport(360, 740), chromedp.Navigate(link), chromedp.WaitVisible(css("#password-0")))
	b.until("it fits", `document.documentElement.scrollWidth <= innerWidth && !document.querySelector(".top")`)
	b.barriers("the link")
	b.do("type a wrong password", chromedp.SendKeys(css("#password-0"), "wrong\r"))
	b.until("it says so", `document.querySelector(".give .fault")?.textContent.includes("does not accept this password") && document.activeElement?.id === "password-0"`)
	b.barriers("a wrong password")
	b.do("type the right one", chromedp.SendKeys(css("#password-0"), "right\r"))
	b.until("the mail is there", `document.querySelector("#goes h1")?.textContent.includes("All your mail is there") && document.querySelector("#goes").textContent.includes("3 of 3 messages")`)
	b.until("it fits", `document.documentElement.scrollWidth <= innerWidth`)
	b.barriers("the copy")
	if d := mailtest.Diff(from.Dial("cy").DumpUTF8(), to.Dial("cy").DumpUTF8()); d != "" {
		t.Errorf("the mail of cy: %s", d)
	}
}
