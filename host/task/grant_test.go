package task

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestParseGrant_readsAllForms(t *testing.T) {
	tests := []struct {
		give, want string // "" is the same
	}{
		{"http:api.example", ""},
		{"http:API.Example.", "http:api.example"},
		{"http:api.example:8443/get,POST,GET", "http:api.example:8443/GET,POST"},
		{"http:localhost:11333/POST?private", ""},
		{"http:127.0.0.1:11333", ""},
		{"http:[::1]:80", ""},
		{"http:[::ffff:127.0.0.1]:80", "http:127.0.0.1:80"},
		{"http:[2001:DB8::1]", "http:[2001:db8::1]"},
		{"tcp:clamd.internal:3310?private", ""},
		{"smtp:archive", ""},
		{"kv", ""},
		{"config", ""},
		{"body", ""},
		{"log-content", ""},
	}
	for _, tt := range tests {
		g, err := ParseGrant(tt.give)
		if want := strings.TrimSpace(tt.want); err != nil || want != "" && g.String() != want || want == "" && g.String() != tt.give {
			t.Errorf("%s: got %q, %v", tt.give, g, err)
		}
	}
}

func TestParseGrant_refuses(t *testing.T) {
	tests := []struct{ give, want string }{
		{"", "write http:HOST"},
		{"files:/", "write http:HOST"},
		{"kv:x", "nothing follows kv"},
		{"smtp:", "is no name of a relay"},
		{"smtp:a b", "is no name of a relay"},
		{"tcp:host", "the port is missing"},
		{"tcp:host:0", "is no port"},
		{"tcp:host:70000", "is no port"},
		{"tcp:host:022", "is no port"},
		{"tcp:host:1/GET", "only http has methods"},
		{"http:", "neither a host name nor an IP address"},
		{"http:*.example", "neither a host name nor an IP address"},
		{"http:user@host", "neither a host name nor an IP address"},
		{"http:http://host", "is no method"},
		{"http:host/TRACE", `"TRACE" is no method`},
		{"http:host/", `"" is no method`},
		{"http:2130706433:80", "neither a host name nor an IP address"},
		{"http:0x7f000001:80", "neither a host name nor an IP address"},
		{"http:127.1:80", "neither a host name nor an IP address"},
		{"http:0177.0.0.1:80", "neither a host name nor an IP address"},
		{"http:1.2.3.4.5:80", "neither a host name nor an IP address"},
		{"http:::1:80", "neither a host name nor an IP address"},
		{"http:[fe80::1%25eth0]:80", "neither a host name nor an IP address"},
		{"http:[127.0.0.1]:80", "neither a host name nor an IP address"},
		{"http:bücher.example", "neither a host name nor an IP address"},
		{"http:a..b", "neither a host name nor an IP address"},
		{"http:a\r\nb", "neither a host name nor an IP address"},
	}
	for _, tt := range tests {
		if g, err := ParseGrant(tt.give); err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: got %+v, error %v, want one line with %q", tt.give, g, err, tt.want)
		}
	}
}

func FuzzParseGrant(f *testing.F) {
	for _, seed := range []string{"http:[::1]:80/GET?private", "tcp:a.b:1", "smtp:x", "kv", "http:0x1", "http:a/GET,POST"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		g, err := ParseGrant(text)
		if err != nil {
			return
		}
		// What is stored is read back as the same.
		again, err := ParseGrant(g.String())
		if err != nil || again.String() != g.String() {
			t.Fatalf("%q became %q, and that %q, %v", text, g, again, err)
		}
	})
}

func TestGrant_isTextInJSON(t *testing.T) {
	g, err := ParseGrant("http:api.example/GET")
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal([]Grant{g})
	if err != nil || string(text) != `["http:api.example/GET"]` {
		t.Fatalf("got %s, %v", text, err)
	}
	var back []Grant
	if err := json.Unmarshal(text, &back); err != nil || back[0].String() != g.String() {
		t.Errorf("got %v, %v", back, err)
	}
	if err := json.Unmarshal([]byte(`["files"]`), &back); err == nil {
		t.Error("an unknown grant is accepted")
	}
}

func TestValidate_refusesGrants(t *testing.T) {
	tk := Task{Name: "a", Hooks: []Hook{{Plugin: "p", Grants: []Grant{{Name: "kv"}, {Name: "kv"}, {Name: "files"}}}}}
	err := tk.Validate()
	for _, want := range []string{"plugin p: the grant kv is given twice", `plugin p: the grant "files"`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want an error with %q", err, want)
		}
	}
}
