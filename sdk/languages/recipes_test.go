package languages_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mailweir/mailweir/sdk/sdktest"
)

// mail is a message with these header fields, and a short body.
func mail(fields ...string) sdktest.Message {
	return sdktest.Message{UID: 7, Text: strings.Join(fields, "\r\n") + "\r\nMessage-ID: <m@x>\r\nDate: Thu, 29 Feb 2024 12:00:00 +0100\r\n\r\nbody\r\n"}
}

// folders asks where folders go.
func folders(t *testing.T, want map[string]string) {
	t.Helper()
	for name, want := range want {
		got := sdktest.MapFolder(sdktest.Folder{Name: name})
		result := got.Target
		if got.Result == "skip" {
			result = "skip: " + got.Note
		}
		if got.Error != "" || result != want {
			t.Errorf("%s: got %+v, want %s", name, got, want)
		}
	}
}

// filtered is what becomes of a message: "pass", a target, or a result with its reason.
func filtered(a sdktest.Answer) string {
	switch {
	case a.Result == "error":
		return "error: " + a.Error
	case a.Result == "skip" || a.Result == "defer" || a.Result == "replace" || a.Result == "copy" || a.Result == "stop":
		return a.Result + ": " + a.Note
	case a.Target != "" && a.Target != "INBOX":
		return a.Target
	}
	return "pass"
}

func expect(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %q, want %q", what, got, want)
	}
}

