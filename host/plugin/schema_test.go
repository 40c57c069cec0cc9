package plugin

import (
	"strings"
	"testing"
)

const rulesSchema = `{"type":"object","additionalProperties":false,"required":["days"],"properties":{
	"days":{"type":"integer","minimum":1},
	"folders":{"type":"array","items":{"type":"object","required":["to"],"properties":{"to":{"type":"string","minLength":1}}}},
	"mode":{"enum":["skip","move"]}}}`

func TestSchema_saysWhatIsWrongAndWhere(t *testing.T) {
	s, err := compileSchema([]byte(rulesSchema))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ config, want string }{
		{`{"days":3,"folders":[{"to":"x"}],"mode":"skip"}`, ""},
		{``, "its configuration does not fit: missing property 'days'"},
		{`{"days":0}`, "its configuration does not fit: days: minimum: got 0, want 1"},
		{`{"days":1,"folders":[{"to":"a"},{}]}`, "its configuration does not fit: folders.1: missing property 'to'"},
		{`{"days":1,"mode":"drop"}`, "its configuration does not fit: mode: value must be one of 'skip', 'move'"},
		{`{"days":"1","dayz":2}`, "its configuration does not fit: additional properties 'dayz' not allowed; days: got string, want integer"},
	} {
		config, err := parseSettings([]byte(tt.config))
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if err := s.check(config); err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.config, got, tt.want)
		}
	}
}

func TestSchema_canNotReachOutside(t *testing.T) {
	for _, raw := range []string{
		`{"$ref":"file:///etc/passwd"}`, `{"$ref":"http://127.0.0.1:1/x"}`, `{"$schema":"https://example.org/s"}`,
		`{"type":7}`, `{"pattern":"("}`, `{"$ref":"#/nowhere"}`,
	} {
		_, err := compileSchema([]byte(raw))
		if err == nil || !strings.HasPrefix(err.Error(), "has a faulty schema of its configuration: ") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v", raw, err)
		}
	}
	// A schema that refers to itself is noticed, rather than followed.
	s, err := compileSchema([]byte(`{"$ref":"#"}`))
	if err == nil {
		config, _ := parseSettings([]byte(`{"a":{}}`))
		err = s.check(config)
	}
	wantError(t, err, "reference cycle")
}
