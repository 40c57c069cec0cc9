package app

import (
	"context"
	"log/slog"
	"time"

	"github.com/mailweir/mailweir/host/secret"
	"github.com/mailweir/mailweir/host/store"
	"github.com/mailweir/mailweir/host/task"
)

// RegistryOptions say where a [Registry] is.
type RegistryOptions struct {
	KeepOptions               // the data directory is made when it is missing
	Timeout     time.Duration // bounds each wait for a server; 0 is the default
	Log         *slog.Logger
}

// Registry is what tasks come from: stored accounts, local domains, directories,
// rules and imports. The service may run beside it on the same database.
type Registry struct {
	store *store.Store
	shelf *shelf
	conn  ConnOptions
	bound Reach // where accounts of bound tasks may be
	log   *slog.Logger

	consents *consents
}

// OpenRegistry opens the database. The caller closes the Registry.
func OpenRegistry(ctx context.Context, o RegistryOptions) (*Registry, error) {
	data, err := openDataDir(o.Data)
	if err != nil {
		return nil, err
	}
	box, err := secret.Open(string(data), o.Getenv)
	if err != nil {
		return nil, as(ErrData, err)
	}
	db, err := data.openDatabase(ctx, o.Database, box)
	if err != nil {
		return nil, err
	}
	keeper := newConsents(db, o.Log)
	conn := ConnOptions{Timeout: o.Timeout, Log: o.Log, Tokens: keeper.token}
	return &Registry{store: db, shelf: newShelf(data), conn: conn, consents: keeper, log: o.Log}, nil
}

// Close closes the database.
func (r *Registry) Close() error {
	r.consents.close()
	_ = r.shelf.Close(context.Background())
	return r.store.Close()
}

// Accounts returns the stored accounts by name.
func (r *Registry) Accounts(ctx context.Context) ([]task.StoredAccount, error) {
	return r.store.Accounts(ctx)
}

// Account returns the stored account of a name or an ID, without its password.
func (r *Registry) Account(ctx context.Context, name string) (task.StoredAccount, error) {
	return r.store.Account(ctx, name)
}

// SaveAccount makes an account, or changes the one that has the ID of a.
func (r *Registry) SaveAccount(ctx context.Context, a *task.StoredAccount) error {
	presetOAuth(a)
	return r.store.SaveAccount(ctx, a)
}

// RemoveAccount removes a stored account that no task needs.
func (r *Registry) RemoveAccount(ctx context.Context, name string) error {
	a, err := r.store.Account(ctx, name)
	if err != nil {
		return err
	}
	return r.store.DeleteAccount(ctx, a.ID)
}

// TestAccount tries a stored account and remembers what it was like.
func (r *Registry) TestAccount(ctx context.Context, name string) (*AccountTest, error) {
	stored, err := r.store.Account(ctx, name)
	if err != nil {
		return nil, err
	}
	account, err := r.store.AccountCredentials(ctx, stored.ID)
	if err != nil {
		return nil, err
	}
	test := TestAccount(ctx, account, r.conn)
	r.consents.advise(stored, test)
	return test, r.store.SetSnapshot(ctx, stored.ID, test.Snapshot())
}

// LocalDomains returns the local domains by name.
func (r *Registry) LocalDomains(ctx context.Context) ([]task.LocalDomain, error) {
	return r.store.LocalDomains(ctx)
}

// SaveLocalDomain makes a local domain, or changes the one of that name.
func (r *Registry) SaveLocalDomain(ctx context.Context, d task.LocalDomain) error {
	return r.store.SaveLocalDomain(ctx, d)
}

// RemoveLocalDomain removes a local domain that no task needs.
func (r *Registry) RemoveLocalDomain(ctx context.Context, domain string) error {
	return r.store.DeleteLocalDomain(ctx, domain)
}

// TestMailbox tries to open a mailbox of a local domain.
func (r *Registry) TestMailbox(ctx context.Context, address string) (*AccountTest, error) {
	account, err := r.store.LocalAccount(ctx, address)
	if err != nil {
		return nil, err
	}
	return TestAccount(ctx, account, r.conn), nil
}

// Directories returns the directories by name.
func (r *Registry) Directories(ctx context.Context) ([]task.Directory, error) {
	return r.store.Directories(ctx)
}

// Directory returns the directory of a name or an ID, with its password.
func (r *Registry) Directory(ctx context.Context, name string) (task.Directory, error) {
	return r.store.Directory(ctx, name)
}

// SaveDirectory makes a directory, or changes the one that has the ID of d.
func (r *Registry) SaveDirectory(ctx context.Context, d *task.Directory) error {
	return r.store.SaveDirectory(ctx, d)
}

// RemoveDirectory removes a directory that no rule asks.
func (r *Registry) RemoveDirectory(ctx context.Context, name string) error {
	d, err := r.store.Directory(ctx, name)
	if err != nil {
		return err
	}
	return r.store.DeleteDirectory(ctx, d.ID)
}

// Rules returns the rules by name.
func (r *Registry) Rules(ctx context.Context) ([]task.Rule, error) { return r.store.Rules(ctx) }

// Rule returns the rule of a name or an ID.
func (r *Registry) Rule(ctx context.Context, name string) (task.Rule, error) {
	return r.store.Rule(ctx, name)
}

// SaveRule makes a rule, or changes the one that has the ID of rule.
func (r *Registry) SaveRule(ctx context.Context, rule *task.Rule) error {
	return r.store.SaveRule(ctx, rule)
}

// RemoveRule removes a rule; its tasks stay.
func (r *Registry) RemoveRule(ctx context.Context, name string) error {
	rule, err := r.store.Rule(ctx, name)
	if err != nil {
		return err
	}
	return r.store.DeleteRule(ctx, rule.ID)
}

// ApplyRule asks the directory of a rule and gives every user the task. many allows
// that most of them have left.
func (r *Registry) ApplyRule(ctx context.Context, name string, many bool) (task.RuleResult, error) {
	rule, err := r.store.Rule(ctx, name)
	if err != nil {
		return task.RuleResult{}, err
	}
	return applyRule(ctx, r.store, rule, many)
}

// Template finds the task that a rule takes its hooks and schedule from.
func (r *Registry) Template(ctx context.Context, name string) (task.Task, error) {
	return r.store.TaskNamed(ctx, name)
}

// Batches returns the latest imports.
func (r *Registry) Batches(ctx context.Context, limit int) ([]task.Batch, error) {
	return r.store.Batches(ctx, store.Among{All: true}, limit)
}
