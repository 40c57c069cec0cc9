package kit_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/mailweir/mailweir/host/app/kit"
	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/plugin"
	"github.com/mailweir/mailweir/host/plugin/plugintest"
	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/plugins"
	"github.com/mailweir/mailweir/sdk/abi"
)

// evil are plugins all of whose hooks do what their configuration says, in every language:
// what a compiler and a run time make of it is not what a module written by hand does.
var evil = map[string]struct{ file, source string }{
	"c": {"plugin.c", `#include "mailweir/mailweir.h"
static volatile int deep;
static char what[32];
static int recurse(int n) { deep = n; return recurse(n + 1) + deep; }
static int32_t evil(void)
{
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
	return MW_RESULT_NO_OPINION;
}
MW_START { mw_setting("do", what, sizeof what); return 0; }
MW_HOOK(map_folder) { return evil(); }
MW_HOOK(filter_envelope) { return evil(); }
MW_HOOK(filter_message) { return evil(); }
MW_HOOK(map_flags) { return evil(); }
MW_HOOK(rewrite_message) { return evil(); }
MW_HOOK(message_key) { return evil(); }
MW_HOOK(on_conflict) { return evil(); }
MW_HOOK(after_message) { return evil(); }
MW_HOOK(before_task) { return evil(); }
MW_HOOK(after_folder) { return evil(); }
MW_HOOK(after_task) { return evil(); }
MW_HOOK(on_error) { return evil(); }
`},
	"go": {"main.go", `package main

import "github.com/mailweir/mailweir/sdk"

var (
	config struct{ Do string }
	sink   [][]byte
)

func recurse(n int) int { return recurse(n+1) + len(sink) }

func evil() {
	switch config.Do {
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
}

func init() {
	sdk.OnStart(func() error { return sdk.Config(&config) })
	sdk.MapFolder(func(*sdk.Folder) sdk.Result { evil(); return sdk.NoOpinion() })
	sdk.FilterEnvelope(func(*sdk.Message) sdk.Result { evil(); return sdk.NoOpinion() })
	sdk.FilterMessage(func(*sdk.Message) sdk.Result { evil(); return sdk.NoOpinion() })
	sdk.MapFlags(func(*sdk.FlagSet) sdk.Opinion { evil(); return sdk.NoOpinion() })
	sdk.RewriteMessage(func(*sdk.Rewrite) sdk.Result { evil(); return sdk.NoOpinion() })
	sdk.MessageKey(func(*sdk.Key) sdk.Opinion { evil(); return sdk.NoOpinion() })
	sdk.OnConflict(func(*sdk.Conflict) sdk.ConflictResult { evil(); return sdk.NoOpinion() })
	sdk.AfterMessage(func(*sdk.Copied) sdk.Result { evil(); return sdk.NoOpinion() })
	sdk.BeforeTask(func(*sdk.Run) sdk.RunResult { evil(); return sdk.NoOpinion() })
	sdk.AfterFolder(func(*sdk.Run) sdk.Opinion { evil(); return sdk.NoOpinion() })
	sdk.AfterTask(func(*sdk.Run) sdk.Opinion { evil(); return sdk.NoOpinion() })
	sdk.OnError(func(*sdk.Failure) sdk.RunResult { evil(); return sdk.NoOpinion() })
}

func main() {}
`},
	"rust": {"src/lib.rs", `use mailweir::*;
// What the compiler can not see through.
fn hide<T: Copy>(v: T) -> T { unsafe { std::ptr::read_volatile(&v) } }
fn start() -> Result<String, Error> { Ok(config("do").unwrap_or_default()) }
fn recurse(n: u64) -> u64 { hide(recurse(hide(n + 1)) + 1) }
fn evil(what: &str) {
    match what {
        "loop" => loop { hide(1); },
        "recursion" => { recurse(0); }
        "memory" => { let mut all: Vec<Vec<u8>> = Vec::new(); loop { all.push(vec![hide(1); 1 << 20]); } }
        "panic" => { let none: Option<u8> = hide(None); none.unwrap(); }
        _ => {}
    }
}
fn map_folder(what: &mut String, _: &Folder) -> Verdict { evil(what); Verdict::NoOpinion }
fn filter_envelope(what: &mut String, _: &Message) -> Verdict { evil(what); Verdict::NoOpinion }
fn filter_message(what: &mut String, _: &Message) -> Verdict { evil(what); Verdict::NoOpinion }
fn map_flags(what: &mut String, _: &FlagSet) -> Opinion { evil(what); Opinion::NoOpinion }
fn rewrite_message(what: &mut String, _: &Rewrite) -> Verdict { evil(what); Verdict::NoOpinion }
fn message_key(what: &mut String, _: &Key) -> Opinion { evil(what); Opinion::NoOpinion }
fn on_conflict(what: &mut String, _: &Conflict) -> ConflictVerdict { evil(what); ConflictVerdict::NoOpinion }
fn after_message(what: &mut String, _: &Copied) -> Verdict { evil(what); Verdict::NoOpinion }
fn before_task(what: &mut String, _: &Run) -> RunVerdict { evil(what); RunVerdict::NoOpinion }
fn after_folder(what: &mut String, _: &Run) -> Opinion { evil(what); Opinion::NoOpinion }
fn after_task(what: &mut String, _: &Run) -> Opinion { evil(what); Opinion::NoOpinion }
fn on_error(what: &mut String, _: &Failure) -> RunVerdict { evil(what); RunVerdict::NoOpinion }
mailweir::plugin! { start: start -> String, map_folder: map_folder, filter_envelope: filter_envelope, filter_message: filter_message, map_flags: map_flags, rewrite_message: rewrite_message, message_key: message_key, on_conflict: on_conflict, after_message: after_message, before_task: before_task, after_folder: after_folder, after_task: after_task, on_error: on_error }
`},
	"as": {"assembly/index.ts", `import * as mw from "../mailweir/index";
export { abi_minor } from "../mailweir/index";
let what = "";
let deep = 0;
const all = new Array<Uint8Array>();
function recurse(n: i32): i32 { deep = n; return recurse(n + 1) + deep; }
export function init(): i32 { mw.begin(); what = mw.setting("do", ""); return mw.end(0); }
function evil(): i32 {
  mw.begin();
  if (what == "loop") while (true) deep++;
  if (what == "recursion") return recurse(0);
  if (what == "memory") while (true) all.push(new Uint8Array(1 << 20));
  if (what == "panic") throw new Error("on purpose");
  return mw.end(mw.noOpinion());
}
export function map_folder(): i32 { return evil(); }
export function filter_envelope(): i32 { return evil(); }
export function filter_message(): i32 { return evil(); }
export function map_flags(): i32 { return evil(); }
export function rewrite_message(): i32 { return evil(); }
export function message_key(): i32 { return evil(); }
export function on_conflict(): i32 { return evil(); }
export function after_message(): i32 { return evil(); }
export function before_task(): i32 { return evil(); }
export function after_folder(): i32 { return evil(); }
export function after_task(): i32 { return evil(); }
export function on_error(): i32 { return evil(); }
`},
	"js": {"lists.js", `const all = [];
const recurse = n => recurse(n + 1) + 1;
function evil() {
	switch (ctx.config.do) {
	case "loop": for (;;);
	case "recursion": return recurse(0);
	case "memory": for (;;) all.push(new Uint8Array(1 << 20));
	case "panic": throw new Error("on purpose");
	}
}
const mapFolder = evil;
const filterEnvelope = evil;
const filterMessage = evil;
const mapFlags = evil;
const rewriteMessage = evil;
const messageKey = evil;
const onConflict = evil;
const afterMessage = evil;
const beforeTask = evil;
const afterFolder = evil;
const afterTask = evil;
const onError = evil;
`},
}

