package web_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/sdk/abi"
	"github.com/mailweir/mailweir/web"
	"github.com/mailweir/mailweir/web/view"
)

// uploadedHex is the digest of what has always been uploaded to pluginFiles.
var uploadedHex = strings.Repeat("ab", 32)

// pluginFiles keeps plugins in memory: installed ones, and one that was uploaded.
// What is uploaded is a plugin if it begins as one; its text is its ID.
type pluginFiles struct {
	pmu     sync.Mutex
	more    []web.Plugin
	uploads map[string]web.Upload
	faults  []web.ConfigFault // of every configuration that is saved
	schema  json.RawMessage   // of folder-rules, instead of a small one

	scripts []task.Script
	tried   func(source string) web.TryResult // nil is a script that starts
	fetched int
	refuse  error // returned by SaveScript and FetchSample
}

func (p *pluginFiles) InstalledPlugins(context.Context) ([]web.Plugin, error) {
	p.pmu.Lock()
	defer p.pmu.Unlock()
	schema := p.schema
	if schema == nil {
		schema = json.RawMessage(`{"type":"object","properties":{"prefix":{"type":"string"}}}`)
	}
	return append([]web.Plugin{{
		Manifest: abi.Manifest{
			ID: "folder-rules", Version: "1.0.0", ABI: "1.0", Hooks: []string{"map_folder"},
			Description: "Moves, renames and leaves out folders by rules.", License: "Apache-2.0",
			Config: schema,
		},
		Digest: "sha256:" + strings.Repeat("01", 32), Size: 1 << 20, Shipped: true, Uses: web.Uses{First: []web.Use{{Kind: "task", ID: "task1", Name: "Anna moves in"}}},
	}}, p.more...), nil
}

// hook is the plugin of the upload that is always there.
func webhook(version, digest string) web.Plugin {
	return web.Plugin{
		Manifest: abi.Manifest{
			ID: "webhook", Version: version, ABI: "1.1", Hooks: []string{"after_message", "after_task"}, Needs: "headers",
			Description: "Tells a server of each copied message. <b>Really</b>.",
			Asks: []abi.Ask{
				{Grant: "http", Reason: "to tell your server of each message", Hosts: []string{"hooks.example"}, Methods: []string{"POST"}},
				{Grant: "kv", Reason: "to count what it has told", Optional: true},
			},
		},
		Digest: digest, Size: 45_000, Signed: view.SignedUnknown, Key: "k-1234",
	}
}

func (p *pluginFiles) UploadedPlugin(_ context.Context, digest string) (web.Upload, error) {
	p.pmu.Lock()
	defer p.pmu.Unlock()
	if up, ok := p.uploads[digest]; ok {
		return up, nil
	}
	if digest != "sha256:"+uploadedHex {
		return web.Upload{}, web.ErrNotFound
	}
	up := web.Upload{Plugin: webhook("2.0.0", digest), Name: "webhook.wasm", Anyway: true}
	for _, one := range p.more {
		if one.Manifest.ID == "webhook" {
			up.Before = &one
		}
	}
	return up, nil
}

func (p *pluginFiles) UploadPlugin(_ context.Context, name string, r io.Reader) (web.Upload, error) {
	content, err := io.ReadAll(r)
	if err != nil {
		return web.Upload{}, err
	}
	id, ok := strings.CutPrefix(string(content), "\x00asm")
	if !ok {
		return web.Upload{}, fmt.Errorf("%w: plugin %s is no WebAssembly module", web.ErrInvalid, name)
	}
	up := web.Upload{Plugin: webhook("1.0.0", "sha256:"+strings.Repeat("cd", 32)), Name: name}
	up.Manifest.ID = id
	p.pmu.Lock()
	defer p.pmu.Unlock()
	p.uploads = map[string]web.Upload{up.Digest: up}
	return up, nil
}

func (p *pluginFiles) InstallUpload(ctx context.Context, digest, before string, anyway bool) (web.Plugin, error) {
	up, err := p.UploadedPlugin(ctx, digest)
	if err != nil {
		return up.Plugin, err
	}
	there := ""
	if up.Before != nil {
		there = up.Before.Digest
	}
	switch {
	case up.Anyway && !anyway:
		return up.Plugin, fmt.Errorf("%w: nobody who is trusted has signed it", web.ErrInvalid)
	case there != before:
		return up.Plugin, fmt.Errorf("%w: it was changed meanwhile", web.ErrConflict)
	}
	p.pmu.Lock()
	defer p.pmu.Unlock()
	p.more = slices.DeleteFunc(p.more, func(o web.Plugin) bool { return o.Manifest.ID == up.Manifest.ID })
	p.more = append(p.more, up.Plugin)
	return up.Plugin, nil
}

func (p *pluginFiles) DiscardUpload(_ context.Context, digest string) error {
	p.pmu.Lock()
	defer p.pmu.Unlock()
	if p.uploads[digest].Name == "" && digest != "sha256:"+uploadedHex {
		return web.ErrNotFound
	}
	delete(p.uploads, digest)
	return nil
}

func (p *pluginFiles) RemovePlugin(ctx context.Context, id string) error {
	all, _ := p.InstalledPlugins(ctx)
	i := slices.IndexFunc(all, func(o web.Plugin) bool { return o.Manifest.ID == id })
	switch {
	case i < 0:
		return web.ErrNotFound
	case all[i].Shipped:
		return fmt.Errorf("%w: it is part of mailweir", web.ErrConflict)
	}
	p.pmu.Lock()
	defer p.pmu.Unlock()
	if !all[i].Uses.None() {
		return errors.Join(web.ErrConflict, errors.New("a task uses it"))
	}
	p.more = slices.DeleteFunc(p.more, func(o web.Plugin) bool { return o.Manifest.ID == id })
	return nil
}

func (p *pluginFiles) TaskPlugins(ctx context.Context) ([]web.Plugin, error) {
	return p.InstalledPlugins(ctx)
}

func (p *pluginFiles) ConfigFaults(context.Context, json.RawMessage, []byte) ([]web.ConfigFault, error) {
	return p.faults, nil
}
