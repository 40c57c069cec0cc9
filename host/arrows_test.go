package host

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/mailweir/mailweir/"

// room says what the packages of one directory may import. "dir/..." stands for
// the directory and everything below it. The standard library is always allowed.
type room struct {
	dir      string
	inside   []string // directories of this module
	outside  []string // other modules, by prefix of the import path
	anything bool     // other modules are not looked at
}

// rooms is the map in doc.go as a table; the first line that matches a package
// is its room.
var rooms = []room{
	{dir: "host"},
	{dir: "host/task"},
	{dir: "host/access", inside: []string{"host/task"}},
	{dir: "host/mail"},
	{dir: "host/mail/imap/wire", inside: []string{"host/mail"}},
	{
		dir: "host/mail/imap", inside: []string{"host/mail", "host/mail/imap/wire"},
		outside: []string{"github.com/emersion/go-sasl", "golang.org/x/"},
	},
	{
		dir: "host/mail/maildir", inside: []string{"host/mail"},
		outside: []string{"github.com/spf13/afero", "golang.org/x/"},
	},
	{dir: "host/mail/mailtest/faulty"},
	{dir: "host/daemon", outside: []string{"github.com/chromedp/chromedp"}},
	{dir: "host/faults"},
	{dir: "host/mail/mailtest/...", inside: []string{"host/mail"}, anything: true},
	{
		dir: "host/copier", inside: []string{"host/mail", "host/task"},
		outside: []string{"golang.org/x/sync", "golang.org/x/text"},
	},
	{dir: "host/plugin/signature", inside: []string{"sdk/abi"}},
	{
		dir: "host/plugin", inside: []string{"host/plugin/meter", "host/plugin/signature", "host/plugin/door", "host/copier", "host/mail", "host/task", "sdk/abi"},
		outside: []string{"github.com/tetratelabs/wazero", "github.com/spf13/afero", "github.com/emersion/go-message", "github.com/google/jsonschema-go", "golang.org/x/"},
	},
	{dir: "host/plugin/meter"},
	{dir: "host/plugin/plugintest"},
	{dir: "host/plugin/door", inside: []string{"host/task", "sdk/abi"}, outside: []string{"golang.org/x/"}},
	{dir: "host/secret"},
	{dir: "host/provider"},
	{dir: "host/oauth", outside: []string{"golang.org/x/oauth2"}},
	{dir: "host/oauth/oauthtest"},
	{dir: "host/bulk", inside: []string{"host/provider", "host/sheet", "host/task"}},
	{dir: "host/discover", inside: []string{"host/provider", "host/task"}, outside: []string{"golang.org/x/net"}},
	{dir: "host/sheet", outside: []string{"golang.org/x/text"}},
	{dir: "host/directory", inside: []string{"host/sheet"}, outside: []string{"github.com/go-ldap/ldap", "github.com/go-asn1-ber/asn1-ber"}},
	{
		dir: "host/store/...", inside: []string{"host/task", "host/access", "host/mail", "host/copier", "host/store/..."},
		outside: []string{"github.com/uptrace/bun", "github.com/pressly/goose", "modernc.org/sqlite", "github.com/jackc/pgx", "golang.org/x/"},
	},
	{
		dir: "host/jobs", inside: []string{"host/task", "host/store"},
		outside: []string{"github.com/riverqueue/river", "golang.org/x/"},
	},
	{
		dir: "host/app/registry", inside: []string{"sdk/abi"},
		outside: []string{"oras.land/oras-go", "github.com/opencontainers"},
	},
	{dir: "host/app/demo", inside: []string{"host/task", "host/mail"}, anything: true},
	{
		dir: "host/app/kit", inside: []string{"host/plugin", "host/plugin/door", "host/plugin/signature", "host/task", "host/copier", "host/mail", "sdk", "sdk/abi", "sdk/js", "sdk/pack"},
		outside: []string{"go.yaml.in/yaml"},
	},
	{dir: "host/app", inside: []string{"host/...", "web", "web/api", "plugins", "sdk/abi", "sdk/js", "sdk/pack"}, anything: true},
	{
		dir: "host/cmd/...", inside: []string{"host/app", "host/app/kit", "host/app/registry", "host/access", "host/plugin/signature", "host/copier", "host/mail", "host/task", "sdk/abi", "web/api"},
		anything: true,
	},
	{dir: "host/bench/rawimap"},
	{dir: "host/bench/floor", inside: []string{"host/bench/rawimap"}},
	{dir: "host/bench/...", inside: []string{"host/bench/...", "host/app", "host/task", "host/mail/mailtest"}, anything: true},
	{dir: "web/...", inside: []string{"host/task", "host/access", "sdk/abi", "web/..."}, anything: true},
	{dir: "sdk/abi"},
	{dir: "sdk/...", inside: []string{"sdk/..."}},
	{dir: "plugins/...", inside: []string{"sdk/...", "plugins/..."}},
	{dir: "examples/...", inside: []string{"sdk/...", "plugins/...", "examples/..."}},
}

