package task

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Script is one version of a JavaScript hook that is kept with a task. Versions are
// never changed; a hook names one.
type Script struct {
	TaskID  string
	Name    string
	Version int // from 1
	Source  string
	By      string // who wrote it
	At      time.Time
}

// MaxVersions is how many versions of one script are kept: the oldest ones go, but
// for the one that the task names.
const MaxVersions = 100

const scriptPrefix = "script:"

var scriptName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`) })

// ValidScriptName reports why name can not be the name of a script, or nil.
func ValidScriptName(name string) error {
	if !scriptName().MatchString(name) {
		return fmt.Errorf("%q is no name of a script: up to 40 lower case letters, digits and '-', starting with a letter or digit", name)
	}
	return nil
}

// ScriptHook is what the Plugin of a hook says to name a version of a script of its
// task.
func ScriptHook(name string, version int) string {
	return scriptPrefix + name + "@" + strconv.Itoa(version)
}

// ParseScriptHook reads what ScriptHook writes.
func ParseScriptHook(plugin string) (name string, version int, ok bool) {
	rest, ok := strings.CutPrefix(plugin, scriptPrefix)
	name, number, _ := strings.Cut(rest, "@")
	version, err := strconv.Atoi(number)
	if !ok || ValidScriptName(name) != nil || err != nil || version < 1 || plugin != ScriptHook(name, version) {
		return "", 0, false
	}
	return name, version, true
}
