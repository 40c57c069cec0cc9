// Package plugintest is for tests that load plugins.
package plugintest

import (
	"os"
	"path/filepath"
	"sync"
)

// Cache is a directory for compiled plugins that all tests of this user share, and
// that outlives them, as the Go tool's build cache does: with the race detector,
// compiling is most of what tests of plugins do. A file is named after what was compiled and by which
// version, so that what is there is never wrong. It panics when the directory can not
// be made.
var Cache = sync.OnceValue(func() string {
	base, err := os.UserCacheDir()
	if err != nil {
		base = os.TempDir() // there is no home
	}
	dir := filepath.Join(base, "mailweir-tests", "plugins")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		panic(err)
	}
	return dir
})
