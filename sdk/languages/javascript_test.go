package languages_test

import (
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mailweir/mailweir/plugins"
	"github.com/mailweir/mailweir/sdk/abi"
	"github.com/mailweir/mailweir/sdk/sdktest"
)

// script starts a script on the engine as it is committed.
func script(t *testing.T, source, config string) {
	t.Helper()
	if err := startScript(t, source, config); err != nil {
		t.Fatal(err)
	}
}

func startScript(t *testing.T, source, config string) error {
	t.Helper()
	manifest, err := os.ReadFile("../../plugins/javascript/plugin.json")
	if err != nil {
		t.Fatal(err)
	}
	return start(t, plugins.JavaScript(), string(manifest), config, source)
}

const letter = "From: ann@example.org\r\nX-Old: 1\r\nX-Old: 2\r\nSubject: hello\r\n\r\nbody\r\n"

func TestJavaScript_definesAllHooks(t *testing.T) {
	manifest, err := abi.ReadManifest(plugins.JavaScript())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(abi.Hooks, manifest.Hooks); diff != "" {
		t.Error(diff)
	}
}

func TestJavaScript_mapsFlags(t *testing.T) {
	script(t, `const mapFlags = set => {
		if (set.kept === null) set.addFlags("$All", set.target)
		else if (set.has("seen") && set.keywords.length === 1) set.setFlags(...set.kept.filter(f => set.has(f)))
		else set.removeFlags(...set.flags)
	}`, ``)
	for _, tt := range []struct {
		give sdktest.FlagSet
		want []string
	}{
		{sdktest.FlagSet{Target: "T"}, []string{"$All", "T"}},
		{sdktest.FlagSet{Flags: []string{`\Seen`, "a"}, Kept: []string{"a", "b"}}, []string{"a"}},
		{sdktest.FlagSet{Flags: []string{`\Draft`}, Kept: []string{}}, []string{}},
	} {
		if got := sdktest.MapFlags(tt.give); !cmp.Equal(got.Flags, tt.want) || got.Result != "no opinion" {
			t.Errorf("%+v: got %+v", tt.give, got)
		}
	}
}

func TestJavaScript_rewritesMessages(t *testing.T) {
	script(t, `function rewriteMessage(msg) {
		if (msg.attempt === 0) {
			msg.removeHeader("x-old")
			msg.setHeader("Subject", "Grüße")
			msg.addHeader("X-Size", msg.size)
			return accept()
		}
		if (msg.refusal === "skip") return skip("refused")
		msg.write("X: 1\r\n")
		msg.write(msg.body())
		msg.write(new Uint8Array([90, 13, 10]).subarray(1))
		msg.write(new Uint8Array([89]).buffer)
	}`, ``)
	got := sdktest.RewriteMessage(sdktest.Message{Text: letter})
	if want := "X-Size: 67\r\nFrom: ann@example.org\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n\r\nbody\r\n"; got.Message != want || got.Result != "accept" {
		t.Errorf("got %+v, want %q", got, want)
	}
	if got := sdktest.RewriteMessage(sdktest.Message{Text: letter, Attempt: 1}); got.Message != "X: 1\r\n"+letter+"\r\nY" {
		t.Errorf("got %+v", got)
	}
	if got := sdktest.RewriteMessage(sdktest.Message{Text: letter, Attempt: 1, Refusal: "skip"}); got.Result != "skip" {
		t.Errorf("got %+v", got)
	}
}

