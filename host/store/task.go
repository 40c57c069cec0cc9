package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/mailweir/mailweir/host/task"
	"github.com/uptrace/bun"
)

type taskRow struct {
	bun.BaseModel `bun:"table:task"`

	ID                  string `bun:",pk"`
	Name                string
	OwnerID             string `bun:",nullzero"`
	Destination         string
	DestinationPassword string
	EveryMs             int64
	Cron                string
	Zone                string
	TimeWindow          string
	Jitter              int
	AnchorAt            int64
	NextAt              sql.NullInt64
	PausedBy            string
	PausedAt            sql.NullInt64
	Skipped             int64
	SkippedAt           sql.NullInt64
	DestinationAccount  *string
	DestinationDomain   *string
	RuleID              *string
	RuleUser            string
	BatchID             *string
	Waits               bool
	Removal             string
	CreatedAt           int64
	UpdatedAt           int64
	Version             int64
	PlanFirst           bool

	DeletedAt  *int64 `bun:",soft_delete"` // such rows are left out unless they are asked for
	DeletionID string
	Deleted    string
}

type sourceRow struct {
	bun.BaseModel `bun:"table:source"`

	TaskID   string `bun:",pk"`
	Position int
	Name     string `bun:",pk"`
	Account  string
	Password string

	AccountID *string
	Domain    *string
}

type hookRow struct {
	bun.BaseModel `bun:"table:hook"`

	TaskID   string `bun:",pk"`
	Position int    `bun:",pk"`
	Plugin   string
	Digest   string
	Config   string
	OnError  string
	Merges   string
	Grants   string
}

// Tasks returns all tasks by name, their passwords and Overrides empty.
func (s *Store) Tasks(ctx context.Context) ([]task.Task, error) {
	var tasks []task.Task
	err := s.read.RunInTx(ctx, s.snapshot(), func(ctx context.Context, tx bun.Tx) (err error) {
		tasks, err = readTasks(ctx, tx, func(q *bun.SelectQuery, _ string) *bun.SelectQuery { return q })
		return err
	})
	return tasks, s.wrap("read the tasks", err)
}

// readTasks reads tasks by name. which says of which by the column of their IDs.
func readTasks(ctx context.Context, db bun.IDB, which func(q *bun.SelectQuery, id string) *bun.SelectQuery) ([]task.Task, error) {
	var rows []taskRow
	var sources []sourceRow
	var hooks []hookRow
	err := errors.Join(
		which(db.NewSelect().Model(&rows), "id").Order("name").Scan(ctx),
		which(db.NewSelect().Model(&sources), "task_id").Order("task_id", "position").Scan(ctx),
		which(db.NewSelect().Model(&hooks), "task_id").Order("task_id", "position").Scan(ctx),
	)
	if err != nil {
		return nil, err
	}
	owners, err := owners(ctx, db)
	if err != nil {
		return nil, err
	}
	ofTask := make(map[string][]sourceRow)
	for _, r := range sources {
		ofTask[r.TaskID] = append(ofTask[r.TaskID], r)
	}
	hooksOf := make(map[string][]hookRow)
	for _, r := range hooks {
		hooksOf[r.TaskID] = append(hooksOf[r.TaskID], r)
	}
	var tasks []task.Task
	for _, r := range rows {
		t, err := r.task(ofTask[r.ID], hooksOf[r.ID])
		if err != nil {
			return nil, err
		}
		t.Owner = owners[r.OwnerID]
		tasks = append(tasks, t)
	}
	return tasks, complete(ctx, db, tasks)
}

// Task returns one task, its passwords empty, or [ErrNotFound].
func (s *Store) Task(ctx context.Context, id string) (task.Task, error) {
	t, _, _, err := s.loadTask(ctx, s.read, id)
	return t, s.wrap("read task "+id, err)
}

