package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/mailweir/mailweir/host/task"
	"github.com/uptrace/bun"
)

type accountRow struct {
	bun.BaseModel `bun:"table:account"`

	ID        string `bun:",pk"`
	Name      string
	Owner     string
	Account   string
	Password  string
	Snapshot  string
	CreatedAt int64
	UpdatedAt int64

	Tasks int `bun:",scanonly"`
}

// countTasks counts the tasks that refer to an account.
const countTasks = `(SELECT count(*) FROM task WHERE task.destination_account = account_row.id
	OR EXISTS (SELECT 1 FROM source WHERE source.task_id = task.id AND source.account_id = account_row.id)) AS tasks`

func accountPlace(id string, a task.Account) place {
	return place{row: "account.password:" + id, account: a}
}

func (r accountRow) account() (task.Account, error) {
	var a task.Account
	if err := json.Unmarshal([]byte(r.Account), &a); err != nil {
		return a, fmt.Errorf("stored account %s: %w", r.ID, err)
	}
	return a, nil
}

func (r accountRow) stored() (task.StoredAccount, error) {
	a, err := r.account()
	out := task.StoredAccount{
		ID: r.ID, Name: r.Name, Owner: r.Owner, Account: a, Tasks: r.Tasks,
		Created: toTime(r.CreatedAt), Updated: toTime(r.UpdatedAt),
	}
	if err == nil && r.Snapshot != "" {
		err = json.Unmarshal([]byte(r.Snapshot), &out.Snapshot)
	}
	return out, err
}

// Accounts returns all stored accounts by name, their passwords empty.
func (s *Store) Accounts(ctx context.Context) ([]task.StoredAccount, error) {
	var rows []accountRow
	err := s.read.NewSelect().Model(&rows).Column("account_row.*").ColumnExpr(countTasks).Order("name").Scan(ctx)
	out := make([]task.StoredAccount, 0, len(rows))
	for _, row := range rows {
		a, rowErr := row.stored()
		err = errors.Join(err, rowErr)
		out = append(out, a)
	}
	if err == nil {
		err = withConsents(ctx, s.read, out)
	}
	return out, s.wrap("read the stored accounts", err)
}

// Account returns the stored account of an ID, or of a name if there is no such
// ID, its password empty. It is [ErrNotFound] if there is none.
func (s *Store) Account(ctx context.Context, idOrName string) (task.StoredAccount, error) {
	row, err := findAccount(ctx, s.read, idOrName)
	if err != nil {
		return task.StoredAccount{}, s.wrap("read the stored account "+idOrName, err)
	}
	one := make([]task.StoredAccount, 1)
	if one[0], err = row.stored(); err == nil {
		err = withConsents(ctx, s.read, one)
	}
	return one[0], s.wrap("read the stored account "+idOrName, err)
}

func findAccount(ctx context.Context, db bun.IDB, idOrName string) (accountRow, error) {
	var row accountRow
	err := db.NewSelect().Model(&row).Column("account_row.*").ColumnExpr(countTasks).
		Where("id = ? OR name = ?", idOrName, idOrName).OrderExpr("CASE WHEN id = ? THEN 0 ELSE 1 END", idOrName).Limit(1).Scan(ctx)
	return row, notFound(err)
}

// AccountCredentials returns what the stored account of an ID or name is, with its
// password. One without a password, whose access tokens are got with its consent, has
// its ID instead.
func (s *Store) AccountCredentials(ctx context.Context, idOrName string) (task.Account, error) {
	doing := "read the credentials of the stored account " + idOrName
	row, err := findAccount(ctx, s.read, idOrName)
	if err != nil {
		return task.Account{}, s.wrap(doing, err)
	}
	a, err := row.account()
	if err != nil {
		return task.Account{}, s.wrap(doing, err)
	}
	a.Password, err = s.unseal(accountPlace(row.ID, a), row.Password)
	if a.OAuth() && row.Password == "" {
		a.ID = row.ID
	}
	return a, s.wrap(doing, err)
}

