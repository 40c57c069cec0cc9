package app

import (
	"cmp"
	"context"
	"log/slog"
	"mime"
	netmail "net/mail"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mailweir/mailweir/host/app/kit"
	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/plugin"
	"github.com/mailweir/mailweir/sdk/abi"
	"github.com/mailweir/mailweir/sdk/js"
	"github.com/mailweir/mailweir/web"
)

// Bounds of trying a script once.
const (
	tryTime  = 5 * time.Second
	trySeats = 2 // scripts that are tried at a time, so that runs go on
	tryLines = 40
	tryLine  = 500 // bytes of a line of the log
)

// triedHooks are asked about a sample; others have questions that only a run has.
var triedHooks = []string{abi.HookMapFolder, abi.HookFilterEnvelope, abi.HookFilterMessage}

// ScriptTypes implements web.Service.
func (s *service) ScriptTypes() string { return js.Types }

// TryScript implements web.Service.
func (s *service) TryScript(ctx context.Context, taskID, name, source string) (web.TryResult, error) {
	t, err := s.store.Task(ctx, taskID)
	if err != nil {
		return web.TryResult{}, webError(err)
	}
	var config []byte
	if at := hookOf(t, name); at >= 0 {
		config = []byte(t.Hooks[at].Config)
	}
	leave, err := s.desk.sit(ctx)
	if err != nil {
		return web.TryResult{}, err
	}
	defer leave()
	probe, err := s.startProbe(ctx, name, source, config)
	if ctx.Err() != nil {
		return web.TryResult{}, ctx.Err()
	}
	if err != nil {
		text := aboutScript(name, err)
		return web.TryResult{Fault: text, Line: lineOf(text)}, nil
	}
	defer probe.Close()
	r := web.TryResult{Hooks: probe.Hooks}
	for _, hook := range probe.Hooks {
		if !slices.Contains(triedHooks, hook) {
			r.Other = append(r.Other, hook)
		}
	}
	tries := trial{probe: probe, result: &r, name: name, until: time.Now().Add(tryTime)}
	tries.log(probe.Begun())
	if sample := s.desk.sampleOf(ctx, taskID); sample != nil {
		r.Sampled = true
		err = tries.ask(ctx, sample)
	}
	return r, err
}

