package plugin

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/sdk/abi"
)

// bindAll starts guests that are all bound in the same way.
func bindAll(t *testing.T, b Binding, guests ...guest) *Chain {
	t.Helper()
	h := newHost(t, quick)
	var bindings []Binding
	for i, g := range guests {
		b.Module = load(t, h, string(rune('a'+i)), g.bytes())
		bindings = append(bindings, b)
	}
	c, err := h.Chain(t.Context(), bindings, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// onTarget fails with code when the proposed folder begins with "X", and has no
// opinion otherwise.
func onTarget(code []byte) guest {
	return guest{imports: []string{"prop_str"}, funcs: map[string][]byte{abi.HookMapFolder: seq(
		i32(abi.PropTarget), i32(0), i32(100), i32(100), callFunc(0), drop,
		i32(100), []byte{0x2d, 0, 0}, i32('X'), []byte{0x46, 0x04, 0x40}, code, []byte{0x0b}, // if load8_u == 'X'
		i32(0),
	)}}
}

func askFor(t *testing.T, c *Chain, target string) (copier.FolderAnswer, error) {
	t.Helper()
	q := question1()
	q.Proposed = target
	return c.MapFolder(t.Context(), q)
}

// fails are the ways in which a guest fails at a question.
var fails = map[string][]byte{
	"trap":           unreachable,
	"endless loop":   forever,
	"own error":      seq(i32(-1), []byte{0x0f}), // return
	"unknown result": seq(i32(77), []byte{0x0f}),
}

func TestChain_holdsWhatFails(t *testing.T) {
	for name, code := range fails {
		t.Run(name, func(t *testing.T) {
			c := bindAll(t, Binding{}, onTarget(code), appends(abi.HookMapFolder, "!", 0))
			for range 3 {
				if got, err := askFor(t, c, "X"); err == nil || errors.Is(err, copier.ErrStop) || got.Target != "" {
					t.Errorf("got %+v, %v; want an error that holds", got, err)
				}
				if got, err := askFor(t, c, "Good"); err != nil || got.Target != "Good!" {
					t.Errorf("the next one: %+v, %v", got, err)
				}
			}
		})
	}
}

func TestChain_ignoresWhatFails(t *testing.T) {
	for name, code := range fails {
		t.Run(name, func(t *testing.T) {
			c := bindAll(t, Binding{OnError: task.OnErrorIgnore}, onTarget(code), appends(abi.HookMapFolder, "!", 0))
			for range maxFailuresInRow + 5 {
				if got, err := askFor(t, c, "X"); err != nil || got.Target != "X!" || got.By != "b" {
					t.Errorf("got %+v, %v; want the answer of the next plugin", got, err)
				}
			}
		})
	}
}

// TestChain_ignoredFailureHasNoEffect: a filter that moved a message and then
// trapped has not moved it.
func TestChain_ignoredFailureHasNoEffect(t *testing.T) {
	moves := one(abi.HookFilterEnvelope, "Away", []string{"set_folder"}, i32(0), i32(4), callFunc(0), drop, unreachable)
	c := bindAll(t, Binding{OnError: task.OnErrorIgnore}, moves)
	v, err := c.FilterEnvelope(t.Context(), candidate())
	if err != nil || v.Target != "" || v.By != "" || v.Action != copier.ActionPass {
		t.Errorf("got %+v, %v; want that it passes as it is", v, err)
	}
}

func TestChain_stopsAtTheFirstFailureWhenTold(t *testing.T) {
	for name, code := range fails {
		t.Run(name, func(t *testing.T) {
			c := bindAll(t, Binding{OnError: task.OnErrorStop}, onTarget(code))
			if _, err := askFor(t, c, "Good"); err != nil {
				t.Fatal(err)
			}
			_, first := askFor(t, c, "X")
			wantError(t, first, "plugin a: map_folder: ")
			wantError(t, first, "; the run stops, as it was told to")
			if _, err := askFor(t, c, "Good"); !errors.Is(err, copier.ErrStop) || err.Error() != first.Error() {
				t.Errorf("asked again: %v, want the same", err)
			}
		})
	}
}

func TestBreaker_endsARowOfFailures(t *testing.T) {
	c := bindAll(t, Binding{}, onTarget(unreachable))
	for range 3 { // a success ends the row
		for i := range maxFailuresInRow - 1 {
			if _, err := askFor(t, c, "X"); err == nil || errors.Is(err, copier.ErrStop) {
				t.Fatalf("failure %d: %v", i+1, err)
			}
		}
		if _, err := askFor(t, c, "Good"); err != nil {
			t.Fatal(err)
		}
	}
	var err error
	for range maxFailuresInRow {
		_, err = askFor(t, c, "X")
	}
	if !errors.Is(err, copier.ErrStop) {
		t.Errorf("got %v", err)
	}
	wantError(t, err, "plugin a: map_folder: it trapped: unreachable; the run stops, because the plugin failed 20 times in a row")
	if _, err := askFor(t, c, "Good"); !errors.Is(err, copier.ErrStop) {
		t.Errorf("it is asked on: %v", err)
	}
}

func TestBreaker_endsAShareOfFailures(t *testing.T) {
	for _, tt := range []struct {
		every int // one of so many questions fails
		stops bool
	}{{10, true}, {30, false}} {
		t.Run(fmt.Sprint("one of ", tt.every), func(t *testing.T) {
			c := bindAll(t, Binding{}, onTarget(unreachable))
			var stop error
			asked := 0
			for asked < 1000 && stop == nil {
				asked++
				target := "Good"
				if asked%tt.every == 0 {
					target = "X"
				}
				if _, err := askFor(t, c, target); errors.Is(err, copier.ErrStop) {
					stop = err
				}
			}
			if (stop != nil) != tt.stops {
				t.Fatalf("after %d questions: %v", asked, stop)
			}
			if tt.stops && (asked != minAsked || !strings.Contains(stop.Error(), "because the plugin failed at 20 of 200 questions")) {
				t.Errorf("after %d questions: %v", asked, stop)
			}
		})
	}
}

func TestBreaker_letsWhoTriesOutGoOn(t *testing.T) {
	c := bindAll(t, Binding{Unbroken: true}, onTarget(unreachable))
	for range 2 * maxFailuresInRow {
		if _, err := askFor(t, c, "X"); err == nil || errors.Is(err, copier.ErrStop) {
			t.Fatalf("got %v", err)
		}
	}
}

// TestBreaker_countsNoCallThatNobodyWaitsFor: a run that is stopped is no failure of
// its plugins.
func TestBreaker_countsNoCallThatNobodyWaitsFor(t *testing.T) {
	c := bindAll(t, Binding{OnError: task.OnErrorStop}, onTarget(forever))
	for range 2 * maxFailuresInRow {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		q := question1()
		q.Proposed = "X"
		if _, err := c.MapFolder(ctx, q); err == nil || errors.Is(err, copier.ErrStop) {
			t.Errorf("got %v", err)
		}
	}
	if _, err := askFor(t, c, "Good"); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

func TestBreaker_isSafeForManyWhoAsk(t *testing.T) {
	c := bindAll(t, Binding{}, onTarget(unreachable))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 10 {
				_, _ = askFor(t, c, "X")
			}
		})
	}
	wg.Wait()
	if err := c.bound[0].policy.stopped(); err == nil || !strings.Contains(err.Error(), "20 times in a row") {
		t.Errorf("got %v", err)
	}
}

