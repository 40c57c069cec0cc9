//go:build !linux

package plugin

import "context"

// withMappedMemory leaves memory to the run time: it is memory of Go.
func withMappedMemory(ctx context.Context) context.Context { return ctx }
