package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/directory"
	"github.com/mailweir/mailweir/host/store"
	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web"
)

// askTime bounds a question to a directory while a person waits for the answer.
const askTime = time.Minute

// shownGroups is how many groups an answer names, shownSkipped how many entries without
// an address.
const (
	shownGroups  = 40
	shownSkipped = 5
)

// Directories implements web.Service.
func (s *service) Directories(ctx context.Context) ([]task.Directory, error) {
	return s.store.Directories(ctx)
}

// Directory implements web.Service.
func (s *service) Directory(ctx context.Context, idOrName string) (task.Directory, error) {
	d, err := s.store.Directory(ctx, idOrName)
	d.Password = ""
	return d, webError(err)
}

// SaveDirectory implements web.Service.
func (s *service) SaveDirectory(ctx context.Context, d task.Directory) (task.Directory, error) {
	if err := s.store.SaveDirectory(ctx, &d); err != nil {
		return d, webError(err)
	}
	s.Note(ctx, access.Event{Deed: access.DeedDirectorySaved, Kind: kindDirectory, ObjectID: d.ID, Object: d.Name})
	d.Password = ""
	return d, nil
}

// DeleteDirectory implements web.Service.
func (s *service) DeleteDirectory(ctx context.Context, id string) error {
	d, err := s.store.Directory(ctx, id)
	if err == nil {
		err = s.store.DeleteDirectory(ctx, d.ID)
	}
	if errors.Is(err, store.ErrInUse) {
		return as(web.ErrConflict, err)
	}
	if err == nil {
		s.Note(ctx, access.Event{Deed: access.DeedDirectoryRemoved, Kind: kindDirectory, ObjectID: d.ID, Object: d.Name})
	}
	return webError(err)
}

// AskDirectory implements web.Service. It asks for everybody, so that the groups of the
// answer are all that there are, and narrows that down itself.
func (s *service) AskDirectory(ctx context.Context, d task.Directory, ask web.DirectoryAsk) (web.DirectoryAnswer, error) {
	var out web.DirectoryAnswer
	if err := d.Validate(); err != nil {
		return out, as(web.ErrInvalid, err)
	}
	full, err := s.store.TypedDirectory(ctx, d)
	if err != nil {
		return out, webError(err)
	}
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	text := strings.ToLower(strings.TrimSpace(ask.Text))
	members := map[string]int{}
	err = DirectoryUsers(ctx, full, "", func(u task.DirectoryUser) error {
		in := ask.Group == ""
		for _, g := range u.Groups {
			members[g]++
			in = in || strings.EqualFold(g, ask.Group)
		}
		if !in || !strings.Contains(strings.ToLower(u.Address+" "+u.Name), text) {
			return nil
		}
		if out.Total++; len(out.Users) < web.ShownUsers {
			out.Users = append(out.Users, u)
		}
		return nil
	}, func(who string, why error) {
		if out.Without++; len(out.Skipped) < shownSkipped {
			out.Skipped = append(out.Skipped, fmt.Sprintf("%s: %v", who, why))
		}
	})
	out.Groups = slices.SortedFunc(maps.Keys(members), func(a, b string) int {
		return cmp.Or(cmp.Compare(members[b], members[a]), cmp.Compare(a, b))
	})
	out.Groups = out.Groups[:min(shownGroups, len(out.Groups))]
	if err != nil {
		// What came before it is not all, and is not shown as if it were.
		out = web.DirectoryAnswer{Fault: directoryFault(err)}
	}
	return out, nil
}

// directoryFault says in one sentence why a directory could not be asked, and what to
// do about it.
func directoryFault(err error) string {
	text := Sentence(err)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return text + "; it took longer than " + askTime.String()
	case errors.Is(err, directory.ErrLogin):
		return text + "; check the bind DN and the password"
	case errors.Is(err, directory.ErrTLS):
		return text + "; name the file of its authority if it is one of your own"
	case errors.Is(err, directory.ErrConnect):
		return text + "; check host and port, and whether the server is up"
	}
	return text
}