// TestReportHooks_endTheRunWhenTold: they decide nothing, but the plugin is to be
// looked at when it fails at them, too.
func TestReportHooks_endTheRunWhenTold(t *testing.T) {
	for hook, ask := range reportHooks {
		t.Run(hook, func(t *testing.T) {
			c := bindAll(t, Binding{OnError: task.OnErrorStop}, one(hook, "", nil, unreachable).withNeeds(hook, abi.NeedsEnvelope))
			err := ask(t.Context(), c)
			wantError(t, err, "plugin a: "+hook+": it trapped: unreachable; the run stops, as it was told to")
			if !errors.Is(err, copier.ErrStop) {
				t.Errorf("%v ends nothing", err)
			}
			// It is asked no more: what the run is told of the end is not in its way.
			if err := ask(t.Context(), c); (err != nil) != (hook == abi.HookAfterMessage) {
				t.Errorf("asked again: %v", err)
			}
		})
	}
}

// TestReportHooks_areLeftOutWhenIgnored: but who is to be told of a message is told of
// it later.
func TestReportHooks_areLeftOutWhenIgnored(t *testing.T) {
	for hook, ask := range reportHooks {
		t.Run(hook, func(t *testing.T) {
			c := bindAll(t, Binding{OnError: task.OnErrorIgnore}, one(hook, "", nil, unreachable).withNeeds(hook, abi.NeedsEnvelope))
			if err := ask(t.Context(), c); (err != nil) != (hook == abi.HookAfterMessage) || errors.Is(err, copier.ErrStop) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestBreaker_doesNotCountWhatHoldsNothing: a server of the plugin that is down for a
// while keeps no mail from being copied.
func TestBreaker_doesNotCountWhatHoldsNothing(t *testing.T) {
	for _, hook := range []string{abi.HookAfterMessage, abi.HookAfterFolder, abi.HookAfterTask, abi.HookOnError} {
		t.Run(hook, func(t *testing.T) {
			c := bindAll(t, Binding{}, one(hook, "", nil, i32(-1)).withNeeds(hook, abi.NeedsEnvelope))
			for range maxFailuresInRow + 5 {
				if err := reportHooks[hook](t.Context(), c); err == nil || errors.Is(err, copier.ErrStop) {
					t.Fatalf("got %v", err)
				}
			}
		})
	}
}

// reportHooks ask the hooks about what happens around the copying.
var reportHooks = map[string]func(context.Context, *Chain) error{
	abi.HookAfterMessage: func(ctx context.Context, c *Chain) error {
		_, err := c.AfterMessage(ctx, c.Recipients()[0].ID, &copier.Copied{})
		return err
	},
	abi.HookBeforeTask: func(ctx context.Context, c *Chain) error {
		_, err := c.BeforeTask(ctx, &copier.Plan{})
		return err
	},
	abi.HookAfterFolder: func(ctx context.Context, c *Chain) error { return c.AfterFolder(ctx, task.FolderReport{}) },
	abi.HookAfterTask:   func(ctx context.Context, c *Chain) error { return c.AfterTask(ctx, &task.Report{}) },
	abi.HookOnError: func(ctx context.Context, c *Chain) error {
		_, err := c.OnError(ctx, &copier.Trouble{})
		return err
	},
}