// sit waits for a place among those who try.
func (d *desk) sit(ctx context.Context) (leave func(), err error) {
	d.mu.Lock()
	if d.seats == nil {
		d.seats = make(chan struct{}, trySeats)
	}
	seats := d.seats
	d.mu.Unlock()
	select {
	case seats <- struct{}{}:
		return func() { <-seats }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// startProbe starts a script. It keeps the engine loaded until the next one.
func (s *service) startProbe(ctx context.Context, name, source string, config []byte) (*kit.Probe, error) {
	host, err := s.shelf.runtime(ctx)
	if err != nil {
		return nil, err
	}
	m, err := host.LoadScript(ctx, scriptFile(name), []byte(source))
	if err != nil {
		return nil, err
	}
	probe, err := kit.StartWith(ctx, host, m, config, plugin.Access{DryRun: true}, slog.LevelDebug)
	s.desk.mu.Lock()
	before := s.desk.engine
	s.desk.engine = m
	s.desk.mu.Unlock()
	if before != nil {
		_ = before.Close(context.WithoutCancel(ctx)) // nothing depends on what is left behind
	}
	return probe, err
}

// trial is a script that is being asked.
type trial struct {
	probe  *kit.Probe
	result *web.TryResult
	name   string
	until  time.Time
}

// ask asks about all folders, and then about the messages in those that are copied.
func (tr *trial) ask(ctx context.Context, s *sample) error {
	type place struct{ source, folder string }
	states := map[place]kit.State{}
	for _, f := range s.folders {
		one := web.Tried{Source: f.source, Folder: f.Name, Before: f.Name, Target: f.Name, Verdict: kit.Pass}
		state := kit.State{Verdict: kit.Pass, Target: f.Name}
		if tr.goesOn() {
			var answers []kit.Answer
			var err error
			if state, answers, err = tr.probe.AskListed(ctx, f.source, f.Folder); err != nil {
				return err
			}
			tr.tell(&one, state, answers)
			if one.Fault != "" {
				state.Verdict = kit.Defer // the folder is held
			}
		}
		states[place{f.source, f.Name}] = state
		tr.result.Folders = append(tr.result.Folders, one)
	}
	for _, c := range s.messages {
		in, known := states[place{c.Source, c.Folder.Name}]
		one := web.Tried{
			Source: c.Source, Folder: c.Folder.Name, Date: c.Message.InternalDate, Size: c.Message.Size, Verdict: kit.Pass,
			Before: c.Target, Target: c.Target,
		}
		one.From, one.Subject = headline(c.Message.Header)
		switch {
		case known && in.Verdict != kit.Pass:
			one.Verdict = in.Verdict
		case tr.goesOn():
			if known {
				c.Target = in.Target
			}
			state, answers, err := tr.probe.AskCandidate(ctx, c)
			if err != nil {
				return err
			}
			tr.tell(&one, state, answers)
			one.Partly = c.Body == nil && slices.Contains(tr.probe.Hooks, abi.HookFilterMessage)
		}
		tr.result.Messages = append(tr.result.Messages, one)
	}
	return nil
}

// goesOn reports whether there is time for another question.
func (tr *trial) goesOn() bool {
	tr.result.Cut = tr.result.Cut || time.Now().After(tr.until)
	return !tr.result.Cut
}

// tell notes what came of the questions about one folder or message.
func (tr *trial) tell(one *web.Tried, state kit.State, answers []kit.Answer) {
	one.Asked = len(answers) > 0
	one.Verdict, one.Target = state.Verdict, state.Target
	for _, a := range answers {
		one.Note = cmp.Or(a.Note, one.Note)
		one.Ticks += a.Spent.Ticks
		one.Limit += a.Spent.Limit
		one.Time += a.Spent.Time
		tr.log(a.Log)
		if a.Err != nil {
			one.Fault = aboutScript(tr.name, a.Err)
			one.Line = lineOf(one.Fault)
			return
		}
		if a.Verdict != kit.Pass || a.Hook == abi.HookMapFolder {
			continue
		}
		if !mail.SameFlags(a.Flags, a.Before.Flags) {
			one.Changes = append(one.Changes, a.FlagList())
		}
		if !a.Date.Equal(a.Before.Date) {
			one.Changes = append(one.Changes, a.Date.Format(time.RFC3339))
		}
	}
}

// log keeps the first lines.
func (tr *trial) log(lines []string) {
	for _, line := range lines {
		if len(tr.result.Log) < tryLines {
			tr.result.Log = append(tr.result.Log, strings.ToValidUTF8(line[:min(len(line), tryLine)], ""))
		}
	}
}

// aboutScript is an error of a script without the names by which it is told apart
// from others.
func aboutScript(name string, err error) string {
	text := err.Error()
	_, rest, found := strings.Cut(text, "script "+scriptFile(name)+": ")
	if found {
		return rest
	}
	return text
}

var lineInError = regexp.MustCompile(`(?:^|: )line (\d+): `)

// lineOf is the line of the script that an error names, or 0.
func lineOf(text string) int {
	m := lineInError.FindStringSubmatch(text)
	if m == nil {
		return 0
	}
	n, _ := strconv.Atoi(m[1]) // digits; one that is too large is none of ours
	return n
}

// headline is who sent a message, and what about, as far as that can be read.
func headline(header []byte) (from, subject string) {
	m, err := netmail.ReadMessage(strings.NewReader(string(header)))
	if err != nil {
		return "", ""
	}
	words := mime.WordDecoder{}
	decode := func(field string) string {
		raw := m.Header.Get(field)
		text, err := words.DecodeHeader(raw)
		if err != nil {
			text = raw
		}
		if len(text) > 200 {
			text = strings.ToValidUTF8(text[:200], "") + "…"
		}
		return text
	}
	return decode("From"), decode("Subject")
}
