package app

import (
	"errors"
	"fmt"
	"net/netip"
	"path/filepath"
	"strings"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/plugin/door"
	"github.com/mailweir/mailweir/host/task"
)

// bound reports whether limits bind the task: those on where it connects to, and
// those of withinBounds. A task without owner is the service's own, such as the
// demo's.
func bound(t task.Task) bool { return t.Owner.ID != "" && access.Role(t.Owner.Role).Bound() }

// withinBounds says what of the task only admins may have: files of this machine.
func withinBounds(t task.Task) error {
	var errs []error
	account := func(where string, a task.Account) {
		if a.Kind == task.KindMaildir {
			errs = append(errs, fmt.Errorf("%s: directories of this machine are for tasks of admins only", where))
		}
		if a.CAFile != "" {
			errs = append(errs, fmt.Errorf("%s: files with authorities are for tasks of admins only; a pinned key works without", where))
		}
	}
	for _, s := range t.Sources {
		account("source "+s.Name, s.Account)
	}
	account("destination", t.Destination)
	for _, h := range t.Hooks {
		if isPluginPath(h.Plugin) {
			errs = append(errs, fmt.Errorf("plugin %s: files of this machine are for tasks of admins only; name an installed plugin", h.Plugin))
		}
		for _, g := range h.Grants {
			ip, err := netip.ParseAddr(g.Endpoint.Host)
			if g.Private || err == nil && !door.IsPublic(ip.Unmap()) {
				errs = append(errs, fmt.Errorf("plugin %s: the grant %s: addresses that are not public are for tasks of admins only", h.Plugin, g))
			}
		}
	}
	return errors.Join(errs...)
}

// isPluginPath reports whether a hook names a file rather than a plugin that is
// shipped or installed.
func isPluginPath(name string) bool {
	return strings.ContainsRune(name, filepath.Separator) || strings.HasSuffix(name, ".wasm") || isScript(name)
}