func TestJavaScript_keysAndConflicts(t *testing.T) {
	script(t, `
		const messageKey = msg => msg.side === "target" ? msg.header("subject") : null
		function onConflict(msg, there) {
			if (there.uid === null) return copy("unknown")
			if (there.has("$Draft") && there.keywords.length === 1 && there.flags.length === 2) return replace("a draft")
			if (there.size > msg.size) return skip("larger")
			if (there.date > msg.date) return defer("newer")
		}`, ``)
	if got := sdktest.MessageKey(sdktest.Message{Text: letter}, true); got.Key != "hello" {
		t.Errorf("got %+v", got)
	}
	if got := sdktest.MessageKey(sdktest.Message{Text: letter}, false); got.Key != "" || got.Result != "no opinion" {
		t.Errorf("got %+v", got)
	}
	now := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	for want, there := range map[string]sdktest.Stored{
		"copy":       {},
		"replace":    {UID: 1, Flags: []string{`\Seen`, "$draft"}},
		"skip":       {UID: 1, Size: 1 << 20},
		"defer":      {UID: 1, Date: now.Add(time.Hour)},
		"no opinion": {UID: 1, Date: now},
	} {
		if got := sdktest.OnConflict(sdktest.Message{Text: letter, Date: now}, there); got.Result != want {
			t.Errorf("%s: got %+v", want, got)
		}
	}
}

func TestJavaScript_watchesRuns(t *testing.T) {
	script(t, `
		const { limit } = ctx.config
		const beforeTask = () => report().messages > limit ? stop("too many") : null
		function afterFolder() { console.log(report().folder, ctx.dryRun) }
		function afterTask() { console.log(ctx.task, ctx.run, Object.keys(report()).length); return accept() }
		function onError(failure, msg) {
			if (msg && failure.kind === "refused") return skip([failure.stage, failure.text, failure.attempt, msg.uid, failure.folder].join())
			return defer(failure.kind)
		}`, `{"limit": 100}`)
	if got := sdktest.BeforeTask(`{"messages": 101}`); got.Result != "stop" || got.Note != "too many" {
		t.Errorf("got %+v", got)
	}
	if got := sdktest.BeforeTask(`{"messages": 99}`); got.Result != "no opinion" {
		t.Errorf("got %+v", got)
	}
	if got := sdktest.AfterFolder(`{"folder": "INBOX", "big": "` + strings.Repeat("x", 200_000) + `"}`); !cmp.Equal(got.Log, []string{"INBOX false"}) {
		t.Errorf("got %+v", got)
	}
	if got := sdktest.AfterTask(`{}`); !cmp.Equal(got.Log, []string{"task run 0"}) || got.Result != "accept" {
		t.Errorf("got %+v", got)
	}
	if got := sdktest.OnError(sdktest.Failure{Stage: "append", Kind: "refused", Text: "NO", Folder: "F", Message: &sdktest.Message{UID: 3}}); got.Result != "skip" || got.Note != "append,NO,0,3,F" {
		t.Errorf("got %+v", got)
	}
	if got := sdktest.OnError(sdktest.Failure{Kind: "refused"}); got.Result != "defer" || got.Note != "refused" {
		t.Errorf("got %+v", got)
	}
}

func TestJavaScript_readsParts(t *testing.T) {
	const text = "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\na=C3=BC\r\n" +
		"--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=x.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\naGVsbG8=\r\n--b--\r\n"
	script(t, `function filterMessage(msg) {
		for (const p of msg.parts) console.log([p.type, p.charset, p.disposition, p.filename, p.size, p.depth, p.leaf, p.text(), p.body(1).length].join("|"))
		console.log(msg.hash.length)
	}`, ``)
	got := sdktest.FilterMessage(sdktest.Message{Text: text})
	want := []string{"multipart/mixed||||0|0|false||0", "text/plain|utf-8|||3|1|true|aü|2", "application/pdf||attachment|x.pdf|5|1|true|hello|4", "64"}
	if diff := cmp.Diff(want, got.Log); diff != "" || got.Error != "" {
		t.Errorf("%s: %s", got.Error, diff)
	}
}

// onCopied runs a script in afterMessage and returns what it logged.
func onCopied(t *testing.T, body string) []string {
	t.Helper()
	script(t, "function afterMessage(msg, stored) {\n"+body+"\n}", ``)
	return nil
}

