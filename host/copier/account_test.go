package copier_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/mailweir/mailweir/host/mail"
)

// An account is a mail store in memory that keeps the contracts of package mail
// and can be told to break in all the ways that servers break.
type account struct {
	name  string
	world *world

	mu      sync.Mutex
	boxes   map[string]*box
	opened  int
	faults  []string // contracts that the engine broke
	changed int      // how often something was changed
	life    uint32   // the next UIDVALIDITY

	// What kind of server this is.
	noUIDPlus   bool
	noModSeq    bool
	tellsSizes  bool                         // of folders
	noStatus    bool                         // the listing has no status
	noUIDNext   bool                         // no status has UIDNEXT
	noUses      bool                         // special uses of new folders are not kept
	oddSizes    bool                         // RFC822.SIZE is an estimate
	merges      bool                         // equal messages are stored once, as Gmail does
	single      bool                         // no MULTIAPPEND: a batch is stored one by one
	batch       int                          // what Batch says; 0 is 10
	keeps       func(mail.Flag) bool         // nil keeps all
	refuses     func(body string) error      // NO to one message
	alters      func(body string) string     // what is stored of a message
	poison      func(body string) bool       // the connection ends when it comes
	unreadable  func(body string) bool       // FETCH can not be understood
	withholds   func(body string) bool       // listed, but left out of FETCH
	drops       func(body string) bool       // stored, as its answer says, and not there
	hides       func(body string) bool       // counted, but neither listed nor handed out
	onAppend    func(box string)             // called before a batch is read
	cannotOpen  func(name string) error      // of Examine and Select
	cannotMake  func(name string) error      // of Create
	refusesName func(name string) bool       // of Spell
	cannotLogIn error                        // of open
	quota       int64                        // bytes; 0 is without limit
	discard     bool                         // keep digests instead of bodies
	afterFetch  func(box string, n mail.UID) // called behind each message that was handed out
}

type box struct {
	folder   mail.Folder
	validity uint32
	next     mail.UID
	modseq   uint64
	mails    []*letterbox
	writers  int
}

// A letterbox is one message in a box.
type letterbox struct {
	uid    mail.UID
	flags  []mail.Flag
	date   time.Time
	modseq uint64
	size   int64
	body   func() io.Reader
	text   string // of small ones
}

func newAccount(name string, w *world) *account {
	a := &account{name: name, world: w, boxes: make(map[string]*box), life: 1000}
	a.make(mail.Inbox)
	return a
}

func (a *account) open(context.Context) (mail.Source, error) {
	if a.cannotLogIn != nil {
		return nil, a.cannotLogIn
	}
	return a, nil
}

// make makes a folder.
func (a *account) make(name string) *box {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.makeLocked(mail.Folder{Name: name, Raw: raw(name)})
}

// raw is how this account spells a name.
func raw(name string) string { return "raw:" + name }

func (a *account) makeLocked(f mail.Folder) *box {
	if b, ok := a.boxes[f.Raw]; ok {
		return b
	}
	a.life++
	f.Selectable, f.Status = true, nil
	b := &box{folder: f, validity: a.life, next: 1, modseq: 1}
	a.boxes[f.Raw] = b
	return b
}

// put stores a message and returns its UID.
func (a *account) put(name, body string, date time.Time, flags ...mail.Flag) mail.UID {
	a.mu.Lock()
	defer a.mu.Unlock()
	b := a.makeLocked(mail.Folder{Name: name, Raw: raw(name)})
	return b.add(&letterbox{flags: flags, date: date, size: int64(len(body)), text: body})
}

func (b *box) add(l *letterbox) mail.UID {
	b.modseq++
	l.uid, l.modseq = b.next, b.modseq
	if l.body == nil {
		l.body = func() io.Reader { return strings.NewReader(l.text) }
	}
	b.next++
	b.mails = append(b.mails, l)
	return l.uid
}

// uidNext returns the UID that the next message of the folder gets.
func (a *account) uidNext(name string) mail.UID {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.boxes[raw(name)].next
}

// flag changes the flags of a message.
func (a *account) flag(name string, uid mail.UID, flags ...mail.Flag) {
	a.mu.Lock()
	defer a.mu.Unlock()
	b := a.boxes[raw(name)]
	for _, l := range b.mails {
		if l.uid == uid {
			b.modseq++
			l.flags, l.modseq = flags, b.modseq
		}
	}
}

// remove expunges a message.
func (a *account) remove(name string, uid mail.UID) {
	a.mu.Lock()
	defer a.mu.Unlock()
	b := a.boxes[raw(name)]
	b.modseq++
	b.mails = slices.DeleteFunc(b.mails, func(l *letterbox) bool { return l.uid == uid })
}

// renumber gives a folder another UIDVALIDITY and all messages other UIDs.
func (a *account) renumber(name string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.life++
	b := a.boxes[raw(name)]
	b.validity, b.next = a.life, b.next+100
	for _, l := range b.mails {
		l.uid = b.next
		b.next++
	}
}

// goBack restores a folder from a backup that was made when next was its UIDNEXT.
func (a *account) goBack(name string, next mail.UID) {
	a.mu.Lock()
	defer a.mu.Unlock()
	b := a.boxes[raw(name)]
	b.mails = slices.DeleteFunc(b.mails, func(l *letterbox) bool { return l.uid >= next })
	b.next = next
}

