package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/mailweir/mailweir/host/task"
	"github.com/uptrace/bun"
)

// references are the stored accounts and local domains that tasks refer to.
type references struct {
	accounts map[string]accountRow
	domains  map[string]domainRow
	// What the rows say, read once however many tasks refer to them.
	account map[string]task.Account
	domain  map[string]task.LocalDomain
}

// loadReferences reads what the accounts refer to. Without references it reads nothing.
func loadReferences(ctx context.Context, db bun.IDB, accounts ...task.Account) (references, error) {
	r := references{map[string]accountRow{}, map[string]domainRow{}, map[string]task.Account{}, map[string]task.LocalDomain{}}
	var ids, domains []string
	for _, a := range accounts {
		if a.ID != "" {
			ids = append(ids, a.ID)
		}
		if a.Local != "" {
			domains = append(domains, task.DomainOf(a.Local))
		}
	}
	const atOnce = 500 // the number of parameters of a statement is limited
	slices.Sort(ids)
	for part := range slices.Chunk(slices.Compact(ids), atOnce) {
		var rows []accountRow
		if err := db.NewSelect().Model(&rows).Where("id IN (?)", bun.List(part)).Scan(ctx); err != nil {
			return r, err
		}
		for _, row := range rows {
			a, err := row.account()
			if err != nil {
				return r, err
			}
			r.accounts[row.ID], r.account[row.ID] = row, a
		}
	}
	slices.Sort(domains)
	for part := range slices.Chunk(slices.Compact(domains), atOnce) {
		var rows []domainRow
		if err := db.NewSelect().Model(&rows).Where("domain IN (?)", bun.List(part)).Scan(ctx); err != nil {
			return r, err
		}
		for _, row := range rows {
			d, err := row.domain()
			if err != nil {
				return r, err
			}
			r.domains[row.Domain], r.domain[row.Domain] = row, d
		}
	}
	return r, nil
}

// fill puts into a what it refers to.
func (r references) fill(a *task.Account) error {
	if !a.Referred() {
		return nil
	}
	filled, err := r.lookUp(*a)
	if err != nil {
		return err
	}
	filled.ID, filled.Local = a.ID, a.Local
	if a.Root != "" {
		filled.Root = a.Root
	}
	*a = filled
	return nil
}

func (r references) lookUp(a task.Account) (task.Account, error) {
	if a.ID != "" {
		stored, ok := r.account[a.ID]
		if !ok {
			return a, fmt.Errorf("stored account %s: %w", a.ID, ErrNotFound)
		}
		return stored, nil
	}
	d, ok := r.domain[task.DomainOf(a.Local)]
	if !ok {
		return a, fmt.Errorf("%q is in no local domain: %w", a.Local, ErrNotFound)
	}
	out, err := d.Account(a.Local)
	return out, refused(err)
}

// fillTask puts into the accounts of t what they refer to.
func (r references) fillTask(t *task.Task) error {
	if err := r.fill(&t.Destination); err != nil {
		return fmt.Errorf("destination: %w", err)
	}
	for i := range t.Sources {
		if err := r.fill(&t.Sources[i].Account); err != nil {
			return fmt.Errorf("source %s: %w", t.Sources[i].Name, err)
		}
	}
	return nil
}

// resolve takes from t what the store fills in, and fills it in. An account that
// was a reference before stays one as long as nothing about it is changed: a form
// does not show the difference.
func (s *Store) resolve(ctx context.Context, db bun.IDB, t *task.Task, before task.Task) error {
	t.Sources = slices.Clone(t.Sources)
	t.Destination = reduced(t.Destination, before.Destination)
	for i, src := range t.Sources {
		var old task.Account
		for _, b := range before.Sources {
			if b.Name == src.Name {
				old = b.Account
			}
		}
		t.Sources[i].Account = reduced(src.Account, old)
	}
	refs, err := loadReferences(ctx, db, accountsOf(*t)...)
	if err != nil {
		return err
	}
	return refs.fillTask(t)
}

func reduced(a, before task.Account) task.Account {
	if !a.Referred() && before.Referred() && a.Password == "" && a.String() == before.String() {
		a = before
	}
	if a.Referred() {
		return a.Reference()
	}
	return a
}

func accountsOf(tasks ...task.Task) []task.Account {
	var out []task.Account
	for _, t := range tasks {
		out = append(out, t.Destination)
		for _, s := range t.Sources {
			out = append(out, s.Account)
		}
	}
	return out
}

// credential is the password of an account of a task: of what it refers to, or
// what is sealed at p.
func (s *Store) credential(r references, p place, sealed string) (task.Password, error) {
	switch {
	case p.account.ID != "":
		row := r.accounts[p.account.ID]
		password, err := s.unseal(accountPlace(row.ID, r.account[row.ID]), row.Password)
		if err != nil {
			return "", fmt.Errorf("stored account %s: %w", row.Name, err)
		}
		return password, nil
	case p.account.Local != "":
		row := r.domains[task.DomainOf(p.account.Local)]
		password, err := s.unseal(domainPlace(r.domain[row.Domain]), row.Password)
		if err != nil {
			return "", fmt.Errorf("local domain %s: %w", row.Domain, err)
		}
		return password, nil
	}
	return s.unseal(p, sealed)
}

