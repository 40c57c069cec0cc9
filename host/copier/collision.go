package copier

import (
	"slices"
	"strings"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"github.com/mailweir/mailweir/host/task"
)

// collisions are the folders that go to one folder, and those that a server may take
// for one, because their names differ in letter case or in the spelling of accents
// only. Folders of the target that nothing goes to count, too: a name beside one that
// is there may be refused.
func collisions(jobs []*job, targets *targetFolders) []task.Collision {
	into := make(map[string][]task.SourceFolder)
	var order []string
	for _, j := range jobs {
		if j.idle() {
			continue
		}
		if into[j.Target] == nil {
			order = append(order, j.Target)
		}
		into[j.Target] = append(into[j.Target], task.SourceFolder{Source: j.Source, Folder: j.Folder})
	}
	var out []task.Collision
	for _, name := range order {
		if from := into[name]; len(from) > 1 {
			out = append(out, task.Collision{Kind: task.CollisionMerge, Targets: []string{name}, Folders: from})
		}
	}
	alike := make(map[string][]string)
	for _, name := range append(slices.Clone(order), targets.names()...) {
		if key := likeness(name); !slices.Contains(alike[key], name) {
			alike[key] = append(alike[key], name)
		}
	}
	for _, name := range order {
		key := likeness(name)
		names := alike[key]
		if len(names) < 2 {
			continue
		}
		delete(alike, key)
		c := task.Collision{Kind: task.CollisionCase, Targets: names}
		if !slices.ContainsFunc(names[1:], func(n string) bool { return norm.NFC.String(n) != norm.NFC.String(names[0]) }) {
			c.Kind = task.CollisionAccent
		}
		for _, n := range names {
			c.Folders = append(c.Folders, into[n]...)
		}
		out = append(out, c)
	}
	return out
}

// likeness is the same for names that some server may take for one.
func likeness(name string) string {
	return cases.Fold().String(norm.NFC.String(strings.ToValidUTF8(name, "\uFFFD")))
}
