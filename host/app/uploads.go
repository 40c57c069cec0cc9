package app

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/plugin"
	"github.com/mailweir/mailweir/host/plugin/signature"
	"github.com/mailweir/mailweir/sdk/abi"
	"github.com/mailweir/mailweir/web"
)

// Uploads wait as spool/upload-HEX.wasm for a person to decide; HEX is their digest.
const (
	uploadPrefix = "upload-"
	uploadKept   = time.Hour
	maxUploads   = 8 // the oldest one goes for a new one
)

var uploadDigest = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^sha256:[0-9a-f]{64}$`) })

func (s *service) spoolDir() string { return filepath.Join(string(s.shelf.data), "spool") }

func (s *service) uploadFile(digest string) string {
	return filepath.Join(s.spoolDir(), uploadPrefix+strings.TrimPrefix(digest, "sha256:")+".wasm")
}

// UploadPlugin implements web.Service.
func (s *service) UploadPlugin(ctx context.Context, name string, r io.Reader) (web.Upload, error) {
	digest, err := s.keepUpload(name, r)
	if err != nil {
		return web.Upload{}, err
	}
	up, err := s.look(ctx, name, digest)
	if err != nil {
		_ = os.Remove(s.uploadFile(digest)) // it goes within the hour anyway
		return web.Upload{}, err
	}
	s.log.Info("plugin uploaded", "plugin", up.Manifest.ID, "digest", digest)
	return up, nil
}

// keepUpload writes what is sent to a file, and returns its digest. A file that is
// larger than any plugin is read to its end and thrown away.
func (s *service) keepUpload(name string, r io.Reader) (digest string, err error) {
	if err := os.MkdirAll(s.spoolDir(), 0o700); err != nil {
		return "", fmt.Errorf("keep an upload: %w", reason(err))
	}
	s.sweepUploads()
	tmp, err := os.CreateTemp(s.spoolDir(), ".upload-*")
	if err != nil {
		return "", fmt.Errorf("keep an upload: %w", reason(err))
	}
	defer os.Remove(tmp.Name()) // which fails when all went well
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(tmp, sum), io.LimitReader(r, plugin.MaxModule+1))
	err = errors.Join(err, tmp.Close())
	if err == nil && n > plugin.MaxModule {
		if _, err = io.Copy(io.Discard, r); err == nil {
			err = as(web.ErrInvalid, fmt.Errorf("%s %w", name, plugin.ErrTooLarge))
		}
	}
	if err != nil {
		return "", err
	}
	digest = "sha256:" + hex.EncodeToString(sum.Sum(nil))
	return digest, os.Rename(tmp.Name(), s.uploadFile(digest))
}

// sweepUploads removes uploads that nobody has decided about.
func (s *service) sweepUploads() {
	files, _ := filepath.Glob(filepath.Join(s.spoolDir(), "*"+uploadPrefix+"*")) // the pattern is valid
	var kept []fs.FileInfo
	for _, file := range files {
		info, err := os.Stat(file)
		switch {
		case err != nil:
		case time.Since(info.ModTime()) > uploadKept:
			_ = os.Remove(file)
		default:
			kept = append(kept, info)
		}
	}
	for len(kept) >= maxUploads {
		oldest := 0
		for i := range kept {
			if kept[i].ModTime().Before(kept[oldest].ModTime()) {
				oldest = i
			}
		}
		_ = os.Remove(filepath.Join(s.spoolDir(), kept[oldest].Name()))
		kept = append(kept[:oldest], kept[oldest+1:]...)
	}
}

// UploadedPlugin implements web.Service.
func (s *service) UploadedPlugin(ctx context.Context, digest string) (web.Upload, error) {
	return s.look(ctx, "the upload", digest)
}

// readUpload reads what was uploaded under a digest.
func (s *service) readUpload(digest string) ([]byte, error) {
	if !uploadDigest().MatchString(digest) {
		return nil, web.ErrNotFound
	}
	wasm, err := readPlugin(s.uploadFile(digest))
	if errors.Is(err, fs.ErrNotExist) || err == nil && plugin.Digest(wasm) != digest {
		return nil, web.ErrNotFound
	}
	return wasm, err
}

// look says what is in an upload, as the host that would run it finds out.
func (s *service) look(ctx context.Context, name, digest string) (web.Upload, error) {
	up := web.Upload{Name: name}
	wasm, err := s.readUpload(digest)
	if err != nil {
		return up, err
	}
	s.looking.Lock() // one compilation at a time
	defer s.looking.Unlock()
	host, err := s.shelf.runtime(ctx)
	if err != nil {
		return up, err
	}
	m, err := host.Load(ctx, name, wasm)
	if err != nil {
		if ctx.Err() != nil {
			return up, ctx.Err()
		}
		return up, as(web.ErrInvalid, err)
	}
	up.Manifest, up.Digest, up.Size = m.Manifest(), digest, int64(len(wasm))
	_ = m.Close(context.WithoutCancel(ctx)) // nothing depends on what is left behind
	found, err := s.shelf.look(wasm)
	if err != nil {
		return up, err
	}
	sign(&up.Plugin, found)
	only, err := s.shelf.signaturesRequired()
	if err != nil {
		return up, err
	}
	if up.Anyway = found.State == signature.Untrusted || only && found.State == signature.Unsigned; isBuiltin(up.Manifest.ID) {
		up.Refused = fmt.Sprintf("A plugin that is part of mailweir is called %s. It can not be replaced; give this one another ID.", up.Manifest.ID)
	}
	up.Before, err = s.installed(ctx, up.Manifest.ID)
	if up.Before != nil && up.Before.Shipped {
		up.Before = nil
	}
	return up, err
}

func sign(p *web.Plugin, f signature.Finding) {
	p.Signed, p.Key, p.By = web.Signed(f.State), f.Key, f.Name
}

// installed is a plugin that tasks can name, or nil.
func (s *service) installed(ctx context.Context, id string) (*web.Plugin, error) {
	all, err := s.InstalledPlugins(ctx)
	for i := range all {
		if all[i].Manifest.ID == id {
			return &all[i], err
		}
	}
	return nil, err
}

// InstalledPlugins implements web.Service.
func (s *service) InstalledPlugins(ctx context.Context) ([]web.Plugin, error) {
	uses, err := s.store.PluginUses(ctx, web.ShownUses)
	if err != nil {
		return nil, err
	}
	all, err := s.everyPlugin()
	if err != nil {
		return nil, err
	}
	for i := range all {
		all[i].Uses = tasksOf(uses[all[i].Manifest.ID])
	}
	return all, nil
}

// TaskPlugins implements web.Service.
func (s *service) TaskPlugins(context.Context) ([]web.Plugin, error) {
	all, err := s.everyPlugin()
	return slices.DeleteFunc(all, func(p web.Plugin) bool { return p.Fault != "" }), err
}

// everyPlugin lists the plugins that there are, and the files that are none, by ID.
func (s *service) everyPlugin() ([]web.Plugin, error) {
	entries, err := s.shelf.entries()
	if err != nil {
		return nil, err
	}
	trust, err := s.shelf.trust()
	if err != nil {
		return nil, err
	}
	out := make([]web.Plugin, 0, len(entries))
	for _, e := range entries {
		p := web.Plugin{
			Manifest: e.manifest, Digest: plugin.Digest(e.wasm), Size: int64(len(e.wasm)), Shipped: e.file == "", Fault: e.fault,
		}
		if e.fault != "" {
			p.Manifest = abi.Manifest{ID: strings.TrimSuffix(filepath.Base(e.file), ".wasm")}
		}
		if e.file != "" {
			found := trust.Look(e.wasm)
			sign(&p, found)
			if p.Fault == "" {
				p.Fault = found.Fault
			}
		}
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b web.Plugin) int { return cmp.Compare(a.Manifest.ID, b.Manifest.ID) })
	return out, nil
}

// ConfigFaults implements web.Service.
func (s *service) ConfigFaults(_ context.Context, schema json.RawMessage, config []byte) ([]web.ConfigFault, error) {
	faults, err := plugin.ConfigFaults(schema, config)
	out := make([]web.ConfigFault, 0, len(faults))
	for _, f := range faults {
		out = append(out, web.ConfigFault(f))
	}
	return out, err
}

// InstallUpload implements web.Service.
func (s *service) InstallUpload(ctx context.Context, digest, before string, anyway bool) (web.Plugin, error) {
	up, err := s.look(ctx, "the upload", digest)
	if err != nil {
		return up.Plugin, err
	}
	there := ""
	if up.Before != nil {
		there = up.Before.Digest
	}
	switch {
	case up.Refused != "":
		return up.Plugin, as(web.ErrInvalid, errors.New(up.Refused))
	case up.Anyway && !anyway:
		return up.Plugin, as(web.ErrInvalid, fmt.Errorf("nobody who is trusted has signed %s; say that it is to be installed nevertheless, or discard it", up.Manifest.ID))
	case there != before:
		return up.Plugin, as(web.ErrConflict, fmt.Errorf("%s has been changed by somebody else meanwhile; look at it once more", up.Manifest.ID))
	}
	wasm, err := s.readUpload(digest)
	if err == nil {
		err = replaceFile(s.shelf.data, filepath.Join(s.shelf.dir(), up.Manifest.ID+".wasm"), wasm)
	}
	if err != nil {
		return up.Plugin, fmt.Errorf("install the plugin %s: %w", up.Manifest.ID, reason(err))
	}
	_ = os.Remove(s.uploadFile(digest)) // it goes within the hour anyway
	detail := up.Manifest.Version + " " + digest
	if there != "" {
		detail += ", before " + up.Before.Manifest.Version + " " + there
	}
	s.Note(ctx, pluginEvent(access.DeedPluginInstalled, up.Manifest.ID, detail))
	return up.Plugin, nil
}

// DiscardUpload implements web.Service.
func (s *service) DiscardUpload(_ context.Context, digest string) error {
	if !uploadDigest().MatchString(digest) {
		return web.ErrNotFound
	}
	err := os.Remove(s.uploadFile(digest))
	if errors.Is(err, fs.ErrNotExist) {
		return web.ErrNotFound
	}
	return err
}

// RemovePlugin implements web.Service.
func (s *service) RemovePlugin(ctx context.Context, id string) error {
	p, err := s.installed(ctx, id)
	switch {
	case err != nil:
		return err
	case p == nil:
		return web.ErrNotFound
	case p.Shipped:
		return as(web.ErrConflict, fmt.Errorf("%s is part of mailweir and can not be removed", id))
	case !p.Uses.None():
		var names []string
		for _, use := range p.Uses.First {
			names = append(names, "“"+use.Name+"”")
		}
		if p.Uses.More > 0 {
			names = append(names, fmt.Sprintf("%d more", p.Uses.More))
		}
		return as(web.ErrConflict, fmt.Errorf("%s is used by the task %s; take it out there first", id, strings.Join(names, ", ")))
	}
	if err := os.Remove(filepath.Join(s.shelf.dir(), id+".wasm")); err != nil {
		return fmt.Errorf("remove the plugin %s: %w", id, reason(err))
	}
	s.Note(ctx, pluginEvent(access.DeedPluginRemoved, id, p.Manifest.Version+" "+p.Digest))
	return nil
}

func pluginEvent(deed access.Deed, id, detail string) access.Event {
	return access.Event{Deed: deed, Kind: kindPlugin, ObjectID: id, Object: id, Detail: detail}
}
