package main

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/spf13/cobra"

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
	for verb, hints := range map[string]bool{"test": false, "verify": false, "copy": true} {
		var said strings.Builder
		status := (&terminal{err: &said}).exit(&cobra.Command{Use: verb}, err)
		if status != task.OutcomeStopped.ExitStatus() || strings.Contains(said.String(), "hint") != hints {
			t.Errorf("%s ends with %d and says %q; want a hint: %v", verb, status, said.String(), hints)
		}
	}
	if got := app.Sentence(err); got != "stopped" {
		t.Errorf("got %q, want that it was stopped", got)
	}
}
