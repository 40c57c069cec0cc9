package plugin

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"
)

// ConfigFault is one thing that is wrong with a configuration.
type ConfigFault struct {
	At   []string // names and indexes that lead there; empty is the whole
	Text string
}

// String is the fault in one line.
func (f ConfigFault) String() string {
	if len(f.At) == 0 {
		return f.Text
	}
	return strings.Join(f.At, ".") + ": " + f.Text
}

// maxConfigFaults is how many faults are told at once.
const maxConfigFaults = 50

// ConfigFaults returns what is wrong with a configuration by the JSON Schema of a
// manifest, at most 50 things. The error is that the schema itself is faulty.
// Without a schema every JSON object is right.
func ConfigFaults(schema json.RawMessage, config []byte) ([]ConfigFault, error) {
	settings, err := parseSettings(config)
	if err != nil {
		return []ConfigFault{{Text: err.Error()}}, nil
	}
	s, err := compileSchema(schema)
	if err != nil || s == nil {
		return nil, err
	}
	return s.faults(settings), nil
}

// faults finds what is wrong, as deep in the configuration as it can be told: the
// library only says which part of the schema the first fault was found by.
func (s *schema) faults(config settings) []ConfigFault {
	text := config.whole
	if text == "" {
		text = "{}"
	}
	var doc any
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		return []ConfigFault{{Text: "it is no valid JSON: " + err.Error()}}
	}
	err := s.resolved.Validate(doc)
	if err == nil {
		return nil
	}
	f := faultFinder{schema: s, weigher: weigher{doc: s.doc}}
	f.walk([]string{""}, doc, nil)
	if len(f.found) == 0 {
		return []ConfigFault{{Text: inWords(err)}}
	}
	return f.found
}

type faultFinder struct {
	schema  *schema
	weigher weigher // finds parts of the schema
	found   []ConfigFault
}

func (f *faultFinder) add(at []string, text string) {
	fault := ConfigFault{slices.Clone(at), text}
	same := func(o ConfigFault) bool { return o.Text == text && slices.Equal(o.At, at) }
	if len(f.found) < maxConfigFaults && !slices.ContainsFunc(f.found, same) {
		f.found = append(f.found, fault)
	}
}

// applied are the parts of the schema, as JSON pointers, that apply to a value when
// the part at a pointer does: itself, and what it refers to.
func (f *faultFinder) applied(pointer string) []string {
	out := []string{pointer}
	part, _ := f.part(pointer)
	if ref, ok := part["$ref"].(string); ok {
		out = append(out, f.applied(strings.TrimPrefix(ref, "#"))...)
	}
	all, _ := part["allOf"].([]any)
	for i := range all {
		out = append(out, f.applied(pointer+"/allOf/"+strconv.Itoa(i))...)
	}
	return out
}

func (f *faultFinder) part(pointer string) (map[string]any, bool) {
	part, err := f.weigher.find(pointer)
	m, ok := part.(map[string]any)
	return m, ok && err == nil
}

// walk looks for the faults of a value to which the parts at pointers apply, first in
// what is below it.
func (f *faultFinder) walk(pointers []string, value any, at []string) {
	before := len(f.found)
	var all []string
	for _, p := range pointers {
		all = append(all, f.applied(p)...)
	}
	switch v := value.(type) {
	case map[string]any:
		for _, p := range all {
			part, _ := f.part(p)
			required, _ := part["required"].([]any)
			for _, name := range required {
				if name, ok := name.(string); ok {
					if _, there := v[name]; !there {
						f.add(append(slices.Clone(at), name), "is missing")
					}
				}
			}
		}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			f.walk(f.below(all, key), v[key], append(slices.Clone(at), key))
		}
	case []any:
		var items []string
		for _, p := range all {
			if part, _ := f.part(p); part["items"] != nil {
				items = append(items, p+"/items")
			}
		}
		for i, item := range v {
			f.walk(items, item, append(slices.Clone(at), strconv.Itoa(i)))
		}
	}
	if len(f.found) > before {
		return
	}
	for _, p := range pointers {
		if err := f.schema.validatePart(p, value); err != nil {
			f.add(at, inWords(err))
		}
	}
}

// below are the parts that apply to a member.
func (f *faultFinder) below(pointers []string, key string) []string {
	var out []string
	for _, p := range pointers {
		part, _ := f.part(p)
		named := false
		if properties, _ := part["properties"].(map[string]any); properties[key] != nil {
			out, named = append(out, p+"/properties/"+escapePointer(key)), true
		}
		patterns, _ := part["patternProperties"].(map[string]any)
		for pattern := range patterns {
			if re, err := regexp.Compile(pattern); err == nil && re.MatchString(key) {
				out, named = append(out, p+"/patternProperties/"+escapePointer(pattern)), true
			}
		}
		if _, ok := part["additionalProperties"].(map[string]any); ok && !named {
			out = append(out, p+"/additionalProperties")
		}
	}
	return out
}

// base is what the schema is called when a part of it is used alone.
const base = "https://config.invalid/"

// validatePart checks a value against a part of the schema.
func (s *schema) validatePart(pointer string, value any) error {
	if pointer == "" {
		return s.resolved.Validate(value)
	}
	root := maps.Clone(s.doc.(map[string]any))
	root["$id"] = base
	delete(root, "$schema")
	text, err := json.Marshal(map[string]any{"$defs": map[string]any{"whole": root}, "$ref": base + "#" + pointer})
	if err != nil {
		return err
	}
	part := &jsonschema.Schema{}
	if err := json.Unmarshal(text, part); err != nil {
		return nil // the whole was understood: what is wrong is not the configuration
	}
	resolved, err := part.Resolve(nil)
	if err != nil {
		return nil
	}
	return resolved.Validate(value)
}
