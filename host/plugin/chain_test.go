package plugin

import (
	"errors"
	"log/slog"
	"sync"
	"testing"

	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/sdk/abi"
)

// appends is a guest that adds a suffix to the target and returns result.
func appends(hook, suffix string, result int32) guest {
	const at = 1000
	return guest{
		imports: []string{"prop_str", "set_folder"},
		data:    suffix,
		funcs: map[string][]byte{hook: seq(
			i32(abi.PropTarget), i32(0), i32(at), i32(500), callFunc(0), []byte{0x22, 0}, // length, tee local 0
			// The suffix goes behind it: memory.copy(at+length, 0, len).
			i32(at), []byte{0x6a}, i32(0), i32(int32(len(suffix))), []byte{0xfc, 10, 0, 0},
			i32(at), []byte{0x20, 0}, i32(int32(len(suffix))), []byte{0x6a}, callFunc(1), drop,
			i32(result),
		)},
	}
}

func TestChain_handsTheResultOn(t *testing.T) {
	const hook = abi.HookMapFolder
	nothing := one(hook, "", nil, i32(abi.ResultNoOpinion))
	skip := one(hook, "not this one", []string{"note"}, i32(0), i32(12), callFunc(0), drop, i32(abi.ResultSkip))
	fails := one(hook, "", nil, i32(-1))
	tests := []struct {
		name string
		give []guest
		want copier.FolderAnswer
	}{
		{"nobody", nil, copier.FolderAnswer{}},
		{"no opinion", []guest{nothing, nothing}, copier.FolderAnswer{}},
		{"changes add up", []guest{appends(hook, "1", 0), nothing, appends(hook, "2", 0)}, copier.FolderAnswer{Target: "Büro/Post12", By: "c"}},
		{"accept ends the chain", []guest{appends(hook, "1", 1), appends(hook, "2", 0), fails}, copier.FolderAnswer{Target: "Büro/Post1", By: "a"}},
		{"skip ends the chain", []guest{appends(hook, "1", 0), skip, fails}, copier.FolderAnswer{Exclude: true, By: "b", Note: "not this one"}},
		{"other hooks are not asked", []guest{one(abi.HookFilterEnvelope, "", nil, i32(-1)), appends(hook, "1", 0)}, copier.FolderAnswer{Target: "Büro/Post1", By: "b"}},
	}
	h := newHost(t, quick)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := chain(t, h, tt.give...)
			got, err := c.MapFolder(t.Context(), question1())
			if err != nil || got != tt.want {
				t.Errorf("got %+v, %v; want %+v", got, err, tt.want)
			}
		})
	}
}

// TestChain_throwsStagedEffectsAway: a plugin that fails has changed nothing,
// whatever it staged before.
func TestChain_throwsStagedEffectsAway(t *testing.T) {
	h := newHost(t, quick)
	c := chain(t, h, appends(abi.HookFilterEnvelope, "1", 0), appends(abi.HookFilterEnvelope, "2", -1))
	v, err := c.FilterEnvelope(t.Context(), candidate())
	if err == nil || v.Target != "" {
		t.Errorf("got %+v, %v; want an error and no effect", v, err)
	}
	wantError(t, err, "plugin b: filter_envelope: it gave no reason")
}

func TestChain_spellsInboxAsTheEngineDoes(t *testing.T) {
	g := one(abi.HookFilterEnvelope, "inbox", []string{"set_folder"}, i32(0), i32(5), callFunc(0), drop, i32(0))
	v, err := chain(t, newHost(t, quick), g).FilterEnvelope(t.Context(), candidate())
	if err != nil || v.Target != mail.Inbox {
		t.Errorf("got %+v, %v", v, err)
	}
}

func TestChain_asks(t *testing.T) {
	c := chain(t, newHost(t, quick), one(abi.HookFilterEnvelope, "", nil, i32(0)))
	if c.Asks(copier.HookMapFolder) || !c.Asks(copier.HookFilterEnvelope) || c.Asks(copier.HookFilterMessage) {
		t.Error("a chain asks for what its plugins implement, no more and no less")
	}
}

func TestChain_digestTellsWhatDecides(t *testing.T) {
	h := newHost(t, quick)
	a := load(t, h, "a", one(abi.HookMapFolder, "", nil, i32(0)).bytes())
	b := load(t, h, "b", one(abi.HookMapFolder, "", nil, i32(1)).bytes())
	seen := map[string]int{}
	for i, bindings := range [][]Binding{
		{},
		{{Module: a}},
		{{Module: b}},
		{{Module: a}, {Module: b}},
		{{Module: b}, {Module: a}},
		{{Module: a, Config: []byte(`{}`)}},
		{{Module: a, Config: []byte(`{"x":1}`)}},
	} {
		for range 2 {
			c, err := h.Chain(t.Context(), bindings, slog.New(slog.DiscardHandler))
			if err != nil {
				t.Fatal(err)
			}
			if other, ok := seen[c.Digest()]; ok && other != i {
				t.Errorf("chains %d and %d have the same digest", other, i)
			}
			seen[c.Digest()] = i
			c.Close()
		}
	}
	if len(seen) != 7 {
		t.Errorf("%d digests of 7 chains", len(seen))
	}
}

// TestChain_isSafeForManyGoroutines counts in the guest's own memory: an instance
// that two goroutines used at a time would miscount and trap.
func TestChain_isSafeForManyGoroutines(t *testing.T) {
	opts := quick
	opts.Instances = 3
	h := newHost(t, opts)
	c := chain(t, h, appends(abi.HookMapFolder, "!", 0), appends(abi.HookMapFolder, "?", 1))
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			q := question1()
			q.Proposed = string(rune('A' + g))
			for range 200 {
				got, err := c.MapFolder(t.Context(), q)
				if err != nil || got.Target != q.Proposed+"!?" {
					t.Errorf("got %+v, %v; want %s!?", got, err, q.Proposed)
					return
				}
			}
		})
	}
	wg.Wait()
	for _, b := range c.bound {
		if n := len(b.pool.idle); n < 1 || n > 3 {
			t.Errorf("%d instances are idle, want 1 to 3", n)
		}
	}
}

func TestChain_closedRefuses(t *testing.T) {
	h := newHost(t, quick)
	c := chain(t, h, one(abi.HookMapFolder, "", nil, i32(0)))
	c.Close()
	c.Close()
	if _, err := c.MapFolder(t.Context(), question1()); !errors.Is(err, errClosed) {
		t.Errorf("got error %v", err)
	}
}

func TestFilterMessage_needsTheMessage(t *testing.T) {
	c := chain(t, newHost(t, quick), one(abi.HookFilterMessage, "", nil, i32(0)))
	m := candidate()
	m.Body = nil
	_, err := c.FilterMessage(t.Context(), m)
	wantError(t, err, "there is no message to look at")
}
