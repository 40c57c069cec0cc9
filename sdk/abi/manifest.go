package abi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Manifest describes a plugin. It travels inside the .wasm file as JSON, in the
// custom section [ManifestSection].
type Manifest struct {
	ID          string          `json:"id"`               // lower case letters, digits and '-'; unique among installed plugins
	Version     string          `json:"version"`          // of the plugin, for people
	ABI         string          `json:"abi"`              // "1.MINOR": the interface it was built for
	Description string          `json:"description"`      // one sentence
	Hooks       []string        `json:"hooks"`            // which hooks it implements; no other is called
	Needs       string          `json:"needs,omitempty"`  // "envelope", "headers" or "body": the most that its hooks look at; "" is envelope
	Config      json.RawMessage `json:"config,omitempty"` // JSON Schema of its configuration
	Asks        []Ask           `json:"asks,omitempty"`   // what it wants to be granted; since 1.1
	License     string          `json:"license,omitempty"`
	Source      string          `json:"source,omitempty"` // where its source code is
}

// ManifestSection is the name of the custom section that holds the manifest.
const ManifestSection = "mailweir.manifest"

// MaxManifest is the largest manifest in bytes.
const MaxManifest = 256 << 10

// What the hooks of a plugin look at of messages, from little to much.
const (
	NeedsEnvelope = "envelope" // flags, size, dates, folder
	NeedsHeaders  = "headers"
	NeedsBody     = "body"
)

// ParseManifest reads a manifest strictly: what it does not know is an error. The
// result has passed [Manifest.Validate].
func ParseManifest(data []byte) (Manifest, error) {
	if len(data) > MaxManifest {
		return Manifest{}, fmt.Errorf("manifest: longer than %d bytes", MaxManifest)
	}
	if !utf8.Valid(data) {
		return Manifest{}, errors.New("manifest: not valid UTF-8")
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	var m Manifest
	if err := dec.Decode(&m); err != nil {
		return Manifest{}, fmt.Errorf("manifest: %w", err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return Manifest{}, errors.New("manifest: something follows the JSON object")
	}
	return m, m.Validate()
}

// validID is a loop rather than a regular expression because this package is
// linked into every plugin.
func validID(id string) bool {
	if id == "" || len(id) > 64 || id[0] == '-' {
		return false
	}
	for i := range len(id) {
		if c := id[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}

// Validate reports all that is wrong with the manifest. That its hooks are
// exported, and that the server has the interface, is not looked at.
func (m Manifest) Validate() error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf("manifest: "+format, args...)) }
	text := func(key, s string, limit int, required bool) {
		switch {
		case required && strings.TrimSpace(s) == "":
			bad("%s is missing", key)
		case len(s) > limit:
			bad("%s is longer than %d bytes", key, limit)
		case strings.ContainsFunc(s, unicode.IsControl):
			bad("%s holds a control character", key)
		}
	}

	if !validID(m.ID) {
		bad("id %q: up to 64 lower case letters, digits and '-', starting with a letter or digit", m.ID)
	}
	text("version", m.Version, 64, true)
	text("description", m.Description, 500, true)
	text("license", m.License, 100, false)
	text("source", m.Source, 500, false)
	if _, err := m.MinorVersion(); err != nil {
		bad("%w", err)
	}

	if len(m.Hooks) == 0 {
		bad("hooks is empty; a plugin implements one of %s at least", strings.Join(Hooks, ", "))
	}
	for i, h := range m.Hooks {
		if !slices.Contains(Hooks, h) {
			bad("hook %q is not known; the hooks are %s", h, strings.Join(Hooks, ", "))
		}
		if slices.Contains(m.Hooks[:i], h) {
			bad("hook %q is named twice", h)
		}
	}
	switch m.Needs {
	case "", NeedsEnvelope, NeedsHeaders:
	case NeedsBody:
		if !slices.ContainsFunc(HookTable, func(h HookInfo) bool { return h.Body && slices.Contains(m.Hooks, h.Name) }) {
			bad("needs body, but none of its hooks sees it")
		}
	default:
		bad("needs %q is not one of %s, %s, %s", m.Needs, NeedsEnvelope, NeedsHeaders, NeedsBody)
	}
	if len(m.Config) > 0 {
		var schema map[string]json.RawMessage
		if err := json.Unmarshal(m.Config, &schema); err != nil || schema == nil {
			bad("config is no JSON Schema: it must be an object")
		}
	}
	return errors.Join(append(errs, m.validateAsks()...)...)
}

// MinorVersion is the N of ABI "1.N".
func (m Manifest) MinorVersion() (int, error) {
	major, minor, ok := strings.Cut(m.ABI, ".")
	n, err := strconv.ParseUint(minor, 10, 16)
	if !ok || err != nil || minor != strconv.FormatUint(n, 10) {
		return 0, fmt.Errorf(`abi %q is no version; write "%d.%d"`, m.ABI, Major, Minor)
	}
	if major != strconv.Itoa(Major) {
		return 0, fmt.Errorf("abi %q: the major version is %d", m.ABI, Major)
	}
	return int(n), nil
}

// Implements reports whether the manifest names hook.
func (m Manifest) Implements(hook string) bool { return slices.Contains(m.Hooks, hook) }
