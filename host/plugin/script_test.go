package plugin

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/plugins"
	"github.com/mailweir/mailweir/sdk/abi"
)

// scriptHost runs scripts with the engine as it is committed.
func scriptHost(t testing.TB, opts Options) *Host {
	t.Helper()
	opts.Engine, opts.CacheDir = plugins.JavaScript(), probeCache
	return newHost(t, opts)
}

// loadScript loads source under the name s.js.
func loadScript(t testing.TB, h *Host, source string) *Module {
	t.Helper()
	m, err := h.LoadScript(t.Context(), "s.js", []byte(source))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func scriptChain(t testing.TB, h *Host, source, config string, log *slog.Logger) *Chain {
	t.Helper()
	m := loadScript(t, h, source)
	c, err := h.Chain(t.Context(), []Binding{{Module: m, Config: []byte(config)}}, log)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

var quiet = slog.New(slog.DiscardHandler)

func TestScript_mapsFolders(t *testing.T) {
	tests := []struct {
		name, give string
		want       copier.FolderAnswer
	}{
		{"no opinion", `function mapFolder(folder) {}`, copier.FolderAnswer{}},
		{"null is no opinion", `function mapFolder(folder) { return null }`, copier.FolderAnswer{}},
		{"name", `function mapFolder(folder) { return "Work/" + folder.name }`, copier.FolderAnswer{Target: "Work/Büro/Post", By: "s.js"}},
		{"arrow function", `const mapFolder = f => f.name.replace(/^Büro\//, "")`, copier.FolderAnswer{Target: "Post", By: "s.js"}},
		{"the name that it has", `function mapFolder(folder) { return folder.target }`, copier.FolderAnswer{}},
		{"moveTo", `function mapFolder(folder) { return moveTo("A", "because") }`, copier.FolderAnswer{Target: "A", By: "s.js", Note: "because"}},
		{"assignment", `function mapFolder(folder) { folder.target = "A"; folder.target += "/B" }`, copier.FolderAnswer{Target: "A/B", By: "s.js"}},
		{"defer", `function mapFolder(folder) { return defer("not yet") }`, copier.FolderAnswer{Defer: true, By: "s.js", Note: "not yet"}},
		{"skip", `function mapFolder(folder) { return skip("not this one") }`, copier.FolderAnswer{Exclude: true, By: "s.js", Note: "not this one"}},
		{"accept", `function mapFolder(folder) { return accept() }`, copier.FolderAnswer{By: "s.js"}},
		{"configuration", `function mapFolder(folder) { return ctx.config.names[folder.name] }`, copier.FolderAnswer{Target: "Außen", By: "s.js"}},
		{
			"all that is known", `function mapFolder(f) {
				f.note([f.source, f.name, f.target, f.use, f.messages, f.uidValidity, f.subscribed, f.selectable].join("|")) }`,
			copier.FolderAnswer{Note: "work|Büro/Post|Büro/Post|Sent|12|3|true|true"},
		},
	}
	h := scriptHost(t, Options{})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			q := question1()
			q.Folder.Use, q.Folder.Subscribed = mail.UseSent, true
			q.Folder.Status = &mail.Status{Messages: 12, UIDValidity: 3}
			got, err := scriptChain(t, h, tt.give, `{"names": {"Büro/Post": "Außen"}}`, quiet).MapFolder(t.Context(), q)
			if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
				t.Errorf("error %v; -want +got\n%s", err, diff)
			}
		})
	}
}

