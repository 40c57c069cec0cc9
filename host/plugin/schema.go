package plugin

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"
)

// schema checks a plugin's configuration before the plugin sees it. A nil schema
// takes anything.
type schema struct{ resolved *jsonschema.Resolved }

// schemaDialect is the version of JSON Schema.
const schemaDialect = "https://json-schema.org/draft/2020-12/schema"

// compileSchema reads the JSON Schema of a manifest (draft 2020-12); without one the
// result is nil. A schema can refer to its own parts only, by JSON pointers, and can
// not keep whoever checks against it busy: see weigh. Errors are the rest of a sentence
// that begins with "plugin NAME".
func compileSchema(raw []byte) (*schema, error) {
	if len(raw) == 0 {
		return nil, nil
	}
	faulty := func(err error) (*schema, error) {
		return nil, fmt.Errorf("has a faulty schema of its configuration: %s", firstLine(err.Error()))
	}
	var doc any
	dec := json.NewDecoder(bytes.NewReader(raw))
	if err := dec.Decode(&doc); err != nil {
		return faulty(err)
	}
	if err := weighSchema(doc); err != nil {
		return faulty(err)
	}
	s := &jsonschema.Schema{}
	if err := json.Unmarshal(raw, s); err != nil {
		return faulty(err)
	}
	if s.Schema != "" && strings.TrimSuffix(s.Schema, "#") != schemaDialect {
		return faulty(fmt.Errorf("it is written in %.100q, and only %q is understood", s.Schema, schemaDialect))
	}
	resolved, err := s.Resolve(nil) // nothing is loaded
	if err != nil {
		return faulty(err)
	}
	return &schema{resolved}, nil
}

// check returns one sentence about what is wrong with a configuration, or nil. No
// configuration is checked as an empty one.
func (s *schema) check(config settings) error {
	if s == nil {
		return nil
	}
	text := config.whole
	if text == "" {
		text = "{}"
	}
	var doc any
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		return fmt.Errorf("its configuration is no valid JSON: %w", err)
	}
	if err := s.resolved.Validate(doc); err != nil {
		return errors.New("its configuration does not fit: " + inWords(err))
	}
	return nil
}

// steps lead to the part of the schema that was not kept.
var steps = regexp.MustCompile(`validating (root|\S+): `)

// inWords turns the library's "validating root: validating /properties/days: minimum:
// 0/1 is less than 1" into "days: 0 is less than 1".
func inWords(err error) string {
	text := firstLine(err.Error())
	where := ""
	for {
		at := steps.FindStringSubmatchIndex(text)
		if at == nil || at[0] != 0 {
			break
		}
		if step := text[at[2]:at[3]]; step != "root" {
			where = step
		}
		text = text[at[1]:]
	}
	var path []string
	parts := strings.Split(where, "/")
	for i := 1; i < len(parts); i++ {
		switch parts[i] {
		case "properties", "patternProperties":
			if i++; i < len(parts) {
				path = append(path, parts[i])
			}
		case "items":
			if n := len(path); n > 0 {
				path[n-1] += "[]"
			}
		case "$defs":
			i++ // its name says nothing about the configuration
		}
	}
	for from, to := range map[string]string{
		"required: missing properties: ": "missing: ", "type: ": "", "minimum: ": "", "maximum: ": "", "enum: ": "", "pattern: ": "",
		"minLength: ": "", "maxLength: ": "", "minItems: ": "", "maxItems: ": "", "minProperties: ": "", "additionalProperties: ": "",
		"unevaluatedProperties: ": "", "anyOf: ": "",
	} {
		if rest, ok := strings.CutPrefix(text, from); ok {
			text = to + rest
			break
		}
	}
	if list, ok := strings.CutPrefix(text, "missing: ["); ok {
		text = "missing: " + strings.ReplaceAll(strings.TrimSuffix(list, "]"), `"`, "")
	}
	if strings.HasPrefix(text, "did not validate against any of") {
		text = "it fits none of the alternatives in the schema"
	}
	text = rational.ReplaceAllString(text, "$1")
	if len(path) > 0 {
		return strings.Join(path, ".") + ": " + text
	}
	return text
}

// rational is how the library writes a whole number.
var rational = regexp.MustCompile(`\b(-?\d+)/1\b`)
