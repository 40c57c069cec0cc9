package plugin

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/plugins"
	"github.com/mailweir/mailweir/sdk/abi"
)

// packed is a plugin that consists of a script.
func packed(t *testing.T, script, hooks, needs string) []byte {
	t.Helper()
	wasm, err := abi.WriteScript([]byte(script), []byte(`{"id":"tidy","version":"2","abi":"1.0","description":"It tidies up.","hooks":[`+hooks+`],"needs":"`+needs+`"}`))
	if err != nil {
		t.Fatal(err)
	}
	return wasm
}

func TestLoad_runsAScriptThatIsAPlugin(t *testing.T) {
	h := newHost(t, Options{Engine: plugins.JavaScript()})
	wasm := packed(t, `function filterEnvelope(msg) { return skip("no " + (msg.header("subject") ?? "subject")) }`, `"filter_envelope"`, "headers")
	m := load(t, h, "tidy", wasm)
	if m.Digest() != Digest(wasm) || m.IsScript() || m.String() != "plugin tidy" || m.Manifest().Version != "2" {
		t.Errorf("%s is %s of version %s", m, m.Digest(), m.Manifest().Version)
	}
	c, err := h.Chain(t.Context(), []Binding{{Module: m}}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if !c.Asks(copier.HookFilterEnvelope) || c.Asks(copier.HookMapFolder) {
		t.Error("it is asked for other hooks than its manifest names")
	}
	v, err := c.FilterEnvelope(t.Context(), candidate())
	if err != nil || v.Action != copier.ActionSkip || !strings.HasPrefix(v.Note, "no ") {
		t.Errorf("got %+v, %v", v, err)
	}
}

func TestLoad_seesOfAMessageWhatTheManifestOfAScriptNeeds(t *testing.T) {
	h := newHost(t, Options{Engine: plugins.JavaScript()})
	m := load(t, h, "tidy", packed(t, `function filterEnvelope(msg) { return msg.header("subject") ? skip("x") : null }`, `"filter_envelope"`, "envelope"))
	c, err := h.Chain(t.Context(), []Binding{{Module: m}}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_, err = c.FilterEnvelope(t.Context(), candidate())
	wantError(t, err, "plugin tidy: filter_envelope: line 1: ")
}

func TestLoad_refusesAScriptThatIsNoPlugin(t *testing.T) {
	manifest := `{"id":"tidy","version":"2","abi":"1.0","description":"It tidies up.","hooks":["map_folder"]}`
	section := func(name, body string) []byte {
		return abi.AppendBytes([]byte{0}, append(abi.AppendBytes(nil, []byte(name)), body...))
	}
	whole := func(sections ...[]byte) []byte {
		out := []byte("\x00asm\x01\x00\x00\x00")
		for _, s := range sections {
			out = append(out, s...)
		}
		return out
	}
	good, about := section(abi.ScriptSection, "function mapFolder() {}"), section(abi.ManifestSection, manifest)
	tests := []struct {
		name string
		wasm []byte
		want string
	}{
		{"no manifest", whole(good), "plugin x has no manifest"},
		{"two scripts", whole(good, good, about), "plugin x holds two scripts"},
		{"code beside it", whole([]byte{1, 1, 0}, good, about), "plugin x holds a script beside code of its own"},
		{"no text", whole(section(abi.ScriptSection, "\xff"), about), "plugin x holds a script that is no UTF-8 text"},
		{"huge", whole(section(abi.ScriptSection, strings.Repeat(" ", abi.MaxScript+1)), about), "plugin x holds a script of more than 1048576 bytes"},
		{"fault of syntax", whole(section(abi.ScriptSection, "\n\nfunction ("), about), "plugin x holds a faulty script: line 3: "},
	}
	h := newHost(t, Options{Engine: plugins.JavaScript()})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := h.Load(t.Context(), "x", tt.wasm)
			wantError(t, err, tt.want)
			if len(h.code) > 0 {
				t.Error("the compiled engine was not given back")
			}
		})
	}
	_, err := newHost(t, Options{}).Load(t.Context(), "x", whole(good, about))
	wantError(t, err, "plugin x is a script, and this program has no engine for scripts")
}

func TestChain_refusesAScriptWithOtherHooksThanItsManifest(t *testing.T) {
	h := newHost(t, Options{Engine: plugins.JavaScript()})
	for _, tt := range []struct{ script, hooks, want string }{
		{`function mapFolder() {} function filterEnvelope() {}`, `"map_folder"`, "plugin tidy: start: it wants to be asked for hooks that its manifest does not name"},
		{`function mapFolder() {}`, `"map_folder","filter_envelope"`, "plugin tidy: start: its manifest names hooks that its script does not define"},
	} {
		m := load(t, h, "tidy", packed(t, tt.script, tt.hooks, ""))
		_, err := h.Chain(t.Context(), []Binding{{Module: m}}, slog.New(slog.DiscardHandler))
		wantError(t, err, tt.want)
	}
}

func TestChain_asksAScriptForTheHooksThatItsConfigurationWants(t *testing.T) {
	h := newHost(t, Options{Engine: plugins.JavaScript()})
	script := `function mapFolder() {} const filterEnvelope = ctx.config.filter ? () => skip() : undefined`
	m := load(t, h, "tidy", packed(t, script, `"map_folder","filter_envelope"`, ""))
	for config, want := range map[string]bool{`{}`: false, `{"filter": true}`: true} {
		c, err := h.Chain(t.Context(), []Binding{{Module: m, Config: []byte(config)}}, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(c.Close)
		if !c.Asks(copier.HookMapFolder) || c.Asks(copier.HookFilterEnvelope) != want {
			t.Errorf("%s: asked for filter_envelope is %v, want %v", config, !want, want)
		}
	}
}
