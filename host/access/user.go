package access

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// Role is what a user is to the service.
type Role string

// The roles, from the least to the most.
const (
	RoleReader   Role = "read-only" // sees tasks and runs, all or those of some domains
	RoleUser     Role = "user"      // has tasks
	RoleOperator Role = "operator"  // has tasks, and tends those of some domains
	RoleAdmin    Role = "admin"     // all, and the users
)

// Roles are all of them, from the least to the most.
func Roles() []Role { return []Role{RoleReader, RoleUser, RoleOperator, RoleAdmin} }

// Bound reports whether tasks of such an owner are limited in where they connect
// to, and kept off the files of this machine.
func (r Role) Bound() bool { return r != RoleAdmin }

// User is somebody who can log in.
type User struct {
	ID       string
	Name     string // to log in with; unique, in lower case; may be an address
	Role     Role
	Domains  []string // of an operator, or of a read-only user who sees only these; in lower case
	Disabled bool     // can not log in, and their tokens open nothing
	// What follows is the store's to set.
	TOTP     bool // a code is asked for beside the password
	Recovery int  // recovery codes that are left
	Tasks    int  // that they own
	Created  time.Time
	LoggedIn time.Time // the last time; zero is never
}

var (
	userName   = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-z0-9][a-z0-9._+@-]{0,127}$`) })
	domainName = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$`)
	})
)

// UserName is name as it is stored: without blanks around it, in lower case.
func UserName(name string) string { return strings.ToLower(strings.TrimSpace(name)) }

// ValidUserName reports why name can not be the name of a user, or nil.
func ValidUserName(name string) error {
	if !userName().MatchString(name) {
		return fmt.Errorf("user name %q: up to 128 letters a-z, digits, '.', '_', '-', '+' and '@', starting with a letter or digit", name)
	}
	return nil
}

// Validate reports all that is wrong with the user.
func (u User) Validate() error {
	var errs []error
	if err := ValidUserName(u.Name); err != nil {
		errs = append(errs, err)
	}
	if !slices.Contains(Roles(), u.Role) {
		errs = append(errs, fmt.Errorf("role %q: it is one of read-only, user, operator, admin", u.Role))
	}
	for _, d := range u.Domains {
		if len(d) > 253 || !domainName().MatchString(d) {
			errs = append(errs, fmt.Errorf("domain %q: it is a name such as example.org", d))
		}
	}
	switch {
	case u.Role == RoleOperator && len(u.Domains) == 0:
		errs = append(errs, errors.New("an operator needs a domain at least"))
	case len(u.Domains) > 0 && u.Role != RoleOperator && u.Role != RoleReader:
		errs = append(errs, fmt.Errorf("domains belong to an operator or a read-only user, not to the role %q", u.Role))
	}
	return errors.Join(errs...)
}

// ParseDomains reads names that are separated by blanks or commas.
func ParseDomains(text string) []string {
	var out []string
	for _, d := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' || r == '\n' || r == '\r' || r == '\t' }) {
		if d = strings.ToLower(d); !slices.Contains(out, d) {
			out = append(out, d)
		}
	}
	return out
}

// Bounds on a password: a long one is fine, but hashing takes time.
const (
	MinPassword = 10
	MaxPassword = 1024
)

// ValidPassword reports why password can not be that of the user called name, or
// nil. The error does not repeat it.
func ValidPassword(name, password string) error {
	switch {
	case len([]rune(password)) < MinPassword:
		return fmt.Errorf("the password is shorter than %d characters", MinPassword)
	case len(password) > MaxPassword:
		return fmt.Errorf("the password is longer than %d bytes", MaxPassword)
	case strings.EqualFold(strings.TrimSpace(password), name):
		return errors.New("the password is the user's name")
	case len(slices.Compact([]rune(password))) == 1:
		return errors.New("the password is one character over and over")
	}
	return nil
}