// evilManifest takes the place of the scaffold's.
const evilManifest = `{"id": "lists", "version": "1", "abi": "1.1", "description": "Is evil.", "hooks": ["map_folder", "filter_envelope", "filter_message", "map_flags", "rewrite_message", "message_key", "on_conflict", "after_message", "before_task", "after_folder", "after_task", "on_error"], "needs": "body"}`

// askHook puts a question to one hook.
func askHook(ctx context.Context, c *plugin.Chain, hook string) error {
	m := filterCandidate()
	m.Body = strings.NewReader(filterHeader)
	m.Message.Size = int64(len(filterHeader))
	var err error
	switch hook {
	case abi.HookMapFolder:
		_, err = c.MapFolder(ctx, copier.FolderQuestion{Source: "work", Folder: m.Folder, Proposed: "INBOX"})
	case abi.HookFilterEnvelope:
		_, err = c.FilterEnvelope(ctx, m)
	case abi.HookFilterMessage:
		_, err = c.FilterMessage(ctx, m)
	case abi.HookMapFlags:
		_, err = c.MapFlags(ctx, copier.FlagQuestion{Target: "INBOX", Flags: m.Message.Flags})
	case abi.HookRewriteMessage:
		_, err = c.RewriteMessage(ctx, &copier.RewriteQuestion{Candidate: *m})
	case abi.HookMessageKey:
		_, err = c.MessageKey(ctx, &copier.KeyQuestion{Candidate: *m})
	case abi.HookOnConflict:
		_, err = c.OnConflict(ctx, &copier.Conflict{Candidate: *m})
	case abi.HookAfterMessage:
		_, err = c.AfterMessage(ctx, c.Recipients()[0].ID, &copier.Copied{Delivery: copier.Delivery{Source: "work", FolderName: "INBOX", UID: 7}, Message: m.Message, Body: m.Body})
	case abi.HookBeforeTask:
		_, err = c.BeforeTask(ctx, &copier.Plan{})
	case abi.HookAfterFolder:
		err = c.AfterFolder(ctx, task.FolderReport{})
	case abi.HookAfterTask:
		err = c.AfterTask(ctx, &task.Report{})
	case abi.HookOnError:
		_, err = c.OnError(ctx, &copier.Trouble{Source: "work", Folder: m.Folder, UID: 7, Stage: copier.StageAppend})
	default:
		err = errors.New("nobody knows how to ask " + hook)
	}
	return err
}

