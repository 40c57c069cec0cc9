package wire

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mailweir/mailweir/host/mail"
)

// codeKinds says what a response code means for the caller. Codes that are not
// here mean no more than the NO that carries them.
var codeKinds = map[string]error{
	// RFC 5530 section 3.
	"UNAVAILABLE":          mail.ErrBusy,
	"AUTHENTICATIONFAILED": mail.ErrAuth,
	"AUTHORIZATIONFAILED":  mail.ErrDenied,
	"EXPIRED":              mail.ErrAuth,
	"PRIVACYREQUIRED":      mail.ErrTLS,
	"NOPERM":               mail.ErrDenied,
	"INUSE":                mail.ErrBusy,
	"LIMIT":                mail.ErrBusy,
	"OVERQUOTA":            mail.ErrQuota,
	"NONEXISTENT":          mail.ErrNoFolder,
	"CLIENTBUG":            mail.ErrProtocol,

	"TRYCREATE": mail.ErrNoFolder, // RFC 9051 section 7.1
	"READ-ONLY": mail.ErrDenied,   // RFC 9051 section 7.1
	"TOOBIG":    mail.ErrTooBig,   // RFC 4469 section 4.2
	// RFC 7889 section 3: "APPENDLIMIT" is a STATUS item, but servers send it as a code too.
	"APPENDLIMIT": mail.ErrTooBig,

	// No RFC; sent by Yahoo and Gmail, and by UW-IMAP's descendants.
	"THROTTLED": mail.ErrBusy,
	"SYS/TEMP":  mail.ErrBusy,
}

// bigHints tell a message that is too big from other limits: Dovecot 2.3 answers
// "[LIMIT] Mail size is larger than the maximum size allowed by server configuration"
// to an APPEND beyond quota_max_mail_size.
var bigHints = []string{"mail size is larger", "message size", "message is too large", "message too large"}

// textKinds are hints in the text of answers that carry no telling code. They
// stand for what large providers are known to say.
var textKinds = []struct {
	hint string
	kind error
}{
	{"too many simultaneous connections", mail.ErrBusy}, // Gmail
	{"backoff time", mail.ErrBusy},                      // Exchange Online: "Suggested Backoff Time: 12345 milliseconds"
	{"throttled", mail.ErrBusy},
	{"mailbox doesn't exist", mail.ErrNoFolder},  // Dovecot 2.3, to SELECT
	{"mailbox does not exist", mail.ErrNoFolder}, // Cyrus, Courier
	{"over quota", mail.ErrQuota},
	{"quota exceeded", mail.ErrQuota},
	{"exceeded your mail quota", mail.ErrQuota}, // Courier
	{"message size exceeds", mail.ErrTooBig},
	{"exceeds the maximum supported size", mail.ErrTooBig}, // Exchange
}

// Kind says what the refusal means: one of the sentinels of package mail.
func (e *StatusError) Kind() error {
	text := strings.ToLower(e.Text)
	if e.Code == "LIMIT" && slices.ContainsFunc(bigHints, func(hint string) bool { return strings.Contains(text, hint) }) {
		return mail.ErrTooBig
	}
	if kind, ok := codeKinds[e.Code]; ok {
		return kind
	}
	for _, h := range textKinds {
		if strings.Contains(text, h.hint) {
			return h.kind
		}
	}
	switch e.Type {
	case "BYE":
		return mail.ErrConnect
	case "BAD":
		return mail.ErrProtocol
	}
	return mail.ErrRefused
}

// suggestedBackoff is how Exchange Online says how long it wants to be left alone.
var suggestedBackoff = regexp.MustCompile(`(?i)suggested backoff time:\s*(\d{1,9})\s*(milli)?seconds`)

// Wait is how long the server asks to be left alone; 0 when it does not say.
func (e *StatusError) Wait() time.Duration {
	found := suggestedBackoff.FindStringSubmatch(e.Text)
	if found == nil {
		return 0
	}
	n, _ := strconv.ParseInt(found[1], 10, 64)
	if found[2] == "" {
		return time.Duration(n) * time.Second
	}
	return time.Duration(n) * time.Millisecond
}

// parseStatus reads what follows OK, NO, BAD, BYE or PREAUTH: an optional
// response code in brackets and text (RFC 9051 section 7.1).
func parseStatus(kind string, rest []byte) StatusError {
	s := StatusError{Type: kind}
	text := strings.TrimLeft(string(rest), " ")
	if strings.HasPrefix(text, "[") {
		if code, after, ok := cutCode(text[1:]); ok {
			name, arg, _ := strings.Cut(code, " ")
			s.Code, s.CodeArg = strings.ToUpper(name), strings.TrimSpace(arg)
			text = after
		}
	}
	s.Text = strings.TrimSpace(text)
	if len(s.Text) > maxText {
		s.Text = s.Text[:maxText]
	}
	return s
}

// cutCode splits "CODE args] text". A list of flags may hold a "]" although no
// flag should; then the bracket that ends the code follows the closing parenthesis.
func cutCode(text string) (code, rest string, ok bool) {
	text = strings.TrimLeft(text, " ")
	open, end := strings.Index(text, " ("), strings.IndexByte(text, ']')
	if end < 0 {
		return "", "", false
	}
	if open > 0 && open < end {
		if i := strings.Index(text, ")]"); i >= 0 {
			end = i + 1
		}
	}
	return strings.Trim(text[:end], " "), text[end+1:], true
}
