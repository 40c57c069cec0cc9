package main

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Config is the configuration: rules for all sources, and some for single ones.
type Config struct {
	Rules
	Sources map[string]Rules `json:"sources"`
}

// Rules say where a folder goes, in this order:
//
//  1. Exclude and ExcludeRegexp look at the name at the source, and Preset leaves out
//     what Keep does not name.
//  2. Inbox settles where INBOX goes, and nothing below applies to it.
//  3. Rename looks at the name at the source, and its first match replaces what
//     was proposed. Without a match Target does, if there is one, else the proposal
//     stays, which is the same name or, for a folder with a special use, the target's
//     own folder of that use.
//  4. Rewrite is applied to the result, one expression after the other.
//  5. Prefix is put in front.
//
// Inbox, the To of Rename, Target and Prefix are templates, see [template]. Where they
// depend on a date, the folder goes to what is left without it, and each message goes
// to its own place.
type Rules struct {
	Preset        *string   `json:"preset"`
	Keep          []string  `json:"keep"`
	Target        *string   `json:"target"`
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
	prefix  template
	inbox   template
	target  template
	preset  string
	keep    []string
}

// hasDate reports whether a template of the rules depends on the date of a message.
func (r rule) hasDate() bool {
	if r.prefix.hasDate() || r.inbox.hasDate() || r.target.hasDate() {
		return true
	}
	return slices.ContainsFunc(r.rename, func(ren Rename) bool { return template(ren.To).hasDate() })
}

// hasDate reports whether messages have to be looked at.
func (m mapper) hasDate() bool {
	for _, r := range m.sources {
		if r.hasDate() {
			return true
		}
	}
	return m.general.hasDate()
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
		if rules.Target == nil {
			own.target = general.target
		}
		if rules.Preset == nil {
			own.preset = general.preset
		}
		if rules.Keep == nil {
			own.keep = general.keep
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

	templ := func(place, text string) template {
		if err := template(name(place, text)).check(); err != nil {
			errs = append(errs, fmt.Errorf("%s%s: %w", where, place, err))
		}
		return template(text)
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
		templ(fmt.Sprintf("rename[%d].to", i), ren.To)
		r.rename = append(r.rename, ren)
	}
	for i, rew := range c.Rewrite {
		r.rewrite = append(r.rewrite, rewrite{expr(fmt.Sprintf("rewrite[%d].match", i), rew.Match), rew.Replace})
	}
	if c.Prefix != nil {
		r.prefix = templ("prefix", strings.TrimSuffix(*c.Prefix, "/"))
	}
	if c.Inbox != nil {
		r.inbox = templ("inbox", *c.Inbox)
	}
	if c.Target != nil {
		r.target = templ("target", *c.Target)
	}
	if c.Preset != nil {
		r.preset = *c.Preset
		if r.preset != "" && r.preset != presetGmail {
			errs = append(errs, fmt.Errorf("%spreset: %q is not known; there is %s", where, r.preset, presetGmail))
		}
	}
	r.keep = c.Keep
	return r, errors.Join(errs...)
}

// presetGmail is the one preset.
const presetGmail = "gmail"

// apply returns where the folder goes, or the rule that leaves it out.
func (r rule) apply(source, name, use, proposed string) (target, excludedBy string) {
	for _, e := range r.exclude {
		if e.expr.MatchString(name) {
			return "", e.pattern
		}
	}
	if r.preset == presetGmail {
		if proposed, excludedBy = r.gmail(name, use, proposed); excludedBy != "" {
			return "", excludedBy
		}
	}
	p := place{source: source, folder: name}
	if name == "INBOX" && r.inbox != "" {
		return cmp.Or(r.inbox.fill(p), proposed), ""
	}
	if settled, ok := r.settled(p); ok {
		return cmp.Or(r.below(p, r.rewritten(settled)), proposed), ""
	}
	return r.below(p, r.rewritten(proposed)), ""
}

// settled is where a folder goes whatever was proposed, before it is rewritten.
func (r rule) settled(p place) (string, bool) {
	for _, ren := range r.rename {
		if to, ok := ren.apply(p); ok {
			return to, true
		}
	}
	if r.target != "" {
		return r.target.fill(p), true
	}
	return "", false
}

func (r rule) rewritten(target string) string {
	for _, rew := range r.rewrite {
		target = rew.expr.ReplaceAllString(target, rew.replace)
	}
	return target
}

// below puts a folder below the prefix.
func (r rule) below(p place, target string) string {
	return strings.Trim(r.prefix.fill(p)+"/"+target, "/")
}

// byDate returns where a message of a folder goes that goes to target itself; ok is
// false where the date plays no role, or another plugin has put the folder elsewhere.
func (r rule) byDate(source, name, target string, date time.Time) (_ string, ok bool) {
	if date.IsZero() || !r.hasDate() {
		return "", false
	}
	undated := place{source: source, folder: name}
	p := undated
	p.date = date
	if name == "INBOX" && r.inbox != "" {
		was := r.inbox.fill(undated)
		return r.inbox.fill(p), was == "" || was == target
	}
	if settled, ok := r.settled(p); ok {
		whole, _ := r.settled(undated)
		was := r.below(undated, r.rewritten(whole))
		return r.below(p, r.rewritten(settled)), was == "" || was == target
	}
	// What was proposed for the folder is not known here; it is what follows the prefix.
	if was := r.prefix.fill(undated); was != "" {
		if target, ok = strings.CutPrefix(target, was+"/"); !ok {
			return "", false
		}
	}
	return r.below(p, target), true
}

func (r Rename) apply(p place) (string, bool) {
	to := template(r.To)
	if p.folder == r.From {
		return to.fill(p), true
	}
	if rest, below := strings.CutPrefix(p.folder, r.From+"/"); below && r.Children {
		return strings.Trim(to.fill(p)+"/"+rest, "/"), true
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
