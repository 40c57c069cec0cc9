package copier

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/mailweir/mailweir/host/mail"
)

// targetFolders knows the folders of the target account and sees to it that
// only one lane at a time writes to each.
type targetFolders struct {
	account mail.Target

	mu     sync.Mutex
	byName map[string]mail.Folder
	locks  map[string]chan struct{}
}

func newTargetFolders(account mail.Target, folders []mail.Folder) *targetFolders {
	t := &targetFolders{account: account, byName: make(map[string]mail.Folder), locks: make(map[string]chan struct{})}
	for _, f := range folders {
		if old, twice := t.byName[f.Name]; twice && old.Fault == "" {
			continue
		}
		t.byName[f.Name] = f
	}
	return t
}

// find returns the folder of that Name if there is one that can hold messages.
func (t *targetFolders) find(name string) (mail.Folder, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	f, ok := t.byName[name]
	return f, ok && f.Selectable && f.Fault == ""
}

// listed returns the folder of that Name whatever its state.
func (t *targetFolders) listed(name string) (mail.Folder, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	f, ok := t.byName[name]
	return f, ok
}

// ofUse returns the folder of the given special use. Where the target has several,
// it is the one called like, else the first by name.
func (t *targetFolders) ofUse(use mail.Use, like string) (mail.Folder, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	var found []mail.Folder
	for _, f := range t.byName {
		if f.Use == use && f.Selectable && f.Fault == "" {
			found = append(found, f)
		}
	}
	if len(found) == 0 {
		return mail.Folder{}, false
	}
	slices.SortFunc(found, func(a, b mail.Folder) int { return strings.Compare(a.Name, b.Name) })
	for _, f := range found {
		if f.Name == like {
			return f, true
		}
	}
	return found[0], true
}

// names returns the Names of all folders.
func (t *targetFolders) names() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	names := make([]string, 0, len(t.byName))
	for name := range t.byName {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// spell returns the folder that holds name at the target: the one that is
// there, else the one that would be made.
func (t *targetFolders) spell(name string) (mail.Folder, error) {
	if mail.IsInbox(name) {
		name = mail.Inbox
	}
	if f, ok := t.find(name); ok {
		return f, nil
	}
	f, err := t.account.Spell(name)
	if err != nil {
		return mail.Folder{}, err
	}
	if there, ok := t.find(f.Name); ok {
		return there, nil
	}
	return f, nil
}

// create makes f if it is not there and reports whether it did.
func (t *targetFolders) create(ctx context.Context, f mail.Folder) (made bool, err error) {
	if _, ok := t.find(f.Name); ok {
		return false, nil
	}
	if err := t.account.Create(ctx, f); err != nil {
		return false, targetErr(err)
	}
	t.add(f)
	return true, nil
}

// add notes that f has been made.
func (t *targetFolders) add(f mail.Folder) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if old := t.byName[f.Name]; old.Selectable && old.Fault == "" {
		return // it was there, and has a status
	}
	f.Selectable, f.Status, f.Fault = true, nil, ""
	t.byName[f.Name] = f
}

// lock waits until no other lane uses the folder.
func (t *targetFolders) lock(ctx context.Context, name string) (unlock func(), err error) {
	t.mu.Lock()
	l, ok := t.locks[name]
	if !ok {
		l = make(chan struct{}, 1)
		t.locks[name] = l
	}
	t.mu.Unlock()
	select {
	case l <- struct{}{}:
		return func() { <-l }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// open makes the folder if it is missing and opens it for writing. The caller
// holds its lock.
func (t *targetFolders) open(ctx context.Context, name string) (mail.Writer, error) {
	f, err := t.spell(name)
	if err != nil {
		return nil, targetErr(err)
	}
	if _, err := t.create(ctx, f); err != nil {
		return nil, err
	}
	w, err := t.account.Select(ctx, f)
	if errors.Is(err, mail.ErrNoFolder) {
		// Somebody removed it after it was listed.
		if err := t.account.Create(ctx, f); err != nil {
			return nil, targetErr(err)
		}
		w, err = t.account.Select(ctx, f)
	}
	if err != nil {
		return nil, targetErr(fmt.Errorf("open %s: %w", f.Name, err))
	}
	return w, nil
}

// all returns the folders as they were listed, by name.
func (t *targetFolders) all() []mail.Folder {
	var out []mail.Folder
	for _, name := range t.names() {
		if f, ok := t.listed(name); ok {
			out = append(out, f)
		}
	}
	return out
}
