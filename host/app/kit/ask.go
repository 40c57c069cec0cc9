package kit

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/plugin"
	"github.com/mailweir/mailweir/sdk/abi"
)

// Folder is a folder that is asked about.
type Folder struct {
	Source     string  `yaml:"source"` // name of the source within the task; "" is "source"
	Name       string  `yaml:"name"`
	Use        string  `yaml:"use"`      // special use without backslash
	Target     string  `yaml:"target"`   // where it would go; "" is Name
	Messages   *uint32 `yaml:"messages"` // nil is not known
	Subscribed bool    `yaml:"subscribed"`
}

// Message is a message that is asked about.
type Message struct {
	EML    string    `yaml:"eml"`    // its file
	Source string    `yaml:"source"` // name of the source within the task; "" is "source"
	Folder string    `yaml:"folder"` // "" is INBOX
	Use    string    `yaml:"use"`    // special use of the folder, without backslash
	Target string    `yaml:"target"` // the folder that it would go to; "" is Folder
	UID    uint32    `yaml:"uid"`    // 0 is 1
	Flags  []string  `yaml:"flags"`
	Date   time.Time `yaml:"date"` // internal date; zero is that of the field Date

	// Raw takes the bytes of the file as they are, and those of the one that is
	// expected; else line ends become those of mail.
	Raw bool `yaml:"raw"`
	// Attempt is how many versions of the message the target has refused: only
	// rewrite_message is asked then. In after_message it is how often that has failed.
	Attempt int `yaml:"attempt"`
	// Refusal is what the target said to the last version.
	Refusal string `yaml:"refusal"`
}

// Verdicts.
const (
	Pass  = "pass"
	Skip  = "skip"
	Defer = "defer"
)

// State is what becomes of a folder or message.
type State struct {
	Verdict string
	Target  string
	Flags   []mail.Flag // from mail.CleanFlags
	Date    time.Time
	Content []byte        // what is stored in place of the message; nil is the message
	Key     string        // what makes it the same as another one
	After   time.Duration // when to be asked again at the earliest; 0 is up to the host
}

// Answer is what a plugin answered to one question.
type Answer struct {
	Hook   string
	Before State
	State         // as it is after the answer
	Note   string // the reason, as reports show it
	Err    error  // why the hook failed: the folder or message is held
	Log    []string
	Doors  []string // what would have been sent, or remembered
	Spent  plugin.Spent
}

// String says in words what was decided.
func (a Answer) String() string {
	if a.Err != nil {
		return "held: " + a.Err.Error()
	}
	var note *string
	if a.Note != "" {
		note = &a.Note
	}
	text := a.describe(a.Before, note)
	if a.Content != nil {
		text += fmt.Sprintf(", %d bytes are stored in its place", len(a.Content))
	}
	return text
}

// Probe is a plugin that is asked by hand, in the host with its limits. One
// question is asked at a time.
type Probe struct {
	Hooks []string // which it has

	chain *plugin.Chain
	log   *logLines
	spent []plugin.Spent

	mu    sync.Mutex
	doors []string
}

// Start starts a plugin with a configuration in JSON, which may be empty, as its
// author: see [AuthorAccess]. Lines of its log are kept from level on. The caller
// closes it.
func Start(ctx context.Context, host *plugin.Host, m *plugin.Module, config []byte, level slog.Level) (*Probe, error) {
	return StartWith(ctx, host, m, config, AuthorAccess(nil), level)
}

// StartWith starts a plugin with what it may do beside answering.
func StartWith(ctx context.Context, host *plugin.Host, m *plugin.Module, config []byte, access plugin.Access, level slog.Level) (*Probe, error) {
	p := &Probe{log: &logLines{level: level}}
	if access.Record == nil {
		access.Record = func(door, what string) {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.doors = append(p.doors, door+": "+what)
		}
	}
	var err error
	p.chain, err = host.Chain(ctx, []plugin.Binding{{
		Module: m, Config: config, Access: access, Unbroken: true,
		Run:   plugin.RunInfo{Task: "task", ID: "run", DryRun: access.DryRun}, // it has to know that nobody will answer
		Watch: func(s plugin.Spent) { p.spent = append(p.spent, s) },
	}}, slog.New(p.log))
	if err != nil {
		return nil, err
	}
	p.Hooks = asked(p.chain)
	return p, nil
}