// SaveAccount validates and stores a. With an empty ID it is made and gets one; an
// ID that is not there is [ErrNotFound], a name that another one has
// [ErrNameTaken]. An empty password keeps the stored one on the terms of SaveTask.
// All tasks that refer to the account are changed with it; what it was like when
// somebody looked is forgotten if it is another account now.
func (s *Store) SaveAccount(ctx context.Context, a *task.StoredAccount) error {
	if err := a.Validate(); err != nil {
		return refused(err)
	}
	saved := *a
	err := s.inTurn(ctx, func(ctx context.Context, tx bun.Tx) error {
		now := toMillis(s.now())
		var row accountRow
		var before task.Account
		if saved.ID == "" {
			saved.ID, row.CreatedAt = newID(), now
		} else {
			err := tx.NewSelect().Model(&row).Where("id = ?", saved.ID).Scan(ctx)
			if err != nil {
				return notFound(err)
			}
			if before, err = row.account(); err != nil {
				return err
			}
		}
		if taken, err := tx.NewSelect().Model((*accountRow)(nil)).Where("name = ? AND id <> ?", saved.Name, saved.ID).Exists(ctx); err != nil || taken {
			return errors.Join(err, isTaken(taken))
		}
		text, err := json.Marshal(saved.Account)
		if err != nil {
			return err
		}
		if saved.OAuth != nil {
			row.Password = ""
		} else if row.Password, err = s.seal(accountPlace(saved.ID, saved.Account), row.Password, reach(before)); err != nil {
			return err
		}
		if reach(before) != reach(saved.Account) {
			row.Snapshot = ""
		}
		moved := row.Account != "" && row.Account != string(text)
		row.ID, row.Name, row.Owner, row.Account, row.UpdatedAt = saved.ID, saved.Name, saved.Owner, string(text), now
		_, err = tx.NewInsert().Model(&row).On("CONFLICT (id) DO UPDATE").
			Set("name = excluded.name, owner = excluded.owner, account = excluded.account, password = excluded.password").
			Set("snapshot = excluded.snapshot, updated_at = excluded.updated_at").Exec(ctx)
		if err != nil {
			return err
		}
		if err := s.saveConsent(ctx, tx, saved, before); err != nil {
			return err
		}
		if moved {
			if err := placeReferring(ctx, tx, saved.ID, ""); err != nil {
				return err
			}
		}
		if err := s.releaseOf(ctx, tx, "destination_account = ? OR id IN (SELECT task_id FROM source WHERE account_id = ?)", saved.ID, saved.ID); err != nil {
			return err
		}
		password, oauth := saved.Account.Password, saved.OAuth
		saved, err = row.stored()
		saved.Account.Password, saved.OAuth = password, oauth
		return err
	})
	if err != nil {
		return s.wrap(fmt.Sprintf("save the account %q", a.Name), err)
	}
	*a = saved
	return nil
}

func isTaken(taken bool) error {
	if taken {
		return nameTaken{}
	}
	return nil
}

// nameTaken is ErrNameTaken of what is no task.
type nameTaken struct{}

func (nameTaken) Error() string        { return "another one has this name" }
func (nameTaken) Is(target error) bool { return target == ErrNameTaken }

// SetSnapshot stores what a stored account was like.
func (s *Store) SetSnapshot(ctx context.Context, id string, snapshot task.Snapshot) error {
	text, err := json.Marshal(snapshot)
	if err == nil {
		err = affected(s.write.NewRaw("UPDATE account SET snapshot = ? WHERE id = ?", string(text), id).Exec(ctx))
	}
	return s.wrap("store what the account "+id+" is like", err)
}

// DeleteAccount removes a stored account. One that tasks or rules refer to is
// [ErrInUse], one that is not there [ErrNotFound].
func (s *Store) DeleteAccount(ctx context.Context, id string) error {
	err := s.inTurn(ctx, func(ctx context.Context, tx bun.Tx) error {
		var names []string
		err := tx.NewRaw(`SELECT name FROM task WHERE destination_account = ?
			OR EXISTS (SELECT 1 FROM source WHERE source.task_id = task.id AND source.account_id = ?) ORDER BY name LIMIT 4`, id, id).Scan(ctx, &names)
		if err != nil {
			return err
		}
		rules, err := rulesWith(ctx, tx, func(r task.Rule) bool { return r.Source.ID == id || r.Destination.ID == id })
		if err != nil {
			return err
		}
		if names = append(names, rules...); len(names) > 0 {
			return inUse(names)
		}
		return affected(tx.NewRaw("DELETE FROM account WHERE id = ?", id).Exec(ctx))
	})
	return s.wrap("delete the account "+id, err)
}
