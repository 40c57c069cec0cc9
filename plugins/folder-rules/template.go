package main

import (
	"fmt"
	"regexp"
	"strings"
	"time"
)

// A template is a folder name with placeholders. Only what was written in the
// configuration is looked at for them, never the name of a folder.
type template string

// placeholder is what looks like one. Other braces stand for themselves.
var placeholder = regexp.MustCompile(`\{[a-z]+\}`)

// dated are the placeholders that differ from message to message.
var dated = map[string]string{"{year}": "2006", "{month}": "01", "{day}": "02"}

const placeholders = "{year}, {month}, {day}, {source}, {path}, {name}, {parent}"

// check refuses placeholders that are not known.
func (t template) check() error {
	for _, p := range placeholder.FindAllString(string(t), -1) {
		if _, ok := dated[p]; !ok && !strings.Contains(placeholders, p) {
			return fmt.Errorf("%s is not known; there are %s", p, placeholders)
		}
	}
	return nil
}

// hasDate reports whether messages of one folder may go to several.
func (t template) hasDate() bool {
	for p := range dated {
		if strings.Contains(string(t), p) {
			return true
		}
	}
	return false
}

// place is what the placeholders stand for.
type place struct {
	source, folder string
	date           time.Time // zero leaves out the levels that depend on it
}

// fill puts values in place of the placeholders. Levels that become empty are left
// out, and so is a level that depends on a date which is not known.
func (t template) fill(p place) string {
	var levels []string
	for _, level := range strings.Split(string(t), "/") {
		if p.date.IsZero() && template(level).hasDate() {
			continue
		}
		level = placeholder.ReplaceAllStringFunc(level, p.value)
		if level = strings.Trim(level, "/"); level != "" {
			levels = append(levels, level)
		}
	}
	return strings.Join(levels, "/")
}

func (p place) value(name string) string {
	parent, last := "", p.folder
	if i := strings.LastIndexByte(p.folder, '/'); i >= 0 {
		parent, last = p.folder[:i], p.folder[i+1:]
	}
	switch name {
	case "{source}":
		return p.source
	case "{path}":
		return p.folder
	case "{name}":
		return last
	case "{parent}":
		return parent
	}
	return p.date.Format(dated[name])
}
