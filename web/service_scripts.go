package web

import (
	"context"

	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web/view"
)

// Nouns of trying a script, as pages show them.
type (
	TryResult = view.TryResult
	Tried     = view.Tried
)

// ScriptDesk is the part of Service about scripts that are written in the browser.
type ScriptDesk interface {
	// Scripts returns the versions of a script of a task, the latest first, without
	// their Source. There may be none.
	Scripts(ctx context.Context, taskID, name string) ([]task.Script, error)
	// Script returns one version.
	Script(ctx context.Context, taskID, name string, version int) (task.Script, error)
	// SaveScript stores a new version and makes the task ask it. What does not start is
	// ErrInvalid, and not stored.
	SaveScript(ctx context.Context, taskID, name, source string) (task.Script, error)
	// UseScript makes the task ask another version.
	UseScript(ctx context.Context, taskID, name string, version int) error

	// FetchSample reads folders and the latest messages of the task's sources, where it
	// changes nothing, and keeps them for this user while they try scripts. An account
	// that can not be read is ErrInvalid with a sentence.
	FetchSample(ctx context.Context, taskID string) error
	// TryScript asks a script about the sample, if there is one, in the sandbox in which
	// runs ask it, with the configuration that the task has for it. What is wrong with
	// the script is in the result.
	TryScript(ctx context.Context, taskID, name, source string) (TryResult, error)
	// ScriptTypes are the declarations of what a script finds, in TypeScript.
	ScriptTypes() string
}
