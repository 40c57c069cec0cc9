package main

import (
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// The same filter in three languages: it looks at two header fields, as most filters
// do, and lets every message pass.
var (
	//go:embed filters/filter.go.txt
	filterGo string
	//go:embed filters/filter.c.txt
	filterC string
	//go:embed filters/filter.js
	filterJS string
)

// filters returns the files of the filters, beside the programs. What is not there yet
// is built.
func (p programs) filters() ([]string, error) {
	dir := filepath.Join(filepath.Dir(p.mailweir), "filters")
	files := []string{filepath.Join(dir, "go.wasm"), filepath.Join(dir, "c.wasm"), filepath.Join(dir, "filter.js")}
	if _, err := os.Stat(files[2]); err == nil {
		return files, nil
	}
	for i, f := range []struct{ language, file, source string }{{"go", "main.go", filterGo}, {"c", "plugin.c", filterC}} {
		folder := filepath.Join(dir, f.language)
		if err := call(p.mailweir, "plugin", "new", "filter", "--dir", folder, "--lang", f.language); err != nil {
			return nil, err
		}
		if err := os.WriteFile(filepath.Join(folder, f.file), []byte(f.source), 0o644); err != nil {
			return nil, err
		}
		if err := call(p.mailweir, "plugin", "build", folder, "-o", files[i]); err != nil {
			return nil, err
		}
	}
	return files, os.WriteFile(files[2], []byte(filterJS), 0o644)
}

// compile leaves the compiled form of a plugin in a data directory.
func (p programs) compile(file, data string) error {
	return call(p.mailweir, "plugin", "inspect", file, "--data", data)
}

// call runs a program that is not measured.
func call(argv ...string) error {
	if said, err := exec.Command(argv[0], argv[1:]...).CombinedOutput(); err != nil {
		return fmt.Errorf("%v: %w: %s", argv, err, said)
	}
	return nil
}

// runFiltered is runOurs with three filters. They are compiled before the clock runs, as
// they are before every run of a task but the first.
func (p programs) runFiltered(l leg) (argv, env []string, err error) {
	files, err := p.filters()
	if err != nil {
		return nil, nil, err
	}
	argv, env, err = p.runOurs(l)
	for _, file := range files {
		flag := "--plugin"
		if filepath.Ext(file) == ".js" {
			flag = "--script"
		}
		argv = append(argv, flag, file)
		if l.pass == first {
			if err := p.compile(file, filepath.Join(l.state, "data")); err != nil {
				return nil, nil, err
			}
		}
	}
	return argv, env, err
}
