package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"strings"

	"github.com/uptrace/bun"

	"github.com/mailweir/mailweir/host/access"
)

type userRow struct {
	ID           string
	Name         string
	Hash         string
	Role         access.Role
	Domains      string
	Disabled     bool
	Totp         string
	CreatedAt    int64
	LoginAt      sql.NullInt64
	Tasks        int
	RecoveryLeft int
}

const selectUser = `SELECT id, name, hash, role, domains, disabled, totp, created_at, login_at,
	(SELECT count(*) FROM task WHERE task.owner_id = users.id AND task.deleted_at IS NULL) AS tasks,
	(SELECT count(*) FROM recovery_code WHERE recovery_code.user_id = users.id) AS recovery_left
	FROM users `

func (r userRow) user() access.User {
	u := access.User{
		ID: r.ID, Name: r.Name, Role: r.Role, Domains: strings.Fields(r.Domains), Disabled: r.Disabled,
		TOTP: r.Totp != "", Recovery: r.RecoveryLeft, Tasks: r.Tasks, Created: toTime(r.CreatedAt),
	}
	if len(u.Domains) == 0 {
		u.Domains = nil
	}
	if r.LoginAt.Valid {
		u.LoggedIn = toTime(r.LoginAt.Int64)
	}
	return u
}

// HasUsers reports whether there is a user.
func (s *Store) HasUsers(ctx context.Context) (bool, error) {
	var n int
	err := s.read.NewRaw("SELECT count(*) FROM users").Scan(ctx, &n)
	return n > 0, s.wrap("look for users", err)
}

// Users returns all users by name.
func (s *Store) Users(ctx context.Context) ([]access.User, error) {
	var rows []userRow
	if err := s.read.NewRaw(selectUser+"ORDER BY name").Scan(ctx, &rows); err != nil {
		return nil, s.wrap("read the users", err)
	}
	users := make([]access.User, len(rows))
	for i, r := range rows {
		users[i] = r.user()
	}
	return users, nil
}

// User returns one user, or [ErrNotFound].
func (s *Store) User(ctx context.Context, id string) (access.User, error) {
	r, err := readUser(ctx, s.read, "id", id)
	return r.user(), s.wrap("read user "+id, err)
}

// UserByName returns one user and the hash of the password, or [ErrNotFound].
func (s *Store) UserByName(ctx context.Context, name string) (u access.User, hash string, err error) {
	r, err := readUser(ctx, s.read, "name", name)
	return r.user(), r.Hash, s.wrap("read a user", err)
}

// UserHash returns the hash of a user's password, or [ErrNotFound].
func (s *Store) UserHash(ctx context.Context, id string) (string, error) {
	r, err := readUser(ctx, s.read, "id", id)
	return r.Hash, s.wrap("read user "+id, err)
}

func readUser(ctx context.Context, db bun.IDB, column, value string) (r userRow, err error) {
	err = db.NewRaw(selectUser+"WHERE ? = ?", bun.Ident(column), value).Scan(ctx, &r)
	return r, notFound(err)
}

// CreateUser validates and stores a new user, and sets ID and Created. hash is that
// of the password, made by the caller (argon2id, PHC string). A name that is there
// is [ErrUserTaken].
func (s *Store) CreateUser(ctx context.Context, u *access.User, hash string) error {
	return s.createUser(ctx, u, hash, false)
}

// CreateFirstUser is CreateUser for as long as there is no user; after that it is
// [ErrNotFirst]. Of two at once one is the first.
func (s *Store) CreateFirstUser(ctx context.Context, u *access.User, hash string) error {
	return s.createUser(ctx, u, hash, true)
}