// stored is how an account of a task is stored: as JSON, with its own password
// sealed, or as the reference that it is. With await there may be no password yet.
func (s *Store) stored(p place, kept string, before task.Account, await bool) (account, sealed string, err error) {
	a := p.account
	if a.Referred() {
		text, err := json.Marshal(a.Reference())
		return string(text), "", err
	}
	text, err := json.Marshal(a)
	if err != nil {
		return "", "", err
	}
	if before.Referred() { // its password is not the task's
		before, kept = task.Account{}, ""
	}
	if await && kept == "" && a.Password == "" && a.Personal() {
		return string(text), "", nil
	}
	sealed, err = s.seal(p, kept, reach(before))
	return string(text), sealed, err
}

// columns are the references of an account as columns.
func columns(a task.Account) (id, domain *string) {
	if a.ID != "" {
		return &a.ID, nil
	}
	if a.Local != "" {
		d := task.DomainOf(a.Local)
		return nil, &d
	}
	return nil, nil
}

// affected is [ErrNotFound] unless something was changed.
func affected(res interface{ RowsAffected() (int64, error) }, err error) error {
	if err != nil {
		return err
	}
	n, err := res.RowsAffected()
	if err == nil && n == 0 {
		return ErrNotFound
	}
	return err
}

// inUse names up to three of the tasks that keep something from being deleted.
func inUse(names []string) error {
	more := ""
	if len(names) > 3 {
		names, more = names[:3], " and others"
	}
	return fmt.Errorf("%w: %q%s", ErrInUse, names, more)
}

// ErrRefused is what makes no sense as it stands: a task that would copy into itself,
// an address that no local domain takes.
var ErrRefused = errors.New("refused")

// refusal makes an error match ErrRefused without saying so in words.
type refusal struct{ error }

func (r refusal) Unwrap() error        { return r.error }
func (r refusal) Is(target error) bool { return target == ErrRefused }

// refused marks err, unless it is nil.
func refused(err error) error {
	if err == nil {
		return nil
	}
	return refusal{err}
}

// ErrInUse is what can not be deleted as long as tasks or rules need it.
var ErrInUse = errors.New("it is in use")

// complete puts into tasks as they are stored what they refer to, where that can be.
func complete(ctx context.Context, db bun.IDB, tasks []task.Task) error {
	refs, err := loadReferences(ctx, db, accountsOf(tasks...)...)
	if err != nil {
		return err
	}
	var rules map[string]string
	for i := range tasks {
		t := &tasks[i]
		// An address that its domain does not take any more must not hide all tasks: the
		// account stays a mere reference, and the run says what is wrong.
		if err := refs.fillTask(t); err != nil && !errors.Is(err, ErrRefused) && !errors.Is(err, ErrNotFound) {
			return fmt.Errorf("task %s: %w", t.ID, err)
		}
		if t.Rule.ID == "" {
			continue
		}
		if rules == nil {
			if rules, err = ruleNames(ctx, db); err != nil {
				return err
			}
		}
		t.Rule.Name = rules[t.Rule.ID]
	}
	return nil
}

// origin sets where the task of a row comes from. What a rule made stays the rule's.
func (r *taskRow) origin(t *task.Task, before task.Task) {
	if before.ID == "" && t.Rule.ID != "" {
		r.RuleID, r.RuleUser = &t.Rule.ID, t.Rule.User
	} else {
		t.Rule = before.Rule
	}
	if t.Batch != "" {
		r.BatchID = &t.Batch
	} else {
		t.Batch = before.Batch
	}
}

// CredentialsOf returns a task that is not stored with all that its accounts refer
// to, and with passwords: its own where it has any, else those that a task of the same
// name has for the same accounts. [ErrPasswordNeeded] is one for which there is none;
// with Await those that a person may give later are left empty.
func (s *Store) CredentialsOf(ctx context.Context, t task.Task) (task.Task, error) {
	doing := fmt.Sprintf("find the passwords of task %q", t.Name)
	before, err := s.TaskNamed(ctx, t.Name)
	if err == nil {
		before, err = s.Credentials(ctx, before.ID)
	}
	if err != nil && !errors.Is(err, ErrNotFound) {
		return t, s.wrap(doing, err)
	}
	if err := s.resolve(ctx, s.read, &t, before); err != nil {
		return t, s.wrap(doing, err)
	}
	refs, err := loadReferences(ctx, s.read, accountsOf(t)...)
	if err != nil {
		return t, s.wrap(doing, err)
	}
	find := func(a *task.Account, old task.Account) error {
		switch {
		case a.Referred():
			password, err := s.credential(refs, place{account: *a}, "")
			a.Password = password
			return err
		case a.Password != "" || a.Kind != task.KindIMAP:
			return nil
		case t.Await && a.Personal() && old.Password == "":
			return nil
		case reach(*a) != reach(old) || old.Password == "":
			return ErrPasswordNeeded
		}
		a.Password = old.Password
		return nil
	}
	if err := find(&t.Destination, before.Destination); err != nil {
		return t, s.wrap(doing, fmt.Errorf("destination: %w", err))
	}
	for i, src := range t.Sources {
		var old task.Account
		for _, b := range before.Sources {
			if b.Name == src.Name {
				old = b.Account
			}
		}
		if err := find(&t.Sources[i].Account, old); err != nil {
			return t, s.wrap(doing, fmt.Errorf("source %s: %w", src.Name, err))
		}
	}
	return t, nil
}

// TaskNamed returns the task of a name, its passwords empty, or [ErrNotFound].
func (s *Store) TaskNamed(ctx context.Context, name string) (task.Task, error) {
	var id string
	if err := notFound(s.read.NewRaw("SELECT id FROM task WHERE name = ?", name).Scan(ctx, &id)); err != nil {
		return task.Task{}, s.wrap(fmt.Sprintf("read the task %q", name), err)
	}
	return s.Task(ctx, id)
}
