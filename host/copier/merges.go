package copier

import (
	"slices"

	"github.com/mailweir/mailweir/host/task"
)

// refuseMerges holds the folders that a hook has put where another folder goes as well,
// if the hook is to merge none. What the hook has left alone goes on: where that goes
// was decided by somebody else. jobs are all folders of the sources, looked at by this
// run or not, so that a retry of some refuses what a whole run does.
func refuseMerges(jobs []*job) {
	into := make(map[string][]*job)
	for _, j := range jobs {
		if !j.idle() {
			into[j.Target] = append(into[j.Target], j)
		}
	}
	for target, together := range into {
		if len(together) < 2 {
			continue
		}
		var folders []task.SourceFolder
		for _, j := range together {
			folders = append(folders, task.SourceFolder{Source: j.Source, Folder: j.Folder})
		}
		for i, j := range together {
			if j.unshared != "" {
				j.held, j.Create = true, false
				j.fail(task.MergeRefused(j.unshared, folders[i], target, slices.Delete(slices.Clone(folders), i, i+1)))
			}
		}
	}
}