func (s *Store) createUser(ctx context.Context, u *access.User, hash string, first bool) error {
	if err := u.Validate(); err != nil {
		return err
	}
	id, now := newID(), toMillis(s.now())
	err := s.inTurn(ctx, func(ctx context.Context, tx bun.Tx) error {
		if first {
			var n int
			if err := tx.NewRaw("SELECT count(*) FROM users").Scan(ctx, &n); err != nil {
				return err
			}
			if n > 0 {
				return ErrNotFirst
			}
		}
		res, err := tx.NewRaw(`INSERT INTO users (id, name, hash, role, domains, disabled, totp, totp_pending, totp_step, created_at, updated_at)
			VALUES (?, ?, ?, ?, ?, ?, '', '', 0, ?, ?) ON CONFLICT (name) DO NOTHING`,
			id, u.Name, hash, u.Role, strings.Join(u.Domains, " "), u.Disabled, now, now).Exec(ctx)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(ErrUserTaken, err)
		}
		return nil
	})
	if err != nil {
		return s.wrap("make user "+u.Name, err)
	}
	u.ID, u.Created = id, toTime(now)
	return nil
}

// ChangeUser stores Role, Domains and Disabled of the user with this ID, whose Name
// stays. With another role, or disabled, the user's logins end. The last admin who
// can log in stays one: [ErrLastAdmin].
func (s *Store) ChangeUser(ctx context.Context, u access.User) error {
	doing := "change user " + u.ID
	err := s.inTurn(ctx, func(ctx context.Context, tx bun.Tx) error {
		before, err := readUser(ctx, tx, "id", u.ID)
		if err != nil {
			return err
		}
		u.Name = before.Name
		if err := u.Validate(); err != nil {
			return err
		}
		_, err = tx.NewRaw("UPDATE users SET role = ?, domains = ?, disabled = ?, updated_at = ? WHERE id = ?",
			u.Role, strings.Join(u.Domains, " "), u.Disabled, toMillis(s.now()), u.ID).Exec(ctx)
		if err != nil {
			return err
		}
		if u.Role != before.Role || u.Disabled {
			if err := endLogins(ctx, tx, u.ID, ""); err != nil {
				return err
			}
		}
		return someAdmin(ctx, tx)
	})
	return s.wrap(doing, err)
}

// someAdmin is [ErrLastAdmin] unless there is an admin who can log in.
func someAdmin(ctx context.Context, tx bun.Tx) error {
	var n int
	err := tx.NewRaw("SELECT count(*) FROM users WHERE role = ? AND NOT disabled", access.RoleAdmin).Scan(ctx, &n)
	if err == nil && n == 0 {
		return ErrLastAdmin
	}
	return err
}

// SetPassword stores the hash of a user's new password and ends all logins of the
// user but the one named keep, if any.
func (s *Store) SetPassword(ctx context.Context, id, hash, keep string) error {
	err := s.inTurn(ctx, func(ctx context.Context, tx bun.Tx) error {
		res, err := tx.NewRaw("UPDATE users SET hash = ?, updated_at = ? WHERE id = ?", hash, toMillis(s.now()), id).Exec(ctx)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(ErrNotFound, err)
		}
		return endLogins(ctx, tx, id, keep)
	})
	return s.wrap("set the password of user "+id, err)
}

// RemoveUser removes a user with their logins and tokens. Their tasks go to the
// user heir; without one, tasks are [ErrOwnsTasks]. The last admin who can log in
// is [ErrLastAdmin].
func (s *Store) RemoveUser(ctx context.Context, id, heir string) error {
	err := s.inTurn(ctx, func(ctx context.Context, tx bun.Tx) error {
		before, err := readUser(ctx, tx, "id", id)
		if err != nil {
			return err
		}
		if before.Tasks > 0 {
			if cmp.Or(heir, id) == id {
				return ErrOwnsTasks
			}
			if _, err := owner(ctx, tx, heir); err != nil {
				return err
			}
			if _, err := tx.NewRaw("UPDATE task SET owner_id = ? WHERE owner_id = ?", heir, id).Exec(ctx); err != nil {
				return err
			}
		}
		if err := removeDeletedOf(ctx, tx, id); err != nil { // nobody else asked for them
			return err
		}
		if _, err := tx.NewRaw("DELETE FROM channel WHERE owner_id = ?", id).Exec(ctx); err != nil {
			return err
		}
		if _, err := tx.NewRaw("DELETE FROM users WHERE id = ?", id).Exec(ctx); err != nil {
			return err
		}
		return someAdmin(ctx, tx)
	})
	return s.wrap("remove user "+id, err)
}
