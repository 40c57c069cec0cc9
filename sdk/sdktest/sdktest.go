//go:build !wasm

// Package sdktest asks a plugin questions as plain Go, without building it: in a
// test of the plugin's own package, call [Start] with a configuration, then
// [MapFolder] and its likes with made-up folders and messages. What it reaches outside
// is [World].
//
// plugin.json is read from the current directory, which is the plugin's folder
// while its tests run, and what it does not ask for is not permitted, as in the
// real host. Limits of time and memory are not enforced. Tests that use it can
// not run in parallel.
package sdktest

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/mailweir/mailweir/sdk/abi"
	"github.com/mailweir/mailweir/sdk/internal/guest"
)

// Folder is a folder of a source.
type Folder struct {
	Source        string // "" is "source"
	Name          string
	Target        string // "" is the same as Name
	Use           string // special use without backslash
	Messages      int64
	Subscribed    bool
	HasNoMessages bool // it only holds other folders
}

// Message is a message of a source.
type Message struct {
	Source string // "" is "source"
	Folder string // "" is INBOX
	Target string // "" is the same as Folder
	Use    string // special use of the folder
	UID    uint32
	Flags  []string
	Date   time.Time
	Text   string // the whole message: header section, empty line, body

	Attempt int    // how often this was tried before
	Refusal string // RewriteMessage: what the target answered to the last version
}

// Stored is a message at the target.
type Stored struct {
	UID, UIDValidity uint32 // 0 is not known
	Size             int64
	Date             time.Time
	Flags            []string
}

// FlagSet is a set of flags on its way to a folder of the target.
type FlagSet struct {
	Target string // "" is INBOX
	Flags  []string
	Kept   []string // those that the folder keeps; nil is all
}

// Failure is something that failed.
type Failure struct {
	Stage, Kind, Text string   // see sdk.Failure
	Source, Folder    string   // "" is none
	Message           *Message // nil when it is no message
}

// Answer is what a hook answered and staged.
type Answer struct {
	Result string // "no opinion", "accept", "skip", "defer", "copy", "replace", "stop" or "error"
	Error  string // why, with "error"
	Target string // as it would be now
	Flags  []string
	Date   time.Time
	Note   string
	Log    []string

	Message    string        // what RewriteMessage made of it; "" is as it was
	Key        string        // of MessageKey
	RetryAfter time.Duration // with "defer"
}

// Start reads plugin.json and runs what the plugin registered with sdk.OnStart.
func Start(config string) error {
	raw, err := os.ReadFile("plugin.json")
	if err != nil {
		return err
	}
	return StartAs(string(raw), config)
}

// StartAs is [Start] with a manifest that is not in a file.
func StartAs(manifest, config string) error {
	m, err := abi.ParseManifest([]byte(manifest))
	if err != nil {
		return fmt.Errorf("plugin.json: %w", err)
	}
	if config != "" && !json.Valid([]byte(config)) {
		return errors.New("the configuration is no valid JSON")
	}
	f := &fake{manifest: m, config: config}
	guest.Current = f
	if guest.Init() < 0 {
		return errors.New(f.answer.Error)
	}
	return nil
}

// MapFolder asks where a folder goes.
func MapFolder(folder Folder) Answer {
	return ask(abi.HookMapFolder, func(f *fake) {
		f.source, f.folder, f.target, f.use = folder.Source, folder.Name, folder.Target, folder.Use
		f.messages, f.subscribed, f.selectable = folder.Messages, folder.Subscribed, !folder.HasNoMessages
	})
}

// FilterEnvelope asks about a message before it is downloaded.
func FilterEnvelope(m Message) Answer { return askMessage(abi.HookFilterEnvelope, m) }

// FilterMessage asks about a whole message.
func FilterMessage(m Message) Answer { return askMessage(abi.HookFilterMessage, m) }

// RewriteMessage asks what is stored in place of a message.
func RewriteMessage(m Message) Answer {
	answer := askMessage(abi.HookRewriteMessage, m)
	answer.Flags, answer.Date = nil, time.Time{} // it can not change them
	return answer
}

// MessageKey asks what makes a message the same as another one.
func MessageKey(m Message, atTarget bool) Answer {
	return bare(askMessage(abi.HookMessageKey, m, func(f *fake) { f.atTarget = atTarget }))
}

// OnConflict asks about a message that the target has already.
func OnConflict(m Message, there Stored) Answer {
	return bare(askMessage(abi.HookOnConflict, m, func(f *fake) { f.stored = &there }))
}

