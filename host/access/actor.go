package access

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// Actor is who does something: a user with a login or a token. The zero value is
// nobody, who may do nothing.
type Actor struct {
	UserID  string
	Name    string
	Role    Role
	Domains []string
	LoginID string  // "" with a token
	TokenID string  // "" with a login
	Scopes  []Scope // of the token
	Address string  // where the request came from; also of nobody
	ByLink  bool    // somebody without an account, who was sent a link to a task
}

// Actor is the user as one who does something.
func (u User) Actor() Actor {
	return Actor{UserID: u.ID, Name: u.Name, Role: u.Role, Domains: u.Domains}
}

// IsService reports whether it is nobody who has come by a request: the service
// itself, or who has the machine and its command line.
func (a Actor) IsService() bool { return a.UserID == "" && a.Address == "" }

// LocalID stands in an Actor for somebody on this machine who can read the data
// directory, and so could do everything without the service, too.
const LocalID = "local"

// Local is that actor. It is no user, and what it makes belongs to the service.
func Local() Actor {
	return Actor{UserID: LocalID, Name: "command line", Role: RoleAdmin, TokenID: LocalID, Scopes: Scopes()}
}

type contextKey struct{}

// With returns a context in which a does what is done.
func With(ctx context.Context, a Actor) context.Context {
	return context.WithValue(ctx, contextKey{}, a)
}

// From is who does what is done in ctx; nobody is the service itself.
func From(ctx context.Context) Actor {
	a, _ := ctx.Value(contextKey{}).(Actor)
	return a
}

// Scope is a part of what its user may do that a token may do, too.
type Scope string

// The scopes. None contains another.
const (
	ScopeRead  Scope = "read"  // look at tasks and runs
	ScopeRun   Scope = "run"   // run, stop, pause and resume tasks
	ScopeWrite Scope = "write" // make, change and delete tasks
	ScopeAdmin Scope = "admin" // all that only admins may do; worth nothing to others
)

// Scopes are all of them.
func Scopes() []Scope { return []Scope{ScopeRead, ScopeRun, ScopeWrite, ScopeAdmin} }

// Token lets a program act for a user, within its scopes.
type Token struct {
	ID      string
	UserID  string
	Name    string // what it is for
	Scopes  []Scope
	Created time.Time
	Expires time.Time // zero is never
	Used    time.Time // the last time, to the minute; zero is never
}

// Validate reports what is wrong with a token that is to be made at now.
func (t Token) Validate(now time.Time) error {
	switch {
	case t.Name == "":
		return fmt.Errorf("the token has no name")
	case len(t.Name) > 100:
		return fmt.Errorf("the token's name is longer than 100 bytes")
	case len(t.Scopes) == 0:
		return fmt.Errorf("the token has no scope")
	case !t.Expires.IsZero() && !t.Expires.After(now):
		return fmt.Errorf("the token has expired before it is made")
	}
	for _, s := range t.Scopes {
		if !slices.Contains(Scopes(), s) {
			return fmt.Errorf("scope %q: it is one of read, run, write, admin", s)
		}
	}
	return nil
}

// Login is a user's stay in one browser.
type Login struct {
	ID      string
	UserID  string
	Address string
	Agent   string // what the browser calls itself: hostile text
	Created time.Time
	Seen    time.Time // to the minute
}

// Event is a line of the audit trail: who did what to which object, and when.
type Event struct {
	ID       int64 // ascending
	At       time.Time
	ActorID  string // of the user; "" is nobody, or the service itself
	Actor    string // their name then
	Via      string // "login", "token", "link", "command line" or "service"
	Address  string // where the request came from
	Deed     Deed
	Kind     string // of the object: "task", "user", "token" or "service"
	ObjectID string
	Object   string // its name then
	Detail   string // one line
}

// Deed is what an event says was done.
type Deed string