func TestJavaScript_asksServers(t *testing.T) {
	onCopied(t, `
		const r = http({method: "POST", url: "https://x.example/?a", headers: {"Idempotency-Key": msg.onceKey, n: 7}, body: JSON.stringify({uid: stored.uid}), timeout: 1.5})
		console.log(r.status, r.ok, r.header("server"), r.header("none"), r.text(), r.json().a, r.bytes().length)
		const again = http("https://x.example/none")
		console.log(again.status, again.ok, again.text())
		http({url: "https://x.example/scan", method: "PUT", body: msg})
	`)
	var asked []sdktest.HTTPRequest
	sdktest.World.HTTP = func(r sdktest.HTTPRequest) (sdktest.HTTPResponse, error) {
		asked = append(asked, r)
		if r.Method == "GET" {
			return sdktest.HTTPResponse{Status: 404}, nil
		}
		return sdktest.HTTPResponse{Status: 201, Header: map[string]string{"Server": "S"}, Body: `{"a":"` + strings.Repeat("ü", 100_000) + `"}`}, nil
	}
	got := sdktest.AfterMessage(sdktest.Message{Text: letter, Source: "s", UID: 3}, sdktest.Stored{UID: 9})
	if got.Result != "no opinion" || len(got.Log) != 2 || !strings.HasPrefix(got.Log[0], `201 true S undefined {"a":"ü`) ||
		!strings.HasSuffix(got.Log[0], "ü 200008") || got.Log[1] != "404 false " {
		t.Errorf("got %.300v", got)
	}
	want := []sdktest.HTTPRequest{
		{Method: "POST", URL: "https://x.example/?a", Header: map[string]string{"Idempotency-Key": "s/INBOX/3", "n": "7"}, Body: `{"uid":9}`},
		{Method: "GET", URL: "https://x.example/none", Header: map[string]string{}},
		{Method: "PUT", URL: "https://x.example/scan", Header: map[string]string{}, Body: letter},
	}
	if diff := cmp.Diff(want, asked); diff != "" {
		t.Error(diff)
	}
}

func TestJavaScript_connects(t *testing.T) {
	onCopied(t, `
		const c = tcp("clamd:3310")
		c.write("zINSTREAM\0")
		c.write(new Uint8Array([0, 0, 0, 0]))
		console.log(String(c.read(4)), c.text())
	`)
	var sent strings.Builder
	sdktest.World.TCP = func(address string, tls bool) (io.ReadWriteCloser, error) {
		if address != "clamd:3310" || tls {
			t.Errorf("dialled %s, %v", address, tls)
		}
		return struct {
			io.Reader
			io.Writer
			io.Closer
		}{strings.NewReader("stream: OK"), &sent, io.NopCloser(nil)}, nil
	}
	got := sdktest.AfterMessage(sdktest.Message{Text: letter}, sdktest.Stored{})
	if !cmp.Equal(got.Log, []string{"115,116,114,101 am: OK"}) || sent.String() != "zINSTREAM\x00\x00\x00\x00\x00" {
		t.Errorf("got %+v, sent %q", got, sent.String())
	}
}

