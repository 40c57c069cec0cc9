package pack

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
)

// compileAssemblyScript runs asc with the folder's asconfig.json: the compiler in the
// folder's node_modules, or the one in the PATH.
func compileAssemblyScript(ctx context.Context, dir, tmp string) ([]byte, error) {
	if firstCommand("node") == "" {
		return nil, &ToolError{"AssemblyScript", "Node.js, and there is no command node; see https://nodejs.org/"}
	}
	asc := filepath.Join(dir, "node_modules", ".bin", "asc")
	if _, err := os.Stat(asc); err != nil {
		if asc = firstCommand("asc"); asc == "" {
			return nil, &ToolError{"AssemblyScript", "the compiler asc, and there is no such command; in the plugin's folder: npm install assemblyscript"}
		}
	}
	asc, err := filepath.Abs(asc)
	if err != nil {
		return nil, err
	}
	file := filepath.Join(tmp, "plugin.wasm")
	if err := run(exec.CommandContext(ctx, asc, "--config", "asconfig.json", "-o", file), "AssemblyScript", dir); err != nil {
		return nil, err
	}
	return os.ReadFile(file)
}
