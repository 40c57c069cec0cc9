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

// Project is a folder in which a plugin or script is written.
type Project struct {
	Dir    string
	Script string // path of its .js file, when that is all; "" for a plugin, which is built
}

// OpenProject finds out what is written in dir: plugin.json with sources in one of
// [pack.Languages], or with one .js file, is a plugin, one .js file alone is a script.
func OpenProject(dir string) (Project, error) {
	if _, err := os.ReadDir(dir); err != nil {
		return Project{}, fileErr("the folder", dir, err)
	}
	_, err := os.Stat(filepath.Join(dir, pack.ManifestFile))
	if err == nil {
		if _, ok := pack.LanguageOf(dir); !ok && len(withSuffix(dir, ".js")) == 0 {
			names := []string{"JavaScript (*.js)"}
			for _, l := range pack.Languages {
				names = append(names, l.Name+" ("+l.File+")")
			}
			return Project{}, fmt.Errorf("the folder %s has a %s but no source in %s; plugin pack makes a plugin of what another compiler made",
				dir, pack.ManifestFile, strings.Join(names, ", "))
		}
		return Project{Dir: dir}, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return Project{}, fileErr("the file", filepath.Join(dir, pack.ManifestFile), err)
	}
	switch scripts := withSuffix(dir, ".js"); len(scripts) {
	case 0:
		return Project{}, fmt.Errorf("the folder %s holds no plugin: neither %s nor a .js file", dir, pack.ManifestFile)
	case 1:
		return Project{Dir: dir, Script: scripts[0]}, nil
	default:
		return Project{}, fmt.Errorf("the folder %s has several scripts; name one of them: %s", dir, strings.Join(scripts, ", "))
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
