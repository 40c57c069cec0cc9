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

// Case is one question and what is expected of the answer.
type Case struct {
	Name    string         `yaml:"name"`
	Config  map[string]any `yaml:"config"`  // instead of that of the file
	Grants  []string       `yaml:"grants"`  // instead of those of the file
	Folder  *Folder        `yaml:"folder"`  // either a folder
	Message *Message       `yaml:"message"` // or a message; its file is named as seen from the file of cases
	Want    Want           `yaml:"want"`
}

// Want is what a case expects. What is not named stays as it was, but for the note.
type Want struct {
	Verdict string     `yaml:"verdict"` // pass, skip or defer; "" is pass
	Target  string     `yaml:"target"`
	Flags   []string   `yaml:"flags"` // [] is no flags
	Date    *time.Time `yaml:"date"`
	Note    *string    `yaml:"note"`
	Error   string     `yaml:"error"` // the plugin fails, or does not start, with a sentence that holds this
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
		if m := cases.Cases[i].Message; m != nil && !filepath.IsAbs(m.EML) {
			m.EML = filepath.Join(filepath.Dir(file), filepath.FromSlash(m.EML))
		}
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
	for i, one := range c.Cases {
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

func (c Case) check() error {
	switch {
	case c.Name == "":
		return errors.New("its name is missing")
	case (c.Folder == nil) == (c.Message == nil):
		return errors.New("it asks about either a folder or a message")
	case c.Folder != nil && c.Folder.Name == "":
		return errors.New("the name of the folder is missing")
	case c.Folder != nil && (c.Want.Flags != nil || c.Want.Date != nil):
		return errors.New("a folder has neither flags nor a date")
	case c.Message != nil && c.Message.EML == "":
		return errors.New("a message is a file: eml is missing")
	}
	switch w := c.Want; {
	case w.Error != "" && (w.Verdict != "" || w.Target != "" || w.Flags != nil || w.Date != nil || w.Note != nil):
		return errors.New("it wants an error and something else")
	case w.Verdict != "" && w.Verdict != Pass && w.Verdict != Skip && w.Verdict != Defer:
		return fmt.Errorf("the verdict %q is not one of %s, %s, %s", w.Verdict, Pass, Skip, Defer)
	case (w.Verdict == Skip || w.Verdict == Defer) && (w.Target != "" || w.Flags != nil || w.Date != nil):
		return fmt.Errorf("with the verdict %s nothing else is changed", w.Verdict)
	}
	use, flags := "", []string(nil)
	if c.Folder != nil {
		use = c.Folder.Use
	} else {
		use, flags = c.Message.Use, c.Message.Flags
	}
	if err := checkUse(use); err != nil {
		return err
	}
	if _, err := parseFlags(flags); err != nil {
		return err
	}
	if _, err := parseFlags(c.Want.Flags); err != nil {
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
