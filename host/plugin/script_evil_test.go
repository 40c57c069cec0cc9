package plugin

import (
	"runtime"
	"testing"

	"github.com/mailweir/mailweir/host/copier"
)

// TestScript_evilOnesHoldTheMessage has scripts that would take a process down which
// ran them itself. Each is asked twice, and another script must go on answering.
func TestScript_evilOnesHoldTheMessage(t *testing.T) {
	tests := []struct {
		name, give, want string // the body of filterMessage, from line 2 on
	}{
		{"endless recursion", `const f = () => f() + 1; f()`, "line 2: InternalError: stack overflow"},
		{"endless recursion through the engine", `const f = () => [1].map(f); f()`, "line 2: InternalError: stack overflow"},
		{"endless recursion that is caught", `const f = () => { try { f() } catch { f() } }; f()`, "it used 40000000 of 40000000 ticks"},
		{"deep JSON", `JSON.parse("[".repeat(1e6))`, "stack overflow"},
		{"deep regular expression", `new RegExp("(?:".repeat(1e6))`, "stack overflow"},
		{"deep source", `eval("(".repeat(1e6))`, "stack overflow"},
		{"deep object made text", `let a = []; for (let i = 0; i < 1e5; i++) a = [a]; JSON.stringify(a)`, "it used 40000000 of 40000000 ticks"},
		{"memory bomb of strings", `let s = "x"; for (;;) s += s + s`, "InternalError: "},
		{"memory bomb of objects", `const a = []; for (;;) a.push({})`, "it trapped: unreachable: out of memory"},
		{"memory bomb in one go", `new Uint8Array(1e9)`, "it trapped: unreachable: out of memory"},
		{"memory bomb of the engine", `msg.note("x".repeat(5e8))`, "it trapped: unreachable: out of memory"},
		{"endless loop", `for (;;);`, "it used 40000000 of 40000000 ticks"},
		{"endless loop that is guarded", `for (;;) try { for (;;); } catch {}`, "it used 40000000 of 40000000 ticks"},
		{"endless loop in a finally", `try { null.x } finally { for (;;); }`, "it used 40000000 of 40000000 ticks"},
		{"endless loop in toString", `throw { toString() { for (;;); } }`, "it used 40000000 of 40000000 ticks"},
		{"regular expression that takes for ever", `/^(a+)+$/.test("a".repeat(40) + "b")`, "it used 40000000 of 40000000 ticks"},
		{"host call storm", `for (;;) msg.uid`, "it called the host more than 100000 times"},
		{"log flood", `for (;;) console.log("x")`, "it called the host more than 100000 times"},
		{"destroyed globals", `for (const k of Object.getOwnPropertyNames(globalThis)) try { delete globalThis[k] } catch {}; ({}).__proto__.toString = null; msg.none.x`, "script s.js: filter_message: line 2: "},
		{"replaced getters", `Object.defineProperty(msg, "uid", { get() { throw new Error("mine") } }); msg.uid`, "line 2: Error: mine"},
		{"stack that lies", `const e = new Error("x"); Object.defineProperty(e, "stack", { get() { throw 1 } }); throw e`, "Error: x"},
		{"line that lies", `const e = new Error("x"); e.stack = "<script>:99999999999999"; throw e`, "Error: x"},
	}
	h := scriptHost(t, Options{Memory: 16 << 20, BodyTicks: 4_000_000})
	good := scriptChain(t, h, `const filterMessage = msg => skip(msg.header("from"))`, ``, quiet)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := scriptChain(t, h, "function filterMessage(msg) {\n"+tt.give+"\n}", ``, quiet)
			for range 2 {
				_, err := c.FilterMessage(t.Context(), candidate())
				wantError(t, err, tt.want)
			}
			got, err := good.FilterMessage(t.Context(), candidate())
			if err != nil || got.Action != copier.ActionSkip || got.Note != "ann@example.org" {
				t.Errorf("another script afterwards: %+v, %v", got, err)
			}
		})
	}
}

// TestScript_thatHoardsGoesOn: what a script keeps in its variables ends with the
// instance that is full, and the message is asked about again.
func TestScript_thatHoardsGoesOn(t *testing.T) {
	h := scriptHost(t, Options{Memory: 8 << 20})
	c := scriptChain(t, h, `const kept = []
		function filterMessage(msg) { kept.push(new Uint8Array(1 << 20).fill(1)); return skip(kept.length) }`, ``, quiet)
	for i := range 40 {
		v, err := c.FilterMessage(t.Context(), candidate())
		if err != nil || v.Action != copier.ActionSkip {
			t.Fatalf("message %d: %+v, %v", i, v, err)
		}
	}
}

// TestScript_thatChangesItsHooksIsHeld: a script may define its functions by chance.
func TestScript_thatChangesItsHooksIsHeld(t *testing.T) {
	h := scriptHost(t, Options{})
	c := scriptChain(t, h, `function mapFolder() { new Uint8Array(1e9) }; function filterMessage() {}`, ``, quiet)
	c.bound[0].asked = 1 // as if the first instance had not had filterMessage
	_, err := c.MapFolder(t.Context(), question1())
	wantError(t, err, "script s.js: map_folder: start: it does not implement the same hooks as when it started first")
}

// TestScript_doesNotGrow loads, starts and ends many scripts.
func TestScript_doesNotGrow(t *testing.T) {
	h := scriptHost(t, Options{})
	measure := func(n int) uint64 {
		for range n {
			m := loadScript(t, h, `const filterMessage = () => {}`)
			c, err := h.Chain(t.Context(), []Binding{{Module: m}}, quiet)
			if err != nil {
				t.Fatal(err)
			}
			c.Close()
			if err := m.Close(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := measure(5)
	after := measure(50) // 100 instances of 2 MiB
	if after > before+32<<20 {
		t.Errorf("the heap grew from %d to %d bytes", before, after)
	}
}

// BenchmarkScript measures what a script adds to each message.
func BenchmarkScript(b *testing.B) {
	h := scriptHost(b, Options{})
	for name, source := range map[string]string{
		"empty":       `function filterEnvelope(msg) {}`,
		"two headers": `function filterEnvelope(msg) { if (msg.header("subject").includes("[SPAM]") && msg.header("list-id")) return skip("spam") }`,
	} {
		b.Run(name, func(b *testing.B) {
			c := scriptChain(b, h, source, ``, quiet)
			m := candidate()
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.FilterEnvelope(b.Context(), m); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("start", func(b *testing.B) {
		m := loadScript(b, h, `function filterEnvelope(msg) {}`)
		for b.Loop() {
			c, err := h.Chain(b.Context(), []Binding{{Module: m}}, quiet)
			if err != nil {
				b.Fatal(err)
			}
			c.Close()
		}
	})
}