func TestScript_filtersMessages(t *testing.T) {
	tests := []struct {
		name, give string // the body of the function
		want       copier.Verdict
	}{
		{"no opinion", ``, copier.Verdict{}},
		{"skip by header", `if (msg.header("subject")?.includes("Grüße")) return skip("spam")`, copier.Verdict{Action: copier.ActionSkip, By: "s.js", Note: "spam"}},
		{"no such header", `if (msg.header("list-id")?.includes("x")) return skip("list")`, copier.Verdict{}},
		{"skip by size", `if (msg.size > 10) return skip(msg.size + " bytes")`, copier.Verdict{Action: copier.ActionSkip, By: "s.js", Note: fmt.Sprint(len(testMessage), " bytes")}},
		{"skip by age", `if (msg.date < new Date("2024-03-01")) return skip("old")`, copier.Verdict{Action: copier.ActionSkip, By: "s.js", Note: "old"}},
		{"defer", `return defer("later")`, copier.Verdict{Action: copier.ActionDefer, By: "s.js", Note: "later"}},
		{"accept", `return accept()`, copier.Verdict{By: "s.js"}},
		{"move", `return moveTo("Archive/" + msg.date.getUTCFullYear())`, copier.Verdict{Target: "Archive/2024", By: "s.js"}},
		{"move to a name that is no string of ASCII", `msg.target = "日本/\u{1F4EC}"`, copier.Verdict{Target: "日本/📬", By: "s.js"}},
		{"add flags", `msg.addFlags("$Old", "flagged")`, copier.Verdict{Flags: []mail.Flag{"$Forwarded", "$Old", mail.FlagFlagged, mail.FlagSeen}, By: "s.js"}},
		{"a backslash that JavaScript swallows", `msg.removeFlags("\Seen")`, copier.Verdict{Flags: []mail.Flag{"$Forwarded"}, By: "s.js"}},
		{"set flags", `msg.setFlags("\\Answered")`, copier.Verdict{Flags: []mail.Flag{mail.FlagAnswered}, By: "s.js"}},
		{"clear flags", `msg.setFlags()`, copier.Verdict{Flags: []mail.Flag{}, By: "s.js"}},
		{
			"other date keeps its zone", `msg.date = new Date(msg.date.getTime() - 1000); if (msg.date.getSeconds() != 59) throw "not read back"`,
			copier.Verdict{Date: time.Date(2024, 2, 29, 11, 59, 59, 0, time.FixedZone("", 3600)), By: "s.js"},
		},
		{"effects of an answer that skips", `msg.target = "X"; return skip()`, copier.Verdict{Action: copier.ActionSkip, By: "s.js"}},
		{
			"envelope", `msg.note([msg.source, msg.folder, msg.folderUse, msg.target, msg.uid, msg.size, msg.date.toISOString(),
				msg.flags, msg.keywords, msg.has("seen"), msg.has("\\Draft"), msg.has("$forwarded"), msg.has("x")].join("|"))`,
			copier.Verdict{Note: "work|Büro/Post||Büro/Post|7|" + fmt.Sprint(len(testMessage)) + `|2024-02-29T11:00:00.000Z|\Seen,$Forwarded|$Forwarded|true|false|true|false`},
		},
		{
			"header", `msg.note([msg.header("SUBJECT"), msg.rawHeader("subject"), msg.headers("x-twice"), msg.headerNames, typeof msg.header("none"), msg.headers("none").length].join("|"))`,
			copier.Verdict{Note: "Grüße from afar| =?iso-8859-1?Q?Gr=FC=DFe?=   from afar|one,two|From,Subject,X-Twice,x-twice|undefined|0"},
		},
	}
	h := scriptHost(t, Options{})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := scriptChain(t, h, "function filterEnvelope(msg) { "+tt.give+" }\nfunction filterMessage(msg) { "+tt.give+" }", ``, quiet)
			for hook, ask := range map[string]func() (copier.Verdict, error){
				abi.HookFilterEnvelope: func() (copier.Verdict, error) { return c.FilterEnvelope(t.Context(), candidate()) },
				abi.HookFilterMessage:  func() (copier.Verdict, error) { return c.FilterMessage(t.Context(), candidate()) },
			} {
				got, err := ask()
				if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
					t.Errorf("%s: error %v; -want +got\n%s", hook, err, diff)
				}
			}
		})
	}
}

