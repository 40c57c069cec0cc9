package view

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/mailweir/mailweir/host/task"
)

// Hint is something that a person has to know about an account, and what to do about
// it.
type Hint struct{ Text, Remedy string }

// AccountTest says in words whether an account can be used.
type AccountTest struct {
	OK       bool
	Sentence string // what was found, or what is wrong
	Hints    []Hint // what to do about it; of an account that works, what may go wrong with copies
	Provider string // whose server it is, or which software; "" is not known
	Snapshot task.Snapshot
}

// title is the sentence as a line of its own. What is wrong begins with the name of a
// server, which has no capital.
func (test AccountTest) title() string {
	if test.OK {
		return capital(test.Sentence)
	}
	return test.Sentence
}

// Provider is who runs mail accounts for others, or the software of a mail server.
type Provider struct {
	ID, Name       string
	Server         task.Account // without a user; the zero Account of software that anybody may run
	User           string       // what stands for the user: "address", "user" or "as set up"
	Password       bool         // the password of the account opens it
	AppPassword    bool         // one that the provider makes for programs does
	OAuth          bool
	Connections    int // this and what follows: 0 is not known
	MessageBytes   int64
	DownloadPerDay int64
	UploadPerDay   int64
	Hints          []Hint
}

// Candidate is an account that an address may mean.
type Candidate struct {
	Account  task.Account
	Way      string // how it was found: "provider", "SRV record", "autoconfig", "mail exchanger", "guess"
	Source   string // who named it: hostile text
	Provider string // its name, if it is known
	OAuth    bool   // no password is taken
	Sure     bool   // a password may be sent there without a second look
}

// Found is what was found for an address.
type Found struct {
	Address    string
	Candidates []Candidate
	Notes      []string // what was asked in vain
	Fault      string   // why nothing was looked for
}

// Use is a task or a rule that needs something.
type Use struct {
	Kind     string // "task" or "rule"
	ID, Name string
}

func (u Use) path() string { return "/" + u.Kind + "s/" + u.ID }

// Uses are the first of those that need something.
type Uses struct {
	First []Use
	More  int // that are not named
}

// None reports whether nothing needs it.
func (u Uses) None() bool { return len(u.First) == 0 }

// ShownUses is how many are named.
const ShownUses = 12

// StoredAccount is what the page of a stored account shows, or that of a new one. It
// holds no password.
type StoredAccount struct {
	Stored   task.StoredAccount // as it is stored; ID "" is a new one
	Name     string             // as typed, as is what follows
	Account  AccountForm
	Address  string // whose server is looked for
	Preset   string // ID of a provider
	Faults   map[string]string
	Focus    string
	Problems []string

	Providers []Provider
	Provider  *Provider // whose server the form names
	Found     *Found
	Test      *AccountTest // of what is stored
	Tried     *AccountTest // of what was typed
	Uses      Uses
	Notice    string

	OAuth        OAuthForm
	Redirect     string // where the authorization server sends browsers; "" if it can not
	ConsentFault string // why consent was not given
}

// AccountPrefix is what the names of the account's fields start with.
const AccountPrefix = "account"

// NewStoredAccount is the empty form.
func NewStoredAccount() StoredAccount {
	return StoredAccount{Account: newAccount(), OAuth: oauthForm(nil)}
}

// StoredAccountOf is the form of a stored account.
func StoredAccountOf(a task.StoredAccount) StoredAccount {
	f := StoredAccount{Stored: a, Name: a.Name, Account: accountForm(a.Account), OAuth: oauthForm(a.OAuth)}
	if a.OAuth != nil {
		f.Account.Stored = false // no password is
	}
	return f
}

// Take fills in the server of an account, and its user if it names one.
func (f *StoredAccount) Take(a task.Account) {
	user := f.Account.User
	stored := f.Account.Stored
	f.Account = accountForm(a)
	f.Account.Stored = stored
	if f.Account.User == "" {
		f.Account.User = user
	}
}

