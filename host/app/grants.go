package app

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/mailweir/mailweir/host/plugin"
	"github.com/mailweir/mailweir/host/plugin/door"
	"github.com/mailweir/mailweir/host/secret"
	"github.com/mailweir/mailweir/host/store"
	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/sdk/abi"
)

// Relay is a mail server that takes mail of plugins.
type Relay = door.Relay

// RelaySyntax says how relays are written.
const RelaySyntax = door.RelaySyntax

// ParseRelay reads a relay's URL, and the file of authorities that it names.
func ParseRelay(url string) (Relay, error) {
	r, err := door.ParseRelay(url)
	if err != nil || r.CAFile == "" {
		return r, err
	}
	pem, err := os.ReadFile(r.CAFile)
	if err != nil {
		return r, fmt.Errorf("the file of authorities %s can not be read: %w", r.CAFile, reason(err))
	}
	r.Roots = x509.NewCertPool()
	if !r.Roots.AppendCertsFromPEM(pem) {
		return r, fmt.Errorf("there is no certificate in PEM format in the file %s", r.CAFile)
	}
	return r, nil
}

// outside is what there is for plugins that are granted something.
type outside struct {
	relays  map[string]Relay
	secrets map[string]door.Secret
	memory  func(plugin string) plugin.Memory // nil keeps nothing
	dry     bool
	record  func(plugin, door, what string)  // in a dry run; may be nil
	scripts scriptsOf                        // that hooks name by task.ScriptHook; nil has none
	loaded  func(hook int, m *plugin.Module) // is told which file each hook stands for; may be nil
}

// access is what the plugin of a hook may do.
func (o outside) access(h task.Hook, id string) plugin.Access {
	a := plugin.Access{Grants: h.Grants, DryRun: o.dry, Relays: o.relays, Secrets: o.secrets}
	if o.memory != nil && grants(h, abi.GrantKV) {
		a.Memory = o.memory(id)
	}
	if o.record != nil {
		a.Record = func(door, what string) { o.record(id, door, what) }
	}
	return a
}

func grants(h task.Hook, name string) bool {
	return slices.ContainsFunc(h.Grants, func(g task.Grant) bool { return g.Name == name })
}

// usesSecrets reports whether one of the hooks may name a secret, or mails by a relay
// that does.
func usesSecrets(hooks []task.Hook) bool {
	return slices.ContainsFunc(hooks, func(h task.Hook) bool { return grants(h, abi.GrantHTTP) || grants(h, abi.GrantSMTP) })
}

// storedSecrets are those of the database, for hooks that can use any.
func storedSecrets(ctx context.Context, db *store.Store, hooks []task.Hook) (map[string]door.Secret, error) {
	if !usesSecrets(hooks) {
		return nil, nil
	}
	secrets, err := db.RevealSecrets(ctx)
	if err != nil {
		return nil, err
	}
	return byName(secrets), nil
}

func byName(secrets []task.Secret) map[string]door.Secret {
	out := make(map[string]door.Secret, len(secrets))
	for _, s := range secrets {
		out[s.Name] = door.Secret{Value: s.Value, Hosts: s.Hosts}
	}
	return out
}

// memoryIn is where plugins remember under a ledger's name.
func memoryIn(db *store.Store, ledger string) func(string) plugin.Memory {
	return func(id string) plugin.Memory { return db.PluginMemory(ledger, id, plugin.MemoryFits) }
}

// grant gives each hook what was granted by the ID of its plugin.
func (s *shelf) grant(hooks []task.Hook, byID map[string][]task.Grant) ([]task.Hook, error) {
	if len(byID) == 0 {
		return hooks, nil
	}
	out := slices.Clone(hooks)
	var ids []string
	for i, h := range out {
		id, err := s.id(h)
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
		out[i].Grants = append(slices.Clone(h.Grants), byID[id]...)
	}
	for id := range byID {
		if !slices.Contains(ids, id) {
			return nil, as(ErrUsage, fmt.Errorf("there is a grant for the plugin %q, but the plugins are: %s", id, cmp.Or(strings.Join(ids, ", "), "none")))
		}
	}
	return out, nil
}

// bindingID is the ID of a plugin that has been loaded, by which it remembers.
func bindingID(m *plugin.Module) string {
	if m.IsScript() {
		return filepath.Base(m.Name())
	}
	return m.Manifest().ID
}

// openStoreFor opens the database for a copy. The key is looked for only if there are
// secrets in it that the hooks can use: a copy needs no other.
func (d dataDir) openStoreFor(ctx context.Context, hooks []task.Hook, getenv func(string) string) (*store.Store, error) {
	db, err := d.openStore(ctx, nil)
	if err != nil || !usesSecrets(hooks) {
		return db, err
	}
	there, err := db.Secrets(ctx)
	if err == nil && len(there) == 0 {
		return db, nil
	}
	if err = errors.Join(err, db.Close()); err != nil {
		return nil, err
	}
	box, err := secret.Open(string(d), getenv)
	if err != nil {
		return nil, as(ErrData, err)
	}
	return d.openStore(ctx, box)
}

// outsideOf is what a copy from the command line has for its plugins. Secrets that were
// given with it come before those that are stored.
func (o *CopyOptions) outsideOf(ctx context.Context, db *store.Store, hooks []task.Hook) (outside, error) {
	out := outside{relays: o.Relays, memory: memoryIn(db, o.Name)}
	if !usesSecrets(hooks) {
		return out, nil
	}
	stored, err := db.Secrets(ctx)
	if err != nil {
		return out, err
	}
	out.secrets = map[string]door.Secret{}
	if len(stored) > 0 {
		if out.secrets, err = storedSecrets(ctx, db, hooks); err != nil {
			return out, err
		}
	}
	for _, s := range o.Secrets {
		if err := s.Validate(); err != nil {
			return out, as(ErrUsage, err)
		}
		out.secrets[s.Name] = door.Secret{Value: s.Value, Hosts: s.Hosts}
	}
	return out, nil
}