func TestScript_readsBodies(t *testing.T) {
	h := scriptHost(t, Options{})
	c := scriptChain(t, h, `function filterMessage(msg) {
		let sum = 0, n = 0
		for (let at = 0; at < msg.size; at += 100_000)
			for (const b of msg.body(at, 100_000)) { sum = (sum + b) % 65521; n++ }
		msg.note([n, sum, msg.text(0, 5), msg.text(msg.size - 3), msg.text(msg.size).length, msg.text().length, msg.body(msg.size + 5, 1e15).length].join("|"))
	}`, ``, quiet)
	big := append([]byte(testHeader), bytes.Repeat([]byte("0123456789abcdef"), 80_000)...)
	sum := 0
	for _, b := range big {
		sum = (sum + int(b)) % 65521
	}
	m := candidate()
	m.Message.Size, m.Body = int64(len(big)), bytes.NewReader(big)
	got, err := c.FilterMessage(t.Context(), m)
	if want := (copier.Verdict{Note: fmt.Sprintf("%d|%d|From:|def|0|1048576|0", len(big), sum)}); err != nil || !cmp.Equal(got, want) {
		t.Errorf("got %+v, %v; want %+v", got, err, want)
	}

	// Bytes that are no UTF-8 become one replacement character each, and do no harm.
	odd := []byte("Subject: \xff\xfe\x00\x80\r\n\r\n\xc3")
	m.Message.Size, m.Body, m.Message.Header = int64(len(odd)), bytes.NewReader(odd), odd
	c = scriptChain(t, h, `function filterMessage(msg) { msg.note([...msg.text()].map(c => c.codePointAt(0).toString(16)).filter((c, i) => i == 0 || i > 8).join(" ") + " " + msg.header("subject").length) }`, ``, quiet)
	got, err = c.FilterMessage(t.Context(), m)
	if want := (copier.Verdict{Note: "53 fffd fffd 0 fffd d a d a fffd 3"}); err != nil || !cmp.Equal(got, want) {
		t.Errorf("got %+v, %v; want %+v", got, err, want)
	}
}

func TestScript_isAskedForWhatItDefinesOnly(t *testing.T) {
	tests := []struct {
		give string
		want []copier.HookKind
	}{
		{`function mapFolder() {}`, []copier.HookKind{copier.HookMapFolder}},
		{`const filterEnvelope = () => {}`, []copier.HookKind{copier.HookFilterEnvelope}},
		{`var filterMessage = function () {}; function other() {}`, []copier.HookKind{copier.HookFilterMessage}},
		{`globalThis.mapFolder = () => {}; let filterMessage = () => {}`, []copier.HookKind{copier.HookMapFolder, copier.HookFilterMessage}},
		{`const mapFolder = undefined; function filterEnvelope() {}`, []copier.HookKind{copier.HookFilterEnvelope}},
	}
	h := scriptHost(t, Options{})
	for _, tt := range tests {
		c := scriptChain(t, h, tt.give, ``, quiet)
		var got []copier.HookKind
		for _, kind := range []copier.HookKind{copier.HookMapFolder, copier.HookFilterEnvelope, copier.HookFilterMessage, "nonsense"} {
			if c.Asks(kind) {
				got = append(got, kind)
			}
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: -want +got\n%s", tt.give, diff)
		}
	}
}

func TestLoadScript_namesTheFault(t *testing.T) {
	tests := []struct {
		name, give, want string
	}{
		{"syntax error", "function mapFolder(f) {\n  return f.name\n}\nif (\n", "script s.js: line 5: SyntaxError: "},
		{"syntax error in the first line", "}", "script s.js: line 1: SyntaxError: "},
		{"module", "import x from 'y'", "script s.js: line 1: SyntaxError: "},
		{"no UTF-8", "// caf\xe9", "script s.js: it is no UTF-8 text (byte 6)"},
		{"too large", strings.Repeat(" ", MaxScript+1), "script s.js: it is larger than 1048576 bytes"},
		{"deep nesting", strings.Repeat("(", 500_000), "script s.js: line 1: "},
		{"NUL", "function mapFolder() {}\n\x00", "script s.js: line 2: SyntaxError: "},
	}
	h := scriptHost(t, Options{})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := h.LoadScript(t.Context(), "s.js", []byte(tt.give))
			wantError(t, err, tt.want)
		})
	}
	_, err := newHost(t, Options{}).LoadScript(t.Context(), "s.js", []byte(`function mapFolder() {}`))
	wantError(t, err, "script s.js: this program has no engine for scripts")
}

func TestLoadScript_runsNothing(t *testing.T) {
	h := scriptHost(t, Options{})
	loadScript(t, h, `while (true) {}`)
}

func TestLoadScript_refusesAPluginAsEngine(t *testing.T) {
	h := newHost(t, Options{Engine: one(abi.HookMapFolder, "", nil, i32(0)).bytes()})
	_, err := h.LoadScript(t.Context(), "s.js", nil)
	wantError(t, err, "script s.js: its engine runs no scripts")
}

