package copier

import "github.com/mailweir/mailweir/host/task"

func byFolder(overrides []task.Override) map[task.SourceFolder]task.Override {
	if len(overrides) == 0 {
		return nil
	}
	out := make(map[task.SourceFolder]task.Override, len(overrides))
	for _, o := range overrides {
		out[task.SourceFolder{Source: o.Source, Folder: o.Folder}] = o
	}
	return out
}

// override is what a person has set for a folder.
func (r *run) override(source, folder string) (task.Override, bool) {
	o, ok := r.hand[task.SourceFolder{Source: source, Folder: folder}]
	return o, ok
}

// rulesOf is a digest of everything that decides whether a message of the folder is
// copied, and where to. A folder that was set by hand has its own: once it is not any
// more, it does not stay where an earlier run was told to put it.
func (r *run) rulesOf(source, folder string) string {
	o, ok := r.override(source, folder)
	if !ok {
		return r.rules
	}
	if o.Exclude {
		return r.rules + " by hand: out"
	}
	return r.rules + " by hand: " + o.Target
}
