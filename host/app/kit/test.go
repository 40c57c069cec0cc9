package kit

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/plugin"
)

// Tested is how one case went.
type Tested struct {
	Name      string
	Passed    bool
	Want, Got string // in words; the same form, so that they can be compared
	Log       []string
	Ticks     int64 // of the hook that took the largest part of its limit
	Limit     int64 // of that hook
}

// Test asks a plugin all cases, in their order, and tells each to tell. A case that
// fails is no error; a message that can not be read is, and so is a case that the
// plugin has no hook for: it would pass whatever the plugin did.
func Test(ctx context.Context, host *plugin.Host, m *plugin.Module, cases *Cases, level slog.Level, tell func(Tested)) error {
	t := tester{host: host, module: m, level: level}
	defer func() { t.close() }()
	for _, c := range cases.Cases {
		if c.Config == nil {
			c.Config = cases.Config
		}
		if c.Grants == nil {
			c.Grants = cases.Grants
		}
		result, err := t.test(ctx, c)
		if err != nil {
			return fmt.Errorf("case %q: %w", c.Name, err)
		}
		tell(result)
	}
	return nil
}

// tester keeps the plugin running while the configuration stays the same.
type tester struct {
	host   *plugin.Host
	module *plugin.Module
	level  slog.Level

	probe  *Probe
	config string
	grants []string
}

func (t *tester) close() {
	if t.probe != nil {
		t.probe.Close()
	}
	t.probe = nil
}

func (t *tester) start(ctx context.Context, config []byte, texts []string) (*Probe, error) {
	if t.probe != nil && t.config == string(config) && slices.Equal(t.grants, texts) {
		return t.probe, nil
	}
	t.close()
	grants, err := parseGrants(texts)
	if err != nil {
		return nil, err
	}
	probe, err := StartWith(ctx, t.host, t.module, config, AuthorAccess(grants), t.level)
	if err != nil {
		return nil, err
	}
	t.probe, t.config, t.grants = probe, string(config), texts
	return probe, nil
}

func (t *tester) test(ctx context.Context, c Case) (Tested, error) {
	result := Tested{Name: c.Name}
	config, err := configJSON(c.Config)
	if err != nil {
		return result, err
	}
	probe, err := t.start(ctx, config, c.Grants)
	if ctx.Err() != nil {
		return result, ctx.Err()
	}
	if err != nil {
		result.judge(c.Want, State{}, State{}, "", err)
		return result, nil
	}
	result.Log = probe.Begun()
	before, state, answers, err := probe.Ask(ctx, &c.Question)
	if err != nil {
		return result, err
	}
	if len(answers) == 0 {
		return result, probe.noAnswer()
	}
	note, failure, doors := "", error(nil), []string(nil)
	for _, a := range answers {
		note, failure, doors = cmp.Or(a.Note, note), a.Err, append(doors, a.Doors...)
		result.Log = append(result.Log, a.Log...)
		if result.Limit == 0 || a.Spent.Ticks*result.Limit > result.Ticks*a.Spent.Limit {
			result.Ticks, result.Limit = a.Spent.Ticks, a.Spent.Limit
		}
	}
	result.judge(c.Want, before, state, note, failure)
	result.judgeDoors(c.Want, doors)
	if failure == nil {
		err = result.judgeStored(&c, state)
	}
	return result, err
}

// judge compares what came with what was wanted.
func (r *Tested) judge(want Want, before, got State, note string, failure error) {
	if want.Error != "" {
		r.Want = fmt.Sprintf("an error with %q", want.Error)
		r.Passed = failure != nil && strings.Contains(failure.Error(), want.Error)
	} else {
		expected := want.state(before)
		r.Want = expected.describe(before, want.Note)
		r.Passed = failure == nil && expected.same(got) && (want.Note == nil || *want.Note == note)
	}
	switch {
	case failure != nil:
		r.Got = "an error: " + failure.Error()
	case note != "" || want.Note != nil:
		r.Got = got.describe(before, &note)
	default:
		r.Got = got.describe(before, nil)
	}
}

// state is what a case expects to become of before.
func (w Want) state(before State) State {
	s := before
	s.Verdict = cmp.Or(w.Verdict, Pass)
	s.Target = cmp.Or(w.Target, s.Target)
	if w.Flags != nil {
		s.Flags, _ = parseFlags(w.Flags) // checked when the file was read
	}
	if w.Date != nil {
		s.Date = *w.Date
	}
	if w.After != nil {
		s.After = *w.After
	}
	s.Key = w.Key
	return s
}

// same compares what counts: effects do only when the message passes.
func (s State) same(o State) bool {
	if s.Verdict != o.Verdict || s.Verdict != Pass {
		return s.Verdict == o.Verdict && s.After == o.After
	}
	return s.Key == o.Key && s.Target == o.Target && mail.SameFlags(s.Flags, o.Flags) && sameDate(s.Date, o.Date)
}

// sameDate also compares the zones, which IMAP stores.
func sameDate(a, b time.Time) bool {
	_, za := a.Zone()
	_, zb := b.Zone()
	return a.Equal(b) && za == zb
}

// describe says in words what is other than before.
func (s State) describe(before State, note *string) string {
	parts := []string{s.Verdict}
	if s.Verdict == Pass {
		if s.Target != before.Target {
			parts = append(parts, fmt.Sprintf("target %q", s.Target))
		}
		if !mail.SameFlags(s.Flags, before.Flags) {
			parts = append(parts, "flags "+s.FlagList())
		}
		if !sameDate(s.Date, before.Date) {
			parts = append(parts, "date "+s.Date.Format(time.RFC3339))
		}
	}
	if s.Key != "" {
		parts = append(parts, fmt.Sprintf("key %q", s.Key))
	}
	if s.After != 0 {
		parts = append(parts, "after "+s.After.String())
	}
	if note != nil {
		parts = append(parts, fmt.Sprintf("note %q", *note))
	}
	return strings.Join(parts, ", ")
}

// FlagList are the flags in brackets, as IMAP lists them.
func (s State) FlagList() string {
	words := make([]string, 0, len(s.Flags))
	for _, f := range s.Flags {
		words = append(words, string(f))
	}
	slices.Sort(words)
	return "(" + strings.Join(words, " ") + ")"
}
