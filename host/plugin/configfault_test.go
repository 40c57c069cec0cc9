package plugin_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/mailweir/mailweir/host/plugin"
	"github.com/mailweir/mailweir/plugins"
	"github.com/mailweir/mailweir/sdk/abi"
)

func TestConfigFaults_sayWhere(t *testing.T) {
	schemas := map[string]json.RawMessage{"none": nil, "faulty": json.RawMessage(`{"type": 1}`)}
	for _, f := range plugins.Builtin() {
		m, err := abi.ReadManifest(f.Wasm)
		if err != nil {
			t.Fatal(err)
		}
		schemas[f.Name] = m.Config
	}
	tests := []struct{ schema, config, want string }{
		{"folder-rules", `{"rename": [{"from": "a", "to": "b"}]}`, `[]`},
		{"folder-rules", ``, `[]`},
		{"folder-rules", `{"rename": [{"from": "a"}]}`, `[rename 0 to]`},
		{"folder-rules", `{"exclude": ["x", ""]}`, `[exclude 1]`},
		{"folder-rules", `{"sources": {"office": {"prefix": 1}}}`, `[sources office prefix]`},
		{"folder-rules", `{"surprise": 1}`, `[]`},
		{"age-and-size", `{"older_than_days": "thirty"}`, `[older_than_days]`},
		{"none", `{"x": 1}`, `[]`},
		{"none", `[1]`, `[]`},
		{"none", `{"x"`, `[]`},
	}
	clean := map[string]bool{`{"rename": [{"from": "a", "to": "b"}]}`: true, ``: true, `{"x": 1}`: true}
	for _, tt := range tests {
		faults, err := plugin.ConfigFaults(schemas[tt.schema], []byte(tt.config))
		if err != nil {
			t.Fatal(err)
		}
		if clean[tt.config] {
			if len(faults) > 0 {
				t.Errorf("%s: %v", tt.config, faults)
			}
			continue
		}
		if len(faults) == 0 || faults[0].Text == "" || fmt.Sprint(faults[0].At) != tt.want {
			t.Errorf("%s: %+v, want a fault at %s", tt.config, faults, tt.want)
		}
	}
	if _, err := plugin.ConfigFaults(schemas["faulty"], nil); err == nil {
		t.Error("a faulty schema is none")
	}
}