// Credentials returns one task with its passwords, for the run that logs in with
// them. It is the only way to get at them.
func (s *Store) Credentials(ctx context.Context, id string) (task.Task, error) {
	doing := "read the credentials of task " + id
	t, row, sources, err := s.loadTask(ctx, s.read, id)
	if err != nil {
		return task.Task{}, s.wrap(doing, err)
	}
	refs, err := loadReferences(ctx, s.read, accountsOf(t)...)
	if err == nil {
		err = refs.fillTask(&t)
	}
	if err != nil {
		return task.Task{}, s.wrap(doing, err)
	}
	if t.Destination.Password, err = s.credential(refs, destinationPlace(t), row.DestinationPassword); err != nil {
		return task.Task{}, s.wrap(doing, fmt.Errorf("destination: %w", err))
	}
	for i := range t.Sources {
		if t.Sources[i].Account.Password, err = s.credential(refs, sourcePlace(id, t.Sources[i]), sources[i].Password); err != nil {
			return task.Task{}, s.wrap(doing, fmt.Errorf("source %s: %w", t.Sources[i].Name, err))
		}
	}
	return t, nil
}

// SaveTask validates and stores t. With an empty ID it is made and gets one; an
// ID that is not there is [ErrNotFound], a name that another task has
// [ErrNameTaken], a Version that is neither 0 nor the stored one [ErrChanged]. It sets Version, Owner, Pause, Agenda, Created and Updated; a task keeps its
// owner (see [Store.GiveTask]) and stays paused.
//
// An empty Password of the destination, or of a source that keeps its name,
// keeps the stored one, as long as the account's server, port, TLS settings and
// login stay the same: otherwise a form could send a password, which nobody who
// fills it in has to know, to another server. It is [ErrPasswordNeeded] then, as
// it is when there never was a password for an IMAP account.
//
// With Await, the password of an account that is [task.Account.Personal] may be
// missing, if there never was one: the task waits then, and nothing starts it.
//
// An account that is a reference ([task.Account.Referred]) has the password, and all
// else, of what it refers to, and keeps none in the task.
//
// A changed interval counts from the latest run, that of a new task from now.
// Times of a new schedule that have gone by are not made up for.
//
// Overrides, PlanFirst and Scripts count when the task is made; see [Store.SetOverrides],
// [Store.SetPlanFirst] and [Store.SaveScript].
func (s *Store) SaveTask(ctx context.Context, t *task.Task) error {
	if err := t.Validate(); err != nil {
		return refused(err)
	}
	saved := *t
	err := s.inTurn(ctx, func(ctx context.Context, tx bun.Tx) error { return s.saveTask(ctx, tx, &saved) })
	if taken(err) {
		err = ErrNameTaken
	}
	if err != nil {
		return s.wrap(fmt.Sprintf("save task %q", t.Name), err)
	}
	*t = saved
	return nil
}

// saveTask is SaveTask in a transaction. What is wrong with the task is found out
// before anything is written.
func (s *Store) saveTask(ctx context.Context, tx bun.Tx, t *task.Task) error {
	now := s.now()
	t.Updated = toTime(toMillis(now))
	var before task.Task
	var row taskRow
	var sources []sourceRow
	if t.ID == "" {
		t.ID, t.Created = newID(), t.Updated
	} else {
		var err error
		if before, row, sources, err = s.loadTask(ctx, tx, t.ID); err != nil {
			return err
		}
		if t.Version != 0 && t.Version != before.Version {
			return ErrChanged
		}
		t.Created, t.Owner = before.Created, before.Owner
		t.Overrides, t.PlanFirst = before.Overrides, before.PlanFirst
		t.Await = t.Await || before.Waits() // it goes on waiting
	}
	t.Version = before.Version + 1
	if err := s.resolve(ctx, tx, t, before); err != nil {
		return err
	}
	if err := t.Validate(); err != nil {
		return refused(err)
	}
	if err := s.writeTask(ctx, tx, t, now, before, row, sources); err != nil {
		return err
	}
	if err := s.releaseOf(ctx, tx, "id = ?", t.ID); err != nil {
		return err
	}
	var err error
	t.Await, t.Scripts = false, nil
	t.Owner, err = owner(ctx, tx, t.Owner.ID)
	return err
}

