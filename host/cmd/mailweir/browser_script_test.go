package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/mailweir/mailweir/host/daemon"
	"github.com/mailweir/mailweir/host/mail/mailtest"
	"github.com/mailweir/mailweir/sdk/abi"
)

// startServe runs the service with an admin until the test ends, and returns its address.
func startServe(t *testing.T, m *mailweir, password string) string {
	t.Helper()
	data := filepath.Join(m.data, "service")
	if password == "" { // the browser makes the first user
		return startService(t, m, data)
	}
	add := m.command("user", "add", "root", "--role", "admin", "--data", data)
	add.Env = append(add.Env, "MAILWEIR_USER_PASSWORD="+password)
	if out, err := add.CombinedOutput(); err != nil {
		t.Fatalf("user add: %v\n%s", err, out)
	}
	return startService(t, m, data)
}

// startService starts a service on a data directory, and returns its address.
func startService(t *testing.T, m *mailweir, data string) string {
	t.Helper()
	like := m.command("serve", "--data", data, "--listen", "127.0.0.1:0")
	cmd := exec.Command(like.Path, like.Args[1:]...) // the test's context would kill it
	cmd.Env = like.Env
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		if err := cmd.Wait(); err != nil {
			t.Errorf("the service ended with %v", err)
		}
	})
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		if i := strings.Index(lines.Text(), "http://"); i >= 0 {
			address, _, _ := strings.Cut(lines.Text()[i:], " ")
			go func() { // so that the service never waits for a reader
				for lines.Scan() {
				}
			}()
			return address[:strings.LastIndexByte(address, '/')+1]
		}
	}
	t.Fatal("the service says no address")
	return ""
}

