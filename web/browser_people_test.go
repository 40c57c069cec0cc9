package web_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/mailweir/mailweir/host/access"
)

// peopleGallery fills the service with users, and with what they have done.
func (b *browser) peopleGallery() []picture {
	b.t.Helper()
	ann := b.addUser("ann@new.example", access.RoleUser)
	olga := b.addUser("olga", access.RoleOperator, "new.example", "old.example")
	b.addUser("auditor", access.RoleReader)
	gone := b.addUser("zoe@new.example", access.RoleUser)
	gone.Disabled = true
	if err := b.svc.ChangeUser(b.t.Context(), gone); err != nil {
		b.t.Fatal(err)
	}
	b.svc.users[1].Tasks, b.svc.users[2].TOTP = 3, true
	for _, name := range []string{"Chrome on the desk, Linux", "Firefox on the phone, Android; some words more that make it long"} {
		if _, err := b.svc.StartLogin(b.t.Context(), "u-admin", "2001:db8:1:2:3:4:5:6", name, time.Now().Add(time.Hour)); err != nil {
			b.t.Fatal(err)
		}
	}
	for _, tk := range []access.Token{
		{UserID: "u-admin", Name: "backup script", Scopes: []access.Scope{access.ScopeRead, access.ScopeRun}, Expires: time.Now().AddDate(1, 0, 0), Used: time.Now().Add(-time.Hour)},
		{UserID: "u-admin", Name: "monitoring", Scopes: []access.Scope{access.ScopeRead}},
	} {
		if _, err := b.svc.AddToken(b.t.Context(), tk); err != nil {
			b.t.Fatal(err)
		}
	}
	tk := b.owned(ann)
	for i, deed := range []access.Deed{
		access.DeedLogin, access.DeedTaskMade, access.DeedRunStarted, access.DeedTaskPaused, access.DeedUserChanged, access.DeedLoginFailed,
	} {
		e := access.Event{Deed: deed, Kind: "task", ObjectID: tk.ID, Object: tk.Name}
		if i == 4 {
			e.Kind, e.ObjectID, e.Object, e.Detail = "user", olga.ID, olga.Name, "from user to operator of new.example, old.example"
		}
		a := ann.Actor()
		if deed == access.DeedLoginFailed {
			a, e.Object = access.Actor{}, ""
		}
		a.LoginID, a.Address = "l", "192.0.2.17"
		b.svc.Note(access.With(b.t.Context(), a), e)
	}
	return []picture{
		{name: "account", path: "/account", wait: "#token-form"},
		{name: "codes", path: "/account/codes", wait: ".column"},
		{name: "users", path: "/users", wait: ".users"},
		{name: "user-new", path: "/users/new", wait: ".choices"},
		{name: "user", path: "/users/" + ann.ID, wait: ".danger"},
		{name: "audit", path: "/audit", wait: ".events"},
		{name: "timeline", path: "/tasks/" + tk.ID + "/timeline", wait: ".events"},
		{name: "owner", path: "/tasks/" + tk.ID + "/owner", wait: "#owner"},
	}
}

// portrait is a picture, wide and narrow, of what can not be come back to.
func (b *browser) portrait(name string) {
	b.t.Helper()
	if *shots == "" {
		return
	}
	for _, width := range []int64{1200, 360} {
		b.do(chromedp.EmulateViewport(width, 800))
		b.picture(fmt.Sprintf("%s-%d.png", name, width))
	}
	b.do(chromedp.EmulateViewport(1200, 800))
}

func TestBrowser_firstStartLeadsToALoginWithCodes(t *testing.T) {
	b := newBrowser(t)
	b.svc.people.users = nil // before any start
	b.open("/tasks")
	b.until(`location.pathname === "/setup" && document.querySelector("#again")`)
	b.portrait("setup")
	b.fill("#password", "short", "#again", "short")
	b.eval(`document.querySelector("form[action='/setup']").noValidate = true`)
	b.click("button.wide")
	b.until(`document.querySelector(".alert")?.textContent.includes("shorter than 10")`)
	b.fill("#password", adminPassword, "#again", adminPassword)
	b.click("button.wide")
	b.until(`location.pathname === "/" && document.querySelector(".me")?.textContent.includes("admin")`)

	// One-time codes.
	b.open("/account/codes")
	b.fill("#old", adminPassword)
	b.click(`button[value="start"]`)
	b.until(`document.querySelector("img.qr")?.naturalWidth > 0 && document.querySelector(".key")`)
	b.portrait("codes-start")
	b.fill("#code", b.svc.code)
	b.click(`button[value="confirm"]`)
	b.until(`document.querySelectorAll(".recovery li").length === 2`)
	b.portrait("recovery")
	recovery := b.eval(`document.querySelector(".recovery code").textContent`)

	// Another user, who sees less.
	b.open("/users/new")
	b.fill("#name", "ann@new.example", "#password", userPassword, "#again", userPassword)
	b.click(".column .actions button")
	b.until(`location.pathname === "/users" && document.querySelector(".users").textContent.includes("ann@new.example")`)
	b.click(`form[action="/logout"] button`)
	b.until(`location.pathname === "/login" && document.readyState === "complete"`)
	b.fill("#name", "ann@new.example", "#password", userPassword)
	b.click("button.wide")
	b.until(`location.pathname === "/" && document.querySelector(".me")?.textContent.includes("ann")`)
	if links := b.eval(`document.querySelector(".top nav").textContent`); strings.Contains(links, "Users") || strings.Contains(links, "Audit") {
		t.Errorf("an ordinary user is offered %s", links)
	}
	b.click(`form[action="/logout"] button`)
	b.until(`location.pathname === "/login" && document.readyState === "complete"`)

	// The admin again, whose phone is lost.
	b.fill("#name", "admin", "#password", adminPassword)
	b.click("button.wide")
	b.until(`location.pathname === "/login/code" && document.activeElement?.id === "code"`)
	b.portrait("code")
	b.fill("#code", recovery)
	b.click("button.wide")
	b.until(`location.pathname === "/"`)
	b.open("/audit")
	b.until(`document.querySelector(".events").textContent.includes("logged out")`)
	b.calm()
}