// Close ends the plugin.
func (p *Probe) Close() { p.chain.Close() }

// Begun returns what the plugin has logged since the last answer, such as at its start.
func (p *Probe) Begun() []string { return p.log.take() }

// AskFolder asks where a folder goes. Without the hook there is no answer, and the
// state is that of the question.
func (p *Probe) AskFolder(ctx context.Context, f Folder) (State, []Answer, error) {
	target := cmp.Or(f.Target, f.Name)
	state := State{Verdict: Pass, Target: target}
	if err := checkUse(f.Use); err != nil {
		return state, nil, err
	}
	if !slices.Contains(p.Hooks, abi.HookMapFolder) {
		return state, nil, nil
	}
	answer, err := p.chain.MapFolder(ctx, f.question(target))
	switch {
	case answer.Exclude:
		state.Verdict = Skip
	case answer.Defer:
		state.Verdict = Defer
	}
	state.Target = cmp.Or(answer.Target, target)
	before := State{Verdict: Pass, Target: target}
	a, err := p.answer(ctx, Answer{Hook: abi.HookMapFolder, Before: before, State: state, Note: answer.Note, Err: err})
	if err != nil {
		return state, nil, err
	}
	return state, []Answer{a}, nil
}

func (f Folder) question(target string) copier.FolderQuestion {
	folder := mailFolder(f.Name, f.Use)
	folder.Subscribed = f.Subscribed
	if f.Messages != nil {
		folder.Status = &mail.Status{UIDValidity: 1, Messages: *f.Messages}
	}
	return copier.FolderQuestion{Source: cmp.Or(f.Source, "source"), Folder: folder, Proposed: target}
}

func mailFolder(name, use string) mail.Folder {
	return mail.Folder{Name: name, Raw: name, Use: mail.Use(use), Selectable: true}
}

// AskMessage asks what becomes of a message, as a copy would: first without its
// body, if it passes, as a whole, and at last what is stored in its place. The state
// is the last one. The error says that the message can not be read, or that ctx ended.
func (p *Probe) AskMessage(ctx context.Context, m Message) (State, []Answer, error) {
	c, state, err := m.candidate()
	if err != nil {
		return state, nil, err
	}
	return p.askCandidate(ctx, m, c, state)
}

// hooks are those about a message, in the order in which a copy asks them.
func (m Message) hooks() []string {
	q := Question{Message: &m}
	return q.hooks()
}

// The hooks that filter, in the order in which a message meets them.
var (
	envelopeHooks = []string{abi.HookFilterEnvelope}
	filterHooks   = []string{abi.HookFilterEnvelope, abi.HookFilterMessage}
)

func (p *Probe) askCandidate(ctx context.Context, m Message, c copier.Candidate, state State) (State, []Answer, error) {
	return p.askHooks(ctx, m, c, state, m.hooks())
}

func (p *Probe) askHooks(ctx context.Context, m Message, c copier.Candidate, state State, hooks []string) (_ State, _ []Answer, err error) {
	var answers []Answer
	for _, hook := range hooks {
		if state.Verdict != Pass || !slices.Contains(p.Hooks, hook) {
			continue
		}
		var a Answer
		if hook == abi.HookRewriteMessage {
			a, err = p.rewrite(ctx, m, c, state)
		} else {
			a, err = p.filter(ctx, hook, c, state)
		}
		if err != nil {
			return state, answers, err
		}
		answers = append(answers, a)
		if a.Err != nil {
			break
		}
		state = a.State
	}
	return state, answers, nil
}