func TestJavaScript_sendsAndRemembers(t *testing.T) {
	onCopied(t, `
		console.log(kv.get("n"), kv.add("n"), kv.add("n", 4), kv.get("n"), kv.cas("n", "4", "9"), kv.cas("n", "5", 9), kv.get("n"))
		kv.put("long", "x".repeat(5000)); console.log(kv.get("long").length)
		kv.put("n", null); console.log(kv.get("n"))
		smtp({relay: "archive", from: "a@x", to: "b@x", attach: msg})
		smtp({relay: "archive", from: "a@x", to: ["b@x", "c@x"], headers: {Subject: "s"}, text: "t", attach: msg})
		smtp({relay: "archive", from: "a@x", to: ["b@x"], text: "t"})
	`)
	sdktest.World.KV = map[string]string{}
	var sent []sdktest.Mail
	sdktest.World.SMTP = func(m sdktest.Mail) error { sent = append(sent, m); return nil }
	got := sdktest.AfterMessage(sdktest.Message{Text: letter}, sdktest.Stored{})
	if diff := cmp.Diff([]string{"undefined 1 5 5 false true 9", "5000", "undefined"}, got.Log); diff != "" || got.Error != "" {
		t.Errorf("%s %s", got.Error, diff)
	}
	none := map[string]string{}
	want := []sdktest.Mail{
		{Relay: "archive", From: "a@x", To: []string{"b@x"}, Headers: none, Body: "message", Message: letter},
		{Relay: "archive", From: "a@x", To: []string{"b@x", "c@x"}, Headers: map[string]string{"Subject": "s"}, Body: "attached", Text: "t", Message: letter},
		{Relay: "archive", From: "a@x", To: []string{"b@x"}, Headers: none, Body: "text", Text: "t"},
	}
	if diff := cmp.Diff(want, sent); diff != "" {
		t.Error(diff)
	}
}

// TestJavaScript_misuseIsOneSentence: each names the line and what is wrong.
func TestJavaScript_misuseIsOneSentence(t *testing.T) {
	tests := []struct{ give, want string }{
		{`http({url: "https://x.example/"})`, "line 2: Error: http: no route"},
		{`try { tcp("x:1") } catch (e) { return defer(e.denied + e.message) }`, ""},
		{`tcp("x:1")`, "line 2: Error: tcp: tcp is not granted"},
		{`kv.get("k")`, "line 2: Error: kv: kv is not granted"},
		{`kv.put("k", {})`, "line 2: TypeError: kv: keys and values are strings"},
		{`smtp({relay: "r", from: "a", to: "b"})`, "line 2: Error: smtp: smtp is not granted"},
		{`http({uri: "https://x.example/"})`, "line 2: TypeError: http(): uri is not known; there are method, url"},
		{`http()`, "line 2: TypeError: http() takes an object with method, url"},
		{`smtp({relay: "r", attach: "msg"})`, "line 2: TypeError: smtp(): attach is the message that the hook was given"},
		{`return copy()`, "afterMessage returned copy(); it returns skip(), defer(), accept() or nothing"},
		{`return moveTo("x")`, "TypeError: the target can not be changed here"},
		{`return defer({after: "soon"})`, "defer(): after is a number of seconds"},
		{`report()`, "line 2: TypeError: there is no report here"},
		{`msg.setHeader("a", "b")`, "line 2: TypeError: not a function"},
		{`msg.target = "x"`, "line 2: TypeError: "},
		{`return msg.side`, ""},
		{`return kv.note`, ""},
	}
	for _, tt := range tests {
		t.Run(tt.give, func(t *testing.T) {
			onCopied(t, tt.give)
			sdktest.World.HTTP = func(sdktest.HTTPRequest) (sdktest.HTTPResponse, error) {
				return sdktest.HTTPResponse{}, errors.New("no route")
			}
			got := sdktest.AfterMessage(sdktest.Message{Text: letter}, sdktest.Stored{})
			if (got.Result == "error") != (tt.want != "") || !strings.Contains(got.Error, tt.want) {
				t.Errorf("got %+v, want %q", got, tt.want)
			}
		})
	}
}

// TestJavaScript_namesAreTheScripts: what the engine offers can be hidden by a script's
// own names.
func TestJavaScript_namesAreTheScripts(t *testing.T) {
	script(t, `
		function report() { return "mine" }
		const copy = 1, http = 2
		let kv = 3
		const mapFolder = f => [report(), copy, http, kv].join("-")`, ``)
	if got := sdktest.MapFolder(sdktest.Folder{Name: "F"}); got.Target != "mine-1-2-3" {
		t.Errorf("got %+v", got)
	}
}