// AfterMessage tells of a message that was copied.
func AfterMessage(m Message, stored Stored) Answer {
	return bare(askMessage(abi.HookAfterMessage, m, func(f *fake) { f.stored = &stored }))
}

// MapFlags asks which flags the target gets.
func MapFlags(set FlagSet) Answer {
	return ask(abi.HookMapFlags, func(f *fake) {
		f.target, f.kept, f.message.Flags, f.answer.Flags = set.Target, set.Kept, set.Flags, set.Flags
		if f.target == "" {
			f.target = "INBOX"
		}
	})
}

// BeforeTask asks about a run that is about to copy. The plan is JSON.
func BeforeTask(plan string) Answer { return askRun(abi.HookBeforeTask, plan) }

// AfterFolder tells of a folder that is through. The report is JSON.
func AfterFolder(report string) Answer { return askRun(abi.HookAfterFolder, report) }

// AfterTask tells of a run that has ended. The report is JSON.
func AfterTask(report string) Answer { return askRun(abi.HookAfterTask, report) }

// OnError tells of something that failed.
func OnError(failure Failure) Answer {
	return ask(abi.HookOnError, func(f *fake) {
		f.failure, f.source, f.folder = failure, failure.Source, failure.Folder
		if m := failure.Message; m != nil {
			f.message, f.isMessage = *m, true
		}
	})
}

// bare leaves out what a hook about a message can not change.
func bare(a Answer) Answer {
	a.Target, a.Flags, a.Date = "", nil, time.Time{}
	return a
}

func askRun(hook, report string) Answer {
	return ask(hook, func(f *fake) { f.report = report })
}

func askMessage(hook string, m Message, more ...func(*fake)) Answer {
	return ask(hook, func(f *fake) {
		f.source, f.folder, f.target, f.use, f.message = m.Source, m.Folder, m.Target, m.Use, m
		f.selectable, f.isMessage = true, true
		if f.folder == "" {
			f.folder = "INBOX"
		}
		f.answer.Flags, f.answer.Date = m.Flags, m.Date
		for _, set := range more {
			set(f)
		}
	})
}

var results = map[int32]string{
	abi.ResultNoOpinion: "no opinion",
	abi.ResultAccept:    "accept",
	abi.ResultSkip:      "skip",
	abi.ResultDefer:     "defer",
	abi.ResultCopy:      "copy",
	abi.ResultReplace:   "replace",
	abi.ResultStop:      "stop",
}

func ask(hook string, set func(*fake)) Answer {
	started, ok := guest.Current.(*fake)
	if !ok {
		return Answer{Result: "error", Error: "sdktest.Start was not called"}
	}
	f := &fake{manifest: started.manifest, config: started.config, kind: hook}
	set(f)
	if f.source == "" && f.kind != abi.HookOnError {
		f.source = "source"
	}
	if f.target == "" {
		f.target = f.folder
	}
	f.answer.Target = f.target
	guest.Current = f
	code := guest.Call(slices.Index(abi.Hooks, hook))
	f.answer.Result = results[code]
	if code >= 0 && !slices.Contains(f.info().Results, code) {
		f.answer.Result, f.answer.Error = "error", fmt.Sprintf("%s can not answer %d", hook, code)
	}
	if f.answer.Result == "" {
		f.answer.Result = "error"
	}
	f.doors.closeAll()
	if err := f.rewritten(); err != nil && f.answer.Result != "error" {
		f.answer.Result, f.answer.Error = "error", err.Error()
	}
	return f.answer
}

func keywords(flags []string) []string {
	var out []string
	for _, f := range flags {
		if !strings.HasPrefix(f, `\`) {
			out = append(out, f)
		}
	}
	return out
}

// header is the header section of the message, with the empty line.
func (m Message) header() string {
	for _, end := range []string{"\r\n\r\n", "\n\n"} {
		if i := strings.Index(m.Text, end); i >= 0 {
			return m.Text[:i+len(end)]
		}
	}
	return m.Text
}

type headerField struct{ name, body string }

// fields are the fields of the header section, still folded.
func (m Message) fields() []headerField {
	var out []headerField
	for line := range strings.Lines(m.header()) {
		if n := len(out); n > 0 && (line[0] == ' ' || line[0] == '\t') {
			out[n-1].body += line
			continue
		}
		if name, body, ok := strings.Cut(line, ":"); ok {
			out = append(out, headerField{name, body})
		}
	}
	for i := range out {
		out[i].body = strings.TrimSuffix(strings.TrimSuffix(out[i].body, "\n"), "\r")
	}
	return out
}
