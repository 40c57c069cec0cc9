package task

import (
	"errors"
	"fmt"
	"path/filepath"
	"time"
)

// DirectoryKind says where a directory has its users from.
type DirectoryKind string

// The kinds.
const (
	DirectoryLDAP   DirectoryKind = "ldap"
	DirectoryCSV    DirectoryKind = "csv"
	DirectoryStatic DirectoryKind = "static"
)

// Directory says who has a mailbox, or rather who knows it.
type Directory struct {
	ID   string        `json:"-"`
	Name string        `json:"-"` // for people; unique
	Kind DirectoryKind `json:"kind"`

	// Of LDAP; "" is the usual.
	URL       string   `json:"url,omitempty"`     // ldaps://HOST, ldap://HOST with StartTLS, ldap://HOST?tls=none
	BindDN    string   `json:"bind_dn,omitempty"` // who asks; "" is nobody
	Password  Password `json:"-"`
	Base      string   `json:"base,omitempty"`       // where users are
	Filter    string   `json:"filter,omitempty"`     // which entries are users
	Address   string   `json:"address,omitempty"`    // attribute with the address
	NameAt    string   `json:"name,omitempty"`       // attribute with the name
	GroupsAt  string   `json:"groups,omitempty"`     // attribute with the groups
	GroupBase string   `json:"group_base,omitempty"` // where groups are, if users do not name theirs
	CAFile    string   `json:"ca,omitempty"`         // PEM file of the authorities to trust instead of the system's

	File  string          `json:"file,omitempty"`  // of CSV
	Users []DirectoryUser `json:"users,omitempty"` // of static

	Updated time.Time `json:"-"`
}

// DirectoryUser is a user in a list.
type DirectoryUser struct {
	Address string   `json:"address"`
	Name    string   `json:"name,omitempty"`
	Groups  []string `json:"groups,omitempty"`
}

// Validate reports what is wrong with the directory as far as this room can tell;
// the rest is said when it is asked.
func (d Directory) Validate() error {
	errs := []error{validName("directory", d.Name)}
	switch d.Kind {
	case DirectoryLDAP:
		if d.URL == "" || d.Base == "" {
			errs = append(errs, errors.New("an LDAP directory needs its server and the search base of its users"))
		}
		if d.BindDN == "" && d.Password != "" {
			errs = append(errs, errors.New("a password needs the bind DN that it belongs to"))
		}
	case DirectoryCSV:
		if !filepath.IsAbs(d.File) {
			errs = append(errs, fmt.Errorf("the file %q of a CSV directory is not an absolute path", d.File))
		}
	case DirectoryStatic:
		if len(d.Users) == 0 {
			errs = append(errs, errors.New("a static directory lists no users"))
		}
	default:
		errs = append(errs, fmt.Errorf("the kind %q of directory is not known", d.Kind))
	}
	return errors.Join(errs...)
}
