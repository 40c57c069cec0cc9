package app

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/mailweir/mailweir/host/task"
)

// SoleSource is the name of a source that was given without one. It is part of
// the ledger's identity, so it never changes.
const SoleSource = "source"

// ValidName reports why name can not be the name of a copy, or nil.
func ValidName(name string) error {
	if task.ValidSourceName(name) != nil {
		return as(ErrUsage, fmt.Errorf("the name %q of the copy: up to 64 letters, digits, '.', '_' and '-', starting with a letter or digit", name))
	}
	return nil
}

// DefaultName derives the name of a copy from its accounts. It is the same for
// the same mailboxes in any order of the sources, and does not depend on how one
// logs in to them.
func DefaultName(sources []task.Source, destination task.Account) string {
	parts := make([]string, 0, len(sources))
	for _, s := range sources {
		parts = append(parts, s.Name+"\x00"+mailbox(s.Account))
	}
	slices.Sort(parts)
	sum := sha256.Sum256([]byte(mailbox(destination) + "\x00\x00" + strings.Join(parts, "\x00\x00")))
	return "copy-" + hex.EncodeToString(sum[:8])
}

// mailbox spells what makes an account the same mailbox tomorrow.
func mailbox(a task.Account) string {
	if a.Kind == task.KindMaildir {
		return "maildir\x00" + a.Dir + "\x00" + a.Root
	}
	return strings.Join([]string{"imap", strings.ToLower(a.Host), fmt.Sprint(a.Port), cmp.Or(a.Authzid, a.User), a.Root}, "\x00")
}
