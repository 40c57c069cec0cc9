package pack

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// clangs and linkers are what the tools are called: Debian adds the version, and may
// have one of them for another one's clang.
var (
	clangs  = versions("clang")
	linkers = versions("wasm-ld")
)

func versions(name string) []string {
	names := []string{name}
	for _, v := range []string{"21", "20", "19", "18", "17", "16", "15", "14"} {
		names = append(names, name+"-"+v)
	}
	return names
}

// compileC builds all .c (or .cc) files of a folder without a library: sdk/c needs none.
// memory.copy and memory.fill stand for the functions that a compiler may call for copies
// of structs.
func compileC(ctx context.Context, dir, tmp string) ([]byte, error) {
	language, extra := "C", []string{"-std=c17"}
	files := sources(dir, "*.c")
	if len(files) == 0 {
		language, extra = "C++", []string{"-std=c++17", "-fno-exceptions", "-fno-rtti"}
		files = sources(dir, "*.cc")
	}
	clang, linker := "", firstCommand(linkers...)
	for _, name := range clangs {
		if path := firstCommand(name); path != "" && makesWasm(ctx, path) {
			clang = path
			break
		}
	}
	switch {
	case clang == "":
		return nil, &ToolError{language, "clang, and there is no command clang that makes WebAssembly; on Debian: apt-get install clang-16 lld-16"}
	case linker == "":
		return nil, &ToolError{language, "clang and wasm-ld, and there is no command wasm-ld; on Debian: apt-get install lld-16"}
	}
	flags := append([]string{
		"--target=wasm32-unknown-unknown", "-Os", "-Wall", "-ffreestanding", "-mbulk-memory", "-fvisibility=hidden",
		"-ffile-prefix-map=" + dir + "=.", "-c",
	}, extra...)
	file := filepath.Join(tmp, "plugin.wasm")
	link := []string{"--no-entry", "--strip-all", "-o", file}
	slices.Sort(files)
	for i, f := range files {
		object := filepath.Join(tmp, fmt.Sprintf("%d.o", i))
		cmd := exec.CommandContext(ctx, clang, append(slices.Clone(flags), "-o", object, filepath.Base(f))...)
		if err := run(cmd, language, dir); err != nil {
			return nil, err
		}
		link = append(link, object)
	}
	// By clang, the linker would run wasm-opt where there is one, and make other bytes.
	if err := run(exec.CommandContext(ctx, linker, link...), language, dir); err != nil {
		return nil, err
	}
	return os.ReadFile(file)
}

// makesWasm reports whether a clang has that target: Apple's has not.
func makesWasm(ctx context.Context, clang string) bool {
	out, err := exec.CommandContext(ctx, clang, "--print-targets").Output()
	return err == nil && strings.Contains(string(out), "wasm32")
}
