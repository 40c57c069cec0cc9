package plugin

import (
	"runtime"
	"strings"
	"testing"

	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/sdk/abi"
)

// askHook puts a question to each kind of hook.
func askHook(t *testing.T, c *Chain, hook string) error {
	t.Helper()
	ctx := t.Context()
	m := candidate()
	var err error
	switch hook {
	case abi.HookMapFolder:
		_, err = c.MapFolder(ctx, question1())
	case abi.HookFilterEnvelope:
		_, err = c.FilterEnvelope(ctx, m)
	case abi.HookFilterMessage:
		_, err = c.FilterMessage(ctx, m)
	case abi.HookMapFlags:
		_, err = c.MapFlags(ctx, copier.FlagQuestion{Target: "Post", Flags: m.Message.Flags})
	case abi.HookRewriteMessage:
		var r copier.Rewrite
		r, err = c.RewriteMessage(ctx, &copier.RewriteQuestion{Candidate: *m})
		if r.Close != nil {
			r.Close()
		}
	case abi.HookMessageKey:
		_, err = c.MessageKey(ctx, &copier.KeyQuestion{Candidate: *m})
	case abi.HookOnConflict:
		_, err = c.OnConflict(ctx, &copier.Conflict{Candidate: *m})
	case abi.HookAfterMessage:
		_, err = c.AfterMessage(ctx, c.Recipients()[0].ID, copied())
	case abi.HookBeforeTask:
		_, err = c.BeforeTask(ctx, &copier.Plan{})
	case abi.HookAfterFolder:
		err = c.AfterFolder(ctx, task.FolderReport{})
	case abi.HookAfterTask:
		err = c.AfterTask(ctx, &task.Report{})
	case abi.HookOnError:
		_, err = c.OnError(ctx, &copier.Trouble{Source: "work", Folder: m.Folder, UID: 7, Stage: copier.StageAppend})
	default:
		t.Fatalf("nobody knows how to ask %s", hook)
	}
	return err
}

// TestEvil_noHookLetsAGuestGetAway puts what an evil guest can do into each hook: each
// time the question fails with one sentence that says who and why, another guest
// answers the next question, and neither goroutines nor memory grow.
func TestEvil_noHookLetsAGuestGetAway(t *testing.T) {
	fill := seq(i32(0), i32(1), i32(65_536), []byte{0xfc, 11, 0})
	evils := []struct {
		name    string
		imports []string
		body    []byte
		want    string
	}{
		{"endless loop", nil, seq(forever, i32(0)), "ticks"},
		{"endless recursion", nil, callFunc(1), "its functions call each other without end"},
		{"storm of memory.fill", nil, seq(loop(fill), i32(0)), "ticks"},
		{"memory bomb", nil, seq([]byte{0x03, 0x40}, i32(1), []byte{0x40, 0}, drop, []byte{0x0c, 0, 0x0b}, i32(0)), "ticks"},
		{"host call storm", []string{"now_ms"}, seq(loop(seq(callFunc(0), drop)), i32(0)), "it called the host more than 1000 times"},
		{"flood of log lines", []string{"log"}, seq(loop(seq(i32(0), i32(0), i32(4096), callFunc(0))), i32(0)), "it called the host more than 1000 times"},
		{"pointer outside the memory", []string{"note"}, seq(i32(65_000), i32(1<<20), callFunc(0)), "it passed a pointer outside its memory"},
		{"pointer that wraps around", []string{"prop_str"}, seq(i32(abi.PropTarget), i32(0), i32(-8), i32(16), callFunc(0)), ""},
		{"exit", []string{"proc_exit"}, seq(i32(3), callFunc(0), i32(1)), "it ended itself with exit status 3"},
		{"trap", nil, unreachable, "it trapped: unreachable"},
		{"result without a meaning", nil, i32(77), "it returned 77"},
		{"negative result", nil, i32(-7), "it gave no reason"},
	}
	opts := quick
	opts.LogLines = 10
	h := newHost(t, opts)
	for _, info := range abi.HookTable {
		t.Run(info.Name, func(t *testing.T) {
			good := chain(t, h, one(info.Name, "", nil, i32(0)))
			if err := askHook(t, good, info.Name); err != nil {
				t.Fatalf("a guest that does nothing: %v", err)
			}
			before := runtime.NumGoroutine()
			for _, e := range evils {
				c := chain(t, h, one(info.Name, strings.Repeat("x", 100), e.imports, e.body))
				for range 2 {
					err := askHook(t, c, info.Name)
					if err == nil && e.want == "" {
						continue // a hook that may not read it answers without touching memory
					}
					if err == nil || !strings.Contains(err.Error(), e.want) || !strings.HasPrefix(err.Error(), "plugin a: ") || strings.Contains(err.Error(), "\n") {
						t.Errorf("%s: got %v", e.name, err)
					}
				}
				if err := askHook(t, good, info.Name); err != nil {
					t.Errorf("another guest after %s: %v", e.name, err)
				}
			}
			if after := runtime.NumGoroutine(); after > before+2 {
				t.Errorf("%d goroutines became %d", before, after)
			}
		})
	}
}

// TestEvil_whatARewriteWritesIsBounded: a guest that writes without end, or what is no
// message, changes nothing.
func TestEvil_whatARewriteWritesIsBounded(t *testing.T) {
	write := func(text string, turns []byte) guest {
		body := seq(i32(0), i32(int32(len(text))), callFunc(0), drop)
		if turns == nil {
			return one(abi.HookRewriteMessage, text, []string{"out_write"}, body, i32(0)).withNeeds(abi.HookRewriteMessage, abi.NeedsBody)
		}
		return one(abi.HookRewriteMessage, text, []string{"out_write"}, loop(body), i32(0)).withNeeds(abi.HookRewriteMessage, abi.NeedsBody)
	}
	put := func(name, value string) guest {
		return one(abi.HookRewriteMessage, name+value, []string{"header_put"},
			i32(abi.HeaderSet), i32(0), i32(int32(len(name))), i32(int32(len(name))), i32(int32(len(value))), callFunc(0), drop, i32(0)).
			withNeeds(abi.HookRewriteMessage, abi.NeedsBody)
	}
	h := newHost(t, quick)
	for name, g := range map[string]guest{
		"without end":           write(strings.Repeat("x", 60_000)+"\r\n", forever),
		"bare LF":               write("Subject: a\r\n\r\none\ntwo\r\n", nil),
		"NUL":                   write("Subject: a\r\n\r\n\x00\r\n", nil),
		"name with a line end":  put("X-A\r\nBcc", "x"),
		"value with a line end": put("X-A", "x\r\nBcc: all@example.org"),
		"name with a colon":     put("X:A", "x"),
		"value that is no text": put("X-A", "\xff\xfe"),
		"no name":               put("", "x"),
	} {
		t.Run(name, func(t *testing.T) {
			c := chain(t, h, g)
			r, err := c.RewriteMessage(t.Context(), &copier.RewriteQuestion{Candidate: *candidate()})
			if err == nil || r.Message != nil || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %+v, %v", r, err)
			}
		})
	}
}
