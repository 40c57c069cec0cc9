package copier

import (
	"context"
	"io"

	"github.com/mailweir/mailweir/host/mail"
)

// A reading is what a message turned out to be when it was downloaded.
type reading struct {
	size        int64
	fingerprint [16]byte
	marked      bool // \Deleted
}

// readBack downloads messages. Those that are gone are in neither result;
// unreadable names those that the server lists but does not hand out.
func readBack(ctx context.Context, r mail.Reader, uids mail.UIDSet) (found map[mail.UID]reading, unreadable map[mail.UID]error, err error) {
	found = make(map[mail.UID]reading)
	if uids.Empty() {
		return found, nil, nil
	}
	err = r.Fetch(ctx, uids, func(m mail.Message, body io.Reader) error {
		fp, err := Fingerprint(body)
		if err != nil {
			return err
		}
		found[m.UID] = reading{m.Size, fp, hasFlag(m.Flags, mail.FlagDeleted)}
		return nil
	})
	unreadable, err = setAsideUnreadable(err)
	if err != nil {
		return nil, nil, err
	}
	// A server may leave a message out of its answer that it has.
	missing := unanswered(uids, found, unreadable)
	if missing.Empty() {
		return found, unreadable, nil
	}
	err = r.Scan(ctx, missing, mail.ScanOptions{Items: mail.ItemFlags}, func(m mail.Message) error {
		if unreadable == nil {
			unreadable = make(map[mail.UID]error)
		}
		unreadable[m.UID] = mail.ErrProtocol
		return nil
	})
	strange, err := setAsideUnreadable(err)
	for uid, why := range strange {
		if unreadable == nil {
			unreadable = make(map[mail.UID]error)
		}
		unreadable[uid] = why
	}
	return found, unreadable, err
}

// same reports whether the reading is the message that the ledger knows.
func (g reading) same(e Entry) bool {
	return e.Fingerprint != [16]byte{} && g.fingerprint == e.Fingerprint && g.size == e.Size
}

// unanswered returns the UIDs of which nothing was said.
func unanswered(uids mail.UIDSet, found map[mail.UID]reading, unreadable map[mail.UID]error) mail.UIDSet {
	var out mail.UIDSet
	for uid := range uids.All() {
		_, read := found[uid]
		if _, bad := unreadable[uid]; !read && !bad {
			out.Add(uid)
		}
	}
	return out
}
