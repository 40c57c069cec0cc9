//go:build !wasm

// Package sdktest asks a plugin questions as plain Go, without building it: in a
// test of the plugin's own package, call [Start] with a configuration, then
// [MapFolder] and its likes with made-up folders and messages.
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
}

// Answer is what a hook answered and staged.
type Answer struct {
	Result string // "no opinion", "accept", "skip", "defer" or "error"
	Error  string // why, with "error"
	Target string // as it would be now
	Flags  []string
	Date   time.Time
	Note   string
	Log    []string
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

func askMessage(hook string, m Message) Answer {
	return ask(hook, func(f *fake) {
		f.source, f.folder, f.target, f.use, f.message = m.Source, m.Folder, m.Target, m.Use, m
		f.selectable = true
		if f.folder == "" {
			f.folder = "INBOX"
		}
		f.answer.Flags, f.answer.Date = m.Flags, m.Date
	})
}

var results = map[int32]string{
	abi.ResultNoOpinion: "no opinion",
	abi.ResultAccept:    "accept",
	abi.ResultSkip:      "skip",
	abi.ResultDefer:     "defer",
}

func ask(hook string, set func(*fake)) Answer {
	started, ok := guest.Current.(*fake)
	if !ok {
		return Answer{Result: "error", Error: "sdktest.Start was not called"}
	}
	f := &fake{manifest: started.manifest, config: started.config, kind: hook}
	set(f)
	if f.source == "" {
		f.source = "source"
	}
	if f.target == "" {
		f.target = f.folder
	}
	f.answer.Target = f.target
	guest.Current = f
	f.answer.Result = results[guest.Call(hook)]
	if f.answer.Result == "" {
		f.answer.Result = "error"
	}
	return f.answer
}

func (m Message) keywords() []string {
	var out []string
	for _, f := range m.Flags {
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
