package pack

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Language is what a plugin is written in.
type Language struct {
	Name string // for people
	// File is what a folder in this language has: a name, or a pattern for one.
	File    string
	compile func(ctx context.Context, dir, tmp string) ([]byte, error)
}

// Languages are those that can be built, in the order in which they are looked for.
var Languages = []Language{
	{"Go", "*.go", compileGo},
	{"Rust", "Cargo.toml", compileRust},
	{"AssemblyScript", "assembly/index.ts", compileAssemblyScript},
	{"C", "*.c", compileC},
	{"C++", "*.cc", compileC},
}

// LanguageOf finds out what the plugin in dir is written in; ok is false when there is
// no source in a language that can be built.
func LanguageOf(dir string) (l Language, ok bool) {
	for _, l := range Languages {
		if len(sources(dir, l.File)) > 0 {
			return l, true
		}
	}
	return Language{}, false
}

// sources are the files of a pattern in a folder, which may itself have a name that is no
// pattern.
func sources(dir, pattern string) []string {
	names, _ := filepath.Glob(filepath.Join(escape(dir), filepath.FromSlash(pattern))) // the patterns are right
	return names
}

func escape(dir string) string {
	if os.PathSeparator == '\\' {
		return dir // Windows has no way to escape, and no * in names
	}
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(dir)
}

// ToolError says that a compiler is missing.
type ToolError struct {
	Language string
	Missing  string // what, and how to get it
}

func (e *ToolError) Error() string {
	return fmt.Sprintf("a plugin in %s is built with %s", e.Language, e.Missing)
}

// run runs a compiler in dir. What it objects to is a [CompileError].
func run(cmd *exec.Cmd, language, dir string) error {
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		return &CompileError{Language: language, Dir: dir, Err: err, Output: string(out)}
	}
	return nil
}

// firstCommand is the first of these commands that is there, or "".
func firstCommand(names ...string) string {
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}
