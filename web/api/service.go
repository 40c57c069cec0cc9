package api

import (
	"context"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/sdk/abi"
)

// Service is what the API needs of the running program; it is part of what the pages
// need, and its errors are of the same kinds. Whether the actor may do what is asked
// has been decided before; who it is, is [access.From] of ctx.
type Service interface {
	Channels
	Plans
	Batches
	Links
	History // compare.go
	Deleted
	// FindTasks returns the tasks that q asks for and that the actor may read, and how
	// many there are without q's Offset and Limit.
	FindTasks(ctx context.Context, q task.Query) ([]TaskRow, int, error)
	Task(ctx context.Context, id string) (task.Task, error)
	// SaveTask stores t. A Version that is not that of the stored task is an error
	// that says so; 0 is any.
	SaveTask(ctx context.Context, t task.Task) (task.Task, error)
	PauseTask(ctx context.Context, id, by string) error
	ResumeTask(ctx context.Context, id string) error
	GiveTask(ctx context.Context, taskID, userID string) error
	// PlanTask says what a run of the task would do, and changes nothing on either
	// side. It takes as long as listing all accounts.
	PlanTask(ctx context.Context, id string) (Plan, error)

	StartRun(ctx context.Context, taskID string) (task.Run, error)
	StopRun(ctx context.Context, runID string) error
	// PauseRun keeps a run from going on until ResumeRun. One that has ended, or waits
	// for somebody, is a conflict.
	PauseRun(ctx context.Context, runID string) error
	ResumeRun(ctx context.Context, runID string) error
	Run(ctx context.Context, id string) (task.Run, error)
	Runs(ctx context.Context, taskID string, limit int) ([]task.Run, error)
	// RetryRun queues a run of the same task, for the folders only in which something of
	// the run failed or was held. A run of which nothing is left to do is a conflict.
	RetryRun(ctx context.Context, runID string) (task.Run, error)
	// Pace bounds how fast a run goes. Of one that has ended it is zero.
	Pace(ctx context.Context, runID string) (task.Pace, error)
	// SetPace changes that within seconds, until the run ends. A run that has ended is a
	// conflict.
	SetPace(ctx context.Context, runID string, p task.Pace) error
	Log(ctx context.Context, runID string, after int64, limit int) ([]task.LogLine, error)

	Plugins(ctx context.Context) ([]abi.Manifest, error)

	// StoredAccounts returns the stored accounts by name.
	StoredAccounts(ctx context.Context) ([]task.StoredAccount, error)
	// StoredAccount returns the stored account of an ID or a name.
	StoredAccount(ctx context.Context, idOrName string) (task.StoredAccount, error)
	// SaveStoredAccount makes an account, or changes the one with its ID. An empty
	// password keeps the stored one, as long as it goes to the same server and user.
	SaveStoredAccount(ctx context.Context, a task.StoredAccount) (task.StoredAccount, error)
	// DeleteStoredAccount removes an account that no task needs.
	DeleteStoredAccount(ctx context.Context, id string) error
	// TestStoredAccount logs in and looks around, and remembers what was found.
	TestStoredAccount(ctx context.Context, id string) (AccountTest, error)
	// AuthorizeAccount asks for the consent of an account's OAuth by a device code. Whether
	// somebody gives it is awaited afterwards. What can not be asked is ErrInvalid.
	AuthorizeAccount(ctx context.Context, id string) (Authorization, error)

	Users(ctx context.Context) ([]access.User, error)
	User(ctx context.Context, id string) (access.User, error)
	AddUser(ctx context.Context, u access.User, password string) (access.User, error)
	ChangeUser(ctx context.Context, u access.User) error
	SetPassword(ctx context.Context, userID, password, keep string) error
	RemoveUser(ctx context.Context, userID, heir string) error
	Tokens(ctx context.Context, userID string) ([]access.Token, error)
	AddToken(ctx context.Context, t access.Token) (secret string, err error)
	RevokeToken(ctx context.Context, userID, tokenID string) error
	Events(ctx context.Context, f access.Filter) ([]access.Event, error)
}

// TaskRow is a task with its latest run, nil if there was none.
type TaskRow struct {
	Task   task.Task
	Last   *task.Run
	Recent []task.Run // the latest, newest first, without their folders; only FindTasks tells
}