// packageInfo is what "go list -json" tells about a package.
type packageInfo struct {
	ImportPath string
	Imports    []string
}

func TestArrows_neverPointBackUp(t *testing.T) {
	// Plugins are built for wasip1; -e lists them although this system excludes their files.
	cmd := exec.CommandContext(t.Context(), "go", "list", "-e", "-json=ImportPath,Imports", module+"...")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	var packages []packageInfo
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p packageInfo
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
	if len(packages) < 10 {
		t.Fatalf("go list names %d packages of the module only", len(packages))
	}
	for _, fault := range wrongArrows(packages) {
		t.Error(fault)
	}
}

func TestArrows_aWrongArrowIsNoticed(t *testing.T) {
	tests := []struct {
		name string
		give packageInfo
		want string // part of the fault; "" is none
	}{
		{"engine to SQL", packageInfo{module + "host/copier", []string{"database/sql"}}, "database/sql"},
		{"engine to WebAssembly", packageInfo{module + "host/copier", []string{"github.com/tetratelabs/wazero"}}, "wazero"},
		{"engine to a file system", packageInfo{module + "host/copier", []string{"github.com/spf13/afero"}}, "afero"},
		{"engine up to the store", packageInfo{module + "host/copier", []string{module + "host/store"}}, "host/store"},
		{"nouns to a library", packageInfo{module + "host/mail", []string{"golang.org/x/text/unicode/norm"}}, "golang.org/x/text"},
		{"nouns to nouns", packageInfo{module + "host/task", []string{module + "host/mail"}}, "host/mail"},
		{"pages to the store", packageInfo{module + "web", []string{module + "host/store"}}, "host/store"},
		{"store up to the jobs", packageInfo{module + "host/store", []string{module + "host/jobs"}}, "host/jobs"},
		{"wire up to its caller", packageInfo{module + "host/mail/imap/wire", []string{module + "host/mail/imap"}}, "host/mail/imap"},
		{"plugin to the host", packageInfo{module + "plugins/folder-rules", []string{module + "host/mail"}}, "host/mail"},
		{"a room that nobody knows", packageInfo{module + "host/attic", nil}, "host/attic"},
		{"engine to its contracts", packageInfo{module + "host/copier", []string{"context", module + "host/mail", module + "host/task"}}, ""},
		{"wiring to everything", packageInfo{module + "host/app", []string{module + "web", module + "host/jobs", module + "host/mail/imap"}}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := strings.Join(wrongArrows([]packageInfo{tt.give}), "\n")
			if (tt.want == "") != (got == "") || !strings.Contains(got, tt.want) {
				t.Errorf("got %q, want a fault that names %q", got, tt.want)
			}
		})
	}
}

// onlyIn are packages of the standard library that belong to some rooms alone.
var onlyIn = map[string][]string{
	"database/sql": {"host/store", "host/jobs", "host/app"},
	"net/http":     {"web", "host/app", "host/cmd/mailweir", "host/daemon", "host/plugin/door", "host/discover", "host/oauth"},
	"os":           {"host/app", "host/bench", "host/cmd", "host/secret", "host/store", "host/mail/imap", "host/mail/mailtest", "host/mail/maildir", "host/daemon", "host/plugin/plugintest", "plugins", "examples", "sdk"},
}

// wrongArrows says which imports the table does not allow.
func wrongArrows(packages []packageInfo) []string {
	var faults []string
	for _, p := range packages {
		dir := strings.TrimPrefix(p.ImportPath, module)
		i := slices.IndexFunc(rooms, func(r room) bool { return within(dir, r.dir) })
		if i < 0 {
			faults = append(faults, fmt.Sprintf("%s is no room of the house: add it to the table here and to the map in doc.go", dir))
			continue
		}
		for _, path := range p.Imports {
			if !allowed(rooms[i], dir, path) {
				faults = append(faults, fmt.Sprintf("%s may not import %s", dir, strings.TrimPrefix(path, module)))
			}
		}
	}
	return faults
}

func allowed(r room, dir, path string) bool {
	if inside, ok := strings.CutPrefix(path, module); ok {
		return slices.ContainsFunc(r.inside, func(pattern string) bool { return within(inside, pattern) })
	}
	if first, _, _ := strings.Cut(path, "/"); !strings.Contains(first, ".") { // the standard library
		homes, limited := onlyIn[path]
		return !limited || slices.ContainsFunc(homes, func(home string) bool { return within(dir, home+"/...") })
	}
	return r.anything || slices.ContainsFunc(r.outside, func(prefix string) bool { return strings.HasPrefix(path, prefix) })
}

func within(dir, pattern string) bool {
	base, below := strings.CutSuffix(pattern, "/...")
	return dir == base || below && strings.HasPrefix(dir, base+"/")
}
