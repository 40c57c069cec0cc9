package web

import (
	"context"
	"time"

	"github.com/mailweir/mailweir/host/access"
)

// People is what the pages need to know of users. It is part of [Service], and its
// errors are of the same kinds. Whether the actor may do what is asked has been
// decided before (guard.go); who it is, for the audit trail, is [access.From] of ctx.
type People interface {
	// HasUsers reports whether the first user has been made.
	HasUsers(ctx context.Context) (bool, error)
	// MakeFirstUser makes the first user, an admin. It is a conflict when there is
	// one already.
	MakeFirstUser(ctx context.Context, name, password string) (access.User, error)

	// Login returns the user with this name and password, or ErrRefused. It takes
	// about as long either way.
	Login(ctx context.Context, name, password string) (access.User, error)
	// CheckCode reports whether code is a one-time code or a recovery code of the
	// user. It is good this once.
	CheckCode(ctx context.Context, userID, code string) (bool, error)
	// StartLogin notes that the user has logged in, until expires at the latest, and
	// returns the ID of the login.
	StartLogin(ctx context.Context, userID, address, agent string, expires time.Time) (loginID string, err error)
	// LoginActor is who a login is, with the role of this moment, or ErrNotFound
	// once the login has ended. seen marks it as in use.
	LoginActor(ctx context.Context, loginID string, seen bool) (access.Actor, error)
	// TokenActor is who a token is, or ErrNotFound if it opens nothing (any more).
	TokenActor(ctx context.Context, secret string) (access.Actor, error)
	// EndLogin ends a login of the user. One that is another's is ErrNotFound.
	EndLogin(ctx context.Context, userID, loginID string) error
	// EndOtherLogins ends all logins of the user but keep.
	EndOtherLogins(ctx context.Context, userID, keep string) error
	// Logins returns the user's logins, the latest seen first.
	Logins(ctx context.Context, userID string) ([]access.Login, error)

	// Users returns all users by name.
	Users(ctx context.Context) ([]access.User, error)
	// User returns one user.
	User(ctx context.Context, id string) (access.User, error)
	// AddUser makes a user with a password.
	AddUser(ctx context.Context, u access.User, password string) (access.User, error)
	// ChangeUser stores the user's Role, Domains and Disabled. Another role ends the
	// user's logins. The last admin is a conflict.
	ChangeUser(ctx context.Context, u access.User) error
	// SetPassword gives the user a new password and ends all logins but keep.
	SetPassword(ctx context.Context, userID, password, keep string) error
	// CheckPassword reports whether it is the user's.
	CheckPassword(ctx context.Context, userID, password string) (bool, error)
	// RemoveUser removes a user, whose tasks go to the user heir. The last admin is a
	// conflict, as are tasks without an heir.
	RemoveUser(ctx context.Context, userID, heir string) error
	// GiveTask makes a user the owner of a task.
	GiveTask(ctx context.Context, taskID, userID string) error

	// NewKey makes a key for one-time codes, which counts from ConfirmKey on.
	NewKey(ctx context.Context, userID string) error
	// PendingKey returns the key that waits for its confirmation, or ErrNotFound.
	PendingKey(ctx context.Context, userID string) (Key, error)
	// ConfirmKey turns on the codes of the pending key, if code is one of them, and
	// returns the recovery codes; nil is a wrong code.
	ConfirmKey(ctx context.Context, userID, code string) (recovery []string, err error)
	// RemoveKey turns the user's codes off.
	RemoveKey(ctx context.Context, userID string) error

	// Tokens returns the user's tokens, the latest first.
	Tokens(ctx context.Context, userID string) ([]access.Token, error)
	// AddToken makes a token. Its secret is never to be had again.
	AddToken(ctx context.Context, t access.Token) (secret string, err error)
	// RevokeToken removes a token of the user.
	RevokeToken(ctx context.Context, userID, tokenID string) error

	// Events returns a part of the audit trail, newest first.
	Events(ctx context.Context, f access.Filter) ([]access.Event, error)
	// Note appends to the audit trail what the pages alone know of, such as a logout.
	Note(ctx context.Context, e access.Event)
	// Retention is how long events are kept.
	Retention(ctx context.Context) (time.Duration, error)
	// SetRetention sets how long events are kept.
	SetRetention(ctx context.Context, d time.Duration) error
}

// Key is a key for one-time codes (RFC 6238) as programs on phones take it.
type Key struct {
	Secret string // base32, to be typed
	QR     []byte // the same as a PNG of a QR code
}
