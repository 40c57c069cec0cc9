package task

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Rule gives every user of a group a task of its own. Tasks are made from a
// pattern, and paused when their user has left; nothing is ever deleted.
type Rule struct {
	ID        string
	Name      string // for people; unique
	Directory string // ID of the directory that knows the users
	Group     string // "" is everybody
	// Source and Destination are accounts of which User, Local, Authzid and Root may
	// hold the patterns {address}, {user} and {domain}.
	Source      Account
	Destination Account
	Hooks       []Hook
	Schedule    Schedule
	Applied     time.Time  // when it was applied last; this and what follows is the store's to set
	Result      RuleResult // of that time
	Updated     time.Time
}

// RuleUser says for which user a rule made a task.
type RuleUser struct {
	ID   string // of the rule; "" is none
	Name string // of the rule
	User string // address
}

// RuleResult is what applying a rule came to.
type RuleResult struct {
	Users   int    `json:"users"`
	Made    int    `json:"made"`
	Changed int    `json:"changed"`
	Paused  int    `json:"paused"`  // their users have left
	Resumed int    `json:"resumed"` // their users are back
	Fault   string `json:"fault,omitempty"`
}

// Validate reports all that is wrong with the rule.
func (r Rule) Validate() error {
	errs := []error{validName("rule", r.Name)}
	if len(r.Name) > 100 { // the tasks' names hold it and an address
		errs = append(errs, errors.New("the rule's name is longer than 100 bytes"))
	}
	if r.Directory == "" {
		errs = append(errs, errors.New("the rule names no directory"))
	}
	if r.Source.Password != "" || r.Destination.Password != "" {
		errs = append(errs, errors.New("a rule has no passwords: its accounts are stored ones, or mailboxes of local domains"))
	}
	for side, a := range map[string]Account{"source": r.Source, "destination": r.Destination} {
		if !a.Referred() && a.Kind != KindMaildir {
			errs = append(errs, fmt.Errorf("the %s is neither a stored account nor a mailbox of a local domain", side))
		}
	}
	if r.Source.Local == r.Destination.Local && r.Source.ID == r.Destination.ID && r.Source.Root == r.Destination.Root && r.Source.Dir == r.Destination.Dir {
		errs = append(errs, errors.New("source and destination are the same account; a copy into itself would never end"))
	}
	everyone := Rule{Source: r.Source, Destination: r.Destination}
	if t, err := everyone.Task("ann@example.org"); err == nil {
		if other, _ := everyone.Task("bob@example.net"); sameMailbox(t.Sources[0].Account, other.Sources[0].Account) && sameMailbox(t.Destination, other.Destination) {
			errs = append(errs, errors.New("every user would get the same task: source or destination needs {address}, {user} or {domain}"))
		}
	}
	errs = append(errs, r.Schedule.Validate())
	return errors.Join(errs...)
}

// Task is the task that the rule gives a user.
func (r Rule) Task(address string) (Task, error) {
	user, domain, ok := cutAddress(address)
	if !ok {
		return Task{}, fmt.Errorf("%q is no address of a mailbox", address)
	}
	// What a folder or directory is named after must not lead out of it.
	if strings.ContainsAny(address, "/\\") || strings.HasPrefix(address, ".") {
		return Task{}, fmt.Errorf("the address %q can not stand in the name of a folder", address)
	}
	fill := strings.NewReplacer("{address}", address, "{user}", user, "{domain}", domain)
	in := func(a Account) Account {
		a.Local, a.Root, a.Dir = fill.Replace(a.Local), fill.Replace(a.Root), fill.Replace(a.Dir)
		return a
	}
	return Task{
		Name:        r.Name + ": " + address,
		Sources:     []Source{{Name: "source", Account: in(r.Source)}},
		Destination: in(r.Destination),
		Hooks:       r.Hooks, Schedule: r.Schedule,
		Rule: RuleUser{ID: r.ID, Name: r.Name, User: address},
	}, nil
}
