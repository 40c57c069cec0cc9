package pack

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestBuild_namesTheFault(t *testing.T) {
	const manifest = `{"id":"x","version":"1","abi":"1.0","description":"x","hooks":["map_folder"]}`
	tests := []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"no manifest", map[string]string{"main.go": "package main"}, "it has no plugin.json"},
		{"faulty manifest", map[string]string{"plugin.json": `{}`}, "plugin.json: manifest: id"},
		{"code that does not compile", map[string]string{"plugin.json": manifest, "go.mod": "module x\n", "main.go": "package main\n\nfunc main() { nonsense }\n"}, "undefined: nonsense"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			for name, text := range tt.files {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			_, _, err := Build(t.Context(), dir)
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), dir) {
				t.Errorf("got error %v, want one with %q and the folder", err, tt.want)
			}
		})
	}
}
