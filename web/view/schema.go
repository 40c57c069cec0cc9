package view

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// schemaKind is how a part of a configuration is typed in.
type schemaKind string

const (
	kindText   schemaKind = "text"
	kindNumber schemaKind = "number"
	kindSwitch schemaKind = "switch"
	kindChoice schemaKind = "choice"
	kindLines  schemaKind = "lines"  // an array of strings or numbers, one a line
	kindList   schemaKind = "list"   // an array of objects
	kindMap    schemaKind = "map"    // an object whose keys are free
	kindObject schemaKind = "object" // an object whose keys are known
	kindJSON   schemaKind = "json"   // anything else
)

// schemaNode is a part of a JSON Schema that a form can be made of.
type schemaNode struct {
	Kind               schemaKind
	Name               string // the property's
	Title, Description string
	Required           bool
	Choices            []any // of kindChoice
	Default            any
	Numbers            bool          // kindLines: of numbers
	Item               *schemaNode   // of kindList, kindMap
	Props              []*schemaNode // of kindObject, in the order of the schema
}

// Label is what the field is called.
func (n *schemaNode) Label() string {
	if n.Title != "" {
		return n.Title
	}
	return strings.ReplaceAll(n.Name, "_", " ")
}

// Bounds on forms, because a schema is what a stranger has written.
const (
	maxSchemaNodes = 400
	maxSchemaDepth = 8
)

// schemaForm makes a form of a JSON Schema. nil is a schema that is no object with
// known keys: its configuration is typed as JSON.
func schemaForm(raw json.RawMessage) *schemaNode {
	root, err := parseOrdered(raw)
	object, ok := root.(*ordered)
	if err != nil || !ok {
		return nil
	}
	r := schemaReader{root: object}
	n := r.node("", object, 0)
	if n.Kind != kindObject || len(n.Props) == 0 || r.nodes > maxSchemaNodes {
		return nil
	}
	return n
}

type schemaReader struct {
	root  *ordered
	nodes int
}

// node reads a schema. What it does not understand becomes JSON.
func (r *schemaReader) node(name string, s *ordered, depth int) *schemaNode {
	r.nodes++
	n := &schemaNode{Kind: kindJSON, Name: name}
	if depth > maxSchemaDepth || r.nodes > maxSchemaNodes {
		return n
	}
	s = r.resolve(s, 0)
	n.Title, n.Description = s.text("title"), s.text("description")
	n.Default = s.get("default")
	if choices, ok := s.get("enum").([]any); ok && scalars(choices) {
		n.Kind, n.Choices = kindChoice, choices
		return n
	}
	switch s.text("type") {
	case "string":
		n.Kind = kindText
	case "number", "integer":
		n.Kind = kindNumber
	case "boolean":
		n.Kind = kindSwitch
	case "array":
		items, ok := s.get("items").(*ordered)
		if !ok {
			return n
		}
		item := r.node("", items, depth+1)
		switch item.Kind {
		case kindText, kindNumber:
			n.Kind, n.Numbers = kindLines, item.Kind == kindNumber
		case kindObject:
			n.Kind, n.Item = kindList, item
		}
	case "object":
		r.object(n, s, depth)
	}
	return n
}

func (r *schemaReader) object(n *schemaNode, s *ordered, depth int) {
	if props, ok := s.get("properties").(*ordered); ok && len(props.keys) > 0 {
		n.Kind = kindObject
		required, _ := s.get("required").([]any)
		for _, key := range props.keys {
			sub, ok := props.get(key).(*ordered)
			if !ok {
				sub = &ordered{}
			}
			child := r.node(key, sub, depth+1)
			child.Required = slices.Contains(required, any(key))
			n.Props = append(n.Props, child)
		}
		return
	}
	if sub, ok := s.get("additionalProperties").(*ordered); ok {
		if item := r.node("", sub, depth+1); item.Kind == kindObject {
			n.Kind, n.Item = kindMap, item
		}
	}
}

