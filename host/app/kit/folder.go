package kit

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/mailweir/mailweir/sdk/pack"
)

// Folder is a folder in which a plugin or script is written.
type Folder struct {
	Dir    string
	Script string // path of its .js file; "" for a plugin in Go
}

// OpenFolder finds out what is written in dir: plugin.json and Go files are a
// plugin, one .js file is a script.
func OpenFolder(dir string) (Folder, error) {
	if _, err := os.ReadDir(dir); err != nil {
		return Folder{}, fileErr("the folder", dir, err)
	}
	_, err := os.Stat(filepath.Join(dir, pack.ManifestFile))
	if err == nil {
		if len(withSuffix(dir, ".go")) == 0 {
			return Folder{}, fmt.Errorf("the folder %s has a %s but no Go file; plugins in other languages can not be built yet", dir, pack.ManifestFile)
		}
		return Folder{Dir: dir}, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return Folder{}, fileErr("the file", filepath.Join(dir, pack.ManifestFile), err)
	}
	switch scripts := withSuffix(dir, ".js"); len(scripts) {
	case 0:
		return Folder{}, fmt.Errorf("the folder %s holds no plugin: neither %s nor a .js file", dir, pack.ManifestFile)
	case 1:
		return Folder{Dir: dir, Script: scripts[0]}, nil
	default:
		return Folder{}, fmt.Errorf("the folder %s has several scripts; name one of them: %s", dir, strings.Join(scripts, ", "))
	}
}

func withSuffix(dir, suffix string) []string {
	var out []string
	entries, _ := os.ReadDir(dir) // it could be read a moment ago
	for _, e := range entries {
		if !e.IsDir() && strings.HasSuffix(e.Name(), suffix) {
			out = append(out, filepath.Join(dir, e.Name()))
		}
	}
	return out
}
