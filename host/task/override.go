package task

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Override is where a person has put one folder of a task by hand. It wins over rules,
// plugins and where an earlier run put the folder.
type Override struct {
	Source  string `json:"source"`            // name of the source
	Folder  string `json:"folder"`            // Name of the source folder
	Target  string `json:"target,omitempty"`  // Name of the destination folder; "" with Exclude
	Exclude bool   `json:"exclude,omitempty"` // the folder is left out
}

// MaxOverrides bounds how many folders of a task can be put somewhere by hand.
const MaxOverrides = 20_000

// maxFolderName bounds a folder's Name in bytes; servers take less.
const maxFolderName = 1000

// ValidateOverrides reports all that is wrong with the overrides of a task. Whether the
// destination can have such folders, its plan says.
func ValidateOverrides(overrides []Override) error {
	if len(overrides) > MaxOverrides {
		return fmt.Errorf("%d folders are set by hand, and %d may be", len(overrides), MaxOverrides)
	}
	var errs []error
	seen := make(map[SourceFolder]bool, len(overrides))
	for _, o := range overrides {
		at := SourceFolder{o.Source, o.Folder}
		if seen[at] {
			errs = append(errs, fmt.Errorf("folder %q of %s is set by hand twice", o.Folder, o.Source))
		}
		seen[at] = true
		if err := o.validate(); err != nil {
			errs = append(errs, fmt.Errorf("folder %q of %s: %w", o.Folder, o.Source, err))
		}
	}
	return errors.Join(errs...)
}

func (o Override) validate() error {
	switch {
	case o.Source == "" || o.Folder == "":
		return errors.New("the source or the folder is missing")
	case !utf8.ValidString(o.Source + o.Folder + o.Target), strings.ContainsRune(o.Source+o.Folder, 0):
		return errors.New("a name is no text that can be kept")
	case o.Exclude && o.Target != "":
		return errors.New("it is left out or has a destination folder, not both")
	case o.Exclude:
		return nil
	case o.Target == "":
		return errors.New("the destination folder is missing")
	case len(o.Target) > maxFolderName:
		return fmt.Errorf("the destination folder's name is longer than %d bytes", maxFolderName)
	case strings.ContainsFunc(o.Target, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return fmt.Errorf("the destination folder %q holds a control character", o.Target)
	case slices.Contains(strings.Split(o.Target, "/"), ""):
		return fmt.Errorf("the destination folder %q has a level without a name", o.Target)
	}
	return nil
}
