package view

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// ConfigForm is the form of a plugin's configuration, made from its JSON Schema. The
// fields are named after their place: PREFIX.0.2 is the third property of the first.
type ConfigForm struct {
	Prefix string
	Text   string // the configuration as JSON; it is what counts
	Raw    bool   // it is typed as JSON
	Broken string // why Text is no JSON
	Faults map[string]string

	schema *schemaNode
	value  any // Text, parsed
}

// NewConfigForm makes the form for a configuration. With raw, without a usable
// schema, or for what a form can not hold, it is typed as JSON.
func NewConfigForm(prefix string, schema json.RawMessage, text string, raw bool) *ConfigForm {
	c := &ConfigForm{Prefix: prefix, Text: text, Raw: raw, Faults: map[string]string{}, schema: schemaForm(schema)}
	if strings.TrimSpace(text) == "" {
		c.value = &ordered{}
	} else if v, err := parseOrdered([]byte(text)); err != nil {
		c.Broken = err.Error()
	} else {
		c.value = v
	}
	if c.schema == nil || c.Broken != "" || !c.schema.holds(c.value) {
		c.Raw = true
	}
	return c
}

// HasForm reports whether it can be typed in fields.
func (c *ConfigForm) HasForm() bool {
	return c.schema != nil && c.Broken == "" && c.schema.holds(c.value)
}

// ReadConfigForm takes what was typed. button is the pressed one: it may add or
// remove an element of a list.
func ReadConfigForm(prefix string, schema json.RawMessage, v url.Values, button string) *ConfigForm {
	if v.Get(prefix+"-raw") != "" || !v.Has(prefix+"-form") {
		return NewConfigForm(prefix, schema, v.Get(prefix), true)
	}
	root := schemaForm(schema)
	if root == nil {
		return NewConfigForm(prefix, schema, v.Get(prefix), true)
	}
	r := configReader{v: v}
	r.what, r.where, _ = strings.Cut(button, " ")
	value, _ := r.read(root, prefix)
	object, _ := value.(*ordered)
	text := ""
	if object != nil && len(object.keys) > 0 {
		indented, err := json.MarshalIndent(object, "", "  ")
		if err == nil {
			text = string(indented)
		}
	}
	c := NewConfigForm(prefix, schema, text, false)
	return c
}

type configReader struct {
	v           url.Values
	what, where string // the pressed button
}

// maxItems bounds what a form can make the server do.
const maxItems = 500

// read returns what was typed for a node, and whether it is to be in the
// configuration.
func (r configReader) read(n *schemaNode, id string) (any, bool) {
	text := r.v.Get(id)
	switch n.Kind {
	case kindText:
		return text, text != "" || n.Required && r.v.Has(id)
	case kindNumber:
		return number(text), strings.TrimSpace(text) != ""
	case kindSwitch:
		on, usual := text != "", n.Default == true
		return on, on != usual || n.Required || r.v.Has(id+"-said")
	case kindChoice:
		i, err := strconv.Atoi(text)
		if err != nil || i < 0 || i >= len(n.Choices) {
			return nil, false
		}
		return n.Choices[i], true
	case kindLines:
		list := []any{}
		for line := range strings.Lines(text) {
			if line = strings.TrimRight(line, "\r\n"); strings.TrimSpace(line) == "" {
				continue
			}
			if n.Numbers {
				list = append(list, number(line))
			} else {
				list = append(list, line)
			}
		}
		return list, len(list) > 0
	case kindObject:
		o := &ordered{}
		for i, p := range n.Props {
			if v, ok := r.read(p, child(id, i)); ok {
				o.set(p.Name, v)
			}
		}
		return o, len(o.keys) > 0
	case kindList:
		list := []any{}
		for _, at := range r.items(id) {
			v, _ := r.read(n.Item, child(id, at))
			if v == nil {
				v = &ordered{}
			}
			list = append(list, v)
		}
		return list, len(list) > 0
	case kindMap:
		o := &ordered{}
		for _, at := range r.items(id) {
			v, _ := r.read(n.Item, child(id, at))
			key := r.v.Get(child(id, at) + "-key")
			for o.has(key) {
				key += "-2"
			}
			o.set(key, v)
		}
		return o, len(o.keys) > 0
	}
	if strings.TrimSpace(text) == "" {
		return nil, false
	}
	v, err := parseOrdered([]byte(text))
	if err != nil {
		return text, true // the check of the schema says that it does not fit
	}
	return v, true
}

// items are the indexes of a list's elements, after the button was pressed: an
// added one has an index that has no fields.
func (r configReader) items(id string) []int {
	count, _ := strconv.Atoi(r.v.Get(id + "-count"))
	count = min(max(count, 0), maxItems)
	var all []int
	for i := range count {
		if !(r.what == "remove-item" && r.where == child(id, i)) {
			all = append(all, i)
		}
	}
	if r.what == "add-item" && r.where == id && count < maxItems {
		all = append(all, count)
	}
	return all
}

func number(text string) any {
	text = strings.TrimSpace(text)
	if json.Valid([]byte(text)) && strings.Trim(text, "-+.eE0123456789") == "" {
		return json.Number(text)
	}
	return text
}

