package abi

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"unicode/utf8"
)

// Errors about a file as a whole.
var (
	ErrNoWasm     = errors.New("is no WebAssembly module")
	ErrComponent  = errors.New("is a WebAssembly component; mailweir runs core modules (for Go: GOOS=wasip1 GOARCH=wasm -buildmode=c-shared)")
	ErrNoManifest = errors.New("has no manifest (custom section " + ManifestSection + ")")
)

// wasmHeader is the magic and version 1 (WebAssembly core specification 5.5.16).
var wasmHeader = []byte("\x00asm\x01\x00\x00\x00")

// Section is one section of a module.
type Section struct {
	ID   byte   // 0 is a custom section
	Name string // of a custom section
	Body []byte // without a custom section's name
	// Start and End are where the section, with its header, lies in the file.
	Start, End int
}

// Sections cuts a module into its sections, in the order of the file, without
// looking into them. Bodies alias wasm.
func Sections(wasm []byte) ([]Section, error) {
	if !bytes.HasPrefix(wasm, wasmHeader) {
		// Components have the same magic, another version and layer 1.
		if bytes.HasPrefix(wasm, wasmHeader[:4]) && len(wasm) >= 8 && wasm[6] == 1 {
			return nil, ErrComponent
		}
		return nil, ErrNoWasm
	}
	var out []Section
	for pos := len(wasmHeader); pos < len(wasm); {
		s := Section{ID: wasm[pos], Start: pos}
		body, rest, err := CutBytes(wasm[pos+1:])
		if err != nil {
			return nil, fmt.Errorf("section at byte %d: %w", pos, err)
		}
		s.Body, s.End = body, len(wasm)-len(rest)
		if s.ID == 0 {
			name, body, err := CutBytes(body)
			if err != nil {
				return nil, fmt.Errorf("name of the custom section at byte %d: %w", pos, err)
			}
			s.Name, s.Body = string(name), body
		}
		out = append(out, s)
		pos = s.End
	}
	return out, nil
}

// ReadManifest returns the manifest inside a module. The error is one of the
// sentinels above when the file is something else altogether.
func ReadManifest(wasm []byte) (Manifest, error) {
	sections, err := Sections(wasm)
	if err != nil {
		return Manifest{}, err
	}
	var found *Section
	for i, s := range sections {
		if s.ID != 0 || s.Name != ManifestSection {
			continue
		}
		if found != nil {
			return Manifest{}, errors.New("manifest: there are two")
		}
		found = &sections[i]
	}
	if found == nil {
		return Manifest{}, ErrNoManifest
	}
	return ParseManifest(found.Body)
}

// WriteManifest returns a copy of the module with manifest, JSON as it will be
// read back, as its last section. A manifest that is already there is replaced.
func WriteManifest(wasm, manifest []byte) ([]byte, error) {
	if _, err := ParseManifest(manifest); err != nil {
		return nil, err
	}
	sections, err := Sections(wasm)
	if err != nil {
		return nil, err
	}
	out := make([]byte, 0, len(wasm)+len(manifest)+len(ManifestSection)+16)
	out = append(out, wasmHeader...)
	for _, s := range sections {
		if s.ID != 0 || s.Name != ManifestSection {
			out = append(out, wasm[s.Start:s.End]...)
		}
	}
	body := AppendBytes(nil, []byte(ManifestSection))
	body = append(body, manifest...)
	return AppendBytes(append(out, 0), body), nil
}

// ScriptSection is the name of the custom section that holds the text of a script.
// A file with one holds no code of its own: a host runs it on the engine that it
// has, see the engines of this package.
const ScriptSection = "mailweir.script"

// MaxScript is the largest script in bytes.
const MaxScript = 1 << 20

// WriteScript makes the plugin that consists of a script, UTF-8 text, and a
// manifest, JSON as it will be read back.
func WriteScript(script, manifest []byte) ([]byte, error) {
	if len(script) > MaxScript {
		return nil, fmt.Errorf("the script is larger than %d bytes", MaxScript)
	}
	if !utf8.Valid(script) {
		return nil, errors.New("the script is no UTF-8 text")
	}
	body := append(AppendBytes(nil, []byte(ScriptSection)), script...)
	return WriteManifest(AppendBytes(append(slices.Clone(wasmHeader), 0), body), manifest)
}

// ReadScript returns the script of a plugin that consists of one, or nil when the
// sections are those of a module with code. Code and script in one file, or two
// scripts, are an error.
func ReadScript(sections []Section) ([]byte, error) {
	var script []byte
	code := false
	for _, s := range sections {
		switch {
		case s.ID != 0:
			code = true
		case s.Name != ScriptSection:
		case script != nil:
			return nil, errors.New("holds two scripts")
		case len(s.Body) > MaxScript:
			return nil, fmt.Errorf("holds a script of more than %d bytes", MaxScript)
		case !utf8.Valid(s.Body):
			return nil, errors.New("holds a script that is no UTF-8 text")
		default:
			script = append([]byte{}, s.Body...) // never nil
		}
	}
	if code && script != nil {
		return nil, errors.New("holds a script beside code of its own; a plugin is one or the other")
	}
	return script, nil
}

// CutUint reads an unsigned LEB128 number of 32 bits.
func CutUint(b []byte) (n uint32, rest []byte, err error) {
	v, size := binary.Uvarint(b)
	// Core specification 5.2.2: 32 bits take five bytes at most.
	if size <= 0 || size > 5 || v > math.MaxUint32 {
		return 0, nil, errors.New("the file ends early or a number is malformed")
	}
	return uint32(v), b[size:], nil
}

// CutBytes reads a length and as many bytes.
func CutBytes(b []byte) (value, rest []byte, err error) {
	n, rest, err := CutUint(b)
	if err != nil {
		return nil, nil, err
	}
	if uint64(n) > uint64(len(rest)) {
		return nil, nil, errors.New("the file ends early")
	}
	return rest[:n:n], rest[n:], nil
}

// AppendUint writes n as unsigned LEB128.
func AppendUint(b []byte, n uint32) []byte { return binary.AppendUvarint(b, uint64(n)) }

// AppendBytes writes the length of value, then value.
func AppendBytes(b, value []byte) []byte {
	return append(AppendUint(b, uint32(len(value))), value...)
}
