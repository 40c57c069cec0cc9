package store

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/mailweir/mailweir/host/access"
)

// seenStep is how exact Login.Seen and Token.Used are: every request would be a
// write otherwise.
const seenStep = time.Minute

type loginRow struct {
	ID        string
	UserID    string
	Address   string
	Agent     string
	CreatedAt int64
	SeenAt    int64
}

// StartLogin notes that a user has logged in, until expires at the latest, and
// returns the login with its ID. Where the user is disabled or gone it is
// [ErrNotFound].
func (s *Store) StartLogin(ctx context.Context, l access.Login, expires time.Time) (access.Login, error) {
	now := toMillis(s.now())
	l.ID, l.Created, l.Seen = newID(), toTime(now), toTime(now)
	err := s.inTurn(ctx, func(ctx context.Context, tx bun.Tx) error {
		res, err := tx.NewRaw("UPDATE users SET login_at = ? WHERE id = ? AND NOT disabled", now, l.UserID).Exec(ctx)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(ErrNotFound, err)
		}
		_, err = tx.NewRaw("INSERT INTO login (id, user_id, address, agent, created_at, seen_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
			l.ID, l.UserID, l.Address, l.Agent, now, now, toMillis(expires)).Exec(ctx)
		return err
	})
	return l, s.wrap("start a login", err)
}

// LoginUser returns whose login it is, and marks it as seen now if seen is true. A
// login that has ended, or whose user is disabled, is [ErrNotFound].
func (s *Store) LoginUser(ctx context.Context, id string, seen bool) (access.User, error) {
	const doing = "read a login"
	var row struct {
		ID      string
		Name    string
		Role    access.Role
		Domains string
		SeenAt  int64
	}
	now := s.now()
	err := s.read.NewRaw(`SELECT users.id, users.name, users.role, users.domains, login.seen_at FROM login JOIN users ON users.id = login.user_id
		WHERE login.id = ? AND login.expires_at > ? AND NOT users.disabled`, id, toMillis(now)).Scan(ctx, &row)
	if err != nil {
		return access.User{}, s.wrap(doing, notFound(err))
	}
	u := access.User{ID: row.ID, Name: row.Name, Role: row.Role, Domains: strings.Fields(row.Domains)}
	if seen && now.Sub(toTime(row.SeenAt)) >= seenStep {
		_, err = s.write.NewRaw("UPDATE login SET seen_at = ? WHERE id = ?", toMillis(now), id).Exec(ctx)
	}
	return u, s.wrap(doing, err)
}

// Logins returns the logins of a user that have not ended, the latest seen first.
func (s *Store) Logins(ctx context.Context, userID string) ([]access.Login, error) {
	var rows []loginRow
	err := s.read.NewRaw(`SELECT id, user_id, address, agent, created_at, seen_at FROM login
		WHERE user_id = ? AND expires_at > ? ORDER BY seen_at DESC, id`, userID, toMillis(s.now())).Scan(ctx, &rows)
	out := make([]access.Login, len(rows))
	for i, r := range rows {
		out[i] = access.Login{ID: r.ID, UserID: r.UserID, Address: r.Address, Agent: r.Agent, Created: toTime(r.CreatedAt), Seen: toTime(r.SeenAt)}
	}
	return out, s.wrap("read the logins of user "+userID, err)
}

// EndLogin ends a login; one that is not there is no error.
func (s *Store) EndLogin(ctx context.Context, id string) error {
	_, err := s.write.NewRaw("DELETE FROM login WHERE id = ?", id).Exec(ctx)
	return s.wrap("end a login", err)
}

// EndLogins ends all logins of a user but the one named keep, if any.
func (s *Store) EndLogins(ctx context.Context, userID, keep string) error {
	return s.wrap("end the logins of user "+userID, endLogins(ctx, s.write, userID, keep))
}

func endLogins(ctx context.Context, db bun.IDB, userID, keep string) error {
	_, err := db.NewRaw("DELETE FROM login WHERE user_id = ? AND id <> ?", userID, keep).Exec(ctx)
	return err
}