// recipes says for each heading of RECIPES.md what its script does.
var recipes = map[string]func(*testing.T){
	"Rename folders by regular expressions": func(t *testing.T) {
		folders(t, map[string]string{"INBOX/Sent Items": "Sent", "INBOX/Work": "Work", "INBOX": "INBOX", "a?b": "a_b"})
	},
	"Leave folders out": func(t *testing.T) {
		folders(t, map[string]string{"Trash/2019": "skip: excluded", "Trash/Keep": "Trash/Keep", "My Spam": "skip: excluded", "Spammers": "Spammers"})
		expect(t, "by use", filtered(sdktest.MapFolder(sdktest.Folder{Name: "Papierkorb", Use: "Trash"})), "skip: excluded")
	},
	"Put single folders elsewhere": func(t *testing.T) {
		folders(t, map[string]string{"Papierkorb": "Trash", "Entwürfe": "Drafts", "Papierkorb/alt": "Papierkorb/alt"})
	},
	"Change flags": func(t *testing.T) {
		got := sdktest.MapFlags(sdktest.FlagSet{Flags: []string{`\Seen`, "Junk", "NonJunk", "Work"}})
		if diff := cmp.Diff([]string{`\Seen`, "$Junk", "Work"}, got.Flags); diff != "" || got.Error != "" {
			t.Error(got.Error, diff)
		}
		got = sdktest.MapFlags(sdktest.FlagSet{Flags: []string{`\Seen`, "Junk", "Work"}, Kept: []string{`\Seen`, "$junk"}})
		if diff := cmp.Diff([]string{`\Seen`, "$Junk"}, got.Flags); diff != "" {
			t.Error(diff)
		}
	},
	"Change header fields": func(t *testing.T) {
		m := mail("Subject: [EXTERNAL] Hello", "Disposition-Notification-To: spy@x")
		m.Source, m.Folder = "office", "Work"
		got := sdktest.RewriteMessage(m)
		want := "X-Copied-From: office/Work\r\n" + strings.Replace(strings.Replace(m.Text, "[EXTERNAL] ", "", 1), "Disposition-Notification-To: spy@x\r\n", "", 1)
		expect(t, "message", got.Message, want)
	},
	"Change the text of messages": func(t *testing.T) {
		m := mail("Subject: x")
		m.Text += "see http://intranet.old.example/wiki, ü\r\n"
		expect(t, "message", sdktest.RewriteMessage(m).Message, strings.Replace(m.Text, "http://intranet.old", "https://intranet", 1))
		m.Text += "\xfc"
		expect(t, "a message that is no UTF-8", sdktest.RewriteMessage(m).Message, "")
		expect(t, "another message", sdktest.RewriteMessage(mail("Subject: x")).Message, "")
	},
	"Repair what the target refuses": func(t *testing.T) {
		m := mail("Subject: x")
		good := strings.Repeat("0123456789abcde\r\n", 5000) + "\xfc\r\n"
		m.Text += good
		expect(t, "the first attempt", sdktest.RewriteMessage(m).Message, "")
		m.Text = strings.ReplaceAll(m.Text, "\r\n", "\n") + "\x00"
		m.Attempt, m.Refusal = 1, "NO bare LF"
		got := sdktest.RewriteMessage(m)
		expect(t, "the repaired message", got.Message, mail("Subject: x").Text+good)
		expect(t, "note", got.Note, "line ends repaired, because the target said: NO bare LF")
	},
	"Leave messages out by their header": func(t *testing.T) {
		expect(t, "spam", filtered(sdktest.FilterEnvelope(mail("X-Spam-Flag: yes"))), "skip: spam")
		expect(t, "list", filtered(sdktest.FilterEnvelope(mail("List-Id: <a.ADS.example>"))), "skip: a list that nobody reads")
		expect(t, "letter", filtered(sdktest.FilterEnvelope(mail("Subject: X-Spam-Flag: YES"))), "pass")
	},
	"Leave messages out by size, age and flags": func(t *testing.T) {
		old := mail()
		old.Date = time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)
		expect(t, "old", filtered(sdktest.FilterEnvelope(old)), "skip: older than ten years")
		old.Flags = []string{`\Flagged`}
		expect(t, "old and flagged", filtered(sdktest.FilterEnvelope(old)), "pass")
		old.Flags = []string{`\Deleted`}
		expect(t, "deleted", filtered(sdktest.FilterEnvelope(old)), "skip: marked as deleted")
		expect(t, "no date", filtered(sdktest.FilterEnvelope(mail())), "pass")
		expect(t, "large", filtered(sdktest.FilterEnvelope(sdktest.Message{Text: strings.Repeat("x", 50<<20+1)})), "skip: larger than 50 MiB")
	},
	"Say what makes two messages the same": func(t *testing.T) {
		expect(t, "key", sdktest.MessageKey(mail(), true).Key, "<m@x> Thu, 29 Feb 2024 12:00:00 +0100")
		expect(t, "no Message-ID", sdktest.MessageKey(sdktest.Message{Text: "A: b\r\n\r\n"}, false).Key, "")
	},
	"Decide between two versions of a message": func(t *testing.T) {
		m := mail()
		m.Date = time.Date(2024, 2, 1, 0, 0, 0, 0, time.UTC)
		same := int64(len(m.Text))
		expect(t, "other size", filtered(sdktest.OnConflict(m, sdktest.Stored{Size: 1, Date: m.Date})), "copy: the same Message-ID, but another message")
		expect(t, "same", filtered(sdktest.OnConflict(m, sdktest.Stored{Size: same, Date: m.Date})), "pass")
		m.Use = "Drafts"
		expect(t, "newer draft", filtered(sdktest.OnConflict(m, sdktest.Stored{Size: same, Date: m.Date.Add(-time.Hour)})), "replace: the draft is newer")
	},
	"Ask a spam filter": func(t *testing.T) {
		status, body := 200, `{"action": "no action"}`
		var asked sdktest.HTTPRequest
		sdktest.World.HTTP = func(r sdktest.HTTPRequest) (sdktest.HTTPResponse, error) {
			asked = r
			return sdktest.HTTPResponse{Status: status, Body: body}, nil
		}
		m := mail()
		expect(t, "good mail", filtered(sdktest.FilterMessage(m)), "pass")
		expect(t, "URL", asked.Method+" "+asked.URL, "POST http://127.0.0.1:11333/checkv2")
		expect(t, "what was sent", asked.Body, m.Text)
		body = `{"action": "add header", "score": 7.5}`
		expect(t, "perhaps", filtered(sdktest.FilterMessage(m)), "Junk")
		body = `{"action": "reject", "score": 20}`
		expect(t, "spam", filtered(sdktest.FilterMessage(m)), "skip: spam, score 20")
		status = 503
		expect(t, "trouble", filtered(sdktest.FilterMessage(m)), "defer: rspamd answers 503")
	},
	"fileinto": func(t *testing.T) {
		expect(t, "list", filtered(sdktest.FilterEnvelope(mail("List-Id: Go <go-nuts.groups.example>"))), "Lists/Go")
		expect(t, "first rule", filtered(sdktest.FilterEnvelope(mail("Subject: Invoice 7", "From: x@BANK.example"))), "Money")
		expect(t, "letter", filtered(sdktest.FilterEnvelope(mail("From: x@y.example"))), "pass")
	},
	"discard": func(t *testing.T) {
		expect(t, "domain", filtered(sdktest.FilterEnvelope(mail("From: Offers <x@mail.ADS.example>"))), "skip: from mail.ads.example")
		expect(t, "another", filtered(sdktest.FilterEnvelope(mail("From: x@bads.example"))), "pass")
		expect(t, "none", filtered(sdktest.FilterEnvelope(mail())), "pass")
	},
	"addflag, setflag": func(t *testing.T) {
		got := sdktest.FilterEnvelope(mail("X-Priority: 1 (Highest)"))
		if diff := cmp.Diff([]string{`\Flagged`}, got.Flags); diff != "" {
			t.Error(diff)
		}
		m := mail("X-Priority: 3")
		m.Folder = "Lists/Go"
		if diff := cmp.Diff([]string{`\Seen`, "$List"}, sdktest.FilterEnvelope(m).Flags); diff != "" {
			t.Error(diff)
		}
	},
	"fileinto by date": func(t *testing.T) {
		m := mail()
		m.Date = time.Date(2019, 5, 1, 0, 0, 0, 0, time.UTC)
		expect(t, "old", filtered(sdktest.FilterEnvelope(m)), "Archive/2019")
		m.Date = m.Date.AddDate(5, 0, 0)
		expect(t, "new", filtered(sdktest.FilterEnvelope(m)), "pass")
	},
	"duplicate": func(t *testing.T) {
		sdktest.World.KV = map[string]string{}
		m := mail()
		for range 2 {
			expect(t, "the first", filtered(sdktest.FilterEnvelope(m)), "pass")
		}
		m.UID++
		expect(t, "its double", filtered(sdktest.FilterEnvelope(m)), "skip: a duplicate of source/INBOX/7")
	},
	"redirect": func(t *testing.T) {
		sdktest.World.KV = map[string]string{}
		var sent []sdktest.Mail
		sdktest.World.SMTP = func(m sdktest.Mail) error { sent = append(sent, m); return nil }
		m := mail("Subject: x")
		for range 2 {
			expect(t, "answer", filtered(sdktest.AfterMessage(m, sdktest.Stored{})), "pass")
		}
		if len(sent) != 1 || sent[0].Message != m.Text || sent[0].Body != "message" {
			t.Errorf("sent %+v", sent)
		}
	},
	"notify": func(t *testing.T) {
		sdktest.World.KV = map[string]string{}
		var sent []sdktest.Mail
		sdktest.World.SMTP = func(m sdktest.Mail) error { sent = append(sent, m); return nil }
		sdktest.AfterMessage(mail("From: The Boss <Boss@example.org>"), sdktest.Stored{})
		sdktest.AfterMessage(mail("From: bob@example.org"), sdktest.Stored{})
		for range 2 {
			expect(t, "answer", filtered(sdktest.AfterTask(`{}`)), "pass")
		}
		if len(sent) != 1 || sent[0].Headers["Subject"] != "Messages from the boss: 1" || len(sdktest.World.KV) != 0 {
			t.Errorf("sent %+v", sent)
		}
	},
	"Mark old messages as seen": func(t *testing.T) {
		m := mail()
		m.Date = time.Now().AddDate(0, 0, -31)
		if got := sdktest.FilterEnvelope(m); !cmp.Equal(got.Flags, []string{`\Seen`}) {
			t.Errorf("got %+v", got)
		}
		m.Date = time.Now().AddDate(0, 0, -29)
		if got := sdktest.FilterEnvelope(m); len(got.Flags) > 0 {
			t.Errorf("got %+v", got)
		}
	},
	"Combine conditions": func(t *testing.T) {
		m := mail("From: The Shop <x@y>")
		expect(t, "shop", filtered(sdktest.FilterEnvelope(m)), "Later")
		m.Flags = []string{`\Seen`}
		expect(t, "seen", filtered(sdktest.FilterEnvelope(m)), "pass")
		m.Text += strings.Repeat("x", 10_000_000)
		expect(t, "large", filtered(sdktest.FilterEnvelope(m)), "Later")
	},
	"Look for attachments": func(t *testing.T) {
		text := "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nhello\r\n--b\r\nContent-Type: application/x\r\nContent-Disposition: attachment; filename=a.EXE\r\n\r\nMZ\r\n--b--\r\n"
		expect(t, "attached", filtered(sdktest.FilterMessage(sdktest.Message{Text: text})), "skip: a.EXE is attached")
		expect(t, "letter", filtered(sdktest.FilterMessage(mail())), "pass")
	},
	"Tell another program": func(t *testing.T) {
		var asked sdktest.HTTPRequest
		sdktest.World.HTTP = func(r sdktest.HTTPRequest) (sdktest.HTTPResponse, error) {
			asked = r
			return sdktest.HTTPResponse{Status: 500}, nil
		}
		got := sdktest.AfterTask(`{"copied": 3}`)
		if asked.URL != "https://hook.example/" || asked.Body != `{"task":"task","run":"run","report":{"copied":3}}` || asked.Header["Authorization"] != "Bearer {{secret:hook}}" {
			t.Errorf("asked %+v", asked)
		}
		if !cmp.Equal(got.Log, []string{"the web hook answers 500"}) {
			t.Errorf("got %+v", got)
		}
	},
	"Give up on a message": func(t *testing.T) {
		m := mail()
		expect(t, "full", filtered(sdktest.OnError(sdktest.Failure{Kind: "quota"})), "stop: the mailbox is full")
		expect(t, "too big", filtered(sdktest.OnError(sdktest.Failure{Kind: "too big", Text: "it has 99 MB", Message: &m})), "skip: it has 99 MB")
		m.Attempt = 4
		expect(t, "refused", filtered(sdktest.OnError(sdktest.Failure{Kind: "refused", Text: "NO", Message: &m})), "pass")
		m.Attempt = 5
		expect(t, "refused again", filtered(sdktest.OnError(sdktest.Failure{Kind: "refused", Text: "NO", Message: &m})), "skip: NO")
		expect(t, "a folder", filtered(sdktest.OnError(sdktest.Failure{Kind: "refused", Text: "NO"})), "pass")
	},
}

// TestRecipes_doWhatTheySay runs each script of RECIPES.md as it stands there. None is
// without a test, and no test without its recipe.
func TestRecipes_doWhatTheySay(t *testing.T) {
	text, err := os.ReadFile("../RECIPES.md")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, section := range regexp.MustCompile(`(?m)^### `).Split(string(text), -1)[1:] {
		heading, rest, _ := strings.Cut(section, "\n")
		blocks := regexp.MustCompile("(?s)```js\n(.*?)```").FindAllStringSubmatch(rest, -1)
		if found[heading] || len(blocks) != 1 {
			t.Errorf("%s: there are %d scripts, or two such headings", heading, len(blocks))
			continue
		}
		found[heading] = true
		t.Run(heading, func(t *testing.T) {
			test := recipes[heading]
			if test == nil {
				t.Fatal("this recipe has no test")
			}
			script(t, blocks[0][1], `{"hook": "https://hook.example/"}`)
			test(t)
		})
	}
	for heading := range recipes {
		if !found[heading] {
			t.Errorf("%s is tested, but not on the page", heading)
		}
	}
}