func TestScript_digestIsThatOfSourceAndEngine(t *testing.T) {
	h := scriptHost(t, Options{})
	a, b := loadScript(t, h, `function mapFolder() {}`), loadScript(t, h, `function mapFolder() { }`)
	again := loadScript(t, h, `function mapFolder() {}`)
	if a.Digest() == b.Digest() || a.Digest() == Digest(plugins.JavaScript()) {
		t.Error("two scripts have the same digest")
	}
	if a.Digest() != again.Digest() || !strings.HasPrefix(a.Digest(), "sha256:") || len(a.Digest()) != 71 {
		t.Errorf("digests %s and %s of the same script", a.Digest(), again.Digest())
	}
}

func TestChain_refusesScriptsThatDoNotStart(t *testing.T) {
	tests := []struct {
		name, give, config, want string
	}{
		{"no hook", `function mapFolders() {}`, ``, "script s.js: start: the script defines none of the functions mapFolder, filterEnvelope, filterMessage"},
		{"empty", ``, ``, "defines none of the functions"},
		{"hook that is no function", `const mapFolder = 5`, ``, "script s.js: start: mapFolder is no function"},
		{"exception", "function mapFolder() {}\nundefined.x", ``, "script s.js: start: line 2: TypeError: "},
		{"undeclared variable", "function mapFolder() {}\nprefix = 5", ``, "script s.js: start: line 2: ReferenceError: "},
		{"configuration refused by the script", "function mapFolder() {}\nif (!ctx.config.prefix) throw new Error('prefix is missing')", `{}`, "script s.js: start: line 2: Error: prefix is missing"},
		{"thrown text", "function mapFolder() {}\nthrow 'no way'", ``, "script s.js: start: no way"},
		{"thrown thing without text", "throw { toString() { throw 1 } }", ``, "script s.js: start: an exception that can not be shown"},
		{"endless loop", "while (true) {}", ``, "script s.js: start: it used 100000000 of 100000000 ticks"},
		{"effect outside of a hook", `function mapFolder(f) {}; moveTo("x"); console.log(new Date()); throw new Error("a\nb")`, ``, "script s.js: start: line 1: Error: a b"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := scriptHost(t, Options{})
			_, err := h.Chain(t.Context(), []Binding{{Module: loadScript(t, h, tt.give), Config: []byte(tt.config)}}, quiet)
			wantError(t, err, tt.want)
		})
	}
}

func TestChain_refusesTheEngineWithoutAScript(t *testing.T) {
	h := scriptHost(t, Options{})
	_, err := h.Chain(t.Context(), []Binding{{Module: load(t, h, "javascript", plugins.JavaScript())}}, quiet)
	wantError(t, err, "plugin javascript: start: TypeError: there is no script to run")
}

func TestScript_mistakesHoldTheMessage(t *testing.T) {
	tests := []struct {
		name, give, want string // the body of filterEnvelope, from line 2 on
	}{
		{"exception", `msg.header("none").length`, "script s.js: filter_envelope: line 2: TypeError: cannot read property 'length' of undefined"},
		{"exception in a function of the script", `check()`, "line 4: Error: deep"},
		{"exception in a callback", "[1].forEach(() => {\nnull.x })", "line 3: TypeError: "},
		{"thrown number", `throw 5`, "script s.js: filter_envelope: 5"},
		{"broken regular expression", `new RegExp("(")`, "line 2: SyntaxError: "},
		{"verdict that is not returned", `if (msg.size > 1) skip("spam")`, `was not returned: write "return skip(...)"`},
		{"true", `return true`, "filterEnvelope returned true; it returns skip(), defer(), accept(), moveTo() or nothing"},
		{"false", `return false`, "filterEnvelope returned false"},
		{"number", `return 2`, "filterEnvelope returned a number"},
		{"string", `return "Archive"`, "filterEnvelope returned a string"},
		{"the message", `return msg`, "filterEnvelope returned something else"},
		{"promise", `return Promise.resolve(skip())`, "a promise, but hooks can not be async"},
		{"misspelt property", `msg.Target = "A"`, "line 2: TypeError: "},
		{"property that can only be read", `msg.size = 1`, "line 2: TypeError: "},
		{"changed list of flags", `msg.flags.push("x")`, "line 2: TypeError: "},
		{"body that is not here", `msg.text()`, "line 2: TypeError: the message is not here yet; filterMessage can read it"},
		{"folder name that can not be", `msg.target = "a//b"`, `line 2: RangeError: "a//b" can not be a folder name`},
		{"folder name that can not be, in a verdict", `return moveTo("a\u0000b")`, "can not be a folder name"},
		{"folder name that can not be, ignored", `try { msg.target = "../x" } catch {}`, `it asked for the folder name "../x"`},
		{"half of a character as folder name", `msg.target = "\ud800"`, "can not be a folder name"},
		{"folder that is no string", `msg.target = { a: 1 }`, "line 2: TypeError: a folder name must be a string"},
		{"folder that is forgotten", `return moveTo()`, "TypeError: a folder name must be a string"},
		{"flag with a space", `msg.addFlags("a b")`, "line 2: TypeError: each flag must be a string of its own"},
		{"flags in a list", `msg.addFlags(["a"])`, "line 2: TypeError: each flag must be a string of its own"},
		{"flag that can not be stored", `msg.addFlags("a(b")`, "line 2: RangeError: a flag can not be stored"},
		{"date that is none", `msg.date = "yesterday"`, "line 2: RangeError: this is no date"},
		{"date far away", `msg.date = 8e15`, "line 2: RangeError: this is no date"},
		{"header without a name", `msg.header("")`, "line 2: RangeError: "},
	}
	h := scriptHost(t, Options{})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := scriptChain(t, h, "function filterEnvelope(msg) {\n"+tt.give+"\n}\nfunction check() { throw new Error('deep') }", ``, quiet)
			for range 2 {
				_, err := c.FilterEnvelope(t.Context(), candidate())
				wantError(t, err, tt.want)
			}
		})
	}
}

