package main

import (
	"context"
	"fmt"
	"testing"

	"github.com/mailweir/mailweir/host/app"
	"github.com/mailweir/mailweir/host/task"
)

// TestPlugin_stoppedPromisesNothing: the hint of a copy, that it goes on, would be
// wrong here.
func TestPlugin_stoppedPromisesNothing(t *testing.T) {
	f := &authorFlags{data: t.TempDir()}
	err := f.with(t.Context(), &terminal{}, func(*app.Author) error {
		return fmt.Errorf("in the midst of it: %w", context.Canceled)
	})
	if outcome, hint := outcomeOf(err); outcome != task.OutcomeStopped || hint != "" {
		t.Errorf("got %s with the hint %q, want %s without one", outcome, hint, task.OutcomeStopped)
	}
	if got := app.Sentence(err); got != "stopped" {
		t.Errorf("got %q, want that it was stopped", got)
	}
}
