package web_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web"
)

// registryGallery fills the service with what tasks come from, and with channels.
func (b *browser) registryGallery() []picture {
	b.t.Helper()
	ctx := b.t.Context()
	must := func(err error) {
		b.t.Helper()
		if err != nil {
			b.t.Fatal(err)
		}
	}
	account := func(name, host, user, password string, tasks int) task.StoredAccount {
		a, err := b.svc.SaveStoredAccount(ctx, task.StoredAccount{Name: name, Tasks: tasks, Account: task.Account{
			Kind: task.KindIMAP, Host: host, Port: 993, TLS: task.TLSImplicit, User: user, Password: task.Password(password),
		}})
		must(err)
		return a
	}
	b.svc.rightPassword = "right"
	works := account("Archive of the office", "mail.old.example", "archive@old.example", "right", 12)
	broken := account("Bert, from his old provider", "imap.gmail.com", "bert.with.a.rather.long.name@gmail.com", "wrong", 1)
	account("Newsletters", "imap.shop.example", "news@shop.example", "right", 0)
	consents, err := b.svc.SaveStoredAccount(ctx, oauthSample())
	must(err)
	for _, a := range []task.StoredAccount{works, broken} {
		_, err := b.svc.LookAtAccount(ctx, a.ID, a.Account)
		must(err)
	}
	b.svc.uses = web.Uses{First: []web.Use{{Kind: "rule", ID: "r2", Name: "Everybody to the archive"}, {Kind: "task", ID: "t1", Name: "Anna moves in"}, {Kind: "task", ID: "t2", Name: "Archive of the office, every night"}}, More: 9}
	must(b.svc.SaveLocalDomain(ctx, sampleDomain(), true))
	other := sampleDomain()
	other.Domain, other.Way, other.Admin, other.Server.Host = "a-rather-long-name-of-a-domain.example", task.ByAuthzid, "cyrus", "imap.new.example"
	must(b.svc.SaveLocalDomain(ctx, other, true))
	ldap, err := b.svc.SaveDirectory(ctx, task.Directory{Name: "Staff", Kind: task.DirectoryLDAP, URL: "ldaps://dc.new.example", Base: "ou=people,dc=new,dc=example", BindDN: "reader@new.example", Filter: "(mail=*)"})
	must(err)
	few, err := b.svc.SaveDirectory(ctx, task.Directory{Name: "A few", Kind: task.DirectoryStatic, Users: []task.DirectoryUser{{Address: "ann@new.example", Name: "Ann Miller", Groups: []string{"staff", "movers"}}, {Address: "bob@new.example"}}})
	must(err)
	rule := sampleRule(ldap.ID)
	rule.Schedule.Every = 6 * time.Hour
	rule.Hooks = sampleTask().Hooks
	rule, err = b.svc.SaveRule(ctx, rule)
	must(err)
	_, err = b.svc.ApplyRule(ctx, rule.ID, false)
	must(err)
	failing := sampleRule(few.ID)
	failing.Name, failing.Source, failing.Group = "Everybody to the archive", task.Account{ID: works.ID, Root: "{address}"}, ""
	failing.Result = task.RuleResult{Users: 50, Fault: "40 of 50 users are gone: nothing was paused, because this is hardly what is meant"}
	failing, err = b.svc.SaveRule(ctx, failing)
	must(err)
	admin := access.With(ctx, access.Actor{UserID: "u-admin", Role: access.RoleAdmin})
	mail, _, err := b.svc.SaveChannel(admin, task.Channel{Name: "On call", Kind: task.ChannelMail, Target: "ann@new.example bob@new.example", Relay: "office", Events: task.NoticeEvents()[:3], All: true})
	must(err)
	hook, _, err := b.svc.SaveChannel(admin, task.Channel{Name: "Dashboard", Kind: task.ChannelWebhook, Target: "https://hooks.example/mailweir/a/rather/long/path", Events: task.NoticeEvents(), Tasks: []string{"t1", "t2"}})
	must(err)
	return []picture{
		{name: "accounts", path: "/accounts", wait: ".accounts"},
		{name: "account-new", path: "/accounts/new", wait: "#account-form"},
		{name: "account-works", path: "/accounts/" + works.ID, wait: ".abilities"},
		{name: "account-broken", path: "/accounts/" + broken.ID, wait: "#provider"},
		{name: "account-oauth", path: "/accounts/" + consents.ID, wait: "#consent"},
		{name: "domains", path: "/domains", wait: ".domains"},
		{name: "domain-new", twin: true, path: "/domains/new", wait: "#domain-form"},
		{name: "domain", path: "/domains/new.example", wait: "#mailbox"},
		{name: "directories", path: "/directories", wait: ".directories"},
		{name: "directory-new", twin: true, path: "/directories/new", wait: "#directory-form"},
		{name: "directory", path: fmt.Sprintf("/directories/%s?ask=yes&in=staff", ldap.ID), wait: "#answer"},
		{name: "directory-list", twin: true, path: "/directories/" + few.ID, wait: "#users"},
		{name: "rules", path: "/rules", wait: ".rules"},
		{name: "rule-new", twin: true, path: "/rules/new", wait: "#rule-form"},
		{name: "rule", path: "/rules/" + rule.ID, wait: "#rule-form"},
		{name: "rule-fails", twin: true, path: "/rules/" + failing.ID, wait: ".alert"},
		{name: "channels", path: "/channels", wait: ".channels"},
		{name: "channel-new", twin: true, path: "/channels/new", wait: "#channel-form"},
		{name: "channel", path: "/channels/" + mail.ID, wait: ".notices"},
		{name: "channel-webhook", twin: true, path: "/channels/" + hook.ID, wait: ".notices"},
		{name: "settings", path: "/settings", wait: "#limits-form"},
		{name: "about", path: "/about", wait: ".about"},
	}
}