func child(id string, i int) string { return id + "." + strconv.Itoa(i) }

// holds reports whether the fields of a node can show a value, and give it back.
func (n *schemaNode) holds(v any) bool {
	switch n.Kind {
	case kindText:
		s, ok := v.(string)
		return ok && !strings.ContainsAny(s, "\r\n")
	case kindNumber:
		switch v.(type) {
		case json.Number, string: // a string is a number that was mistyped
			return true
		}
		return false
	case kindSwitch:
		_, ok := v.(bool)
		return ok
	case kindChoice:
		return slices.Contains(n.Choices, v)
	case kindLines:
		list, ok := v.([]any)
		return ok && !slices.ContainsFunc(list, func(e any) bool {
			_, isNumber := e.(json.Number)
			s, isText := e.(string)
			lost := isText && (strings.ContainsAny(s, "\r\n") || strings.TrimSpace(s) == "")
			return lost || !isText && !(n.Numbers && isNumber)
		})
	case kindObject:
		o, ok := v.(*ordered)
		if !ok {
			return false
		}
		for _, key := range o.keys {
			i := slices.IndexFunc(n.Props, func(p *schemaNode) bool { return p.Name == key })
			if i < 0 || !n.Props[i].holds(o.values[key]) {
				return false
			}
		}
		return true
	case kindList:
		list, ok := v.([]any)
		return ok && len(list) <= maxItems && !slices.ContainsFunc(list, func(e any) bool { return !n.Item.holds(e) })
	case kindMap:
		o, ok := v.(*ordered)
		return ok && len(o.keys) <= maxItems && !slices.ContainsFunc(o.keys, func(key string) bool { return !n.Item.holds(o.values[key]) })
	}
	return true
}

// Blame shows a fault at the field that a path of names and indexes leads to. What
// leads nowhere is a fault of the configuration as a whole.
func (c *ConfigForm) Blame(at []string, text string) {
	id := c.Prefix
	if c.Raw {
		if len(at) > 0 {
			text = strings.Join(at, ".") + ": " + text
		}
	} else {
		id, text = c.place(at, text)
	}
	if before := c.Faults[id]; before != "" {
		text = before + "; " + text
	}
	c.Faults[id] = text
}

func (c *ConfigForm) place(at []string, text string) (id, said string) {
	id = c.Prefix
	n, v := c.schema, c.value
	for i, key := range at {
		next, here := -1, id
		switch n.Kind {
		case kindObject:
			if next = slices.IndexFunc(n.Props, func(p *schemaNode) bool { return p.Name == key }); next >= 0 {
				o, _ := v.(*ordered)
				n, v = n.Props[next], o.get(key)
			}
		case kindList:
			if list, ok := v.([]any); ok {
				if next, _ = strconv.Atoi(key); next < len(list) {
					n, v = n.Item, list[next]
				}
			}
		case kindMap:
			if o, ok := v.(*ordered); ok {
				if next = slices.Index(o.keys, key); next >= 0 {
					n, v = n.Item, o.values[key]
				}
			}
		case kindLines:
			if line, err := strconv.Atoi(key); err == nil {
				return id, fmt.Sprintf("%d: %s", line+1, text)
			}
		}
		if next < 0 {
			return here, strings.Join(at[i:], ".") + ": " + text
		}
		id = child(id, next)
	}
	return id, text
}

// shown is a value as the text of its field.
func shown(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case json.Number:
		return v.String()
	}
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return ""
	}
	return string(text)
}

// shownJSON is the value of a field that holds JSON.
func shownJSON(v any) string {
	if v == nil {
		return ""
	}
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return ""
	}
	return string(text)
}

// linesOf are the elements of a list, one a line.
func linesOf(v any) string {
	list, _ := v.([]any)
	var b strings.Builder
	for _, e := range list {
		b.WriteString(shown(e) + "\n")
	}
	return b.String()
}

// isOn reports whether a switch is on.
func (n *schemaNode) isOn(v any) bool {
	if v == nil {
		return n.Default == true
	}
	return v == true
}

func (n *schemaNode) of(v any) any {
	o, _ := v.(*ordered)
	return o.get(n.Name)
}

func elements(v any) []any { list, _ := v.([]any); return list }

func keysOf(v any) []string {
	o, _ := v.(*ordered)
	if o == nil {
		return nil
	}
	return o.keys
}

func valueAt(v any, key string) any { o, _ := v.(*ordered); return o.get(key) }

// inUse reports whether something that can be folded away is to be seen: it holds
// something, or something in it is wrong.
func (c *ConfigForm) inUse(v any, id string) bool {
	if len(elements(v))+len(keysOf(v)) > 0 {
		return true
	}
	for at := range c.Faults {
		if at == id || strings.HasPrefix(at, id+".") {
			return true
		}
	}
	return false
}

// rows is how tall the field for JSON is: small as long as nothing is in it.
func (c *ConfigForm) rows() string {
	return strconv.Itoa(min(max(2, strings.Count(c.Text, "\n")+2), 16))
}
