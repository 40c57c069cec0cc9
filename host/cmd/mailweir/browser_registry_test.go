package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/mailweir/mailweir/host/daemon"
	"github.com/mailweir/mailweir/host/mail/mailtest"
)

const staffLDIF = `dn: ou=people,dc=example,dc=org
objectClass: organizationalUnit
ou: people

dn: uid=ann,ou=people,dc=example,dc=org
objectClass: inetOrgPerson
uid: ann
cn: Ann Miller
sn: Miller
mail: ann@example.org

dn: uid=bob,ou=people,dc=example,dc=org
objectClass: inetOrgPerson
uid: bob
cn: Bob
sn: Bob
mail: bob@example.org

dn: uid=odd,ou=people,dc=example,dc=org
objectClass: inetOrgPerson
uid: odd
cn: Odd
sn: Odd
mail: nobody

dn: cn=movers,ou=people,dc=example,dc=org
objectClass: groupOfNames
cn: movers
member: uid=ann,ou=people,dc=example,dc=org
`

// TestBrowser_accountsDirectoriesAndRulesOnRealServers: an account with a wrong password
// says what to do, and works with the right one; a local domain opens a mailbox; the
// users of a directory get tasks by a rule, and one of these copies mail; a webhook is
// told of a test.
func TestBrowser_accountsDirectoriesAndRulesOnRealServers(t *testing.T) {
	t.Parallel()
	mail := mailtest.StartDovecot(t, mailtest.DovecotOptions{TLS: true})
	mail.Dial("ann").Append("INBOX", "", time.Now(), []byte("From: bob@example.org\r\nSubject: Lunch\r\nMessage-ID: <1@x>\r\n\r\nHello\r\n"))
	ldap := mailtest.StartSlapd(t, mailtest.SlapdOptions{LDIF: staffLDIF, TLS: true})
	told := make(chan string, 1)
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		told <- r.Header.Get("Mailweir-Signature") + " " + string(body)
	}))
	defer hook.Close()
	m := &mailweir{t, t.TempDir()}
	address := startServe(t, m, "correct horse battery")

	ctx := daemon.Chromium(t.Context(), t)
	console := listen(ctx)
	b := &tab{t: t, ctx: ctx}
	// fill types into fields by their id, all at once: every letter typed would take minutes.
	fill := func(pairs ...any) {
		t.Helper()
		var js strings.Builder
		for i := 0; i < len(pairs); i += 2 {
			fmt.Fprintf(&js, "document.getElementById(%q).value = %q;", pairs[i], fmt.Sprint(pairs[i+1]))
		}
		b.until("the form is filled in", "(() => {"+js.String()+"return true })()")
	}
	says := func(selector, text string) string {
		return fmt.Sprintf(`document.querySelector(%q)?.textContent.includes(%q)`, selector, text)
	}
	b.do("log in", chromedp.Navigate(address+"login"), chromedp.WaitVisible(css("#password")),
		chromedp.SendKeys(css("#name"), "root"), chromedp.SendKeys(css("#password"), "correct horse battery\r"), chromedp.WaitVisible(css("main .empty")))

	// An account: a wrong password, what to do about it, the right one.
	b.do("open the accounts", chromedp.Click(css(`.top nav a[href="/accounts"]`)), chromedp.WaitVisible(css(".empty")))
	b.do("begin an account", chromedp.Click(css(`.empty a[role="button"]`)), chromedp.WaitVisible(css("#account-form")))
	fill("name", "Ann's mail", "account-host", "127.0.0.1", "account-port", mail.ImapsPort(), "account-user", "ann", "account-password", "wrong", "account-ca", mail.CAFile())
	b.do("test it", chromedp.Click(css("#test-typed")))
	b.until("the login is refused", says("#tried", "login refused"))
	b.until("it says what to do", says("#tried .remedy", "Check the user name and the password"))
	b.until("what was typed is still there", `document.getElementById("account-host").value === "127.0.0.1" && document.getElementById("account-password").value === "wrong"`)
	fill("account-password", "secret")
	b.do("test it again", chromedp.Click(css("#test-typed")))
	b.until("it works", says("#tried.tone-good", "Logged in; 1 folders, 1 messages")+` && document.activeElement?.id === "tried"`)
	b.do("store it", chromedp.Click(css("#account-form > .actions button")))
	b.until("it is stored", `location.pathname.startsWith("/accounts/") && location.pathname !== "/accounts/new" && `+says(".head .badge", "Not tested"))
	b.do("test what is stored", chromedp.Click(css("#test-stored")))
	b.until("it works, too", says(".head .badge", "Works")+" && "+says(".abilities .tone-good", "Says where it stores each message")+" && "+says("#look", "1 folder, 1 message"))

	// A local domain, by Dovecot's master user.
	b.do("begin a local domain", chromedp.Navigate(address+"domains/new"), chromedp.WaitVisible(css("#domain-form")))
	fill("domain", "example.org", "host", "127.0.0.1", "port", mail.ImapsPort(), "admin", mailtest.MasterUser, "password", mailtest.MasterPassword, "ca", mail.CAFile())
	b.do("store it", chromedp.Click(css(`[name="short"]`)), chromedp.Click(css("#domain-form > .actions button")), chromedp.WaitVisible(css("#mailbox")))
	fill("mailbox", "bob@example.org")
	b.do("test a mailbox", chromedp.Click(css(`form[action$="/test"] button`)))
	b.until("it opens", says("#test.tone-good", "Logged in"))

	// A directory.
	b.do("begin a directory", chromedp.Navigate(address+"directories/new"), chromedp.WaitVisible(css("#directory-form")))
	fill("name", "Staff", "url", ldap.URL(), "base", "ou=people,"+mailtest.SlapdBase, "bind", mailtest.SlapdReader, "password", "wrong", "group-base", "ou=people,"+mailtest.SlapdBase, "ca", ldap.CAFile())
	b.do("test it", chromedp.Click(css("#test-typed")))
	b.until("the login is refused", says("#answer .alert", "check the bind DN and the password"))
	fill("password", mailtest.SlapdPassword)
	b.do("test it again", chromedp.Click(css("#test-typed")))
	b.until("it knows users", says("#answer", "Found 2 users.")+" && "+says("#answer", "1 entry has no address"))
	b.do("store it", chromedp.Click(css("#directory-form > .actions button")), chromedp.WaitVisible(css("#in")))
	fill("in", "movers")
	b.do("search it", chromedp.Click(css(".search button")))
	b.until("it finds one", says("#answer", "Found 1 user.")+" && "+says("#answer", "Ann Miller"))

	// A rule.
	backup := filepath.Join(m.data, "backup")
	b.do("begin a rule", chromedp.Navigate(address+"rules/new"), chromedp.WaitVisible(css("#rule-form")))
	b.until("the directory is chosen", `(() => { const d = document.getElementById("directory"); d.value = d.options[1].value; return d.options[1].text === "Staff" })()`)
	fill("name", "move", "group", "movers", "from-address", "{address}", "to-kind", "maildir", "to-dir", backup+"/{user}")
	b.do("ask who it is for", chromedp.Click(css("#who")))
	b.until("it is for one", says("#preview-who", "1 gets a task")+" && "+says("#preview-who", backup+"/ann"))
	b.do("store it", chromedp.Click(css("#rule-form > .actions button")), chromedp.WaitVisible(css(`form[action$="/apply"]`)))
	b.do("apply it", chromedp.Click(css(`form[action$="/apply"] button`)))
	b.until("the task is made", says("main .alert.tone-good", "1 user: 1 task made"))
	b.do("look at the local domain", chromedp.Navigate(address+"domains/example.org"), chromedp.WaitVisible(css(".uses")))
	b.until("it is in use, and stays", says(".uses", "move: ann@example.org")+" && "+says(".removal", "can not be removed")+` && !document.querySelector(".removal button")`)
	b.do("open the task", chromedp.Click(css(`.uses a[href^="/tasks/"]`)), chromedp.WaitVisible(css(`form[action$="/run"]`)), chromedp.Click(css(`form[action$="/run"] button`)))
	b.until("it is done", `document.querySelector(".verdict.tone-good") != null`)
	if copied, err := filepath.Glob(filepath.Join(backup, "ann", "*", "*")); err != nil || len(copied) != 1 {
		t.Errorf("%q was copied, %v; want one message", copied, err)
	}

	// A notice.
	b.do("begin a channel", chromedp.Navigate(address+"channels/new"), chromedp.WaitVisible(css("#channel-form")))
	fill("name", "Dashboard", "kind", "webhook", "url", hook.URL+"/mailweir")
	b.do("make it", chromedp.Click(css("#channel-form > .actions button")))
	b.until("its secret is shown", `document.getElementById("secret")?.textContent.startsWith("mwhook_")`)
	b.do("send a test", chromedp.Click(css("#test-channel")))
	b.until("it was told", says("#test.tone-good", "Told"))
	if got := <-told; !strings.HasPrefix(got, "t=") || !strings.Contains(got, `"event":"test"`) {
		t.Errorf("the webhook got %s", got)
	}

	// What is in force, and what it is made of.
	b.do("open the settings", chromedp.Navigate(address+"settings"), chromedp.WaitVisible(css("#limits-form")))
	fill("per-account", 1)
	b.do("set a limit", chromedp.Click(css("#limits-form button")))
	b.until("it is in force", `document.querySelector("main .alert.tone-good") && document.getElementById("per-account").value === "1"`)
	b.do("open what it is made of", chromedp.Navigate(address+"about"), chromedp.WaitVisible(css(".about")))
	b.until("the libraries are named", says("main", "github.com/labstack/echo/v4")+` && ![...document.querySelectorAll("main td")].some((d) => d.textContent.trim() === "see its text")`)
	if complaints := console(); strings.Contains(complaints, "Content Security") || strings.Contains(complaints, "exception") {
		t.Errorf("the browser complains:\n%s", complaints)
	}
}