func TestScript_logs(t *testing.T) {
	var log bytes.Buffer
	h := scriptHost(t, Options{})
	c := scriptChain(t, h, `console.info("started"); function mapFolder(f) {
		console.log("folder", f.name, 3, { a: [1] }, null, undefined, Symbol.iterator.description)
		console.warn(new TypeError("no")); console.error(x => x); console.debug("quiet"); console.log()
	}`, ``, slog.New(slog.NewTextHandler(&log, nil)))
	if _, err := c.MapFolder(t.Context(), question1()); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"level=INFO msg=started plugin=s.js",
		`level=INFO msg="folder Büro/Post 3 {\"a\":[1]} null undefined Symbol.iterator" plugin=s.js`,
		`level=WARN msg="TypeError: no"`, `level=ERROR msg="x => x"`,
	} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %s:\n%s", want, log.String())
		}
	}
	if strings.Contains(log.String(), "quiet") {
		t.Errorf("the log has a debug line:\n%s", log.String())
	}
}

// TestScript_worksBesidesPlugins: a script sees what the plugin before it decided.
func TestScript_worksBesidesPlugins(t *testing.T) {
	h := scriptHost(t, Options{})
	first := one(abi.HookMapFolder, "First", []string{"set_folder"}, i32(0), i32(5), callFunc(0), drop, i32(0))
	c, err := h.Chain(t.Context(), []Binding{
		{Module: load(t, h, "first", first.bytes())},
		{Module: loadScript(t, h, `const mapFolder = f => f.target + "/Second"`)},
	}, quiet)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	got, err := c.MapFolder(t.Context(), question1())
	if want := (copier.FolderAnswer{Target: "First/Second", By: "s.js"}); err != nil || got != want {
		t.Errorf("got %+v, %v; want %+v", got, err, want)
	}
}

// FuzzLoadScript: any text is a script or is refused in one line, and the engine
// neither traps nor loops while it reads it.
func FuzzLoadScript(f *testing.F) {
	for _, seed := range []string{
		"", "function mapFolder(f) { return f.name }", "const x = `${`${1}`}`; class A { #b = 1n; static async *c() {} }",
		"/(?<=a)(?<n>b)\\k<n>/vu", "\u2028<!-- x\n--> y\n'\\u{110000}'", "({ get a() {}, ...b }) => { yield: await 0 }", "0x", "\"\\", "a?.b?.[c] ??= d ** -e",
	} {
		f.Add([]byte(seed))
	}
	h := scriptHost(f, Options{})
	f.Fuzz(func(t *testing.T, source []byte) {
		m, err := h.LoadScript(t.Context(), "s.js", source)
		if err == nil {
			if err := m.Close(t.Context()); err != nil {
				t.Error(err)
			}
			return
		}
		if s := err.Error(); strings.Contains(s, "\n") || strings.Contains(s, "trapped") || strings.Contains(s, "longer than") {
			t.Errorf("error %q", s)
		}
	})
}
