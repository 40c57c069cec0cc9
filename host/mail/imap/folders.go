package imap

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/mail/imap/wire"
)

// Folders lists the folders of the personal namespace (RFC 2342), or those below
// Config.Root. Folders of other users and shared ones are left out: they are
// other accounts.
func (a *Account) Folders(ctx context.Context) ([]mail.Folder, error) {
	const op = "list the folders"
	var entries []wire.ListEntry
	var inbox *mail.Status
	err := a.command(ctx, op, func(s *session) (err error) {
		if entries = a.listedAtOpening(); entries == nil {
			entries, err = s.List(ctx, true)
		}
		if err != nil {
			return err
		}
		inbox, err = a.missingInbox(ctx, s, entries)
		return err
	})
	if err != nil {
		return nil, err
	}
	folders, rooted := a.folders(entries)
	if inbox != nil {
		folders = append(folders, mail.Folder{Name: mail.Inbox, Raw: mail.Inbox, Selectable: true, Status: inbox})
	}
	if (a.cfg.ReadOnly || a.cfg.RootExists) && a.cfg.Root != "" && !rooted {
		return nil, &mail.Error{
			Op: op, Where: a.where, Kind: mail.ErrNoFolder,
			Err: fmt.Errorf("the root folder %q is not there", a.cfg.Root),
		}
	}
	a.remember(folders, entries)
	return folders, nil
}

// listedAtOpening returns what Open listed, once.
func (a *Account) listedAtOpening() []wire.ListEntry {
	a.mu.Lock()
	defer a.mu.Unlock()
	entries := a.first
	a.first = nil
	return entries
}

// missingInbox opens INBOX if the server forgot to list it: it is there all the
// same (RFC 9051 section 5.1), and the last folder that may be left out.
func (a *Account) missingInbox(ctx context.Context, s *session, entries []wire.ListEntry) (*mail.Status, error) {
	listed := slices.ContainsFunc(entries, func(e wire.ListEntry) bool { return mail.IsInbox(e.Raw) })
	if listed || a.cfg.Root != "" {
		return nil, nil
	}
	s.selected = true
	selected, err := s.Select(ctx, mail.Inbox, true)
	if err != nil {
		if s.Err() != nil {
			return nil, err
		}
		return nil, nil // it is really not there
	}
	return &selected.Status, nil
}

// folders makes a listing of what the server sent. rooted says that there was
// something at or below the Root.
func (a *Account) folders(entries []wire.ListEntry) (out []mail.Folder, rooted bool) {
	var all []mail.Folder
	var root *mail.Folder
	for i := range entries {
		e := &entries[i]
		below, self := a.names.below(e.Raw)
		if !below || a.names.foreign(e.Raw) {
			continue
		}
		rooted = true
		f := a.folder(e)
		if self && !mail.IsInbox(e.Raw) {
			f.Name = a.names.top
			root = &f
			continue
		}
		all = append(all, f)
	}
	slices.SortStableFunc(all, func(x, y mail.Folder) int {
		return cmp.Or(a.rank(&x)-a.rank(&y), strings.Compare(x.Raw, y.Raw))
	})
	if root != nil && root.Selectable && (root.Status == nil || root.Status.Messages > 0) {
		all = append(all, *root)
	}
	taken := make(map[string]string) // Name to Raw
	for _, f := range all {
		if f, ok := claim(taken, f); ok {
			out = append(out, f)
		}
	}
	if !a.hasUses() && a.cfg.Root == "" {
		guessUses(out)
	}
	return out, rooted
}

// rank sorts folders by their claim to a Name that several have: INBOX, folders
// spelled as we would spell them, others, and last those that hold no messages.
func (a *Account) rank(f *mail.Folder) int {
	switch {
	case mail.IsInbox(f.Raw):
		return 0
	case !f.Selectable:
		return 3
	}
	if own, _, err := a.names.raw(f.Name); err != nil || own != f.Raw {
		return 2
	}
	return 1
}

func selectable(e *wire.ListEntry) bool {
	return e.Fault == "" && !e.Has(`\Noselect`) && !e.Has(`\NonExistent`)
}

// claim takes f's Name. When it is taken by another folder, f is at fault, or left
// out if it can hold no messages.
func claim(taken map[string]string, f mail.Folder) (mail.Folder, bool) {
	if f.Fault != "" {
		return f, true
	}
	other, twice := taken[f.Name]
	if !twice {
		taken[f.Name] = f.Raw
		return f, true
	}
	f.Fault = fmt.Sprintf("it would be named %q, as the folder that the server calls %q is", f.Name, other)
	f.Name = printable(f.Raw)
	return f, f.Selectable
}

// folder is one entry of the listing.
func (a *Account) folder(e *wire.ListEntry) mail.Folder {
	f := mail.Folder{
		Raw: e.Raw, Selectable: selectable(e), Subscribed: e.Subscribed,
		NoChildren: e.Has(`\Noinferiors`), Status: e.Status, Fault: e.Fault, Use: useOf(e),
	}
	if f.Fault == "" {
		name, err := a.names.name(e.Raw)
		if err == nil {
			f.Name = name
			return f
		}
		f.Fault = err.Error()
	}
	f.Name = printable(e.Raw)
	return f
}

// printable is a Name for a folder that has none.
func printable(raw string) string { return strings.ToValidUTF8(raw, "\uFFFD") }

// uses are looked for in this order: a folder with two uses has the narrower one.
var uses = []mail.Use{
	mail.UseSent, mail.UseDrafts, mail.UseTrash, mail.UseJunk, mail.UseArchive, mail.UseFlagged, mail.UseAll,
}

func useOf(e *wire.ListEntry) mail.Use {
	for _, u := range uses {
		if e.Has(`\` + string(u)) {
			return u
		}
	}
	return mail.UseNone
}

// hasUses reports whether the server knows special uses (RFC 6154; RFC 9051
// section 7.3.1 makes them part of IMAP4rev2).
func (a *Account) hasUses() bool {
	caps := a.Info().Capabilities
	return slices.Contains(caps, "SPECIAL-USE") || slices.Contains(caps, "IMAP4REV2")
}

// remember keeps what Spell and Create need to know of a listing.
func (a *Account) remember(folders []mail.Folder, entries []wire.ListEntry) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.known = make(map[string]string, len(folders))
	for _, f := range folders {
		if f.Fault == "" {
			a.known[f.Name] = f.Raw
		}
	}
	a.there = make(map[string]bool, len(entries))
	for i := range entries {
		if selectable(&entries[i]) {
			a.there[entries[i].Raw] = true
		}
	}
}

// Spell returns the folder that would hold name. It prefers the server's own
// spelling if the last listing had such a folder.
func (a *Account) Spell(name string) (mail.Folder, error) {
	raw, clean, err := a.names.raw(name)
	if err != nil {
		return mail.Folder{}, &mail.Error{Op: "spell a folder name", Where: a.where, Kind: mail.ErrBadName, Err: err}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if listed, ok := a.known[clean]; ok {
		raw = listed
	}
	return mail.Folder{Name: clean, Raw: raw, Selectable: true}, nil
}
