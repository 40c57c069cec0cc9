package view

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/mailweir/mailweir/host/task"
)

// TryResult is what a script does with a sample of the task's mail.
type TryResult struct {
	Fault string // why it does not start; "" is that it does
	Line  int    // of Fault; 0 is not known
	Hooks []string
	Other []string // those of Hooks that are not asked here

	Sampled  bool // there was mail to ask about
	Folders  []Tried
	Messages []Tried
	Cut      bool     // time was up before all were asked
	Log      []string // the first lines
}

// Tried is what became of one folder or message.
type Tried struct {
	Source, Folder string
	From, Subject  string // of a message; hostile text
	Date           time.Time
	Size           int64

	Asked   bool
	Partly  bool   // too large: the hooks for whole messages were not asked
	Verdict string // "pass", "skip" or "defer"
	Before  string // the folder it would have gone to
	Target  string // the folder it goes to
	Changes []string
	Note    string
	Fault   string // why it is held
	Line    int    // of Fault; 0 is not known

	Ticks, Limit int64
	Time         time.Duration
}

// ScriptPage is what the editor shows.
type ScriptEdit struct {
	Task     task.Task
	Name     string
	Source   string
	Shown    int // the version that Source is; 0 is a draft
	Used     int // the version that the task asks; 0 is none
	Versions []task.Script
	Types    string // TypeScript declarations, for completion
	Result   *TryResult
	Problems []string
	Notice   string
}

func (e ScriptEdit) path() string { return "/tasks/" + e.Task.ID + "/scripts/" + e.Name }

// ScriptStart is what a new script begins with.
const ScriptStart = `// Where does a folder go? A string is its name at the destination.
function mapFolder(folder) {
  if (folder.use === "Trash") return skip("the bin stays")
}

// What becomes of a message, before it is downloaded?
function filterEnvelope(msg) {
  if (msg.header("X-Spam-Flag") === "YES") return skip("spam")
}
`

func triedStatus(ctx context.Context, r Tried) Status {
	x := t(ctx)
	switch {
	case r.Fault != "":
		return Status{Icon: "warning", Word: x.TryHeld, Tone: ToneBad}
	case !r.Asked && r.Verdict == "skip":
		return Status{Icon: "minus", Word: x.TryLeftOut, Tone: ToneIdle}
	case !r.Asked:
		return Status{Icon: "never", Word: x.TryUnasked, Tone: ToneIdle}
	case r.Verdict == "skip":
		return Status{Icon: "minus", Word: x.TryLeftOut, Tone: ToneIdle}
	case r.Verdict == "defer":
		return Status{Icon: "clock", Word: x.TryHeld, Tone: ToneWarn}
	}
	return Status{Icon: "ok", Word: x.TryYes, Tone: ToneGood}
}

// effort is how much of what it may compute a script has used, in percent.
func (r Tried) effort() string {
	if r.Limit <= 0 {
		return "0"
	}
	return strconv.FormatInt(min(100, (r.Ticks*100+r.Limit-1)/r.Limit), 10)
}

func tookShort(ctx context.Context, d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return strconv.FormatInt(d.Microseconds(), 10) + " µs"
	case d < time.Second:
		return t(ctx).tenths(float64(d.Microseconds())/1000) + " ms"
	}
	return t(ctx).tenths(d.Seconds()) + " s"
}

// faults are the lines of the script at which something went wrong.
func (r TryResult) faults() []Tried {
	var out []Tried
	seen := map[string]bool{}
	add := func(line int, text string) {
		if key := strconv.Itoa(line) + text; line > 0 && !seen[key] {
			seen[key] = true
			out = append(out, Tried{Line: line, Fault: text})
		}
	}
	add(r.Line, r.Fault)
	for _, all := range [][]Tried{r.Folders, r.Messages} {
		for _, one := range all {
			add(one.Line, one.Fault)
		}
	}
	return out
}

func (r TryResult) hookNames(hooks []string) string {
	return strings.Join(scriptFunctions(hooks), ", ")
}

// scriptFunctions are hooks as functions of a script are called: map_folder is
// mapFolder.
func scriptFunctions(hooks []string) []string {
	out := make([]string, 0, len(hooks))
	for _, hook := range hooks {
		words := strings.Split(hook, "_")
		for i := range words[1:] {
			if words[i+1] != "" {
				words[i+1] = strings.ToUpper(words[i+1][:1]) + words[i+1][1:]
			}
		}
		out = append(out, strings.Join(words, ""))
	}
	return out
}

func dateOf(ctx context.Context, at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return t(ctx).Date(at)
}
