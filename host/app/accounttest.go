package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/provider"
	"github.com/mailweir/mailweir/host/task"
)

// AccountTest says in words whether an account can be used.
type AccountTest struct {
	OK       bool            `json:"ok"`       // logged in, and looked around
	Sentence string          `json:"sentence"` // what was found, or what is wrong
	Outcome  task.Outcome    `json:"outcome"`
	Hints    []provider.Hint `json:"hints,omitempty"`  // what to do about it, if it is not OK
	Report   *CheckReport    `json:"report,omitempty"` // if it is OK; its Warnings are about copies
	At       time.Time       `json:"at"`
}

// TestAccount logs in and looks around as [Check] does, and always has an answer.
func TestAccount(ctx context.Context, a task.Account, o ConnOptions) *AccountTest {
	t := &AccountTest{At: time.Now().UTC().Truncate(time.Millisecond)}
	report, err := Check(ctx, a, o)
	if err != nil {
		t.Sentence, t.Outcome, t.Hints = Sentence(err), OutcomeOf(err), LoginHints(a, err)
		return t
	}
	t.OK, t.Outcome, t.Report = true, task.OutcomeDone, report
	t.Sentence = fmt.Sprintf("logged in; %d folders, %s messages", len(report.Folders), humanize.Comma(report.Messages))
	if used, limit := report.storage(); limit > 0 {
		t.Sentence += fmt.Sprintf(", %s of %s used", humanize.IBytes(uint64(used)), humanize.IBytes(uint64(limit)))
	}
	return t
}

// Snapshot is what is kept of a test.
func (t *AccountTest) Snapshot() task.Snapshot {
	s := task.Snapshot{At: t.At}
	if !t.OK {
		s.Fault = t.Sentence
		return s
	}
	r := t.Report
	s.Server, s.TLS, s.Capabilities, s.Folders, s.Messages = r.Server, r.TLS, r.Capabilities, len(r.Folders), r.Messages
	s.QuotaUsed, s.QuotaLimit = r.storage()
	return s
}

// storage is the quota in bytes. RFC 9208 section 5.1: STORAGE counts units of 1024.
func (r *CheckReport) storage() (used, limit int64) {
	for _, q := range r.Quota {
		if strings.EqualFold(q.Resource, "STORAGE") && q.Limit > 0 {
			return max(q.Used, 0) * 1024, q.Limit * 1024
		}
	}
	return 0, 0
}

// appendLimit is how many bytes of a message the server takes (RFC 7889 section 2); 0 is
// not known. Where folders differ, it says nothing here.
func (r *CheckReport) appendLimit() int64 {
	for _, c := range r.Capabilities {
		if text, ok := strings.CutPrefix(c, "APPENDLIMIT="); ok {
			if n, err := strconv.ParseInt(text, 10, 64); err == nil && n > 0 {
				return n
			}
		}
	}
	return 0
}

// Hint is what a person can do about trouble with an account, or "".
func Hint(err error) string {
	switch {
	case errors.Is(err, mail.ErrAuth):
		return "check the user name and the password; some providers want a password made for programs"
	case errors.Is(err, mail.ErrHost):
		return "check the host name in the URL, and the name service"
	case errors.Is(err, mail.ErrTLS):
		return "the URL takes ca=FILE for an authority of your own and pin=sha256:HEX for one server's key; tls=none with imap:// is clear text"
	case errors.Is(err, mail.ErrConnect):
		return "check host and port, and whether the server is up; then run it again"
	}
	return ""
}

// LoginHints say what a person can do about an account that can not be opened, and
// what the provider wants if it refuses the login.
func LoginHints(a task.Account, err error) []provider.Hint {
	var out []provider.Hint
	if text := Hint(err); text != "" {
		out = append(out, provider.Hint{Text: Sentence(err), Remedy: text})
	}
	if !errors.Is(err, mail.ErrAuth) {
		return out
	}
	if p, ok := provider.ByHost(a.Host); ok {
		out = append(out, p.Hints...)
	}
	return out
}

// providerOf finds whose server it is.
func providerOf(a task.Account, product string) *provider.Provider {
	if p, ok := provider.ByHost(a.Host); ok {
		return &p
	}
	if p, ok := provider.ByProduct(product); ok {
		return &p
	}
	return nil
}

// almostFull is the share of a quota from which on it is worth a warning.
const almostFull = 90

// warnings say what of an account makes copies slow, incomplete or unsafe.
func warnings(a task.Account, r *CheckReport) []provider.Hint {
	var out []provider.Hint
	for _, w := range warningsFor(a, r, true) {
		out = append(out, w.Hint)
	}
	return out
}

// warning is a hint that has a code when a preflight finds it.
type warning struct {
	provider.Hint
	code task.FindingCode
	args []string
}

// warningsFor is warnings; without writes about an account that is only copied from.
func warningsFor(a task.Account, r *CheckReport, writes bool) []warning {
	var out []warning
	warn := func(remedy, format string, args ...any) {
		out = append(out, warning{Hint: provider.Hint{Text: fmt.Sprintf(format, args...), Remedy: remedy}})
	}
	code := func(code task.FindingCode, args ...string) { // of the last one
		out[len(out)-1].code, out[len(out)-1].args = code, args
	}
	if a.Kind == task.KindIMAP {
		if r.TLS == "none" && !a.Loopback() {
			warn("Use imaps://, or imap:// without tls=none.", "The connection is clear text: who is on the way reads the password and the mail.")
			code(task.FindsClearText)
		}
		has := func(capability string) bool { return slices.Contains(r.Capabilities, capability) }
		if writes && !has("UIDPLUS") {
			warn("", "The server does not tell where it stores messages (no UIDPLUS): copies to it are looked up, which takes longer, and deleting only marks messages.")
			code(task.FindsNoUIDs)
		}
		if !has("SPECIAL-USE") && !has("XLIST") {
			warn("Look at the plan (--dry-run) before the first copy.", "The server does not say which folder is for what (no SPECIAL-USE): Sent, Drafts, Trash and Junk are told by their names.")
			code(task.FindsNoUses)
		}
		if n := r.appendLimit(); writes && n > 0 {
			warn("", "The server takes no message above %s.", humanize.IBytes(uint64(n)))
			code(task.FindsLimit, fmt.Sprint(n))
		}
	}
	for _, q := range r.Quota {
		if writes && q.Limit > 0 && q.Used >= q.Limit/100*almostFull && q.Used*100 >= q.Limit*almostFull {
			warn("Make room, or raise the limit, before copying to it.", "The quota %s is %d %% full.", strings.TrimSpace(q.Root+" "+q.Resource), q.Used*100/q.Limit)
			code(task.FindsQuota, strings.TrimSpace(q.Root+" "+q.Resource), fmt.Sprint(q.Used*100/q.Limit))
		}
	}
	faults := 0
	for _, f := range r.Folders {
		if f.Fault == "" {
			continue
		}
		if faults++; faults <= 3 {
			warn("", "The folder %q can not be used: %s.", f.Name, strings.TrimSuffix(f.Fault, "."))
			code(task.FindsUnusable, f.Name, strings.TrimSuffix(f.Fault, "."))
		}
	}
	if faults > 3 {
		warn("", "%d more folders can not be used.", faults-3)
		code(task.FindsMoreUnusable, fmt.Sprint(faults-3))
	}
	return out
}
