package web

import (
	"context"

	"github.com/mailweir/mailweir/web/view"
)

// Nouns of settings, as pages show them.
type (
	Settings = view.Settings
	Limits   = view.Limits
)

// SettingsKeeper is the part of Service about itself.
type SettingsKeeper interface {
	// Settings returns what is in force for the service as a whole.
	Settings(ctx context.Context) (Settings, error)
	// SetLimits bounds how many runs are at work at the same time, from the next one
	// on. What is less than 0 is ErrInvalid.
	SetLimits(ctx context.Context, l Limits) error
	// RelayNames are the relays that take mail, by name.
	RelayNames(ctx context.Context) []string
}
