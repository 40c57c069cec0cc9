package kit_test

import (
	"context"
	"log/slog"
	"os"
	"strings"
	"testing"

	"github.com/mailweir/mailweir/host/app/kit"
	"github.com/mailweir/mailweir/host/plugin"
	"github.com/mailweir/mailweir/host/plugin/plugintest"
	"github.com/mailweir/mailweir/plugins"
)

// evil are plugins whose filter does what its name in the folder "source" says, in every
// language: what a compiler and a run time make of it is not what a module written by
// hand does.
var evil = map[string]struct{ file, source string }{
	"c": {"plugin.c", `#include "mailweir/mailweir.h"
static volatile int deep;
static int recurse(int n) { deep = n; return recurse(n + 1) + deep; }
MW_HOOK(map_folder) { return MW_RESULT_NO_OPINION; }
MW_HOOK(filter_envelope)
{
	char what[32];
	mw_text(MW_PROP_SOURCE, what, sizeof what);
	if (mw_equal(what, "loop"))
		for (;;)
			deep++;
	if (mw_equal(what, "recursion"))
		return recurse(0);
	if (mw_equal(what, "memory"))
		while (__builtin_wasm_memory_grow(0, 1) != (size_t)-1)
			;
	if (mw_equal(what, "panic") || mw_equal(what, "memory"))
		__builtin_trap();
	return MW_RESULT_ACCEPT;
}
`},
	"go": {"main.go", `package main

import "github.com/mailweir/mailweir/sdk"

var sink [][]byte

func recurse(n int) int { return recurse(n+1) + len(sink) }

func init() {
	sdk.MapFolder(func(*sdk.Folder) sdk.Result { return sdk.NoOpinion() })
	sdk.FilterEnvelope(func(m *sdk.Message) sdk.Result {
		switch m.Source() {
		case "loop":
			for {
			}
		case "recursion":
			recurse(0)
		case "memory":
			for {
				sink = append(sink, make([]byte, 1<<20))
			}
		case "panic":
			var none map[string]int
			none["a"] = 1
		}
		return sdk.Accept()
	})
}

func main() {}
`},
	"rust": {"src/lib.rs", `use mailweir::{Error, Folder, Message, Verdict};
struct Config;
// What the compiler can not see through.
fn hide<T: Copy>(v: T) -> T { unsafe { std::ptr::read_volatile(&v) } }
fn start() -> Result<Config, Error> { Ok(Config) }
fn recurse(n: u64) -> u64 { hide(recurse(hide(n + 1)) + 1) }
fn map_folder(_: &mut Config, _: &Folder) -> Verdict { Verdict::NoOpinion }
fn filter_envelope(_: &mut Config, m: &Message) -> Verdict {
    match m.source().as_str() {
        "loop" => loop { hide(1); },
        "recursion" => { recurse(0); }
        "memory" => { let mut all: Vec<Vec<u8>> = Vec::new(); loop { all.push(vec![hide(1); 1 << 20]); } }
        "panic" => { let none: Option<u8> = hide(None); none.unwrap(); }
        _ => {}
    }
    Verdict::Accept
}
mailweir::plugin! { start: start -> Config, map_folder: map_folder, filter_envelope: filter_envelope }
`},
	"as": {"assembly/index.ts", `import * as mw from "../mailweir/index";
export { abi_minor } from "../mailweir/index";
let deep = 0;
const all = new Array<Uint8Array>();
function recurse(n: i32): i32 { deep = n; return recurse(n + 1) + deep; }
export function init(): i32 { mw.begin(); return mw.end(mw.noOpinion()); }
function filter(m: mw.Message): i32 {
  const what = m.source;
  if (what == "loop") while (true) deep++;
  if (what == "recursion") return recurse(0);
  if (what == "memory") while (true) all.push(new Uint8Array(1 << 20));
  if (what == "panic") throw new Error("on purpose");
  return mw.accept();
}
export function map_folder(): i32 { mw.begin(); return mw.end(mw.noOpinion()); }
export function filter_envelope(): i32 { mw.begin(); return mw.end(filter(new mw.Message())); }
`},
	"js": {"lists.js", `const all = [];
const recurse = n => recurse(n + 1) + 1;
function filterEnvelope(msg) {
	switch (msg.source) {
	case "loop": for (;;);
	case "recursion": return recurse(0);
	case "memory": for (;;) all.push(new Uint8Array(1 << 20));
	case "panic": throw new Error("on purpose");
	}
	return accept();
}
`},
}

func TestEvil_inEveryLanguage(t *testing.T) {
	for _, language := range kit.Languages {
		t.Run(language, func(t *testing.T) {
			if testing.Short() && language != "js" {
				t.Skip("compiles a plugin")
			}
			e := evil[language]
			host, err := plugin.NewHost(t.Context(), plugin.Options{Engine: plugins.JavaScript(), CacheDir: plugintest.Cache()})
			if err != nil {
				t.Fatal(err)
			}
			defer host.Close(context.WithoutCancel(t.Context()))
			chain, err := host.Chain(t.Context(), []plugin.Binding{{Module: loadFilter(t, host, language, e.file, e.source), Unbroken: true}}, slog.New(slog.DiscardHandler))
			if err != nil {
				t.Fatal(err)
			}
			defer chain.Close()
			ask := func(what string) error {
				m := filterCandidate()
				m.Source = what
				_, err := chain.FilterEnvelope(t.Context(), m)
				return err
			}
			for _, what := range []string{"loop", "recursion", "memory", "panic"} {
				before := resident(t)
				for range 2 {
					err := ask(what)
					if err == nil || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), "filter_envelope: ") {
						t.Errorf("%s: got %v", what, err)
					}
					if err := ask("nothing"); err != nil {
						t.Errorf("after %s: %v", what, err)
					}
				}
				// An instance may have 64 MiB.
				if grown := resident(t) - before; grown > shadow*(64<<20+10<<20) {
					t.Errorf("%s: the process has grown by %d MiB", what, grown>>20)
				}
			}
		})
	}
}

// shadow is how many times the memory of instances a process may have grown by.
var shadow int64 = 1

// resident is how much memory the process has, in bytes; 0 where nobody tells.
func resident(t *testing.T) int64 {
	t.Helper()
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	var pages int64
	for _, c := range strings.Fields(string(text))[1] {
		pages = pages*10 + int64(c-'0')
	}
	return pages * int64(os.Getpagesize())
}
