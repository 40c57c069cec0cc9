package abi

import (
	"slices"
	"strings"
	"testing"
)

// asking is a manifest with asks, which need abi 1.1.
func asking(t *testing.T, asks string) []byte {
	t.Helper()
	return []byte(strings.Replace(string(change(t, "asks", asks)), `"1.0","description"`, `"1.1","description"`, 1))
}

func TestParseManifest_acceptsAsks(t *testing.T) {
	m, err := ParseManifest([]byte(`{"id":"first","version":"1.0","abi":"1.1","description":"A plugin.","hooks":["filter_message"],"needs":"body","asks":[
		{"grant":"http","reason":"It asks a scanner.","hosts":["scan.example:8080"],"methods":["POST"]},
		{"grant":"body","reason":"The scanner sees the message."},
		{"grant":"kv","reason":"It remembers counts.","optional":true}]}`))
	if err != nil {
		t.Fatal(err)
	}
	a, ok := m.Asked(GrantKV)
	if !ok || !a.Optional || a.Reason != "It remembers counts." {
		t.Errorf("got %+v, %v", a, ok)
	}
	if _, ok := m.Asked(GrantSMTP); ok {
		t.Error("it asks for smtp")
	}
}

func TestParseManifest_refusesAsks(t *testing.T) {
	tests := []struct{ asks, want string }{
		{`[{"grant":"files","reason":"x"}]`, `the ask for "files": the grants are http, tcp, smtp, kv, config, body, log-content`},
		{`[{"grant":"kv"}]`, "the ask for kv gives no reason"},
		{`[{"grant":"kv","reason":" "}]`, "the ask for kv gives no reason"},
		{`[{"grant":"kv","reason":"a\u0007"}]`, "control character"},
		{`[{"grant":"kv","reason":"` + strings.Repeat("x", 301) + `"}]`, "longer than 300 bytes"},
		{`[{"grant":"kv","reason":"a"},{"grant":"kv","reason":"b"}]`, "it asks for kv twice"},
		{`[{"grant":"kv","reason":"a","hosts":["x"]}]`, "the ask for kv names hosts"},
		{`[{"grant":"tcp","reason":"a","methods":["GET"]}]`, "the ask for tcp names methods"},
		{`[{"grant":"http","reason":"a","hosts":["a b"]}]`, "white space"},
		{`[{"grant":"http","reason":"a","why":"b"}]`, "unknown field"},
		{`[{"grant":"http","reason":"a","hosts":["` + strings.Repeat(`x","`, 20) + `x"]}]`, "more than 20"},
	}
	for _, tt := range tests {
		_, err := ParseManifest(asking(t, tt.asks))
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got error %v, want one with %q", tt.asks, err, tt.want)
		}
	}
	// An older server would not know what it is asked for.
	if _, err := ParseManifest(change(t, "asks", `[{"grant":"kv","reason":"a"}]`)); err == nil || !strings.Contains(err.Error(), `asks came with abi "1.1"`) {
		t.Errorf("asks in a manifest of 1.0: got error %v", err)
	}
	// Whoever sees bodies and may send has to say so.
	sends := `{"id":"first","version":"1.0","abi":"1.1","description":"A plugin.","hooks":["filter_message"],"needs":"body","asks":[{"grant":"smtp","reason":"a"}]}`
	if _, err := ParseManifest([]byte(sends)); err == nil || !strings.Contains(err.Error(), "it needs the body and asks for smtp, so it has to ask for body, too") {
		t.Errorf("body and smtp: got error %v", err)
	}
}

func TestGrantTable_namesImportsOfTheContract(t *testing.T) {
	for _, g := range GrantTable {
		for _, name := range g.Imports {
			if !slices.ContainsFunc(Imports, func(i Import) bool { return i.Name == name }) {
				t.Errorf("the grant %s names the import %s, which does not exist", g.Name, name)
			}
		}
	}
	for _, i := range Imports {
		outside := strings.HasPrefix(i.Name, "kv_") || strings.HasPrefix(i.Name, "http_") || strings.HasPrefix(i.Name, "door_") ||
			i.Name == "tcp_open" || i.Name == "smtp_send"
		if got := GrantsOf(i.Name); outside != (len(got) > 0) {
			t.Errorf("%s takes one of the grants %v", i.Name, got)
		}
	}
}
