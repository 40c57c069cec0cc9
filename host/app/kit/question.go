package kit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/sdk/abi"
)

// Question is what a plugin is asked: one of its fields is there.
type Question struct {
	Folder  *Folder  `yaml:"folder"`  // map_folder
	Message *Message `yaml:"message"` // filter_envelope, filter_message and rewrite_message, as far as the plugin has them

	MapFlags     *FlagSet  `yaml:"map_flags"`
	MessageKey   *Key      `yaml:"message_key"`
	OnConflict   *Conflict `yaml:"on_conflict"`
	AfterMessage *Copied   `yaml:"after_message"`
	BeforeTask   string    `yaml:"before_task"`  // a JSON file with the plan
	AfterFolder  string    `yaml:"after_folder"` // a JSON file with a folder's part of the report
	AfterTask    string    `yaml:"after_task"`   // a JSON file with the report
	OnError      *Failure  `yaml:"on_error"`
}

// FlagSet is a set of flags that map_flags is asked about.
type FlagSet struct {
	Target string   `yaml:"target"` // "" is INBOX
	Flags  []string `yaml:"flags"`
	Kept   []string `yaml:"kept"` // which the target folder keeps; nil is all
}

// Key is a message that message_key is asked about.
type Key struct {
	Message `yaml:",inline"`
	Side    string `yaml:"side"` // source or target; "" is source
}

// Stored is a message at the target.
type Stored struct {
	UID         uint32    `yaml:"uid"`
	UIDValidity uint32    `yaml:"uid_validity"`
	Size        *int64    `yaml:"size"` // nil is that of the message
	Date        time.Time `yaml:"date"` // on_conflict; zero is that of the message
	Flags       []string  `yaml:"flags"`
}

// Conflict is a message that the target has with a difference.
type Conflict struct {
	Message `yaml:",inline"`
	There   Stored `yaml:"there"`
}

// Copied is a message that was copied.
type Copied struct {
	Message `yaml:",inline"`
	OnceKey string `yaml:"once_key"` // "" is one that stays the same
	Stored  Stored `yaml:"stored"`
}

// Failure is something that failed: a message if there is a UID, else a folder if
// there is one, else the run.
type Failure struct {
	Stage   string   `yaml:"stage"` // "" is append
	Kind    string   `yaml:"kind"`  // "" is other
	Text    string   `yaml:"text"`
	Attempt int      `yaml:"attempt"`
	Source  string   `yaml:"source"` // "" is "source"
	Folder  string   `yaml:"folder"`
	Use     string   `yaml:"use"`
	Target  string   `yaml:"target"` // "" is Folder
	UID     uint32   `yaml:"uid"`
	Size    int64    `yaml:"size"`
	Flags   []string `yaml:"flags"`
}

// Verdicts beside those of messages.
const (
	Copy    = "copy"    // on_conflict
	Replace = "replace" // on_conflict
	Stop    = "stop"    // before_task, on_error
)

// verdicts are the words for results.
var verdicts = map[string]int32{
	Pass: abi.ResultNoOpinion, Skip: abi.ResultSkip, Defer: abi.ResultDefer,
	Copy: abi.ResultCopy, Replace: abi.ResultReplace, Stop: abi.ResultStop,
}

// hooks are those that the question is about; none means that it is no question.
func (q *Question) hooks() (hooks []string) {
	add := func(there bool, names ...string) {
		if there {
			hooks = append(hooks, names...)
		}
	}
	add(q.Folder != nil, abi.HookMapFolder)
	if q.Message != nil && q.Message.Attempt == 0 {
		add(true, abi.HookFilterEnvelope, abi.HookFilterMessage)
	}
	add(q.Message != nil, abi.HookRewriteMessage)
	add(q.MapFlags != nil, abi.HookMapFlags)
	add(q.MessageKey != nil, abi.HookMessageKey)
	add(q.OnConflict != nil, abi.HookOnConflict)
	add(q.AfterMessage != nil, abi.HookAfterMessage)
	add(q.BeforeTask != "", abi.HookBeforeTask)
	add(q.AfterFolder != "", abi.HookAfterFolder)
	add(q.AfterTask != "", abi.HookAfterTask)
	add(q.OnError != nil, abi.HookOnError)
	return hooks
}

// hook is the one that decides what may be answered: of the hooks about a message
// the last one.
func (q *Question) hook() string {
	hooks := q.hooks()
	return hooks[len(hooks)-1]
}

// message is the message that the question is about; nil is none.
func (q *Question) message() *Message {
	switch {
	case q.Message != nil:
		return q.Message
	case q.MessageKey != nil:
		return &q.MessageKey.Message
	case q.OnConflict != nil:
		return &q.OnConflict.Message
	case q.AfterMessage != nil:
		return &q.AfterMessage.Message
	}
	return nil
}