// resolve follows $ref within the schema, and adds what allOf refers to: what the
// schema says itself comes first.
func (r *schemaReader) resolve(s *ordered, depth int) *ordered {
	if depth > maxSchemaDepth {
		return &ordered{}
	}
	out := s.clone()
	merge := func(more *ordered) {
		more = r.resolve(more, depth+1)
		for _, key := range more.keys {
			mine, both := out.get(key).(*ordered)
			theirs, are := more.get(key).(*ordered)
			switch {
			case !out.has(key):
				out.set(key, more.get(key))
			case key == "properties" && both && are:
				merged := mine.clone()
				for _, p := range theirs.keys {
					if own, ok := merged.get(p).(*ordered); !merged.has(p) || ok && len(own.keys) == 0 {
						merged.set(p, theirs.get(p))
					}
				}
				out.set(key, merged)
			}
		}
	}
	if ref := s.text("$ref"); ref != "" {
		if target := r.find(ref); target != nil {
			merge(target)
		}
	}
	if all, ok := s.get("allOf").([]any); ok {
		for _, one := range all {
			if sub, ok := one.(*ordered); ok && !sub.has("if") {
				merge(sub)
			}
		}
	}
	return out
}

// find looks up a $ref such as #/$defs/rules.
func (r *schemaReader) find(ref string) *ordered {
	if ref == "#" {
		return r.root
	}
	path, ok := strings.CutPrefix(ref, "#/")
	if !ok {
		return nil
	}
	at := r.root
	for key := range strings.SplitSeq(path, "/") {
		at, ok = at.get(strings.NewReplacer("~1", "/", "~0", "~").Replace(key)).(*ordered)
		if !ok {
			return nil
		}
	}
	return at
}

func scalars(all []any) bool {
	return len(all) > 0 && !slices.ContainsFunc(all, func(v any) bool {
		switch v.(type) {
		case string, json.Number, bool:
			return false
		}
		return true
	})
}

// ordered is a JSON object that keeps the order of its keys, in which its author
// wants them to be seen.
type ordered struct {
	keys   []string
	values map[string]any
}

func (o *ordered) get(key string) any {
	if o == nil {
		return nil
	}
	return o.values[key]
}

func (o *ordered) has(key string) bool { _, ok := o.values[key]; return ok }

func (o *ordered) text(key string) string { s, _ := o.get(key).(string); return s }

func (o *ordered) set(key string, v any) {
	if o.values == nil {
		o.values = map[string]any{}
	}
	if !o.has(key) {
		o.keys = append(o.keys, key)
	}
	o.values[key] = v
}

func (o *ordered) clone() *ordered {
	c := &ordered{}
	for _, key := range o.keys {
		c.set(key, o.values[key])
	}
	return c
}

// MarshalJSON keeps the order.
func (o *ordered) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, key := range o.keys {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := json.Marshal(key)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(o.values[key])
		if err != nil {
			return nil, err
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// parseOrdered reads JSON into *ordered, []any, string, json.Number, bool and nil.
func parseOrdered(raw []byte) (any, error) {
	// Valid bounds the depth, and leaves no question about what follows.
	if !json.Valid(raw) {
		var v any
		return nil, json.Unmarshal(raw, &v)
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	return readOrdered(dec)
}

func readOrdered(dec *json.Decoder) (any, error) {
	token, err := dec.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('{'):
		o := &ordered{}
		for dec.More() {
			key, err := dec.Token()
			if err != nil {
				return nil, err
			}
			value, err := readOrdered(dec)
			if err != nil {
				return nil, err
			}
			o.set(key.(string), value)
		}
		_, err = dec.Token()
		return o, err
	case json.Delim('['):
		list := []any{}
		for dec.More() {
			value, err := readOrdered(dec)
			if err != nil {
				return nil, err
			}
			list = append(list, value)
		}
		_, err = dec.Token()
		return list, err
	}
	return token, nil
}
