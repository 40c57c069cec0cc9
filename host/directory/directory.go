package directory

import (
	"context"
	"errors"
	"fmt"
	"net/mail"
	"strings"
)

// MaxUsers bounds what one question may bring.
const MaxUsers = 50_000

// User is somebody who has a mailbox.
type User struct {
	Address string   `json:"address"`          // of the mailbox, in lower case
	Name    string   `json:"name,omitempty"`   // for people
	Groups  []string `json:"groups,omitempty"` // as the directory names them; of LDAP the first part of each name
}

// Directory knows users.
type Directory interface {
	// Users calls fn for every user, or for those of the group alone unless it is
	// "", each address once. It ends with the first error of fn, which comes back as
	// it is. Every other error is an [*Error]; what came before it is not all.
	Users(ctx context.Context, group string, fn func(User) error) error
}

// What kind of trouble an [Error] is. Callers branch with errors.Is.
var (
	ErrConnect = errors.New("no connection")
	ErrTLS     = errors.New("TLS not verified")
	ErrLogin   = errors.New("login refused")
	ErrConfig  = errors.New("the directory is not set up right") // a search base, filter, column that is not there
	ErrTooMany = errors.New("too many users")
	ErrAnswer  = errors.New("answer not understood")
)

// Error is trouble with a directory: one sentence that says what and where.
type Error struct {
	Op    string // what was tried: "search below ou=people"
	Where string // server or file
	Kind  error  // one of the above
	Err   error  // the cause, if any
}

// Error says where, what, and why.
func (e *Error) Error() string {
	text := e.Where + ": "
	if e.Op != "" {
		text += e.Op + ": "
	}
	text += e.Kind.Error()
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap makes errors.Is see both the kind and the cause.
func (e *Error) Unwrap() []error {
	if e.Err == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Err}
}

// Retryable reports whether the same question may be answered later.
func (e *Error) Retryable() bool { return errors.Is(e.Kind, ErrConnect) }

// ValidAddress returns the address in lower case, or why it is none. It is what
// stands in front of and behind one "@", without quotes or a name.
func ValidAddress(text string) (string, error) {
	address := strings.ToLower(strings.TrimSpace(text))
	parsed, err := mail.ParseAddress(address)
	if err != nil || parsed.Address != address || strings.Count(address, "@") != 1 || strings.ContainsAny(address, `"<>`) {
		return "", fmt.Errorf("%q is no address of a mailbox", text)
	}
	return address, nil
}

// once calls fn for users with a valid address that did not come before, within
// the limit.
type once struct {
	where string
	seen  map[string]struct{}
	fn    func(User) error
}

func newOnce(where string, fn func(User) error) *once {
	return &once{where: where, seen: map[string]struct{}{}, fn: fn}
}

func (o *once) user(u User) error {
	if _, twice := o.seen[u.Address]; twice {
		return nil
	}
	if len(o.seen) == MaxUsers {
		return &Error{Op: "read the users", Where: o.where, Kind: ErrTooMany, Err: fmt.Errorf("there are more than %d; narrow the search", MaxUsers)}
	}
	o.seen[u.Address] = struct{}{}
	return o.fn(u)
}

// isMember reports whether the groups have the wanted one, whatever its case.
func isMember(groups []string, wanted string) bool {
	for _, g := range groups {
		if strings.EqualFold(g, wanted) {
			return true
		}
	}
	return wanted == ""
}
