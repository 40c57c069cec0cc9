package sdk

import (
	"github.com/mailweir/mailweir/sdk/abi"
	"github.com/mailweir/mailweir/sdk/internal/guest"
)

// Folder is a folder of a source, on its way to the target. Names are UTF-8 with
// "/" between the levels. It is valid until the hook returns.
type Folder struct{}

// Source is the name of the source within the task.
func (*Folder) Source() string { return text("the source", abi.PropSource) }

// Name is the folder's name at the source.
func (*Folder) Name() string { return text("the folder", abi.PropFolder) }

// Target is where the folder would go, as the plugins before left it.
func (*Folder) Target() string { return text("the target", abi.PropTarget) }

// Use is the folder's special use (RFC 6154) without backslash, such as "Sent".
// It is "" for an ordinary folder.
func (*Folder) Use() string { return text("the special use", abi.PropUse) }

// Messages is the number of messages in the folder, if the source told it.
func (*Folder) Messages() (n int64, known bool) {
	return guest.Number("the number of messages", abi.PropFolderMessages)
}

// Subscribed reports whether the folder is subscribed to.
func (*Folder) Subscribed() bool { return number("the subscription", abi.PropSubscribed) == 1 }

// Selectable reports whether the folder can hold messages.
func (*Folder) Selectable() bool { return number("selectable", abi.PropSelectable) == 1 }

// SetTarget changes where the folder goes. A name that can not be (empty levels,
// control characters, more than 1024 bytes) makes the hook fail.
func (*Folder) SetTarget(name string) { guest.SetFolder(name) }

// Note sets the reason that plan and report show.
func (*Folder) Note(reason string) { guest.Note(reason) }

func text(what string, id int32) string {
	s, _ := guest.Text(what, id, 0)
	return s
}

func number(what string, id int32) int64 {
	n, _ := guest.Number(what, id)
	return n
}
