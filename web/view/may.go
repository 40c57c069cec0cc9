package view

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/task"
)

type objectKey struct{}

// WithObject returns a context for a page about an object, so that the page shows
// only what its reader may do to it.
func WithObject(ctx context.Context, o access.Object) context.Context {
	return context.WithValue(ctx, objectKey{}, o)
}

// may reports whether the reader may do something to what the page is about.
func may(ctx context.Context, do access.Action) bool {
	o, _ := ctx.Value(objectKey{}).(access.Object)
	return access.Allowed(access.From(ctx), do, o)
}

// MayRun reports whether the reader may run what the page is about.
func MayRun(ctx context.Context) bool { return may(ctx, access.RunTask) }

// mayTask reports whether the reader may do something to the task.
func mayTask(ctx context.Context, do access.Action, tk task.Task) bool {
	return access.Allowed(access.From(ctx), do, access.OfTask(tk))
}

// mayUseMachine reports whether the task that the page is about, or one that the
// reader makes, may name files of this machine. It is the service that refuses them.
func mayUseMachine(ctx context.Context) bool {
	if o, _ := ctx.Value(objectKey{}).(access.Object); o.Owner != "" {
		return !o.OwnerRole.Bound()
	}
	return !access.From(ctx).Role.Bound()
}

// othersOwner is the name of a task's owner, unless that is the reader, or nobody.
func othersOwner(ctx context.Context, tk task.Task) string {
	if tk.Owner.ID == "" || tk.Owner.ID == access.From(ctx).UserID {
		return ""
	}
	return Plain(tk.Owner.Name)
}

// SetupForm makes the first user. It holds no password.
type SetupForm struct {
	Name      string
	NeedsCode bool // the reader is not on this machine
	WrongCode bool
	Differ    bool // the two passwords do
	Problems  []string
	Wait      time.Duration // before the next attempt is looked at
}

// Account is what the page of one's own account shows.
type Account struct {
	User     access.User
	Logins   []access.Login
	Current  string // ID of the login that looks at the page
	Tokens   []access.Token
	Password PasswordForm
	Token    TokenForm
	Secret   string   // of a token that was made just now
	Language Language // that was chosen in this browser, "" is none
}

// PasswordForm changes a password. It holds none.
type PasswordForm struct {
	Problems []string
	Done     bool
}

// TokenForm makes a token.
type TokenForm struct {
	Name     string
	Scopes   []access.Scope
	Days     string // until it expires; "" is never
	Problems []string
}

func (f TokenForm) has(s access.Scope) bool { return slices.Contains(f.Scopes, s) }

// Codes is what the page of one-time codes shows.
type Codes struct {
	User     access.User
	Secret   string   // of a key that waits for its confirmation
	Recovery []string // made just now
	Problems []string
}

// UserForm makes or changes a user. It holds no password.
type UserForm struct {
	User     access.User // ID "" is a new one
	Domains  string      // as typed
	Self     bool        // it is the reader
	Heirs    []access.User
	Problems []string
	Notice   string // what has been done just now
}

// Audit is a part of the audit trail.
type Audit struct {
	Events    []access.Event
	Filter    access.Filter
	More      string // address of the next part, or ""
	Retention int    // days
	Problems  []string
}

// filtered reports whether only some events are asked for.
func (a Audit) filtered() bool {
	return a.Filter.Actor != "" || a.Filter.Deed != "" || a.Filter.Object != ""
}

func roleWord(ctx context.Context, r access.Role) string {
	x := t(ctx)
	switch r {
	case access.RoleReader:
		return x.RoleReader
	case access.RoleUser:
		return x.RoleUser
	case access.RoleOperator:
		return x.RoleOperator
	case access.RoleAdmin:
		return x.RoleAdmin
	}
	return Plain(string(r))
}

func roleHint(ctx context.Context, r access.Role) string {
	x := t(ctx)
	switch r {
	case access.RoleReader:
		return x.RoleReaderHint
	case access.RoleUser:
		return x.RoleUserHint
	case access.RoleOperator:
		return x.RoleOperatorHint
	}
	return x.RoleAdminHint
}

func scopeHint(ctx context.Context, s access.Scope) string {
	x := t(ctx)
	switch s {
	case access.ScopeRead:
		return x.ScopeRead
	case access.ScopeRun:
		return x.ScopeRun
	case access.ScopeWrite:
		return x.ScopeWrite
	}
	return x.ScopeAdmin
}

// userStatus says whether somebody can log in.
func userStatus(ctx context.Context, u access.User) Status {
	if u.Disabled {
		return Status{Icon: "stopped", Word: t(ctx).UserDisabled, Tone: ToneIdle}
	}
	return Status{Icon: "ok", Word: t(ctx).UserActive, Tone: ToneGood}
}

// Words by which browsers and systems are known; the first that is found counts,
// because most browsers also name those that they want to be taken for.
var (
	browsers = [][2]string{{"Edg", "Edge"}, {"OPR/", "Opera"}, {"Firefox/", "Firefox"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}, {"curl/", "curl"}}
	systems  = [][2]string{{"Android", "Android"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Windows", "Windows"}, {"Mac OS", "macOS"}, {"CrOS", "ChromeOS"}, {"Linux", "Linux"}}
)

// browserName makes a name for people of what a browser calls itself.
func browserName(ctx context.Context, agent string) string {
	find := func(words [][2]string) string {
		for _, w := range words {
			if strings.Contains(agent, w[0]) {
				return w[1]
			}
		}
		return ""
	}
	switch browser, system := find(browsers), find(systems); {
	case browser != "" && system != "":
		return t(ctx).BrowserOn(browser, system)
	case browser != "":
		return browser
	case agent == "":
		return t(ctx).BrowserUnknown
	}
	return Plain(agent)
}

// expired reports whether a token opens nothing any more.
func expired(tk access.Token, now time.Time) bool {
	return !tk.Expires.IsZero() && !tk.Expires.After(now)
}

// by is who has caused an event.
func by(ctx context.Context, e access.Event) string {
	switch {
	case e.Actor != "":
		return Plain(e.Actor)
	case e.Via == "service" || e.Via == "command line":
		return t(ctx).TheService(e.Via)
	}
	return t(ctx).Somebody
}

// aboutObject is the address of what an event is about, if it may still be there.
func aboutObject(e access.Event) string {
	switch {
	case e.ObjectID == "":
		return ""
	case e.Kind == "task" && e.Deed != access.DeedTaskDeleted:
		return "/tasks/" + e.ObjectID
	case e.Kind == "user" && e.Deed != access.DeedUserRemoved:
		return "/users/" + e.ObjectID
	case e.Kind == "account" && e.Deed != access.DeedAccountRemoved:
		return "/accounts/" + e.ObjectID
	case e.Kind == "channel" && e.Deed != access.DeedChannelRemoved:
		return "/channels/" + e.ObjectID
	case e.Kind == "domain" && e.Deed != access.DeedDomainRemoved:
		return "/domains/" + e.ObjectID
	case e.Kind == "directory" && e.Deed != access.DeedDirectoryRemoved:
		return "/directories/" + e.ObjectID
	case e.Kind == "rule" && e.Deed != access.DeedRuleRemoved:
		return "/rules/" + e.ObjectID
	}
	return ""
}

func userTitle(ctx context.Context, f UserForm) string {
	if f.User.ID == "" {
		return t(ctx).NewUser
	}
	return Plain(f.User.Name)
}

func userAction(f UserForm) string {
	if f.User.ID == "" {
		return "/users/new"
	}
	return "/users/" + f.User.ID
}
