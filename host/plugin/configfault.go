package plugin

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// ConfigFault is one thing that is wrong with a configuration.
type ConfigFault struct {
	At   []string // names and indexes that lead there; empty is the whole
	Text string
}

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
	text := settings.whole
	if text == "" {
		text = "{}"
	}
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		return []ConfigFault{{Text: err.Error()}}, nil
	}
	var top *jsonschema.ValidationError
	if err := s.compiled.Validate(doc); !errors.As(err, &top) {
		return nil, err
	}
	return leaves(top), nil
}

// leaves are the faults themselves, without the rules that lead to them.
func leaves(top *jsonschema.ValidationError) []ConfigFault {
	printer := message.NewPrinter(language.English)
	var out []ConfigFault
	add := func(f ConfigFault) {
		same := func(o ConfigFault) bool { return o.Text == f.Text && slices.Equal(o.At, f.At) }
		if len(out) < 50 && !slices.ContainsFunc(out, same) {
			out = append(out, f)
		}
	}
	var walk func(*jsonschema.ValidationError)
	walk = func(f *jsonschema.ValidationError) {
		for _, cause := range f.Causes {
			walk(cause)
		}
		if len(f.Causes) > 0 {
			return
		}
		at := slices.Clone(f.InstanceLocation)
		switch k := f.ErrorKind.(type) {
		case *kind.Required:
			for _, name := range k.Missing {
				add(ConfigFault{append(slices.Clone(at), name), "is missing"})
			}
		case *kind.FalseSchema:
			add(ConfigFault{at, "is not known here"})
		default:
			add(ConfigFault{at, k.LocalizedString(printer)})
		}
	}
	walk(top)
	return out
}