// fields carries the faults to the components of fields.
func (f StoredAccount) fields() TaskForm { return TaskForm{Faults: f.Faults, Focus: f.Focus} }

func (f StoredAccount) action() string {
	if f.Stored.ID == "" {
		return "/accounts/new"
	}
	return "/accounts/" + f.Stored.ID
}

// use is the button's value that takes a candidate.
func (c Candidate) use() string { return "use " + c.Account.String() }

// snapshotStatus says how an account did when somebody looked.
func snapshotStatus(ctx context.Context, s task.Snapshot) Status {
	switch {
	case s.At.IsZero():
		return Status{Icon: "never", Word: t(ctx).AccountUntested, Tone: ToneIdle}
	case s.Fault != "":
		return Status{Icon: "warning", Word: t(ctx).AccountBroken, Tone: ToneBad}
	}
	return Status{Icon: "ok", Word: t(ctx).AccountWorks, Tone: ToneGood}
}

// ability is something that a server can do, or not, and what that means.
type ability struct {
	can  bool
	text string
}

// abilities are what the capabilities of a server mean to somebody who copies mail.
func abilities(ctx context.Context, s task.Snapshot) []ability {
	x := t(ctx)
	has := func(names ...string) bool {
		return slices.ContainsFunc(names, func(name string) bool {
			return slices.ContainsFunc(s.Capabilities, func(c string) bool { return strings.EqualFold(c, name) })
		})
	}
	var all []ability
	either := func(can bool, yes, no string) {
		text := no
		if can {
			text = yes
		}
		if text != "" {
			all = append(all, ability{can, text})
		}
	}
	either(has("UIDPLUS", "IMAP4rev2"), x.AbleUIDPlus, x.UnableUIDPlus)
	either(has("CONDSTORE", "QRESYNC"), x.AbleCondstore, x.UnableCondstore)
	either(has("MULTIAPPEND"), x.AbleMultiAppend, x.UnableMultiAppend)
	either(has("SPECIAL-USE", "IMAP4rev2", "XLIST"), x.AbleSpecialUse, x.UnableSpecialUse)
	either(has("COMPRESS=DEFLATE"), x.AbleCompress, "")
	either(has("QUOTA", "QUOTA=RES-STORAGE"), x.AbleQuota, x.UnableQuota)
	return all
}

// appendLimit is the size of the largest message that a server takes, 0 if it does
// not say.
func appendLimit(s task.Snapshot) int64 {
	for _, c := range s.Capabilities {
		if text, ok := strings.CutPrefix(c, "APPENDLIMIT="); ok {
			if n, err := strconv.ParseInt(text, 10, 64); err == nil {
				return n
			}
		}
	}
	return 0
}

// faultOf is what is remembered of a test that failed, with what to do about it.
func faultOf(s task.Snapshot) AccountTest {
	test := AccountTest{Sentence: s.Fault, Snapshot: s}
	if trouble, ok := task.TroubleOf(s.Fault); ok {
		test.Hints = []Hint{{Text: s.Fault, Remedy: trouble.Remedy}}
	}
	return test
}

// current is the value of aria-current.
func current(on bool) string {
	if on {
		return "page"
	}
	return "false"
}

func useWord(ctx context.Context, u Use) string {
	if u.Kind == "rule" {
		return t(ctx).UseRule
	}
	return t(ctx).UseTask
}

func wayWord(ctx context.Context, way string) string {
	if word := t(ctx).Ways[way]; word != "" {
		return word
	}
	return Plain(way)
}

func accountTitle(ctx context.Context, f StoredAccount) string {
	if f.Stored.ID == "" {
		return t(ctx).NewAccount
	}
	return Plain(f.Stored.Name)
}

func accountTone(ctx context.Context, f StoredAccount) Tone {
	if f.Stored.ID == "" {
		return ToneIdle
	}
	return snapshotStatus(ctx, f.Stored.Snapshot).Tone
}