// writeTask replaces the rows of task t, sealing its passwords, and sets its Pause
// and Agenda. before, row and sources are what was stored before.
func (s *Store) writeTask(ctx context.Context, tx bun.Tx, t *task.Task, now time.Time, before task.Task, row taskRow, sources []sourceRow) error {
	t.Missing = nil
	newSources := make([]sourceRow, len(t.Sources))
	for i, src := range t.Sources {
		kept, keptAccount := "", task.Account{}
		for j, old := range before.Sources {
			if old.Name == src.Name {
				kept, keptAccount = sources[j].Password, old.Account
			}
		}
		account, sealed, err := s.stored(sourcePlace(t.ID, src), kept, keptAccount, t.Await)
		if err != nil {
			return fmt.Errorf("source %s: %w", src.Name, err)
		}
		newSources[i] = sourceRow{TaskID: t.ID, Position: i, Name: src.Name, Account: account, Password: sealed}
		newSources[i].AccountID, newSources[i].Domain = columns(src.Account)
		noteMissing(t, src.Name, src.Account, sealed)
	}
	destination, password, err := s.stored(destinationPlace(*t), row.DestinationPassword, before.Destination, t.Await)
	if err != nil {
		return fmt.Errorf("destination: %w", err)
	}
	noteMissing(t, "", t.Destination, password)
	newRow := taskRow{
		ID: t.ID, Name: t.Name, OwnerID: t.Owner.ID, Destination: destination, DestinationPassword: password,
		RuleID: row.RuleID, RuleUser: row.RuleUser, BatchID: row.BatchID, Waits: t.Waits(),
		CreatedAt: toMillis(t.Created), UpdatedAt: toMillis(t.Updated), Version: t.Version, PlanFirst: t.PlanFirst,
	}
	if newRow.Removal, err = removalText(t.Removal); err != nil {
		return err
	}
	newRow.DestinationAccount, newRow.DestinationDomain = columns(t.Destination)
	newRow.origin(t, before)
	if err := newRow.reschedule(ctx, tx, *t, row, now); err != nil {
		return err
	}
	t.Pause, t.Agenda = newRow.pause(), newRow.agenda()
	_, err = tx.NewInsert().Model(&newRow).On("CONFLICT (id) DO UPDATE").
		Set("name = excluded.name, destination = excluded.destination, destination_password = excluded.destination_password").
		Set("every_ms = excluded.every_ms, cron = excluded.cron, zone = excluded.zone, time_window = excluded.time_window, jitter = excluded.jitter").
		Set("anchor_at = excluded.anchor_at, next_at = excluded.next_at, skipped = excluded.skipped, skipped_at = excluded.skipped_at").
		Set("destination_account = excluded.destination_account, destination_domain = excluded.destination_domain").
		Set("removal = excluded.removal, batch_id = excluded.batch_id, waits = excluded.waits, updated_at = excluded.updated_at, version = excluded.version").Exec(ctx)
	if err != nil {
		return err
	}
	if t.Waits() != before.Waits() {
		if err := standAgain(ctx, tx, t.ID); err != nil {
			return err
		}
	}
	for _, table := range []string{"source", "hook"} {
		if _, err := tx.NewRaw("DELETE FROM ? WHERE task_id = ?", bun.Ident(table), t.ID).Exec(ctx); err != nil {
			return err
		}
	}
	if _, err := tx.NewInsert().Model(&newSources).Exec(ctx); err != nil {
		return err
	}
	if err := writePlaces(ctx, tx, *t); err != nil {
		return err
	}
	if before.ID == "" {
		if err := writeOverrides(ctx, tx, t.ID, t.Overrides); err != nil {
			return err
		}
		if err := writeScripts(ctx, tx, *t, now); err != nil {
			return err
		}
	}
	if len(t.Hooks) == 0 {
		return nil
	}
	hooks := make([]hookRow, len(t.Hooks))
	for i, h := range t.Hooks {
		hooks[i] = hookRow{TaskID: t.ID, Position: i, Plugin: h.Plugin, Digest: h.Digest, Config: h.Config, OnError: string(h.OnError), Merges: string(h.Merges)}
		if hooks[i].Grants, err = grantsText(h.Grants); err != nil {
			return err
		}
	}
	_, err = tx.NewInsert().Model(&hooks).Exec(ctx)
	return err
}

