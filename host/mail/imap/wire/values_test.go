package wire

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mailweir/mailweir/host/mail"
)

func TestDate_readsWhatServersSend(t *testing.T) {
	tests := []struct{ give, want string }{
		{"17-Jul-1996 02:44:25 -0700", "1996-07-17 02:44:25 -0700"},
		{" 7-Jul-1996 02:44:25 +0545", "1996-07-07 02:44:25 +0545"},
		{"7-JUL-1996 02:44:25 +0000", "1996-07-07 02:44:25 +0000"},
		{"29-Feb-2024 23:59:59 +1400", "2024-02-29 23:59:59 +1400"},
		{"01-Jan-0001 00:00:01 -0000", "0001-01-01 00:00:01 +0000"},
		{"31-Dec-2016 23:59:60 +0000", "2017-01-01 00:00:00 +0000"},
		{"17-Jul-1996 02:44:25", "1996-07-17 02:44:25 +0000"},
		{"29-Feb-2023 00:00:00 +0000", ""},
		{"00-Jul-1996 02:44:25 -0700", ""},
		{"17-Jux-1996 02:44:25 -0700", ""},
		{"17-Jul-0000 02:44:25 -0700", ""},
		{"17-Jul-1996 24:44:25 -0700", ""},
		{"17-Jul-1996 02:60:25 -0700", ""},
		{"17-Jul-1996 02:44:25 0700", ""},
		{"17-Jul-1996 02:44:25 +2400", ""},
		{"17-Jul-1996 02:44:25 GMT", ""},
		{"17-Jul-1996", ""},
		{"17-Jul-199\xff 02:44:25 -0700", ""},
		{"", ""},
	}
	var z zoneCache
	for _, tt := range tests {
		if got := dateText(z.date([]byte(tt.give))); got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.give, got, tt.want)
		}
	}
}

func TestDate_survivesTheRoundTrip(t *testing.T) {
	var z zoneCache
	for _, zone := range []int{0, 3600, -12 * 3600, 5*3600 + 45*60, -(23*3600 + 59*60)} {
		want := time.Date(2009, 2, 3, 4, 5, 6, 0, time.FixedZone("", zone))
		b, err := appendDate(nil, want)
		if err != nil {
			t.Fatal(err)
		}
		got := z.date(b[1 : len(b)-1])
		if !got.Equal(want) || dateText(got) != dateText(want) {
			t.Errorf("%s became %v", b, got)
		}
	}
}

func TestStatusError_saysWhatCodesMean(t *testing.T) {
	tests := []struct {
		give string
		code string
		arg  string
		kind error
	}{
		{"[OVERQUOTA] Quota exceeded (mailbox for user is full)", "OVERQUOTA", "", mail.ErrQuota},
		{"[TRYCREATE] no such", "TRYCREATE", "", mail.ErrNoFolder},
		{"[nonexistent] no such", "NONEXISTENT", "", mail.ErrNoFolder},
		{"[TOOBIG] x", "TOOBIG", "", mail.ErrTooBig},
		{"[APPENDLIMIT] x", "APPENDLIMIT", "", mail.ErrTooBig},
		{"[NOPERM] x", "NOPERM", "", mail.ErrDenied},
		{"[AUTHORIZATIONFAILED] x", "AUTHORIZATIONFAILED", "", mail.ErrDenied},
		{"[AUTHENTICATIONFAILED] x", "AUTHENTICATIONFAILED", "", mail.ErrAuth},
		{"[UNAVAILABLE] x", "UNAVAILABLE", "", mail.ErrBusy},
		{"[INUSE] x", "INUSE", "", mail.ErrBusy},
		{"[LIMIT] x", "LIMIT", "", mail.ErrBusy},
		{"[LIMIT] Mail size is larger than the maximum size allowed by server configuration (0.005 + 0.000 secs).", "LIMIT", "", mail.ErrTooBig},
		{"[SERVERBUG] x", "SERVERBUG", "", mail.ErrRefused},
		{"[BADCHARSET (UTF-8 \"a]b\")] x", "BADCHARSET", `(UTF-8 "a]b")`, mail.ErrRefused},
		{"[ALERT] Too many simultaneous connections. (Failure)", "ALERT", "", mail.ErrBusy},
		{"Request is throttled. Suggested Backoff Time: 12345 milliseconds", "", "", mail.ErrBusy},
		{"You exceeded your mail quota.", "", "", mail.ErrQuota},
		{"[unfinished", "", "", mail.ErrRefused},
		{"", "", "", mail.ErrRefused},
	}
	for _, tt := range tests {
		s := parseStatus("NO", []byte(" "+tt.give))
		if s.Code != tt.code || s.CodeArg != tt.arg || s.Kind() != tt.kind { //nolint:errorlint // sentinels
			t.Errorf("%q: got %+v, kind %v", tt.give, s, s.Kind())
		}
		if !errors.Is(&s, tt.kind) {
			t.Errorf("%q: errors.Is does not match %v", tt.give, tt.kind)
		}
	}
}

func TestStatusError_tellsHowLongToWait(t *testing.T) {
	for give, want := range map[string]time.Duration{
		"Request is throttled. Suggested Backoff Time: 12345 milliseconds": 12345 * time.Millisecond,
		"suggested backoff time: 7 seconds":                                7 * time.Second,
		"[UNAVAILABLE] Suggested Backoff Time: 999999999999 milliseconds":  0, // nonsense
		"[UNAVAILABLE] later": 0,
	} {
		s := parseStatus("NO", []byte(" "+give))
		var e *mail.Error
		if errors.As(describe("x", &s), &e); s.Wait() != want || e.Wait != want {
			t.Errorf("%q: %v, %v; want %v", give, s.Wait(), e.Wait, want)
		}
	}
}

func TestCaps_readsAnySpelling(t *testing.T) {
	c := ParseCaps("CAPABILITY IMAP4rev1  Literal+ APPENDLIMIT=35651584 STATUS=SIZE APPENDLIMITX ")
	for name, want := range map[string]bool{"imap4rev1": true, "LITERAL+": true, "STATUS=SIZE": true, "STATUS": false, "CAPABILITY": false} {
		if c.Has(name) != want {
			t.Errorf("Has(%q) is %v", name, !want)
		}
	}
	if v, ok := c.Value("appendlimit"); v != "35651584" || !ok {
		t.Errorf("got %q, %v", v, ok)
	}
	if v, ok := c.Value("IDLE"); v != "" || ok {
		t.Errorf("got %q, %v", v, ok)
	}
	want := []string{"APPENDLIMIT=35651584", "APPENDLIMITX", "IMAP4REV1", "LITERAL+", "STATUS=SIZE"}
	if d := cmp.Diff(want, c.List()); d != "" {
		t.Error(d)
	}
	if (Caps{}).Has("IDLE") {
		t.Error("the zero value has a capability")
	}
}
