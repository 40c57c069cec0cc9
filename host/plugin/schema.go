package plugin

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// schema checks a plugin's configuration before the plugin sees it. A nil schema
// takes anything.
type schema struct{ compiled *jsonschema.Schema }

// noLoader keeps a schema from reading files or asking other servers.
type noLoader struct{}

func (noLoader) Load(url string) (any, error) {
	return nil, fmt.Errorf("it refers to %s, and only what is in it can be referred to", url)
}

// schemaName is what the schema is called where it refers to itself.
const schemaName = "mem:///config"

// compileSchema reads the JSON Schema of a manifest; without one the result is nil.
// Its errors are the rest of a sentence that begins with "plugin NAME".
func compileSchema(raw []byte) (*schema, error) {
	if len(raw) == 0 {
		return nil, nil
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("has a faulty schema of its configuration: %w", err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.UseLoader(noLoader{})
	if err := c.AddResource(schemaName, doc); err != nil {
		return nil, fmt.Errorf("has a faulty schema of its configuration: %w", err)
	}
	compiled, err := c.Compile(schemaName)
	if err != nil {
		return nil, fmt.Errorf("has a faulty schema of its configuration: %s", firstFault(err))
	}
	return &schema{compiled}, nil
}

func firstFault(err error) string {
	var invalid *jsonschema.SchemaValidationError
	if errors.As(err, &invalid) {
		err = invalid.Err
	}
	var faults *jsonschema.ValidationError
	if errors.As(err, &faults) {
		return strings.Join(sentences(faults), "; ")
	}
	return firstLine(err.Error())
}

// maxFaults is how many faults of a configuration are told at once.
const maxFaults = 5

// check returns one sentence about all that is wrong with a configuration, or nil.
// No configuration is checked as an empty one.
func (s *schema) check(config settings) error {
	if s == nil {
		return nil
	}
	text := config.whole
	if text == "" {
		text = "{}"
	}
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		return fmt.Errorf("its configuration is no valid JSON: %w", err)
	}
	err = s.compiled.Validate(doc)
	var faults *jsonschema.ValidationError
	if !errors.As(err, &faults) {
		return err
	}
	return fmt.Errorf("its configuration does not fit: %s", strings.Join(sentences(faults), "; "))
}

// sentences are the faults themselves, without the rules that lead to them.
func sentences(fault *jsonschema.ValidationError) []string {
	printer := message.NewPrinter(language.English)
	var out []string
	var walk func(*jsonschema.ValidationError)
	walk = func(f *jsonschema.ValidationError) {
		for _, cause := range f.Causes {
			walk(cause)
		}
		// "not" and its like have causes that are no faults of their own.
		if len(f.Causes) > 0 {
			return
		}
		said := f.ErrorKind.LocalizedString(printer)
		if _, ok := f.ErrorKind.(*kind.FalseSchema); ok {
			said = "is not known here"
		}
		if at := strings.Join(f.InstanceLocation, "."); at != "" {
			said = at + ": " + said
		}
		if !slices.Contains(out, said) {
			out = append(out, said)
		}
	}
	walk(fault)
	slices.Sort(out)
	if len(out) > maxFaults {
		out = append(out[:maxFaults], fmt.Sprintf("and %d more", len(out)-maxFaults))
	}
	return out
}
