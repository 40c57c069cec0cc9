package app

import (
	"context"
	"crypto/x509"
	"fmt"
	"io"
	"os"

	"github.com/mailweir/mailweir/host/directory"
	"github.com/mailweir/mailweir/host/task"
)

// openDirectory makes of settings what can be asked. skipped is told of users who
// have no address that is one.
func openDirectory(d task.Directory, skipped func(who string, why error)) (directory.Directory, error) {
	switch d.Kind {
	case task.DirectoryCSV:
		return directory.CSV{File: d.File, Open: func() (io.ReadSeekCloser, error) {
			f, err := os.Open(d.File)
			if err != nil {
				return nil, reason(err)
			}
			return f, nil
		}}, nil
	case task.DirectoryStatic:
		users := make(directory.Static, 0, len(d.Users))
		for _, u := range d.Users {
			users = append(users, directory.User(u))
		}
		return users, nil
	}
	l := &directory.LDAP{
		URL: d.URL, BindDN: d.BindDN, Password: d.Password.Reveal(),
		Base: d.Base, Filter: d.Filter, Address: d.Address, Name: d.NameAt, GroupsAt: d.GroupsAt, GroupBase: d.GroupBase, Skipped: skipped,
	}
	if d.CAFile != "" {
		pem, err := os.ReadFile(d.CAFile)
		if err != nil {
			return nil, &directory.Error{Where: d.URL, Op: "read the file of authorities " + d.CAFile, Kind: directory.ErrTLS, Err: reason(err)}
		}
		l.RootCAs = x509.NewCertPool()
		if !l.RootCAs.AppendCertsFromPEM(pem) {
			return nil, &directory.Error{
				Where: d.URL, Op: "read the file of authorities " + d.CAFile, Kind: directory.ErrTLS,
				Err: fmt.Errorf("there is no certificate in PEM format in it"),
			}
		}
	}
	return l, nil
}

// DirectoryUsers asks a directory who has a mailbox; see [directory.Directory]. skipped is
// told of users who have no address that is one; nil tells nobody.
func DirectoryUsers(ctx context.Context, d task.Directory, group string, fn func(task.DirectoryUser) error, skipped func(who string, why error)) error {
	users, err := openDirectory(d, skipped)
	if err != nil {
		return err
	}
	return users.Users(ctx, group, func(u directory.User) error { return fn(task.DirectoryUser(u)) })
}