func (a *account) drop(name string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.boxes, raw(name))
}

func (a *account) box(name string) *box {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.boxes[raw(name)]
}

func (a *account) names() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	var names []string
	for _, b := range a.boxes {
		names = append(names, b.folder.Name)
	}
	slices.Sort(names)
	return names
}

func (a *account) changes() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.changed
}

// content is a folder as a multiset of messages with flags and dates.
func (a *account) content(name string) map[string]int {
	a.mu.Lock()
	defer a.mu.Unlock()
	out := make(map[string]int)
	if b := a.boxes[raw(name)]; b != nil {
		for _, l := range b.mails {
			out[fmt.Sprintf("%s %v %s", l.date.UTC().Format(time.DateTime), mail.CleanFlags(l.flags), l.text)]++
		}
	}
	return out
}

// bodies is a folder as a multiset of bodies.
func (a *account) bodies(name string) map[string]int {
	a.mu.Lock()
	defer a.mu.Unlock()
	out := make(map[string]int)
	if b := a.boxes[raw(name)]; b != nil {
		for _, l := range b.mails {
			out[l.text]++
		}
	}
	return out
}

func (a *account) broken(format string, args ...any) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.faults = append(a.faults, fmt.Sprintf(format, args...))
}

// lost is the error of a connection that ended.
func (a *account) lost(op string, unknown bool) error {
	return &mail.Error{Op: op, Where: a.name, Kind: mail.ErrConnect, Unknown: unknown}
}

// Folders implements [mail.Source].
func (a *account) Folders(context.Context) ([]mail.Folder, error) {
	if f := a.world.step(a.name + " list"); f != faultNone {
		return nil, a.lost("list", false)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	var out []mail.Folder
	for _, b := range a.boxes {
		f := b.folder
		if s := a.status(b); f.Selectable && f.Fault == "" && !a.noStatus {
			f.Status = &s
		}
		out = append(out, f)
	}
	return out, nil
}

// FolderSize implements [mail.Sizer].
func (a *account) FolderSize(_ context.Context, f mail.Folder) (int64, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	b := a.boxes[f.Raw]
	if !a.tellsSizes || b == nil {
		return 0, errors.ErrUnsupported
	}
	var size int64
	for _, l := range b.mails {
		size += l.size
	}
	return size, nil
}

func (a *account) status(b *box) mail.Status {
	s := mail.Status{UIDValidity: b.validity, UIDNext: b.next, Messages: uint32(len(b.mails)), HighestModSeq: b.modseq}
	if a.noModSeq {
		s.HighestModSeq = 0
	}
	if a.noUIDNext {
		s.UIDNext = 0
	}
	return s
}

// Examine implements [mail.Source].
func (a *account) Examine(_ context.Context, f mail.Folder) (mail.Reader, error) {
	return a.enter("examine", f)
}

// Select implements [mail.Target].
func (a *account) Select(_ context.Context, f mail.Folder) (mail.Writer, error) {
	s, err := a.enter("select", f)
	if err != nil {
		return nil, err
	}
	s.writes = true
	a.mu.Lock()
	defer a.mu.Unlock()
	if s.box.writers++; s.box.writers > 1 {
		a.faults = append(a.faults, "two writers at once in "+f.Name)
	}
	return s, nil
}

func (a *account) enter(op string, f mail.Folder) (*session, error) {
	if fault := a.world.step(a.name + " " + op); fault != faultNone {
		return nil, a.lost(op+" "+f.Name, false)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.cannotOpen != nil {
		if err := a.cannotOpen(f.Name); err != nil {
			return nil, err
		}
	}
	b := a.boxes[f.Raw]
	if b == nil {
		return nil, &mail.Error{Op: op + " " + f.Name, Where: a.name, Kind: mail.ErrNoFolder}
	}
	a.opened++
	return &session{a: a, box: b, status: a.status(b), life: b.validity}, nil
}

// Close implements [mail.Source].
func (a *account) Close() error { return nil }

// Spell implements [mail.Target].
func (a *account) Spell(name string) (mail.Folder, error) {
	if name == "" || strings.Contains(name, "//") || a.refusesName != nil && a.refusesName(name) {
		return mail.Folder{}, &mail.Error{Op: fmt.Sprintf("spell %q", name), Where: a.name, Kind: mail.ErrBadName}
	}
	name = strings.ReplaceAll(name, ".", "_") // this account's delimiter
	return mail.Folder{Name: name, Raw: raw(name), Selectable: true}, nil
}

// Create implements [mail.Target].
func (a *account) Create(_ context.Context, f mail.Folder) error {
	fault := a.world.step(a.name + " create")
	if fault == faultDrop || fault == faultKill {
		return a.lost("create "+f.Name, false)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.cannotMake != nil {
		if err := a.cannotMake(f.Name); err != nil {
			return err
		}
	}
	a.changed++
	if a.noUses {
		f.Use = mail.UseNone
	}
	a.makeLocked(f)
	if fault != faultNone {
		return a.lost("create "+f.Name, true)
	}
	return nil
}

// Subscribe implements [mail.Target].
func (a *account) Subscribe(_ context.Context, f mail.Folder) error {
	if fault := a.world.step(a.name + " subscribe"); fault != faultNone {
		return a.lost("subscribe", true)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.changed++
	a.boxes[f.Raw].folder.Subscribed = true
	return nil
}
