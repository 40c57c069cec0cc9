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
type schema struct {
	doc      any // as it was written
	resolved *jsonschema.Resolved
}

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
	return &schema{doc, resolved}, nil
}

// check returns one sentence about all that is wrong with a configuration, or nil. No
// configuration is checked as an empty one.
func (s *schema) check(config settings) error {
	if s == nil {
		return nil
	}
	faults := s.faults(config)
	if len(faults) == 0 {
		return nil
	}
	var said []string
	for _, f := range faults[:min(len(faults), toldFaults)] {
		said = append(said, f.String())
	}
	if more := len(faults) - toldFaults; more > 0 {
		said = append(said, fmt.Sprintf("and %d more", more))
	}
	return errors.New("its configuration does not fit: " + strings.Join(said, "; "))
}

// toldFaults is how many faults one sentence has.
const toldFaults = 5

// steps lead to the part of the schema that was not kept.
var steps = regexp.MustCompile(`^(validating \S+: )+`)

// inWords turns the library's "validating root: validating /properties/days: minimum:
// 0/1 is less than 1" into "0 is less than 1".
func inWords(err error) string {
	text := firstLine(err.Error())
	text = steps.ReplaceAllString(text, "")
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
	return text
}

// rational is how the library writes a whole number.
var rational = regexp.MustCompile(`\b(-?\d+)/1\b`)
