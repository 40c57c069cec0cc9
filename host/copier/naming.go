package copier

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mailweir/mailweir/host/mail"
)

// What decided about a folder's target when no hook did.
const (
	bySameName   = "same name"
	bySpecialUse = "special use"
	byEarlierRun = "earlier run"
	bySomebody   = "set by hand"
)

// A naming proposes the Names that source folders get at the target.
//
//   - INBOX goes to INBOX.
//   - A folder with a special use goes to the target's own folder of that use.
//     If there is none, it keeps its name and is made with the use. Several
//     folders of one use go to the same place.
//   - Folders below one that went to another name by its special use follow it,
//     unless the target's folder takes no children.
//   - All others keep their name.
//
// \All and \Flagged are views of other folders on most servers and are not
// paired by use.
type naming struct {
	targets *targetFolders
	uses    map[mail.Use]string // folders that stand in for one of a use
}

func newNaming(targets *targetFolders) *naming {
	return &naming{targets: targets, uses: make(map[mail.Use]string)}
}

func pairsByUse(use mail.Use) bool {
	return use != mail.UseNone && use != mail.UseAll && use != mail.UseFlagged
}

// propose returns the Name for f and what decided. moved holds the source's
// folders that went to another name, and is added to.
func (n *naming) propose(f mail.Folder, moved map[string]string) (name, by string) {
	if mail.IsInbox(f.Name) {
		return mail.Inbox, bySameName
	}
	if pairsByUse(f.Use) {
		if there, ok := n.ofUse(f.Use, f.Name); ok {
			if there != f.Name {
				moved[f.Name] = there
			}
			return there, bySpecialUse
		}
	}
	for above := mail.Parent(f.Name); above != ""; above = mail.Parent(above) {
		there, ok := moved[above]
		if !ok {
			continue
		}
		if parent, ok := n.targets.find(there); ok && parent.NoChildren || mail.IsInbox(there) {
			break
		}
		return there + strings.TrimPrefix(f.Name, above), bySpecialUse
	}
	return f.Name, bySameName
}

// ofUse returns the Name of the target's folder of that use, or of the one that
// stands in for it.
func (n *naming) ofUse(use mail.Use, like string) (string, bool) {
	if f, ok := n.targets.ofUse(use, like); ok {
		return f.Name, true
	}
	if _, same := n.targets.find(like); same {
		return "", false
	}
	name, ok := n.uses[use]
	return name, ok
}

// claimUse notes that the folder called name stands in for the target's folder of
// that use, and reports whether it may: it is the first, and the target has none.
func (n *naming) claimUse(use mail.Use, name string) bool {
	_, there := n.targets.ofUse(use, name)
	if _, taken := n.uses[use]; there || taken {
		return false
	}
	n.uses[use] = name
	return true
}

// notes says what a person should know of the plan as a whole.
func (n *naming) notes(jobs []*job) []string {
	into := make(map[string][]string)
	folded := make(map[string][]string)
	var order []string
	for _, j := range jobs {
		if j.idle() {
			continue
		}
		if into[j.Target] == nil {
			order = append(order, j.Target)
		}
		into[j.Target] = append(into[j.Target], fmt.Sprintf("%s of %s", j.Folder, j.Source))
	}
	for _, name := range append(n.targets.names(), order...) {
		low := strings.ToLower(name)
		if !slices.Contains(folded[low], name) {
			folded[low] = append(folded[low], name)
		}
	}
	var notes []string
	for _, name := range order {
		if from := into[name]; len(from) > 1 {
			notes = append(notes, fmt.Sprintf("%d folders are merged in %q: %s", len(from), name, strings.Join(from, ", ")))
		}
		if same := folded[strings.ToLower(name)]; len(same) > 1 {
			notes = append(notes, fmt.Sprintf("%q: the names differ in letter case only; a server that ignores case makes them one folder", same))
			delete(folded, strings.ToLower(name))
		}
	}
	return notes
}
