package kit

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"text/template"

	"github.com/mailweir/mailweir/sdk"
	"github.com/mailweir/mailweir/sdk/abi"
	"github.com/mailweir/mailweir/sdk/js"
)

// scaffold has the files of a new plugin, each with ".txt" behind its name so that
// no tool takes it for a part of this program.
//
//go:embed scaffold
var scaffold embed.FS

// Languages are those that there is a scaffold for.
var Languages = []string{"go", "js", "as", "c", "rust"}

// LanguageList names them in a sentence.
func LanguageList() string {
	last := len(Languages) - 1
	return strings.Join(Languages[:last], ", ") + " or " + Languages[last]
}

// CheckNew reports why there can be no new plugin of this name in this language.
func CheckNew(id, language string) error {
	valid := abi.Manifest{ID: id, Version: "1", ABI: fmt.Sprintf("%d.%d", abi.Major, abi.Minor), Description: "new", Hooks: abi.Hooks}
	switch {
	case valid.Validate() != nil:
		return fmt.Errorf("the name %q can not be: up to 64 lower case letters, digits and '-', starting with a letter or digit", id)
	case !slices.Contains(Languages, language):
		return fmt.Errorf("the language %q is not known; there is %s", language, LanguageList())
	}
	return nil
}

// New writes the folder of a new plugin into dir, which is made; if it is there it
// must be empty. It holds everything that building takes, besides the compiler. The
// result are the files by their names in the folder. [CheckNew] was asked before.
func New(dir, id, language string) ([]string, error) {
	files, err := newFiles(id, language)
	if err != nil {
		return nil, err
	}
	there, err := os.ReadDir(dir)
	switch {
	case err == nil && len(there) > 0:
		return nil, fmt.Errorf("the folder %s is not empty", dir)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, fileErr("the folder", dir, err)
	}
	names := slices.Sorted(maps.Keys(files))
	for _, name := range names {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return nil, fileErr("the folder", filepath.Dir(file), err)
		}
		if err := os.WriteFile(file, files[name], 0o644); err != nil {
			return nil, fileErr("the file", file, err)
		}
	}
	return names, nil
}

// newFiles are the files of a new plugin by their names in its folder.
func newFiles(id, language string) (map[string][]byte, error) {
	parts := []string{"both", "module", language}
	if language == "js" {
		parts = []string{"both", language}
	}
	files := map[string][]byte{}
	for _, part := range parts {
		if err := render(files, path.Join("scaffold", part), id); err != nil {
			return nil, err
		}
	}
	switch language {
	case "js":
		files["mailweir.d.ts"] = []byte(js.Types)
		rename(files, "script.js", id+".js")
		return files, nil
	case "go":
		rename(files, "mailweir.go.mod", "mailweir/go.mod")
		return files, copySDK(files, sdk.Source, ".", "mailweir/sdk")
	case "as":
		language = "assemblyscript"
	}
	return files, copySDK(files, sdk.Others, language, "mailweir")
}

func rename(files map[string][]byte, from, to string) {
	files[to] = files[from]
	delete(files, from)
}

// render adds the files below root.
func render(files map[string][]byte, root, id string) error {
	return fs.WalkDir(scaffold, root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := template.ParseFS(scaffold, name)
		if err != nil {
			return err
		}
		var out bytes.Buffer
		if err := text.Execute(&out, struct{ ID string }{id}); err != nil {
			return err
		}
		files[strings.TrimSuffix(strings.TrimPrefix(name, root+"/"), ".txt")] = out.Bytes()
		return nil
	})
}

// copySDK adds the SDK below from as files below to, but not its own tests and the text
// of itself. Its licence goes along.
func copySDK(files map[string][]byte, source fs.FS, from, to string) error {
	licence, err := sdk.Source.ReadFile("LICENSE")
	if err != nil {
		return err
	}
	files[path.Join(to, "LICENSE")] = licence
	return fs.WalkDir(source, from, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasSuffix(name, "_test.go") || name == "source.go" {
			return err
		}
		text, err := fs.ReadFile(source, name)
		files[path.Join(to, strings.TrimPrefix(name, from+"/"))] = text
		return err
	})
}

// fileErr says what is wrong with a file in the words of the system, without the
// name of a system call.
func fileErr(what, name string, err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		err = p.Err
	}
	return fmt.Errorf("%s %s: %w", what, name, err)
}
