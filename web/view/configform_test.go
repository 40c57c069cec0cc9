package view

import (
	"encoding/json"
	"net/url"
	"testing"
)

// FuzzConfigForm: a schema is what a stranger has written, and the fields are what
// anybody sends.
func FuzzConfigForm(f *testing.F) {
	f.Add(`{"type":"object","properties":{"a":{"type":"string"},"b":{"type":"array","items":{"type":"object","properties":{"c":{"type":"integer"}}}}}}`, `{"a":"x","b":[{"c":1}]}`, "p.1-count=2&p.1.0.0=3&p-form=1", "add-item p.1")
	f.Add(`{"$ref":"#/$defs/x","$defs":{"x":{"$ref":"#/$defs/x","properties":{"y":{"$ref":"#"}}}}}`, `{}`, "", "")
	f.Add(`{"allOf":[{"$ref":"#"},{"properties":{"a":{"enum":[1,"b",true]}}}]}`, `{"a":1}`, "p-form=1&p.0=2", "remove-item p.0")
	f.Add(`[`, `{"a":`, "p-raw=1&p=%7B", "")
	f.Fuzz(func(t *testing.T, schema, config, query, button string) {
		c := NewConfigForm("p", json.RawMessage(schema), config, false)
		c.Blame([]string{"a", "0", "-1", "c"}, "x")
		c.Blame([]string{"b", "99999999"}, "x")
		v, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		read := ReadConfigForm("p", json.RawMessage(schema), v, button)
		if !read.Raw && read.Text != "" && !json.Valid([]byte(read.Text)) {
			t.Errorf("the fields make no JSON: %s", read.Text)
		}
	})
}

func TestConfigForm_boundsWhatASchemaCanMakeOfAPage(t *testing.T) {
	deep := `{"type":"object","properties":{"a":{"$ref":"#"},"b":{"$ref":"#"},"c":{"$ref":"#"}}}`
	if c := NewConfigForm("p", json.RawMessage(deep), "", false); !c.Raw {
		t.Error("a schema that refers to itself again and again makes a form")
	}
}
