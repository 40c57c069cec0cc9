package main

import "github.com/spf13/cobra"

func taskCommand(t *terminal) *cobra.Command {
	return group("task", "Tasks of the service",
		"Tasks of the service, in its data directory. The service may run meanwhile.",
		`  mailweir task import move.csv --check`,
		taskImport(t))
}
