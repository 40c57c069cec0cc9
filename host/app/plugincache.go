package app

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// EnvPluginCache is the environment variable that names the directory in which
// compiled plugins are kept, instead of one below the data directory. Several data
// directories can share it. Who can write there decides what this process executes.
const EnvPluginCache = "MAILWEIR_PLUGIN_CACHE"

// maxCompiled is how many bytes of compiled plugins are kept: those of 40 plugins
// in Go.
const maxCompiled = 512 << 20

// pruneCompiled deletes compiled plugins, the oldest ones first, until no more than
// limit bytes are left. Files of plugins that were replaced, and of other versions
// of wazero or of the meter, are never asked for again, and go this way. What is
// deleted and needed after all is compiled anew. Files that a killed process has not
// finished are deleted when they are a day old. It is best effort: the cache may be
// in use by other processes.
func pruneCompiled(dir string, limit int64) {
	type file struct {
		path string
		size int64
		made time.Time
	}
	var files []file
	_ = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return nil // gone meanwhile, or nothing of ours
		}
		info, err := e.Info()
		if err != nil {
			return nil
		}
		if strings.HasSuffix(path, ".tmp") && time.Since(info.ModTime()) > 24*time.Hour {
			_ = os.Remove(path)
			return nil
		}
		files = append(files, file{path, info.Size(), info.ModTime()})
		return nil
	})
	slices.SortFunc(files, func(a, b file) int { return b.made.Compare(a.made) })
	var kept int64
	for _, f := range files {
		if kept += f.size; kept > limit {
			_ = os.Remove(f.path)
		}
	}
}
