package main

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// Config is the configuration: rules for all sources, and some for single ones.
type Config struct {
	Rules
	Sources map[string]Rules `json:"sources"`
}

// Rules say where a folder goes, in this order:
//
//  1. Exclude and ExcludeRegexp look at the name at the source.
//  2. Inbox settles where INBOX goes, and nothing below applies to it.
//  3. Rename looks at the name at the source, and its first match replaces what
//     was proposed; without a match the proposal stays, which is the same name or,
//     for a folder with a special use, the target's own folder of that use.
//  4. Rewrite is applied to the result, one expression after the other.
//  5. Prefix is put in front.
type Rules struct {
	Exclude       []string  `json:"exclude"`
	ExcludeRegexp []string  `json:"exclude_regexp"`
	Rename        []Rename  `json:"rename"`
	Rewrite       []Rewrite `json:"rewrite"`
	Prefix        *string   `json:"prefix"`
	Inbox         *string   `json:"inbox"`
}

// Rename gives a folder another name, with or without the folders below it.
type Rename struct {
	From     string `json:"from"`
	To       string `json:"to"`
	Children bool   `json:"children"`
}

// Rewrite replaces what an expression matches; $1 stands for its first group.
type Rewrite struct {
	Match   string `json:"match"`
	Replace string `json:"replace"`
}

// mapper holds the compiled rules: of each source that has its own, and of all others.
type mapper struct {
	general rule
	sources map[string]rule
}

func (m mapper) of(source string) rule {
	if r, ok := m.sources[source]; ok {
		return r
	}
	return m.general
}

// rule is Rules, compiled.
type rule struct {
	exclude []exclusion
	rename  []Rename
	rewrite []rewrite
	prefix  string
	inbox   string
}

type exclusion struct {
	pattern string // as it was written
	expr    *regexp.Regexp
}

type rewrite struct {
	expr    *regexp.Regexp
	replace string
}

// compile reports all that is wrong with the configuration.
func compile(c Config) (mapper, error) {
	general, err := compileRules("", c.Rules)
	m := mapper{general: general, sources: map[string]rule{}}
	errs := []error{err}
	for name, rules := range c.Sources {
		own, err := compileRules("sources."+name+".", rules)
		errs = append(errs, err)
		own.exclude = append(own.exclude, general.exclude...)
		own.rename = append(own.rename, general.rename...)
		own.rewrite = append(own.rewrite, general.rewrite...)
		if rules.Prefix == nil {
			own.prefix = general.prefix
		}
		if rules.Inbox == nil {
			own.inbox = general.inbox
		}
		m.sources[name] = own
	}
	return m, errors.Join(errs...)
}

// compileRules compiles one set of rules; where is the path that leads to it.
func compileRules(where string, c Rules) (rule, error) {
	var r rule
	var errs []error
	expr := func(place, pattern string) *regexp.Regexp {
		re, err := regexp.Compile(pattern)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s%s: %w", where, place, err))
		}
		return re
	}
	name := func(place, name string) string {
		if strings.HasPrefix(name, "/") || strings.HasSuffix(name, "/") || strings.Contains(name, "//") {
			errs = append(errs, fmt.Errorf("%s%s: %q has an empty level", where, place, name))
		}
		return name
	}

	for i, glob := range c.Exclude {
		place := fmt.Sprintf("exclude[%d]", i)
		if glob == "" {
			errs = append(errs, fmt.Errorf("%s%s is empty", where, place))
		}
		r.exclude = append(r.exclude, exclusion{glob, expr(place, globExpr(glob))})
	}
	for i, pattern := range c.ExcludeRegexp {
		r.exclude = append(r.exclude, exclusion{pattern, expr(fmt.Sprintf("exclude_regexp[%d]", i), pattern)})
	}
	for i, ren := range c.Rename {
		if ren.From == "" || ren.To == "" {
			errs = append(errs, fmt.Errorf("%srename[%d]: from and to must not be empty", where, i))
		}
		name(fmt.Sprintf("rename[%d].from", i), ren.From)
		name(fmt.Sprintf("rename[%d].to", i), ren.To)
		r.rename = append(r.rename, ren)
	}
	for i, rew := range c.Rewrite {
		r.rewrite = append(r.rewrite, rewrite{expr(fmt.Sprintf("rewrite[%d].match", i), rew.Match), rew.Replace})
	}
	if c.Prefix != nil {
		r.prefix = name("prefix", strings.TrimSuffix(*c.Prefix, "/"))
	}
	if c.Inbox != nil {
		r.inbox = name("inbox", *c.Inbox)
	}
	return r, errors.Join(errs...)
}

// apply returns where the folder goes, or the rule that leaves it out.
func (r rule) apply(name, proposed string) (target, excludedBy string) {
	for _, e := range r.exclude {
		if e.expr.MatchString(name) {
			return "", e.pattern
		}
	}
	if name == "INBOX" && r.inbox != "" {
		return r.inbox, ""
	}
	target = proposed
	for _, ren := range r.rename {
		if to, ok := ren.apply(name); ok {
			target = to
			break
		}
	}
	for _, rew := range r.rewrite {
		target = rew.expr.ReplaceAllString(target, rew.replace)
	}
	if r.prefix != "" {
		target = r.prefix + "/" + target
	}
	return target, ""
}

func (r Rename) apply(name string) (string, bool) {
	if name == r.From {
		return r.To, true
	}
	if rest, below := strings.CutPrefix(name, r.From+"/"); below && r.Children {
		return r.To + "/" + rest, true
	}
	return "", false
}

// globExpr translates a pattern of exclude into a regular expression.
func globExpr(glob string) string {
	var b strings.Builder
	b.WriteString(`^(?s:`)
	rest, below := strings.CutSuffix(glob, "/**")
	for rest != "" {
		switch {
		case strings.HasPrefix(rest, "**"):
			b.WriteString(`.*`)
			rest = rest[1:]
		case rest[0] == '*':
			b.WriteString(`[^/]*`)
		case rest[0] == '?':
			b.WriteString(`[^/]`)
		default:
			n := strings.IndexAny(rest, "*?")
			if n < 0 {
				n = len(rest)
			}
			b.WriteString(regexp.QuoteMeta(rest[:n]))
			rest = rest[n:]
			continue
		}
		rest = rest[1:]
	}
	if below {
		b.WriteString(`(?:/.*)?`) // the folder itself, and what is below it
	}
	b.WriteString(`)$`)
	return b.String()
}
