package plugin

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

// A schema comes from a stranger, and checking against it has no meter. What can keep
// a check busy is parts that are applied to the same value: references that lead in a
// circle never end, and two references in each of thirty definitions are a billion
// checks. So what one value costs is counted before.

const (
	maxSchemaWeight = 10_000 // parts that are applied to one value
	maxSchemaDepth  = 100
)

// weighSchema reports what is wrong with a schema as a whole.
func weighSchema(doc any) error {
	w := weigher{doc: doc, weights: map[string]int{}}
	return w.all(doc, "", 0)
}

type weigher struct {
	doc     any
	weights map[string]int // by JSON pointer; -1 is being weighed
}

// all weighs every part of the schema: each may be applied to a value of its own.
func (w *weigher) all(part any, at string, depth int) error {
	if depth > maxSchemaDepth {
		return fmt.Errorf("it is nested more than %d levels deep", maxSchemaDepth)
	}
	switch v := part.(type) {
	case map[string]any:
		if _, err := w.weigh(at); err != nil {
			return err
		}
		for key, sub := range v {
			if key == "enum" || key == "const" || key == "default" || key == "examples" {
				continue // values, no schemas
			}
			if err := w.all(sub, at+"/"+escapePointer(key), depth+1); err != nil {
				return err
			}
		}
	case []any:
		for i, sub := range v {
			if err := w.all(sub, at+"/"+strconv.Itoa(i), depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}

// weigh counts the parts that are applied to a value when the part at a pointer is.
func (w *weigher) weigh(at string) (int, error) {
	switch n, known := w.weights[at]; {
	case known && n < 0:
		return 0, errors.New("its references lead in a circle")
	case known:
		return n, nil
	}
	part, err := w.find(at)
	if err != nil {
		return 0, err
	}
	m, ok := part.(map[string]any)
	if !ok {
		return 1, nil // true or false
	}
	w.weights[at] = -1
	sum := 1
	add := func(pointer string) error {
		n, err := w.weigh(pointer)
		if sum += n; err == nil && sum > maxSchemaWeight {
			err = fmt.Errorf("one value would be checked against more than %d parts of it", maxSchemaWeight)
		}
		return err
	}
	for key, v := range m {
		switch key {
		case "$dynamicRef", "$recursiveRef", "$anchor", "$dynamicAnchor", "$id":
			return 0, fmt.Errorf("%s can not be used here", key)
		case "$ref":
			ref, ok := v.(string)
			pointer, isLocal := strings.CutPrefix(ref, "#")
			if !ok || !isLocal || pointer != "" && pointer[0] != '/' {
				return 0, fmt.Errorf("it refers to %.100v, and only its own parts can be referred to, as #/$defs/NAME", v)
			}
			if pointer, err = url.PathUnescape(pointer); err != nil {
				return 0, fmt.Errorf("the reference %.100q can not be read", ref)
			}
			if err := add(pointer); err != nil {
				return 0, err
			}
		case "not", "if", "then", "else":
			if err := add(at + "/" + key); err != nil {
				return 0, err
			}
		case "allOf", "anyOf", "oneOf":
			list, _ := v.([]any)
			for i := range list {
				if err := add(at + "/" + key + "/" + strconv.Itoa(i)); err != nil {
					return 0, err
				}
			}
		case "dependentSchemas":
			subs, _ := v.(map[string]any)
			for name := range subs {
				if err := add(at + "/" + key + "/" + escapePointer(name)); err != nil {
					return 0, err
				}
			}
		}
	}
	w.weights[at] = sum
	return sum, nil
}

// find follows a JSON pointer (RFC 6901).
func (w *weigher) find(pointer string) (any, error) {
	part := w.doc
	if pointer == "" {
		return part, nil
	}
	for key := range strings.SplitSeq(pointer[1:], "/") {
		key = strings.ReplaceAll(strings.ReplaceAll(key, "~1", "/"), "~0", "~")
		var ok bool
		switch v := part.(type) {
		case map[string]any:
			part, ok = v[key]
		case []any:
			i, err := strconv.Atoi(key)
			if ok = err == nil && i >= 0 && i < len(v); ok {
				part = v[i]
			}
		}
		if !ok {
			return nil, fmt.Errorf("it refers to #%.100s, and there is no such part", pointer)
		}
	}
	return part, nil
}

func escapePointer(key string) string {
	return strings.ReplaceAll(strings.ReplaceAll(key, "~", "~0"), "/", "~1")
}
