package copier

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/task"
)

// unnamed is a message that was stored under a UID that the target did not tell.
type unnamed struct {
	entry Entry
	id    [16]byte
	date  int64  // Unix seconds; 0 leaves it to the server
	by    string // which hook has rewritten it; "" when none has

	stored int64 // bytes, date and flags that were sent
	when   time.Time
	flags  []mail.Flag
}

func namelessOf(pc *piece, e Entry) unnamed {
	u := unnamed{entry: e, id: pc.id, stored: pc.sentSize(), when: pc.date, flags: pc.flags}
	if pc.made != nil {
		u.by = pc.made.by
	}
	if !pc.date.IsZero() {
		u.date = pc.date.Unix()
	}
	return u
}

// name finds out the UIDs of messages for which the target told none (no UIDPLUS,
// RFC 4315). Nobody else of us writes to the folder meanwhile, so they are among
// those that were added since it was opened; equal ones are interchangeable.
func (x *crossing) name(ctx context.Context) error {
	if len(x.unnamed) == 0 {
		return nil
	}
	added, err := x.traits(ctx, x.w, mail.UIDSpan(max(x.w.Status().UIDNext, 1), 1<<32-1), x.told)
	if err != nil {
		return targetErr(fmt.Errorf("look into %s: %w", x.to, err))
	}
	if !nameInOrder(x.unnamed, added) {
		nameBySize(x.unnamed, added)
		if err := x.nameByDigest(ctx, x.unnamed, added); err != nil {
			return err
		}
	}
	var put []Entry
	var found, lost []unnamed
	for _, u := range x.unnamed {
		if u.entry.TargetUID != 0 {
			put, found = append(put, u.entry), append(found, u)
		} else {
			lost = append(lost, u)
		}
	}
	if err := x.post(ctx, x.pairs[x.n], put, x.ofUnnamed(found, DeliveryWaiting)); err != nil {
		return err
	}
	there, sent := len(added), len(x.unnamed)
	if len(lost) > 0 && there < sent {
		if there, err = x.arrivals(ctx); err != nil {
			return err
		}
	}
	x.tell(put)
	x.unnamed = nil
	if there < sent {
		return x.doubt(ctx, lost)
	}
	// What is unlike all that was sent is there, changed by the server.
	return x.post(ctx, x.pairs[x.n], nil, x.ofUnnamed(lost, DeliveryWaiting))
}

// arrivals counts all messages, readable or not, that came to the target folder
// since it was opened and that have no name yet.
func (x *crossing) arrivals(ctx context.Context) (n int, _ error) {
	count := func(uid mail.UID) {
		if !x.told.Contains(uid) {
			n++
		}
	}
	since := mail.UIDSpan(max(x.w.Status().UIDNext, 1), 1<<32-1)
	err := x.w.Scan(ctx, since, mail.ScanOptions{Items: mail.ItemFlags}, func(m mail.Message) error {
		count(m.UID)
		return nil
	})
	strange, err := setAsideUnreadable(err)
	for uid := range strange {
		count(uid)
	}
	if err != nil {
		return 0, targetErr(fmt.Errorf("look into %s: %w", x.to, err))
	}
	return n, nil
}

// doubt takes back that messages were copied: the target said OK and does not have
// them. What became of them is looked up once more before they are sent again, and
// a target that never stores them makes them fail in the end.
func (x *crossing) doubt(ctx context.Context, lost []unnamed) error {
	why := &mail.Error{
		Op: fmt.Sprintf("append to %q", x.to), Kind: mail.ErrRefused,
		Err: errors.New("the server said OK, but the message is not there"),
	}
	var put []Entry
	var size int64
	var uids []mail.UID
	for _, u := range lost {
		u.entry.State, u.entry.TargetNext = EntryIntent, max(x.w.Status().UIDNext, 1)
		put, uids, size = append(put, u.entry), append(uids, u.entry.UID), size+u.entry.Size
		if u.by != "" {
			x.tally.rewritten(-1, u.by)
		}
	}
	if err := x.post(ctx, x.pairs[x.n], put, x.ofUnnamed(lost, DeliveryVoid)); err != nil {
		return err
	}
	x.pass.mu.Lock()
	x.copied = minusSet(x.copied, mail.UIDs(uids...))
	x.rewritten = minusSet(x.rewritten, mail.UIDs(uids...))
	x.settles -= len(lost)
	x.pass.bytes -= size
	x.pass.mu.Unlock()
	x.tally.change(x.row, func(f *task.FolderReport) {
		f.Copied -= int64(len(lost))
		f.Bytes -= size
	})
	for _, uid := range uids {
		if err := x.suspect(ctx, Trouble{UID: uid, Stage: StageAppend}, why); err != nil {
			return err
		}
	}
	return targetErr(&againError{why})
}

