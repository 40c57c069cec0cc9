package abi

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// CheckFolderName reports why set_folder refuses a name, or nil. The text follows
// "asked for".
func CheckFolderName(name string) error {
	switch {
	case name == "":
		return errors.New("an empty folder name")
	case len(name) > MaxFolderName:
		return fmt.Errorf("a folder name of more than %d bytes", MaxFolderName)
	case !utf8.ValidString(name):
		return fmt.Errorf("the folder name %q, which is not valid UTF-8", name)
	case strings.ContainsFunc(name, unicode.IsControl):
		return fmt.Errorf("the folder name %q, which holds a control character", name)
	}
	for level := range strings.SplitSeq(name, "/") {
		switch level {
		case "":
			return fmt.Errorf("the folder name %q, which has an empty level", name)
		case ".", "..":
			return fmt.Errorf("the folder name %q, which has a level %q", name, level)
		}
	}
	return nil
}
