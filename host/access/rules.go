package access

import (
	"slices"
	"strings"

	"github.com/mailweir/mailweir/host/task"
)

// Action is what somebody wants to do.
type Action string

// The actions. Those on a task include its runs.
const (
	ListTasks   Action = "list tasks" // each by itself is shown only to who may read it
	ReadTask    Action = "read a task"
	CreateTask  Action = "make a task"
	ChangeTask  Action = "change a task"
	DeleteTask  Action = "delete a task"
	RunTask     Action = "run or stop a task"
	PauseTask   Action = "pause or resume a task"
	GiveTask    Action = "give a task to another user"
	GrantPlugin Action = "grant a plugin what it asks for"
	BulkTasks   Action = "do something to several tasks" // for each by itself its own action decides
	ManageUsers Action = "manage users"
	ReadAudit   Action = "read the audit trail"
	Administer  Action = "administer the service" // all that has no action of its own
	OwnAccount  Action = "manage one's own account"
	OwnChannels Action = "manage one's own channels"
	ReadMetrics Action = "read metrics"
)

// Object is what an action is done to. The zero value is the service as a whole,
// and what belongs to it.
type Object struct {
	Owner     string   // ID of a user; "" is the service itself
	OwnerRole Role     // of the owner
	Domains   []string // that it belongs to
}

// OfTask is a task as an object. It belongs to the domain of its owner and to that
// of the mailbox that it fills.
func OfTask(t task.Task) Object {
	o := Object{Owner: t.Owner.ID, OwnerRole: Role(t.Owner.Role)}
	mailbox := t.Destination.User
	if t.Destination.Authzid != "" {
		mailbox = t.Destination.Authzid
	}
	for _, name := range []string{t.Owner.Name, mailbox} {
		if d := domainOf(name); d != "" && !slices.Contains(o.Domains, d) {
			o.Domains = append(o.Domains, d)
		}
	}
	return o
}

// domainOf is what follows the last "@", in lower case, or "".
func domainOf(name string) string {
	at := strings.LastIndexByte(name, '@')
	if at < 0 {
		return ""
	}
	return strings.ToLower(name[at+1:])
}

// reach is which objects a role gets at with an action.
type reach int

const (
	none    reach = iota
	own           // those of the actor
	domains       // those, and all in the actor's domains
	tended        // the same, but for what an admin owns: whose connections have no limits
	watched       // all, or those in the actor's domains if there are any
	all
)

// rule is a line of the table.
type rule struct {
	scope                         Scope // that a token needs; "" is for logins only
	reader, user, operator, admin reach
}

// rules is who may do what.
var rules = map[Action]rule{
	//             token       read-only  user  operator  admin
	ListTasks:   {ScopeRead, all, all, all, all},
	ReadTask:    {ScopeRead, watched, own, domains, all},
	CreateTask:  {ScopeWrite, none, all, all, all},
	ChangeTask:  {ScopeWrite, none, own, tended, all},
	DeleteTask:  {ScopeWrite, none, own, tended, all},
	RunTask:     {ScopeRun, none, own, domains, all},
	PauseTask:   {ScopeRun, none, own, domains, all},
	GiveTask:    {ScopeAdmin, none, none, none, all},
	GrantPlugin: {ScopeAdmin, none, none, none, all},
	BulkTasks:   {ScopeRun, none, all, all, all},
	ManageUsers: {ScopeAdmin, none, none, none, all},
	ReadAudit:   {ScopeAdmin, none, none, none, all},
	Administer:  {ScopeAdmin, none, none, none, all},
	OwnAccount:  {"", all, all, all, all},
	OwnChannels: {ScopeWrite, none, all, all, all},
	ReadMetrics: {ScopeRead, all, none, none, all},
}

// Allowed is the one place where it is decided whether actor a may do something to
// object o. What it does not know is not allowed.
func Allowed(a Actor, do Action, o Object) bool {
	r, known := rules[do]
	if !known || a.UserID == "" {
		return false
	}
	if a.TokenID != "" && (r.scope == "" || !slices.Contains(a.Scopes, r.scope)) {
		return false
	}
	mine := o.Owner == a.UserID
	inDomain := slices.ContainsFunc(o.Domains, func(d string) bool { return slices.Contains(a.Domains, d) })
	switch r.of(a.Role) {
	case all:
		return true
	case watched:
		return len(a.Domains) == 0 || inDomain
	case domains:
		return mine || inDomain
	case tended:
		return mine || inDomain && o.OwnerRole != RoleAdmin && o.Owner != ""
	case own:
		return mine
	}
	return false
}

func (r rule) of(role Role) reach {
	switch role {
	case RoleReader:
		return r.reader
	case RoleUser:
		return r.user
	case RoleOperator:
		return r.operator
	case RoleAdmin:
		return r.admin
	}
	return none
}

// Known reports whether the table has a line for the action.
func (do Action) Known() bool {
	_, known := rules[do]
	return known
}

// ReadsOnly reports whether the action changes nothing.
func (do Action) ReadsOnly() bool {
	return do == ListTasks || do == ReadTask || do == ReadAudit || do == ReadMetrics
}
