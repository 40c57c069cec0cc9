package abi

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

const good = `{"id":"first","version":"1.0","abi":"1.0","description":"A plugin.","hooks":["map_folder"]}`

// change returns the good manifest with one member changed; null takes it away.
func change(t *testing.T, member, value string) []byte {
	t.Helper()
	var m map[string]json.RawMessage
	if err := json.Unmarshal([]byte(good), &m); err != nil {
		t.Fatal(err)
	}
	if m[member] = json.RawMessage(value); value == "null" {
		delete(m, member)
	}
	out, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestParseManifest_accepts(t *testing.T) {
	for _, give := range []string{
		good,
		`{"id":"a-1","version":"0","abi":"1.12","description":"Ünïcode.","hooks":["filter_message","map_folder"],"needs":"body","config":{"type":"object"},"license":"MIT","source":"https://example.org"}`,
	} {
		if _, err := ParseManifest([]byte(give)); err != nil {
			t.Errorf("%s: %v", give, err)
		}
	}
}

func TestParseManifest_refuses(t *testing.T) {
	tests := []struct{ member, value, want string }{
		{"id", `null`, `id ""`},
		{"id", `"Upper"`, `id "Upper"`},
		{"id", `"-x"`, `id "-x"`},
		{"id", `"../x"`, `id "../x"`},
		{"version", `null`, "version is missing"},
		{"version", `"1\n2"`, "version holds a control character"},
		{"abi", `null`, `abi "" is no version`},
		{"abi", `"2.0"`, "the major version is 1"},
		{"abi", `"1"`, "is no version"},
		{"abi", `"1.01"`, "is no version"},
		{"abi", `"1.-1"`, "is no version"},
		{"abi", `"1.99999"`, "is no version"},
		{"description", `" "`, "description is missing"},
		{"hooks", `[]`, "hooks is empty"},
		{"hooks", `["map_folders"]`, `hook "map_folders" is not known`},
		{"hooks", `["map_folder","map_folder"]`, "is named twice"},
		{"needs", `"everything"`, `needs "everything" is not one of`},
		{"needs", `"body"`, "none of its hooks sees it"},
		{"config", `7`, "config is no JSON Schema"},
		{"config", `[]`, "config is no JSON Schema"},
		{"hook", `"map_folder"`, "unknown field"},
	}
	for _, tt := range tests {
		_, err := ParseManifest(change(t, tt.member, tt.value))
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %s: got error %v, want one with %q", tt.member, tt.value, err, tt.want)
		}
	}
	for give, want := range map[string]string{
		good + `{}`: "something follows",
		`[]`:        "cannot unmarshal array",
		``:          "EOF",
		strings.Replace(good, "A plugin", "\xff", 1): "not valid UTF-8",
		strings.Repeat(" ", MaxManifest) + good:      "longer than",
	} {
		if _, err := ParseManifest([]byte(give)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got error %v, want one with %q", err, want)
		}
	}
}

func TestParseManifest_joinsAllFaults(t *testing.T) {
	_, err := ParseManifest([]byte(`{"id":"X","abi":"9"}`))
	for _, want := range []string{"id", "version", "abi", "description", "hooks"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not mention %s: %v", want, err)
		}
	}
}

func FuzzParseManifest(f *testing.F) {
	f.Add([]byte(good))
	f.Add([]byte(`{"id":"a","version":"1","abi":"1.0","description":"x","hooks":["filter_message"],"needs":"body","config":{"a":[1,{}]}}`))
	f.Add([]byte(`{"config":null}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := ParseManifest(data)
		if err != nil {
			return
		}
		// What is accepted survives a round trip and names known hooks only.
		out, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		again, err := ParseManifest(out)
		if err != nil {
			t.Fatalf("%s: %v", out, err)
		}
		if again.ID != m.ID || len(again.Hooks) != len(m.Hooks) {
			t.Fatalf("%+v became %+v", m, again)
		}
	})
}

// module has two custom sections and one that is none.
var module = []byte("\x00asm\x01\x00\x00\x00" + "\x00\x05\x04name" + "\x01\x01\x00" + "\x00\x04\x01xyz")

func TestSections(t *testing.T) {
	got, err := Sections(module)
	if err != nil || len(got) != 3 || got[0].Name != "name" || got[1].ID != 1 || got[2].Name != "x" || string(got[2].Body) != "yz" {
		t.Fatalf("got %+v, %v", got, err)
	}
	for _, give := range []string{"", "\x00asm", "MZ\x90\x00\x01\x00\x00\x00", "\x00asm\x02\x00\x00\x00"} {
		if _, err := Sections([]byte(give)); err != ErrNoWasm {
			t.Errorf("%q: got error %v", give, err)
		}
	}
	if _, err := Sections([]byte("\x00asm\x0d\x00\x01\x00")); err != ErrComponent {
		t.Errorf("got error %v", err)
	}
	for i := 9; i < len(module); i++ {
		if _, err := Sections(module[:i]); err == nil && i != 15 && i != 18 {
			t.Errorf("cut after %d bytes: no error", i)
		}
	}
}

func TestManifestSection_roundTrip(t *testing.T) {
	if _, err := ReadManifest(module); err != ErrNoManifest {
		t.Errorf("got error %v", err)
	}
	first, err := WriteManifest(module, []byte(good))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(first, module) {
		t.Error("the module's own sections changed")
	}
	other := strings.Replace(good, "first", "second", 1)
	second, err := WriteManifest(first, []byte(other))
	if err != nil {
		t.Fatal(err)
	}
	if m, err := ReadManifest(second); err != nil || m.ID != "second" {
		t.Errorf("got %+v, %v; want the manifest that replaced the first", m, err)
	}
	if _, err := ReadManifest(append(first, first[len(module):]...)); err == nil || !strings.Contains(err.Error(), "there are two") {
		t.Errorf("two manifests: got error %v", err)
	}
	if _, err := WriteManifest(module, []byte(`{}`)); err == nil {
		t.Error("a faulty manifest was written")
	}
}

func FuzzSections(f *testing.F) {
	f.Add(module)
	f.Add([]byte("\x00asm\x01\x00\x00\x00\x00\xff\xff\xff\xff\x0f"))
	f.Add([]byte("\x00asm\x01\x00\x00\x00\x00\x80\x80\x80\x80\x80\x00"))
	f.Fuzz(func(t *testing.T, wasm []byte) {
		sections, err := Sections(wasm)
		if err != nil {
			return
		}
		end := 8
		for _, s := range sections {
			if s.Start != end || s.End <= s.Start || s.End > len(wasm) {
				t.Fatalf("section from %d to %d after %d", s.Start, s.End, end)
			}
			end = s.End
		}
		if end != len(wasm) {
			t.Fatalf("%d bytes belong to no section", len(wasm)-end)
		}
		out, err := WriteManifest(wasm, []byte(good))
		if err != nil {
			t.Fatal(err)
		}
		if m, err := ReadManifest(out); err != nil || m.ID != "first" {
			t.Fatalf("got %+v, %v", m, err)
		}
	})
}

func TestCheckFolderName(t *testing.T) {
	for _, ok := range []string{"INBOX", "a", "Büro/Post", "a.b", "...", strings.Repeat("x", MaxFolderName)} {
		if err := CheckFolderName(ok); err != nil {
			t.Errorf("%q: %v", ok, err)
		}
	}
	for _, bad := range []string{"", "/", "a/", "/a", "a//b", ".", "a/..", "a\x00", "a\x7f", "a\u0085", "\xc3", strings.Repeat("x", MaxFolderName+1)} {
		if CheckFolderName(bad) == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
}
