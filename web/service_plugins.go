package web

import (
	"context"
	"encoding/json"
	"io"

	"github.com/mailweir/mailweir/web/view"
)

// Nouns of plugins, as pages show them.
type (
	Plugin = view.Plugin
	Upload = view.Upload
	Signed = view.Signed
)

// ConfigFault is one thing that is wrong with a configuration; At is empty for the
// whole.
type ConfigFault struct {
	At   []string
	Text string
}

// PluginKeeper is the part of Service about the plugins that tasks can name.
type PluginKeeper interface {
	// InstalledPlugins returns the shipped plugins and the installed ones by ID, and
	// the files beside them that are none, with their Fault.
	InstalledPlugins(ctx context.Context) ([]Plugin, error)
	// UploadPlugin takes a file to look at it; nothing is installed. It keeps it for
	// an hour under its digest. Whatever is no plugin is ErrInvalid with one sentence.
	// r is read to its end, but no more of it is kept than a plugin may have.
	UploadPlugin(ctx context.Context, name string, r io.Reader) (Upload, error)
	// UploadedPlugin returns what UploadPlugin has taken.
	UploadedPlugin(ctx context.Context, digest string) (Upload, error)
	// InstallUpload installs what was uploaded. before is the digest of the plugin
	// that was there when the person decided, "" is none: when that has changed
	// meanwhile it is a conflict. anyway says that who signed it does not matter.
	InstallUpload(ctx context.Context, digest, before string, anyway bool) (Plugin, error)
	// DiscardUpload forgets what was uploaded.
	DiscardUpload(ctx context.Context, digest string) error
	// TaskPlugins returns the plugins that a task can name, by ID, without their Tasks.
	TaskPlugins(ctx context.Context) ([]Plugin, error)
	// ConfigFaults returns what is wrong with a configuration by the JSON Schema of a
	// plugin, each with the names and indexes that lead there.
	ConfigFaults(ctx context.Context, schema json.RawMessage, config []byte) ([]ConfigFault, error)
	// RemovePlugin removes an installed plugin. One that is shipped, or that tasks
	// name, is a conflict.
	RemovePlugin(ctx context.Context, id string) error
}
