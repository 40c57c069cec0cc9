package static

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"
)

// vendored is an entry of vendor/VENDOR.json.
type vendored struct {
	Name, Version, Licence string
	LicenceFile            string `json:"licence_file"`
	Files                  map[string]string
}

func readVendorList(t *testing.T) []vendored {
	t.Helper()
	text, err := embedded.ReadFile("vendor/VENDOR.json")
	if err != nil {
		t.Fatal(err)
	}
	var list []vendored
	if err := json.Unmarshal(text, &list); err != nil {
		t.Fatal(err)
	}
	return list
}

func TestVendor_everyFileIsTheOneThatIsListed(t *testing.T) {
	listed := map[string]bool{"VENDOR.json": true}
	for _, v := range readVendorList(t) {
		if v.Name == "" || v.Version == "" || v.Licence == "" {
			t.Errorf("%+v lacks a name, version or licence", v)
		}
		if _, ok := v.Files[v.LicenceFile]; !ok {
			t.Errorf("%s: its licence file %q is not among its files", v.Name, v.LicenceFile)
		}
		for name, want := range v.Files {
			listed[name] = true
			content, err := embedded.ReadFile("vendor/" + name)
			if err != nil {
				t.Errorf("%s: %v", v.Name, err)
				continue
			}
			sum := sha256.Sum256(content)
			if got := hex.EncodeToString(sum[:]); got != want {
				t.Errorf("%s: sha256 of %s is %s, listed is %s", v.Name, name, got, want)
			}
		}
	}
	entries, err := embedded.ReadDir("vendor")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !listed[e.Name()] {
			t.Errorf("vendor/%s is not listed", e.Name())
		}
	}
}

func TestFiles_askForNothingElse(t *testing.T) {
	for name, f := range files() {
		if strings.Contains(string(f.Content), "sourceMappingURL") {
			t.Errorf("%s names a source map, which is not served", name)
		}
	}
}

func TestFiles_haveTypesThatBrowsersAccept(t *testing.T) {
	want := map[string]string{
		"pico.min.css":  "text/css; charset=utf-8",
		"htmx.min.js":   "text/javascript; charset=utf-8",
		"app.css":       "text/css; charset=utf-8",
		"icon-good.svg": "image/svg+xml",
	}
	for name, typ := range want {
		if got := files()[name].Type; got != typ {
			t.Errorf("%s is served as %q, want %q", name, got, typ)
		}
	}
}

func TestURL_changesWithTheContentOnly(t *testing.T) {
	digest, name, ok := strings.Cut(strings.TrimPrefix(URL("app.css"), Prefix), "/")
	if !ok || name != "app.css" {
		t.Fatalf("URL = %q", URL("app.css"))
	}
	if _, ok := Find(digest, name); !ok {
		t.Error("the file is not found at its own address")
	}
	if _, ok := Find("0000000000000000", name); ok {
		t.Error("the file is found at the address of another content")
	}
}

// The parts are numbered because what comes later wins: the rules for narrow screens
// must follow those that they change.
func TestFiles_theStylesheetIsItsPartsInTheirOrder(t *testing.T) {
	sheet := string(files()["app.css"].Content)
	last := -1
	for _, rule := range []string{":root {", "\n.tiles {", "@media (max-width: 44rem)", "@media print"} {
		at := strings.Index(sheet, rule)
		if at <= last {
			t.Errorf("%q stands at %d of the sheet, not behind what it changes (%d)", rule, at, last)
		}
		last = at
	}
	if _, ok := files()["01-tones.css"]; ok {
		t.Error("a part is served by itself, too")
	}
}