func (p *Probe) filter(ctx context.Context, hook string, c copier.Candidate, state State) (Answer, error) {
	before := state
	// The next hook sees where the message goes now, but flags and date as they are
	// at the source.
	c.Target = state.Target
	ask := p.chain.FilterMessage
	if hook == abi.HookFilterEnvelope {
		ask, c.Body = p.chain.FilterEnvelope, nil
	}
	v, err := ask(ctx, &c)
	switch v.Action {
	case copier.ActionSkip:
		state.Verdict = Skip
	case copier.ActionDefer:
		state.Verdict = Defer
	}
	state.Target = cmp.Or(v.Target, state.Target)
	if v.Flags != nil {
		state.Flags = mail.CleanFlags(v.Flags)
	}
	if !v.Date.IsZero() {
		state.Date = v.Date
	}
	return p.answer(ctx, Answer{Hook: hook, Before: before, State: state, Note: v.Note, Err: err})
}

// answer adds what the question took. The error is that the verb was stopped, which
// is no failure of the plugin.
func (p *Probe) answer(ctx context.Context, a Answer) (Answer, error) {
	if ctx.Err() != nil {
		return Answer{}, ctx.Err()
	}
	a.Log = p.log.take()
	if n := len(p.spent); n > 0 { // a fresh instance may have been asked as well
		a.Spent = p.spent[n-1]
	}
	p.spent = p.spent[:0]
	p.mu.Lock()
	defer p.mu.Unlock()
	a.Doors, p.doors = p.doors, nil
	return a, nil
}

// noAnswer says why nothing was asked.
func (p *Probe) noAnswer() error {
	return fmt.Errorf("the plugin has no hook that is asked about it, only %s", strings.Join(p.Hooks, ", "))
}

// candidate reads the message, and says what becomes of it if nobody has an opinion.
func (m Message) candidate() (copier.Candidate, State, error) {
	if m.EML == "" {
		return copier.Candidate{}, State{}, errors.New("a message is a file: eml is missing")
	}
	file, err := readEML(m.EML, m.Raw)
	if err != nil {
		return copier.Candidate{}, State{}, err
	}
	flags, err := parseFlags(m.Flags)
	if err == nil {
		err = checkUse(m.Use)
	}
	if err != nil {
		return copier.Candidate{}, State{}, err
	}
	date := m.Date
	if date.IsZero() {
		date = file.sent
	}
	folder := mailFolder(cmp.Or(m.Folder, mail.Inbox), m.Use)
	c := copier.Candidate{
		Source: cmp.Or(m.Source, "source"), Folder: folder, Target: cmp.Or(m.Target, folder.Name),
		Message: mail.Message{
			UID: mail.UID(cmp.Or(m.UID, 1)), Flags: flags, InternalDate: date,
			Size: int64(len(file.text)), Header: file.header,
		},
		Body: bytes.NewReader(file.text),
	}
	return c, State{Verdict: Pass, Target: c.Target, Flags: flags, Date: date}, nil
}

// uses are the special uses that a folder can have; of others a server's answer is
// not taken over.
var uses = []mail.Use{mail.UseNone, mail.UseAll, mail.UseArchive, mail.UseDrafts, mail.UseFlagged, mail.UseJunk, mail.UseSent, mail.UseTrash}

func checkUse(use string) error {
	if slices.Contains(uses, mail.Use(use)) {
		return nil
	}
	names := make([]string, 0, len(uses))
	for _, u := range uses[1:] {
		names = append(names, string(u))
	}
	return fmt.Errorf("%q is no special use; there are %s", use, strings.Join(names, ", "))
}

// parseFlags refuses flags that no message can have.
func parseFlags(words []string) ([]mail.Flag, error) {
	var flags []mail.Flag
	for _, word := range words {
		f := mail.Flag(word)
		if !f.Valid() {
			return nil, fmt.Errorf("%q is no flag; write \\Seen, or a keyword", word)
		}
		flags = append(flags, f)
	}
	return mail.CleanFlags(flags), nil
}
