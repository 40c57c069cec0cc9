package kit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// Cases are what a file such as tests/cases.yaml holds.
type Cases struct {
	Config map[string]any `yaml:"config"` // the plugin's configuration
	Grants []string       `yaml:"grants"` // what it may do; doors are as in a dry run
	Cases  []Case         `yaml:"cases"`
}

// Case is one question and what is expected of the answer. Names of files are as
// seen from the file of cases.
type Case struct {
	Name     string         `yaml:"name"`
	Config   map[string]any `yaml:"config"` // instead of that of the file
	Grants   []string       `yaml:"grants"` // instead of those of the file
	Question `yaml:",inline"`
	Want     Want `yaml:"want"`
}

// Want is what a case expects. What is not named stays as it was, but for the note and
// the doors.
type Want struct {
	Verdict string     `yaml:"verdict"` // pass, skip, defer, copy, replace or stop; "" is pass
	Target  string     `yaml:"target"`
	Flags   []string   `yaml:"flags"` // [] is no flags
	Date    *time.Time `yaml:"date"`
	Note    *string    `yaml:"note"`
	Error   string     `yaml:"error"` // the plugin fails, or does not start, with a sentence that holds this

	// rewrite_message: EML is a file with what is stored. Header has decoded fields of
	// it, null for those that are not there; all others, and the body, stay byte for byte.
	EML    string             `yaml:"eml"`
	Header map[string]*string `yaml:"header"`

	Key   string         `yaml:"key"`   // message_key
	After *time.Duration `yaml:"after"` // after_message, with the verdict defer

	// Doors are what would have been sent, or remembered, in its order: each holds the
	// text given here. [] is nothing.
	Doors []string `yaml:"doors"`
}

// ReadCases reads and checks a file of cases. The error is one sentence.
func ReadCases(file string) (*Cases, error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, fileErr("the file of cases", file, err)
	}
	cases, err := parseCases(raw)
	if err != nil {
		return nil, fmt.Errorf("the file of cases %s: %w", file, err)
	}
	for i := range cases.Cases {
		c := &cases.Cases[i]
		from(filepath.Dir(file), append(c.files(), &c.Want.EML))
	}
	return cases, nil
}

func parseCases(raw []byte) (*Cases, error) {
	dec := yaml.NewDecoder(bytes.NewReader(raw))
	dec.KnownFields(true)
	c := &Cases{}
	err := dec.Decode(c)
	if errors.Is(err, io.EOF) {
		return nil, errors.New("it is empty")
	}
	if err != nil {
		return nil, yamlErr(err)
	}
	if err := dec.Decode(&struct{}{}); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the first document")
	}
	if len(c.Cases) == 0 {
		return nil, errors.New("it has no cases")
	}
	for i := range c.Cases {
		one := &c.Cases[i]
		if err := one.check(); err != nil {
			return nil, fmt.Errorf("case %d (%s): %w", i+1, one.Name, err)
		}
	}
	if _, err := configJSON(c.Config); err != nil {
		return nil, err
	}
	if _, err := parseGrants(c.Grants); err != nil {
		return nil, err
	}
	return c, nil
}

// goType is what yaml says about the types of this package, and nobody else knows.
var goType = regexp.MustCompile(` (in type|into) [\w.*\[\]{} ]+`)

// yamlErr is one line for what was found wrong, in which Go is not mentioned.
func yamlErr(err error) error {
	text := strings.TrimPrefix(strings.TrimPrefix(err.Error(), "yaml: "), "unmarshal errors:\n")
	var lines []string
	for line := range strings.Lines(text) {
		lines = append(lines, goType.ReplaceAllString(strings.TrimSpace(line), ""))
	}
	text = strings.Join(lines, "; ")
	text = strings.ReplaceAll(text, "not found", "is not known")
	return errors.New(text)
}

func (c *Case) check() error {
	if c.Name == "" {
		return errors.New("its name is missing")
	}
	if err := c.Question.check(); err != nil {
		return err
	}
	if err := c.Want.check(&c.Question); err != nil {
		return err
	}
	if _, err := parseGrants(c.Grants); err != nil {
		return err
	}
	_, err := configJSON(c.Config)
	return err
}

// configJSON is a configuration as the plugin gets it; nil is none.
func configJSON(config map[string]any) ([]byte, error) {
	if config == nil {
		return nil, nil
	}
	text, err := json.Marshal(config)
	if err != nil {
		return nil, errors.New("config is no JSON object: its keys, and those in it, must be texts")
	}
	return text, nil
}