// loadTask reads a task with its rows; sources are in the order of t.Sources.
func (s *Store) loadTask(ctx context.Context, db bun.IDB, id string) (t task.Task, row taskRow, sources []sourceRow, err error) {
	if err = db.NewSelect().Model(&row).Where("id = ?", id).Scan(ctx); err != nil {
		return t, row, nil, notFound(err)
	}
	t, sources, err = s.taskOf(ctx, db, row)
	return t, row, sources, err
}

// taskOf reads what belongs to the row of a task; sources are in the order of t.Sources.
func (s *Store) taskOf(ctx context.Context, db bun.IDB, row taskRow) (t task.Task, sources []sourceRow, err error) {
	var hooks []hookRow
	err = errors.Join(
		db.NewSelect().Model(&sources).Where("task_id = ?", row.ID).Order("position").Scan(ctx),
		db.NewSelect().Model(&hooks).Where("task_id = ?", row.ID).Order("position").Scan(ctx),
	)
	if err != nil {
		return t, nil, err
	}
	if t, err = row.task(sources, hooks); err != nil {
		return t, sources, err
	}
	if t.Owner, err = owner(ctx, db, row.OwnerID); err != nil {
		return t, sources, err
	}
	if t.Overrides, err = readOverrides(ctx, db, row.ID); err != nil {
		return t, sources, err
	}
	one := []task.Task{t}
	err = complete(ctx, db, one)
	return one[0], sources, err
}

func (r taskRow) task(sources []sourceRow, hooks []hookRow) (task.Task, error) {
	if err := r.takeBack(); err != nil {
		return task.Task{}, err
	}
	schedule, err := r.schedule()
	if err != nil {
		return task.Task{}, fmt.Errorf("task %s: %w", r.ID, err)
	}
	t := task.Task{
		ID: r.ID, Name: r.Name, Schedule: schedule, Pause: r.pause(), Agenda: r.agenda(),
		Created: toTime(r.CreatedAt), Updated: toTime(r.UpdatedAt), Version: r.Version, PlanFirst: r.PlanFirst,
	}
	if r.RuleID != nil {
		t.Rule = task.RuleUser{ID: *r.RuleID, User: r.RuleUser}
	}
	if r.BatchID != nil {
		t.Batch = *r.BatchID
	}
	if err := json.Unmarshal([]byte(r.Destination), &t.Destination); err != nil {
		return t, fmt.Errorf("task %s: destination: %w", r.ID, err)
	}
	if r.Removal != "" {
		if err := json.Unmarshal([]byte(r.Removal), &t.Removal); err != nil {
			return t, fmt.Errorf("task %s: what it deletes: %w", r.ID, err)
		}
	}
	for _, row := range sources {
		src := task.Source{Name: row.Name}
		if err := json.Unmarshal([]byte(row.Account), &src.Account); err != nil {
			return t, fmt.Errorf("task %s: source %s: %w", r.ID, row.Name, err)
		}
		t.Sources = append(t.Sources, src)
		noteMissing(&t, src.Name, src.Account, row.Password)
	}
	noteMissing(&t, "", t.Destination, r.DestinationPassword)
	for _, row := range hooks {
		grants, err := parseGrants(row.Grants)
		if err != nil {
			return t, fmt.Errorf("task %s: plugin %s: %w", r.ID, row.Plugin, err)
		}
		t.Hooks = append(t.Hooks, task.Hook{
			Plugin: row.Plugin, Digest: row.Digest, Config: row.Config, Grants: grants, OnError: task.OnError(row.OnError), Merges: task.Merges(row.Merges),
		})
	}
	return t, nil
}

// noteMissing notes that nobody has given the password of an account yet, if that is so.
func noteMissing(t *task.Task, source string, a task.Account, sealed string) {
	if sealed == "" && a.Personal() {
		t.Missing = append(t.Missing, source)
	}
}

// removalText is what the database holds of a removal.
func removalText(r task.Removal) (string, error) {
	if r.Equal(task.Removal{}) {
		return "", nil
	}
	text, err := json.Marshal(r)
	return string(text), err
}

// newID returns 26 characters that nobody can guess and that fit into a URL.
func newID() string { return strings.ToLower(rand.Text()) }

func toMillis(t time.Time) int64 { return t.UnixMilli() }

func toTime(ms int64) time.Time { return time.UnixMilli(ms) }