// TestEvil_inEveryLanguageAndHook: each time the question fails with one sentence, the host
// answers on, and an instance takes no more than it may.
func TestEvil_inEveryLanguageAndHook(t *testing.T) {
	const memory = 16 << 20
	for _, language := range kit.Languages {
		t.Run(language, func(t *testing.T) {
			if testing.Short() && language != "js" {
				t.Skip("compiles a plugin")
			}
			e := evil[language]
			host, err := plugin.NewHost(t.Context(), plugin.Options{
				Engine: plugins.JavaScript(), CacheDir: plugintest.Cache(), Memory: memory, CallTicks: 300_000, BodyTicks: 300_000,
			})
			if err != nil {
				t.Fatal(err)
			}
			defer host.Close(context.WithoutCancel(t.Context()))
			module := loadFilter(t, host, language, e.file, e.source, evilManifest)
			chain := func(what string) *plugin.Chain {
				c, err := host.Chain(t.Context(), []plugin.Binding{{Module: module, Config: []byte(`{"do": "` + what + `"}`), Unbroken: true}}, slog.New(slog.DiscardHandler))
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(c.Close)
				return c
			}
			good := chain("nothing")
			for _, what := range []string{"loop", "recursion", "memory", "panic"} {
				bad := chain(what)
				debug.FreeOSMemory()
				before := resident(t)
				for _, hook := range abi.Hooks {
					err := askHook(t.Context(), bad, hook)
					if err == nil || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), hook+": ") {
						t.Errorf("%s in %s: got %v", what, hook, err)
					}
					if err := askHook(t.Context(), good, hook); err != nil {
						t.Errorf("%s after %s: %v", hook, what, err)
					}
				}
				debug.FreeOSMemory() // what would be collected soon does not count
				if grown := resident(t) - before; grown > shadow*(memory+10<<20) {
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
