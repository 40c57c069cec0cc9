package task

import "fmt"

// Merges is what becomes of a folder that a plugin puts onto a destination folder to
// which another folder goes as well.
type Merges string

// What there is. The zero value reports.
const (
	MergesReport Merges = "report" // both are copied into it, and the plan and the report say so
	MergesRefuse Merges = "refuse" // it is held as a whole, and tried again in the next run
)

// Valid reports whether it is one of those, or the zero value.
func (m Merges) Valid() bool { return m == "" || m == MergesReport || m == MergesRefuse }

// mergeRefused begins the reasons of what is held because its plugin may not merge
// folders; the table of troubles knows it.
const mergeRefused = "held, because merges are refused"

// MergeRefused is why a folder is held that hook, such as "plugin NAME", has put onto
// target: others go there, too. There is at least one of them.
func MergeRefused(hook string, folder SourceFolder, target string, others []SourceFolder) error {
	more := ""
	if n := len(others) - 1; n > 0 {
		more = fmt.Sprintf(" and %d more", n)
	}
	return fmt.Errorf("%s: %s puts %q of %s into %q, where %q of %s%s would go as well; "+
		"map one of them to another folder, leave it out, or allow the plugin to merge folders",
		mergeRefused, hook, folder.Folder, folder.Source, target, others[0].Folder, others[0].Source, more)
}
