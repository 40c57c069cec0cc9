package directory

import (
	"context"
)

// Static is a list of users.
type Static []User

var _ Directory = Static(nil)

// Users implements [Directory].
func (s Static) Users(ctx context.Context, group string, fn func(User) error) error {
	const where = "the list of users"
	o := newOnce(where, fn)
	for _, u := range s {
		if err := ctx.Err(); err != nil {
			return err
		}
		address, err := ValidAddress(u.Address)
		if err != nil {
			return &Error{Where: where, Kind: ErrConfig, Err: err}
		}
		if !isMember(u.Groups, group) {
			continue
		}
		u.Address = address
		if err := o.user(u); err != nil {
			return err
		}
	}
	return nil
}