// nameInOrder gives the messages the UIDs of added one by one, because they were
// stored in the order in which they were sent. It does nothing and reports false
// when the Message-IDs show that somebody else added messages too.
func nameInOrder(sent []unnamed, added []trait) bool {
	if len(sent) != len(added) {
		return false
	}
	for i := range sent {
		if sent[i].id != added[i].id {
			return false
		}
	}
	for i := range sent {
		sent[i].entry.TargetUID = added[i].uid
	}
	return true
}

// nameBySize looks for messages of the same Message-ID and size, those of the same
// date first: twins may differ in date and flags.
func nameBySize(sent []unnamed, added []trait) {
	type key struct {
		traitKey
		date int64
	}
	claim(sent, added, func(u *unnamed) key { return key{traitKey{u.id, u.entry.Size}, u.date} },
		func(t *trait) key { return key{traitKey{t.id, t.size}, t.date} })
	claim(sent, added, func(u *unnamed) traitKey { return traitKey{u.id, u.entry.Size} },
		func(t *trait) traitKey { return traitKey{t.id, t.size} })
}

// claim gives each message that has no UID yet that of one which was added, has
// the same key and is nobody's.
func claim[K comparable](sent []unnamed, added []trait, ofSent func(*unnamed) K, ofAdded func(*trait) K) {
	taken := make(map[mail.UID]bool)
	for i := range sent {
		taken[sent[i].entry.TargetUID] = true
	}
	at := make(map[K][]mail.UID)
	for i := range added {
		if t := &added[i]; !taken[t.uid] {
			at[ofAdded(t)] = append(at[ofAdded(t)], t.uid)
		}
	}
	for i := range sent {
		u := &sent[i]
		if uids := at[ofSent(u)]; u.entry.TargetUID == 0 && len(uids) > 0 {
			u.entry.TargetUID = uids[0]
			at[ofSent(u)] = uids[1:]
		}
	}
}

// nameByDigest reads back what is left of added and compares it with what is left
// of sent.
func (x *crossing) nameByDigest(ctx context.Context, sent []unnamed, added []trait) error {
	named := make(map[mail.UID]bool)
	left := 0
	for _, u := range sent {
		if u.entry.TargetUID == 0 {
			left++
		}
		named[u.entry.TargetUID] = true
	}
	if left == 0 {
		return nil
	}
	var look mail.UIDSet
	for _, t := range added {
		if !named[t.uid] {
			look.Add(t.uid)
		}
	}
	found, err := digests(ctx, x.w, look, Fingerprint)
	if err != nil {
		return targetErr(fmt.Errorf("read back from %s: %w", x.to, err))
	}
	var readable []trait
	for _, t := range added {
		if _, ok := found[t.uid]; ok {
			readable = append(readable, t)
		}
	}
	type key struct {
		fingerprint [16]byte
		date        int64
	}
	claim(sent, readable, func(u *unnamed) key { return key{u.entry.Fingerprint, u.date} },
		func(t *trait) key { return key{found[t.uid], t.date} })
	claim(sent, readable, func(u *unnamed) [16]byte { return u.entry.Fingerprint },
		func(t *trait) [16]byte { return found[t.uid] })
	return nil
}
