// Package plugins holds the plugins that mailweir ships. Each one's source is in
// the folder of its name. Those in Go are built and committed: after a change there,
// or in the SDK, go generate builds them again, and a test compares the result with
// what is committed. Those in JavaScript are what they are: plugin.json and a script.
package plugins

import (
	"embed"
	"fmt"
	"path"
	"sync"

	"github.com/mailweir/mailweir/sdk/pack"
)

//go:generate go run ./build -record folder-rules

//go:embed folder-rules/folder-rules.wasm
var folderRules []byte

// scripts has the folders of the plugins in JavaScript.
//
//go:embed age-and-size/plugin.json age-and-size/age-and-size.js
//go:embed clamav/plugin.json clamav/clamav.js
//go:embed journal/plugin.json journal/journal.js
//go:embed rspamd/plugin.json rspamd/rspamd.js
//go:embed sender-filter/plugin.json sender-filter/sender-filter.js
//go:embed webhook/plugin.json webhook/webhook.js
var scripts embed.FS

// File is a plugin as it is stored: one .wasm file with its manifest inside.
type File struct {
	Name string
	Wasm []byte // must not be changed
}

// Builtin returns the shipped plugins, in the order of their names but for
// folder-rules, which is the first.
func Builtin() []File { return builtin() }

var builtin = sync.OnceValue(func() []File {
	out := []File{{Name: "folder-rules", Wasm: folderRules}}
	folders, err := scripts.ReadDir(".")
	for _, f := range folders {
		var script, manifest, wasm []byte
		if script, err = scripts.ReadFile(path.Join(f.Name(), f.Name()+".js")); err == nil {
			manifest, err = scripts.ReadFile(path.Join(f.Name(), pack.ManifestFile))
		}
		if err == nil {
			wasm, err = pack.PackScript(script, manifest)
		}
		if err != nil {
			break
		}
		out = append(out, File{Name: f.Name(), Wasm: wasm})
	}
	if err != nil {
		panic(fmt.Errorf("a shipped plugin: %w", err)) // a test packs them all
	}
	return out
})