// TestBrowser_scriptsAndPluginsOnRealMail: a script is written in the page, and what it
// does to the mail of a Dovecot is seen as it is typed; one that throws, loops or eats
// memory gets its sentence, and the page lives on. What was saved is what a run asks.
func TestBrowser_scriptsAndPluginsOnRealMail(t *testing.T) {
	t.Parallel()
	from := mailtest.StartDovecot(t, mailtest.DovecotOptions{})
	to := mailtest.StartDovecot(t, mailtest.DovecotOptions{})
	source := from.Dial("ann")
	source.Create("Archive/2019")
	for i, subject := range []string{"Lunch", "Invoice 7", "Sale <b>today</b>"} {
		body := fmt.Sprintf("From: someone@shop.example\r\nSubject: %s\r\nMessage-ID: <%d@x>\r\n\r\nHello\r\n", subject, i)
		source.Append("INBOX", "", time.Now().Add(time.Duration(i)*time.Hour), []byte(body))
	}
	m := &mailweir{t, t.TempDir()}
	address := startServe(t, m, "correct horse battery")

	ctx := daemon.Chromium(t.Context(), t)
	console := listen(ctx)
	b := &tab{t: t, ctx: ctx}
	b.do("log in", chromedp.Navigate(address+"login"), chromedp.WaitVisible(css("#password")),
		chromedp.SendKeys(css("#name"), "root"), chromedp.SendKeys(css("#password"), "correct horse battery\r"), chromedp.WaitVisible(css("main .empty")))

	b.do("open the form of a task", chromedp.Navigate(address+"tasks/form"), chromedp.WaitVisible(css("#task-form")))
	b.until("the form is filled in", fmt.Sprintf(`(() => {
		const set = (id, value) => { document.getElementById(id).value = value };
		set("name", "Real mail");
		set("source-1-name", "old");
		for (const [at, port] of [["source-1", %d], ["destination", %d]]) {
			set(at + "-host", "127.0.0.1"); set(at + "-port", port); set(at + "-tls", "none"); set(at + "-user", "ann"); set(at + "-password", "secret");
		}
		return true })()`, from.Port(), to.Port()))
	b.do("make the task", chromedp.Click(css("form > .actions button")))
	b.until("the task is there", `document.querySelector(".hooks-edit") != null`)
	b.do("open its plugins", chromedp.Click(css(".hooks-edit")), chromedp.WaitVisible(css("#script-name")))
	b.do("write a script", chromedp.Click(css(".new-script button")), chromedp.WaitVisible(css(".editor")))
	b.do("look at the mail", chromedp.Click(css("#fetch")))
	b.until("the mail is shown", `document.querySelector("#result")?.textContent.includes("Sale <b>today</b>")`)

	content := `document.querySelector(".editor").shadowRoot.querySelector(".cm-content")`
	// replace selects all and pastes: every letter typed would take minutes.
	replace := func(text string) {
		b.until("the editor is there", `document.querySelector(".editor")?.shadowRoot.querySelector(".cm-content") != null`)
		b.until("the text is replaced", fmt.Sprintf(`(() => { const c = %s; c.focus();
			c.dispatchEvent(new KeyboardEvent("keydown", {key: "a", code: "KeyA", keyCode: 65, ctrlKey: true, bubbles: true, cancelable: true}));
			const clip = new DataTransfer(); clip.setData("text/plain", %q);
			c.dispatchEvent(new ClipboardEvent("paste", {clipboardData: clip, bubbles: true, cancelable: true})); return true })()`, content, text))
	}
	good := `function mapFolder(f) { if (f.name.startsWith("Archive")) return "Old/" + f.name }
function filterEnvelope(msg) { if (/^Sale/.test(msg.header("Subject"))) return skip("advertisement") }`
	for _, step := range []struct{ name, script, want string }{
		{"a script", good, "advertisement"},
		{"a script that throws", "function mapFolder(f) { undefined.x }", "TypeError"},
		{"a script that loops", "function mapFolder(f) { for (;;); }", "held back"},
		{"a script that eats memory", "function mapFolder(f) { const a = []; for (;;) a.push(new Uint8Array(1 << 20)) }", "held back"},
		{"a script that is none", "function mapFolder(f) {", "SyntaxError"},
		{"the script again", good, "advertisement"},
	} {
		replace(step.script)
		b.until(step.name+" has its result", fmt.Sprintf(`document.querySelector("#source").value === %q && !document.querySelector(".result.waiting") && document.querySelector("#try-state").textContent === "" && document.querySelector("#result").textContent.includes(%q)`, step.script, step.want))
	}
	b.until("the folder is shown where it goes", `[...document.querySelectorAll(".becomes")].some(e => e.textContent.includes("Old/Archive/2019"))`)
	b.do("save it", chromedp.Click(css(`#script-form button[value="save"]`)))
	b.until("version 1 is saved", `document.querySelector(".versions")?.textContent.includes("Version 1")`)

	// A plugin beside it.
	wasm := []byte("\x00asm\x01\x00\x00\x00\x01\x05\x01\x60\x00\x01\x7f\x03\x03\x02\x00\x00\x05\x03\x01\x00\x01" +
		"\x07\x23\x03\x09abi_minor\x00\x00\x0amap_folder\x00\x01\x06memory\x02\x00\x0a\x0b\x02\x04\x00\x41\x01\x0b\x04\x00\x41\x00\x0b")
	wasm, err := abi.WriteManifest(wasm, []byte(`{"id":"idle","version":"1","abi":"1.1","description":"Says nothing.","hooks":["map_folder"],"asks":[{"grant":"kv","reason":"to remember nothing"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "idle.wasm")
	noPlugin := filepath.Join(t.TempDir(), "notes.wasm")
	for name, content := range map[string][]byte{file: wasm, noPlugin: []byte("notes")} {
		if err := os.WriteFile(name, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	b.do("upload what is no plugin", chromedp.Navigate(address+"plugins"), chromedp.SetUploadFiles(css("#file"), []string{noPlugin}), chromedp.Click(css(".upload button")))
	b.until("it says so", `document.querySelector(".alert")?.textContent.includes("no WebAssembly module")`)
	b.do("upload a plugin", chromedp.SetUploadFiles(css("#file"), []string{file}), chromedp.Click(css(".upload button")))
	b.until("it says what it wants", `location.pathname.startsWith("/uploads/") && document.querySelector(".asks").textContent.includes("to remember nothing")`)
	b.do("install it", chromedp.Click(css(`button[value="install"]`)))
	b.until("it is installed", `document.querySelector(".plugins")?.textContent.includes("idle")`)
	b.do("open the task", chromedp.Navigate(address+"tasks"), chromedp.Click(css("main tbody th a")), chromedp.WaitVisible(css(".hooks-edit")))
	b.do("open its plugins", chromedp.Click(css(".hooks-edit")), chromedp.WaitVisible(css("#add-plugin")))
	b.until("the plugin is chosen", `(document.querySelector("#add-plugin").value = "idle") === "idle"`)
	b.do("add it", chromedp.Click(css("#add-hook")), chromedp.WaitVisible(css(".ask input")))
	b.do("save without the grant", chromedp.Click(css(`#hooks-form > .actions button`)))
	b.until("it is missed", `document.querySelector("#hooks-form .alert")?.textContent.includes("not granted")`)
	b.do("grant it", chromedp.Click(css(".ask input")), chromedp.Click(css(`#hooks-form > .actions button`)))
	b.until("it is saved", `document.querySelector("#hooks-form .tone-good") != null`)

	b.do("run it", chromedp.Navigate(address+"tasks"), chromedp.Click(css("main tbody th a")), chromedp.WaitVisible(css(`form[action$="/run"]`)), chromedp.Click(css(`form[action$="/run"] button`)))
	b.until("it is done", `document.querySelector(".verdict") != null`)
	report := b.text(chromedp.Text(css("#run")))
	if !strings.Contains(report, "Old/Archive/2019") {
		t.Errorf("the run's report:\n%s", report)
	}
	target := to.Dial("ann")
	if got := len(target.Dump()["INBOX"]); got != 2 {
		t.Errorf("%d messages were copied into INBOX, want 2", got)
	}
	if complaints := console(); strings.Contains(complaints, "Content Security") || strings.Contains(complaints, "exception") {
		t.Errorf("the browser complains:\n%s", complaints)
	}
}
