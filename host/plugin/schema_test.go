package plugin

import (
	"fmt"
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
		{``, "its configuration does not fit: days: is missing"},
		{`{"days":0}`, "its configuration does not fit: days: 0 is less than 1.000000"},
		{`{"days":1,"folders":[{"to":"a"},{}]}`, "its configuration does not fit: folders.1.to: is missing"},
		{`{"days":1,"mode":"drop"}`, "its configuration does not fit: mode: drop does not equal any of: [skip move]"},
		{`{"days":"1","dayz":2}`, "its configuration does not fit: days: 1 has type \"string\", want \"integer\""},
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
}

func TestSchema_canNotKeepTheHostBusy(t *testing.T) {
	var doubling strings.Builder
	doubling.WriteString(`{"$ref":"#/$defs/a0","$defs":{`)
	for i := range 40 {
		fmt.Fprintf(&doubling, `"a%d":{"allOf":[{"$ref":"#/$defs/a%d"},{"$ref":"#/$defs/a%d"}]},`, i, i+1, i+1)
	}
	doubling.WriteString(`"a40":{}}}`)
	for raw, want := range map[string]string{
		`{"$ref":"#"}`: "its references lead in a circle",
		`{"$ref":"#/$defs/a","$defs":{"a":{"anyOf":[{"not":{"$ref":"#/$defs/a"}}]}}}`: "its references lead in a circle",
		doubling.String(): "one value would be checked against more than 10000 parts of it",
		strings.Repeat(`{"items":`, 5000) + "{}" + strings.Repeat("}", 5000): "nested more than",
		`{"$dynamicRef":"#a"}`: "$dynamicRef can not be used here",
	} {
		_, err := compileSchema([]byte(raw))
		wantError(t, err, want)
	}
	// What ends with the value is fine.
	s, err := compileSchema([]byte(`{"properties":{"below":{"$ref":"#"}},"additionalProperties":false}`))
	if err != nil {
		t.Fatal(err)
	}
	config, _ := parseSettings([]byte(`{"below":{"below":{"beside":1}}}`))
	wantError(t, s.check(config), "beside")
}