// What is shown after a button was pressed has no address of its own: the servers that
// were found, how a test went, who would get a task, a secret. It is drawn and looked at
// for barriers here.
func TestBrowser_accountIsFoundTestedAndKeepsItsPassword(t *testing.T) {
	b := newBrowser(t)
	b.svc.rightPassword = "right"
	directory, err := b.svc.SaveDirectory(t.Context(), task.Directory{Name: "Staff", Kind: task.DirectoryLDAP, URL: "ldaps://dc.new.example", Base: "dc=new,dc=example"})
	if err != nil {
		t.Fatal(err)
	}
	script := axe(t)
	look := func(name string) {
		t.Helper()
		b.portrait(name)
		for _, v := range b.barriers(script) {
			if v.Impact == "serious" || v.Impact == "critical" {
				t.Errorf("%s: %s (%s): %s\n\t%s", name, v.Help, v.ID, v.Impact, strings.Join(v.Nodes, "\n\t"))
			}
		}
	}
	b.logIn()
	b.open("/accounts/new")
	b.until(`document.querySelector("#find")`)
	b.fill("#name", "archive", "#address", "ann@old.example", "#account-password", "wrong")
	b.click("#find")
	b.until(`document.querySelectorAll("#found .rows > li").length === 2`)
	look("account-found")
	b.click("#found button")
	b.until(`document.querySelector("#account-host").value === "imap.old.example" && document.querySelector("#account-password").value === "wrong"`)
	b.click("#test-typed")
	b.until(`document.querySelector("#tried.tone-bad .remedy") && document.activeElement?.id === "tried"`)
	look("account-refused")
	b.eval(`document.querySelector("#account-password").value = ""`)
	b.fill("#account-password", "right")
	b.click("#test-typed")
	b.until(`document.querySelector("#tried.tone-good") && document.querySelector("#account-password").value === "right"`)
	look("account-tested")
	b.click("#account-form > .actions button")
	b.until(`location.pathname.startsWith("/accounts/acc") && document.querySelector(".alert.tone-good")`)
	if got := b.svc.passwords[strings.TrimPrefix(b.eval("location.pathname"), "/accounts/")]; got != "right" {
		t.Errorf("the password %q is stored", got.Reveal())
	}

	consents, err := b.svc.SaveStoredAccount(t.Context(), oauthSample())
	if err != nil {
		t.Fatal(err)
	}
	for _, button := range []string{"#authorize", "#authorize-code"} {
		b.open("/accounts/" + consents.ID)
		b.until(`document.readyState === "complete" && document.querySelector("` + button + `")`)
		b.click(button)
		b.until(`document.querySelector("#go")`)
		look("consent" + button[1:])
	}

	b.open("/rules/new")
	b.until(`document.querySelector("#directory")`)
	b.eval(`document.querySelector("#directory").value = "` + directory.ID + `"`)
	b.fill("#from-address", "{user}@old.example")
	b.click("#who")
	b.until(`document.querySelectorAll("#preview-who tbody tr").length === 25`)
	look("rule-who")

	b.open("/channels/new")
	b.until(`document.querySelector("#channel-form")`)
	b.eval(`document.querySelector("#kind").value = "webhook"`)
	b.fill("#name", "Dashboard", "#url", "https://hooks.example/mailweir")
	b.click("#channel-form > .actions button")
	b.until(`document.querySelector("#secret")?.textContent === "s3cret"`)
	look("channel-secret")
	b.calm()
}