// The deeds.
const (
	DeedLogin          Deed = "logged in"
	DeedLoginFailed    Deed = "failed to log in"
	DeedLogout         Deed = "logged out"
	DeedTaskMade       Deed = "task made"
	DeedTaskChanged    Deed = "task changed"
	DeedTaskDeleted    Deed = "task deleted"
	DeedTaskRestored   Deed = "task restored"
	DeedTaskGiven      Deed = "task given"
	DeedTaskPaused     Deed = "task paused"
	DeedTaskResumed    Deed = "task resumed"
	DeedRunStarted     Deed = "run started"
	DeedRunStopped     Deed = "run stopped"
	DeedRunPaused      Deed = "run paused"
	DeedRunResumed     Deed = "run resumed"
	DeedUserMade       Deed = "user made"
	DeedUserChanged    Deed = "user changed"
	DeedUserRemoved    Deed = "user removed"
	DeedPassword       Deed = "password changed"
	DeedTOTPOn         Deed = "codes turned on"
	DeedTOTPOff        Deed = "codes turned off"
	DeedRecoveryUsed   Deed = "recovery code used"
	DeedTokenMade      Deed = "token made"
	DeedTokenRevoked   Deed = "token revoked"
	DeedSessionsEnded  Deed = "sessions ended"
	DeedRetention      Deed = "retention changed"
	DeedRate           Deed = "rate changed"
	DeedAccountMade    Deed = "account made"
	DeedAccountChanged Deed = "account changed"
	DeedAccountRemoved Deed = "account removed"
	DeedConsentAsked   Deed = "consent asked for"
	DeedConsentGiven   Deed = "consent given"
	DeedChannelMade    Deed = "channel made"
	DeedChannelChanged Deed = "channel changed"
	DeedChannelRemoved Deed = "channel removed"

	DeedDomainSaved      Deed = "local domain saved"
	DeedDomainRemoved    Deed = "local domain removed"
	DeedDirectorySaved   Deed = "directory saved"
	DeedDirectoryRemoved Deed = "directory removed"
	DeedRuleSaved        Deed = "rule saved"
	DeedRuleApplied      Deed = "rule applied"
	DeedRuleRemoved      Deed = "rule removed"
	DeedLimits           Deed = "limits changed"

	DeedPluginInstalled Deed = "plugin installed"
	DeedPluginRemoved   Deed = "plugin removed"
	DeedScriptSaved     Deed = "script saved"
	DeedPlanApproved    Deed = "plan approved"
	DeedPlanWithdrawn   Deed = "plan withdrawn"
	DeedMailRead        Deed = "mail read to try a script"

	DeedLinkMade    Deed = "link made"
	DeedLinkUsed    Deed = "link used"
	DeedLinkRevoked Deed = "link revoked"
)

// Deeds are all of them, in the order in which pages list them.
func Deeds() []Deed {
	return []Deed{
		DeedLogin, DeedLoginFailed, DeedLogout, DeedTaskMade, DeedTaskChanged, DeedTaskDeleted, DeedTaskRestored, DeedTaskGiven,
		DeedTaskPaused, DeedTaskResumed, DeedPlanApproved, DeedPlanWithdrawn, DeedRunStarted, DeedRunStopped, DeedRunPaused, DeedRunResumed, DeedUserMade, DeedUserChanged, DeedUserRemoved,
		DeedPassword, DeedTOTPOn, DeedTOTPOff, DeedRecoveryUsed, DeedTokenMade, DeedTokenRevoked, DeedSessionsEnded, DeedRetention,
		DeedPluginInstalled, DeedPluginRemoved, DeedScriptSaved, DeedMailRead,
		DeedDomainSaved, DeedDomainRemoved, DeedDirectorySaved, DeedDirectoryRemoved, DeedRuleSaved, DeedRuleApplied, DeedRuleRemoved, DeedLimits,
		DeedRate, DeedAccountMade, DeedAccountChanged, DeedAccountRemoved, DeedConsentAsked, DeedConsentGiven, DeedChannelMade, DeedChannelChanged, DeedChannelRemoved,
		DeedLinkMade, DeedLinkUsed, DeedLinkRevoked,
	}
}

// By returns the event as one that a has caused.
func (e Event) By(a Actor) Event {
	e.ActorID, e.Actor, e.Address = a.UserID, a.Name, a.Address
	switch {
	case a.UserID == LocalID:
		e.Via = "command line"
	case a.ByLink:
		e.Via = "link"
	case a.TokenID != "":
		e.Via = "token"
	case a.LoginID != "" || a.Address != "":
		e.Via = "login"
	case e.Via == "":
		e.Via = "service"
	}
	return e
}

// Filter says which events of the audit trail are asked for, newest first.
type Filter struct {
	Actor  string // name of who did it; "" is anybody
	Deed   Deed   // "" is anything
	Kind   string // of the object; "" is any
	Object string // part of the object's name
	ID     string // of the object
	Before int64  // only events with a smaller ID; 0 is all
	Limit  int
}