// check finds what is wrong before anybody is asked.
func (q *Question) check() error {
	subjects := 0
	for _, there := range []bool{
		q.Folder != nil, q.Message != nil, q.MapFlags != nil, q.MessageKey != nil, q.OnConflict != nil,
		q.AfterMessage != nil, q.BeforeTask != "", q.AfterFolder != "", q.AfterTask != "", q.OnError != nil,
	} {
		if there {
			subjects++
		}
	}
	if subjects != 1 {
		return errors.New("it asks about either a folder or a message, or has one of map_flags, message_key, on_conflict, after_message, before_task, after_folder, after_task, on_error")
	}
	var use string
	var flags []string
	m := q.message()
	switch {
	case q.Folder != nil && q.Folder.Name == "":
		return errors.New("the name of the folder is missing")
	case q.Folder != nil:
		use = q.Folder.Use
	case m != nil && m.EML == "":
		return errors.New("a message is a file: eml is missing")
	case m != nil && (m.Attempt < 0 || m.Attempt > 0 && q.MessageKey != nil || m.Attempt > 0 && q.OnConflict != nil):
		return errors.New("attempt is how often the target refused the message, or after_message failed: 0 or more, and only there")
	case m != nil && m.Refusal != "" && (q.Message == nil || m.Attempt == 0):
		return errors.New("refusal is what the target said to a message: it goes with attempt")
	case m != nil:
		use, flags = m.Use, m.Flags
	}
	switch {
	case q.MessageKey != nil && !slices.Contains([]string{"", "source", "target"}, q.MessageKey.Side):
		return fmt.Errorf("the side %q is neither source nor target", q.MessageKey.Side)
	case q.MapFlags != nil:
		flags = append(slices.Clone(q.MapFlags.Flags), slices.DeleteFunc(slices.Clone(q.MapFlags.Kept), func(f string) bool { return f == `\*` })...)
	case q.OnConflict != nil:
		flags = append(slices.Clone(flags), q.OnConflict.There.Flags...)
	case q.OnError != nil:
		if err := q.OnError.check(); err != nil {
			return err
		}
		use, flags = q.OnError.Use, q.OnError.Flags
	}
	if err := checkUse(use); err != nil {
		return err
	}
	_, err := parseFlags(flags)
	return err
}

var (
	stages = []string{
		copier.StageList, copier.StageMap, copier.StageFetch, copier.StageFilter, "rewrite",
		copier.StageAppend, copier.StageRecord, copier.StageRemove, "hook",
	}
	kinds = []string{
		copier.KindAuth, copier.KindQuota, copier.KindRefused, copier.KindLost, copier.KindTimeout,
		copier.KindTooBig, copier.KindNoFolder, copier.KindPlugin, copier.KindOther,
	}
)

func (f *Failure) check() error {
	switch {
	case f.Stage != "" && !slices.Contains(stages, f.Stage):
		return fmt.Errorf("the stage %q is not one of %s", f.Stage, strings.Join(stages, ", "))
	case f.Kind != "" && !slices.Contains(kinds, f.Kind):
		return fmt.Errorf("the kind %q is not one of %s", f.Kind, strings.Join(kinds, ", "))
	case f.Attempt < 0 || f.Size < 0:
		return errors.New("attempt and size are 0 or more")
	case f.UID != 0 && f.Folder == "":
		return errors.New("a message is in a folder, which is missing")
	}
	return nil
}

// files are the names of files in the question, to be seen from elsewhere.
func (q *Question) files() []*string {
	files := []*string{&q.BeforeTask, &q.AfterFolder, &q.AfterTask}
	if m := q.message(); m != nil {
		files = append(files, &m.EML)
	}
	return files
}

// from makes names of files that are seen from dir ones that are seen from here.
func from(dir string, files []*string) {
	for _, f := range files {
		if *f != "" && !filepath.IsAbs(*f) {
			*f = filepath.Join(dir, filepath.FromSlash(*f))
		}
	}
}

// ParseQuestion reads one question as a case has it, such as
// "on_error: {kind: quota, text: mailbox full}". Names of files are seen from the
// working directory.
func ParseQuestion(text string) (*Question, error) {
	dec := yaml.NewDecoder(strings.NewReader(text))
	dec.KnownFields(true)
	q := &Question{}
	if err := dec.Decode(q); err != nil {
		return nil, yamlErr(err)
	}
	if err := dec.Decode(&struct{}{}); err == nil {
		return nil, errors.New("something follows the question")
	}
	if err := q.check(); err != nil {
		return nil, err
	}
	from("", q.files())
	return q, nil
}

// readReport reads a document that a hook about a run sees.
func readReport(file string) ([]byte, error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, fileErr("the report", file, err)
	}
	var object map[string]any
	if err := json.Unmarshal(raw, &object); err != nil || object == nil {
		return nil, fmt.Errorf("the report %s: it is no JSON object", file)
	}
	return bytes.TrimSpace(raw), nil
}
