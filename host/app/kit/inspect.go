package kit

import (
	"cmp"
	"context"
	"encoding/json"
	"log/slog"

	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/plugin"
	"github.com/mailweir/mailweir/host/plugin/signature"
	"github.com/mailweir/mailweir/sdk/abi"
)

// Facts are what a file says of itself, and what the host found out about it.
type Facts struct {
	File    string   `json:"file"`
	Kind    string   `json:"kind"` // "plugin" or "script"
	Size    int64    `json:"size"` // in bytes
	Digest  string   `json:"digest"`
	Hooks   []string `json:"hooks"`             // which are asked
	Imports []string `json:"imports,omitempty"` // the functions of mailweir_v1 that a plugin can call

	// The manifest; a script has none.
	ID          string          `json:"id,omitempty"`
	Version     string          `json:"version,omitempty"`
	ABI         string          `json:"abi,omitempty"`
	Description string          `json:"description,omitempty"`
	Needs       string          `json:"needs,omitempty"`
	License     string          `json:"license,omitempty"`
	Source      string          `json:"source,omitempty"`
	Asks        []abi.Ask       `json:"asks,omitempty"`
	Config      json.RawMessage `json:"config_schema,omitempty"`

	// Signature is the caller's to fill in; a script has none.
	Signature signature.Finding `json:"signature,omitzero"`

	// Fault is why a script does not start without a configuration. Its hooks are
	// not known then.
	Fault string `json:"fault,omitempty"`
}

// Kinds of file.
const (
	KindPlugin = "plugin"
	KindScript = "script"
)

// Inspect says what is in a file that has been loaded. size is that of the file. A
// script is started, because only its own code tells which hooks it has.
func Inspect(ctx context.Context, host *plugin.Host, m *plugin.Module, size int64) (*Facts, error) {
	f := &Facts{File: m.Name(), Kind: KindPlugin, Size: size, Digest: m.Digest()}
	if m.IsScript() {
		f.Kind = KindScript
		chain, err := host.Chain(ctx, []plugin.Binding{{Module: m}}, slog.New(slog.DiscardHandler))
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			f.Fault = err.Error()
			return f, nil
		}
		defer chain.Close()
		f.Hooks = asked(chain)
		return f, nil
	}
	manifest := m.Manifest()
	f.ID, f.Version, f.ABI, f.Description = manifest.ID, manifest.Version, manifest.ABI, manifest.Description
	f.License, f.Source, f.Config = manifest.License, manifest.Source, manifest.Config
	f.Asks = manifest.Asks
	f.Needs = cmp.Or(manifest.Needs, abi.NeedsEnvelope)
	f.Hooks, f.Imports = manifest.Hooks, m.Imports()
	return f, nil
}

// asked are the hooks that a chain has, in the order in which a message meets them.
func asked(chain *plugin.Chain) []string {
	var out []string
	for _, hook := range abi.Hooks {
		if chain.Asks(copier.HookKind(hook)) {
			out = append(out, hook)
		}
	}
	return out
}
