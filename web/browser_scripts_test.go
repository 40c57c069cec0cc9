package web_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web"
)

// edit is what an editor shows: CodeMirror keeps it in a shadow tree.
const edit = `document.querySelector(".editor").shadowRoot.querySelector(".cm-content")`

// write types into the editor.
func (b *browser) write(text string) {
	b.t.Helper()
	b.until(edit)
	b.eval(edit + ".focus()")
	for _, r := range text {
		b.do(chromedp.KeyEvent(string(r)))
	}
}

func TestBrowser_scriptIsTriedAsItIsTyped(t *testing.T) {
	b := newBrowser(t)
	b.svc.tried = func(source string) web.TryResult {
		if strings.Contains(source, "oops") {
			return web.TryResult{Fault: "line 1: SyntaxError: unexpected token", Line: 1}
		}
		return triedSample()
	}
	id := b.svc.put(sampleTask()).ID
	b.logIn()
	b.open("/tasks/" + id + "/scripts/rules")
	b.until(`document.querySelector("#result .tried")`)
	b.until(edit + `.textContent.includes("mapFolder")`)
	// The styles of the editor are there, although the policy forbids style elements.
	b.until(`getComputedStyle(document.querySelector(".editor").shadowRoot.querySelector(".cm-scroller")).display === "flex"`)
	b.until(`document.querySelector("#source").hidden`)

	b.write("oops ")
	b.until(`document.querySelector("#try-fault")?.textContent.includes("SyntaxError")`)
	b.until(`document.querySelector(".editor").shadowRoot.querySelector(".cm-lint-marker-error")`)
	b.do(chromedp.KeyEvent("\b"))
	b.do(chromedp.KeyEvent("\b"))
	b.until(`document.querySelector("#result .tried") && !document.querySelector("#try-fault")`)

	// Completion knows the members of what a hook is given.
	b.eval(edit + `.focus()`)
	b.write("\nfunction mapFolder(folder) { folder.")
	b.write("tar")
	b.until(`[...document.querySelector(".editor").shadowRoot.querySelectorAll(".cm-tooltip-autocomplete li")].some(li => li.textContent.includes("target"))`)
	b.click(`button[value="save"]`)
	b.until(`document.querySelector(".versions")?.textContent.includes("Version 1")`)
	if got := b.svc.scripts[0].Source; !strings.Contains(got, "folder.tar") {
		t.Errorf("saved is %q", got)
	}
	b.calm()
}

func TestBrowser_pluginIsUploadedLookedAtAndGranted(t *testing.T) {
	b := newBrowser(t)
	id := b.svc.put(sampleTask()).ID
	file := filepath.Join(t.TempDir(), "tell.wasm")
	if err := os.WriteFile(file, []byte("\x00asmtell"), 0o600); err != nil {
		t.Fatal(err)
	}
	b.logIn()
	b.open("/plugins")
	b.do(chromedp.SetUploadFiles(chromedp.CSS("#file"), []string{file}))
	b.click(".upload button")
	b.until(`location.pathname.startsWith("/uploads/") && document.querySelector(".asks")?.textContent.includes("to tell your server")`)
	b.click(`button[value="install"]`)
	b.until(`document.querySelector(".plugins")?.textContent.includes("tell")`)

	b.open("/tasks/" + id + "/hooks")
	b.until(`document.querySelector("#add-plugin option[value=tell]")`)
	b.eval(`document.querySelector("#add-plugin").value = "tell"`)
	b.click("#add-hook")
	b.until(`[...document.querySelectorAll(".hooks h2")].some(h => h.textContent.includes("tell"))`)
	b.click(`.ask input[type=checkbox]`)
	b.click(`form > .actions button[value="save"]`)
	b.until(`document.querySelector("#hooks-form .tone-good")`)
	hooks := b.only().Hooks
	last := hooks[len(hooks)-1]
	if last.Plugin != "tell" || len(last.Grants) != 1 || last.Grants[0].String() != "http:hooks.example/POST" {
		t.Errorf("stored is %+v", last)
	}
	b.calm()
}

// gallery of plugins and scripts.
func (b *browser) pluginGallery() []picture {
	b.svc.tried = func(string) web.TryResult { return triedSample() }
	b.svc.schema = schemaOf(b.t, "folder-rules")
	b.svc.more = append(b.svc.more, webhook("1.0.0", "sha256:"+strings.Repeat("ef", 32)))
	tk := sampleTask()
	tk.Name = "With plugins"
	tk.Hooks = []task.Hook{
		{Plugin: "folder-rules", Digest: "sha256:" + strings.Repeat("77", 32), Config: `{"exclude": ["Trash/**"], "rename": [{"from": "Sent Items", "to": "Sent"}], "sources": {"shop": {"prefix": "Shop"}}}`},
		{Plugin: "webhook", Grants: grants(b.t, "http:hooks.example/POST")},
		{Plugin: "script:rules@1"},
	}
	id := b.svc.put(tk).ID
	return []picture{
		{name: "plugins", path: "/plugins", wait: ".plugins"},
		{name: "plugin", path: "/plugins/webhook", wait: ".asks"},
		{name: "upload", path: "/uploads/" + uploadedHex, wait: ".asks"},
		{name: "hooks", path: "/tasks/" + id + "/hooks", wait: "#hooks-form"},
		{name: "script", path: "/tasks/" + id + "/scripts/new-rules", wait: "#result .tried"},
	}
}

func TestBrowser_screenshotsOfPlugins(t *testing.T) {
	if *shots == "" {
		t.Skip("no directory for pictures is given with -shots")
	}
	b := newBrowser(t)
	b.logIn()
	b.shoot(b.pluginGallery())
	b.calm()
}

// shoot draws pages in light, dark and at the width of a phone.
func (b *browser) shoot(pages []picture) {
	b.t.Helper()
	for _, theme := range []string{"light", "dark"} {
		b.open("/tasks")
		b.click(`.themes button[value="` + theme + `"]`)
		b.until(`document.documentElement.dataset.theme === "` + theme + `"`)
		for width, name := range map[int64]string{1200: "1200", 360: "360"} {
			b.do(chromedp.EmulateViewport(width, 800))
			for _, p := range pages {
				b.open(p.path)
				b.until("document.querySelector('" + p.wait + "')")
				b.picture(p.name + "-" + theme + "-" + name + ".png")
				if b.eval("document.documentElement.scrollWidth > innerWidth") == "true" {
					b.t.Errorf("%s is %s wide on a screen of %d", p.name, b.eval("document.documentElement.scrollWidth"), width)
				}
			}
		}
	}
}
