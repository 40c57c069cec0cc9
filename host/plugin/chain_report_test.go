package plugin

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/sdk/abi"
)

// says is a guest that reads one text and makes it its note. read is the call of
// import 0, whose last arguments are room for the text; import 1 is note.
func says(hook, imp, needs string, result int32, args ...[]byte) guest {
	const at = 1000
	g := one(hook, "", []string{imp, "note"},
		i32(at), // the note's text
		seq(args...), i32(at), i32(4000), callFunc(0),
		callFunc(1), drop, i32(result),
	)
	return g.withNeeds(hook, needs)
}

// saysNumber notes a number as text of one digit, which is enough for the tests.
func saysNumber(hook, imp, needs string, result int32, args ...[]byte) guest {
	const at = 1000
	g := one(hook, "", []string{imp, "note"},
		i32(at), seq(args...), callFunc(0), []byte{0xa7}, i32('0'), []byte{0x6a}, []byte{0x36, 2, 0}, // i32.wrap, add, store
		i32(at), i32(1), callFunc(1), drop, i32(result),
	)
	return g.withNeeds(hook, needs)
}

// saysCode notes what prop_str answers.
func saysCode(hook, needs string, id int32) guest {
	const at = 1000
	return one(hook, "", []string{"prop_str", "note"},
		i32(at), i32(id), i32(0), i32(at), i32(4000), callFunc(0), i32('0'), []byte{0x6a}, []byte{0x36, 2, 0},
		i32(at), i32(1), callFunc(1), drop, i32(abi.ResultDefer),
	).withNeeds(hook, needs)
}

func (g guest) withNeeds(hook, needs string) guest {
	g.minor = abi.Minor
	g.manifest = `{"id":"told","version":"1","abi":"1.1","description":"A guest of the tests.","hooks":["` + hook + `"],"needs":"` + needs + `"}`
	return g
}

const testParts = "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\none\r\n--b\r\n" +
	"Content-Type: Application/PDF; name=x.pdf\r\nContent-Disposition: attachment\r\nContent-Transfer-Encoding: base64\r\n\r\ndHdv\r\n--b--\r\n"

func copied() *copier.Copied {
	m := &copier.Copied{
		Delivery: copier.Delivery{
			Plugin: "told", Source: "work", Folder: "B&APw-ro.Post", FolderName: "Büro/Post", FolderUse: mail.UseSent, UIDValidity: 3, UID: 7,
			Target: "Else", TargetValidity: 4, TargetUID: 8, Stored: int64(len(testParts)), Attempts: 2,
		},
		Key:  "mw-key",
		Body: strings.NewReader(testParts),
	}
	m.Message = mail.Message{UID: 7, Size: int64(len(testParts)), Flags: []mail.Flag{mail.FlagSeen}, Header: []byte(testParts[:strings.Index(testParts, "\r\n\r\n")+4])}
	return m
}

// chainOf starts guests in a run.
func chainOf(t *testing.T, h *Host, run RunInfo, guests ...guest) *Chain {
	t.Helper()
	var bindings []Binding
	for i, g := range guests {
		bindings = append(bindings, Binding{Module: load(t, h, string(rune('a'+i)), g.bytes()), Run: run})
	}
	c, err := h.Chain(t.Context(), bindings, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestAfterMessage_seesWhatWasCopied(t *testing.T) {
	const hook, body = abi.HookAfterMessage, abi.NeedsBody
	text := func(id int32) guest { return says(hook, "prop_str", body, abi.ResultDefer, i32(id), i32(0)) }
	num := func(id int32) guest { return saysNumber(hook, "prop_u64", body, abi.ResultDefer, i32(id)) }
	partText := func(part, id int32) guest {
		return says(hook, "part_str", body, abi.ResultDefer, i32(part), i32(id))
	}
	partNum := func(part, id int32) guest {
		return saysNumber(hook, "part_u64", body, abi.ResultDefer, i32(part), i32(id))
	}
	tests := []struct {
		name, want string
		give       guest
	}{
		{"source", "work", text(abi.PropSource)},
		{"folder", "Büro/Post", text(abi.PropFolder)},
		{"target", "Else", text(abi.PropTarget)},
		{"use", "Sent", text(abi.PropUse)},
		{"key", "mw-key", text(abi.PropOnceKey)},
		{"task", "mirror", text(abi.PropTask)},
		{"run", "r1", text(abi.PropRun)},
		{"hash", fmt.Sprintf("%x", sha256.Sum256([]byte(testParts))), text(abi.PropHash)},
		{"uid", "7", num(abi.PropUID)},
		{"uidvalidity", "3", num(abi.PropUIDValidity)},
		{"target's uid", "8", num(abi.PropTargetUID)},
		{"target's uidvalidity", "4", num(abi.PropTargetUIDValidity)},
		{"attempt", "2", num(abi.PropAttempt)},
		{"flags", "1", num(abi.PropFlags)},
		{"no dry run", "0", num(abi.PropDryRun)},
		{"parts", "3", num(abi.PropParts)},
		{"nobody has counted", string(rune('0' + abi.ReadAbsent)), num(abi.PropFolderMessages)},
		{"type of a part", "application/pdf", partText(2, abi.PartType)},
		{"filename", "x.pdf", partText(2, abi.PartFilename)},
		{"disposition", "attachment", partText(2, abi.PartDisposition)},
		{"size of a part", "3", partNum(2, abi.PartSize)},
		{"depth", "1", partNum(1, abi.PartDepth)},
		{"leaf", "0", partNum(0, abi.PartLeaf)},
		{"no such part", string(rune('0' + abi.ReadAbsent)), partNum(3, abi.PartLeaf)},
		{"data of a part", "two", says(hook, "body_read", body, abi.ResultDefer, i32(2), i64(0))},
		{"the end of a part", "wo", says(hook, "body_read", body, abi.ResultDefer, i32(2), i64(1))},
		{"stage is of another hook", string(rune('0' + abi.ReadNotPermitted)), saysCode(hook, body, abi.PropStage)},
	}
	h := newHost(t, quick)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := chainOf(t, h, RunInfo{Task: "mirror", ID: "r1"}, tt.give)
			got, err := c.AfterMessage(t.Context(), "told", copied())
			if err != nil || got.Action != copier.ActionDefer || got.Note != tt.want {
				t.Errorf("got %+v, %v; want %q", got, err, tt.want)
			}
		})
	}
}

func TestAfterMessage_answers(t *testing.T) {
	const hook = abi.HookAfterMessage
	waits := func(ms int64, result int32) guest {
		return one(hook, "", []string{"retry_after"}, i64(ms), callFunc(0), drop, i32(result)).withNeeds(hook, abi.NeedsEnvelope)
	}
	plain := func(result int32) guest { return one(hook, "", nil, i32(result)).withNeeds(hook, abi.NeedsEnvelope) }
	tests := []struct {
		name string
		give guest
		want copier.DeliveryAnswer
		err  string
	}{
		{"told", plain(abi.ResultNoOpinion), copier.DeliveryAnswer{}, ""},
		{"accepted", plain(abi.ResultAccept), copier.DeliveryAnswer{}, ""},
		{"not wanted", plain(abi.ResultSkip), copier.DeliveryAnswer{Action: copier.ActionSkip}, ""},
		{"later", waits(90_000, abi.ResultDefer), copier.DeliveryAnswer{Action: copier.ActionDefer, After: 90 * time.Second}, ""},
		{"a wait that is none", waits(-1, abi.ResultDefer), copier.DeliveryAnswer{}, "plugin a: after_message: it asked for a wait of -1 milliseconds"},
		{"a result of another hook", plain(abi.ResultStop), copier.DeliveryAnswer{}, "plugin a: after_message: it returned 6 (stop), which has no meaning"},
		{"trap", one(hook, "", nil, unreachable).withNeeds(hook, abi.NeedsEnvelope), copier.DeliveryAnswer{}, "plugin a: after_message: it trapped: unreachable"},
		{"loop", one(hook, "", nil, forever, i32(0)).withNeeds(hook, abi.NeedsEnvelope), copier.DeliveryAnswer{}, "ticks"},
	}
	h := newHost(t, quick)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := copied()
			m.Body = nil
			got, err := chainOf(t, h, RunInfo{}, tt.give).AfterMessage(t.Context(), "told", m)
			if tt.err != "" {
				wantError(t, err, tt.err)
			} else if err != nil || got != tt.want {
				t.Errorf("got %+v, %v; want %+v", got, err, tt.want)
			}
		})
	}
}

// TestRetryAfter_isForDeliveriesAlone: elsewhere the host has nothing to wait for.
func TestRetryAfter_isForDeliveriesAlone(t *testing.T) {
	g := one(abi.HookFilterEnvelope, "", []string{"retry_after"}, i64(1), callFunc(0), drop, i32(abi.ResultDefer))
	_, err := chain(t, newHost(t, quick), g).FilterEnvelope(t.Context(), candidate())
	wantError(t, err, "it asked for another time where that is not possible")
}

func TestRecipients_areToldApart(t *testing.T) {
	h := newHost(t, quick)
	told := func(needs string) []byte {
		return one(abi.HookAfterMessage, "", nil, i32(0)).withNeeds(abi.HookAfterMessage, needs).bytes()
	}
	m := load(t, h, "/some/where/told.wasm", told(abi.NeedsHeaders))
	other := load(t, h, "x", one(abi.HookMapFolder, "", nil, i32(0)).bytes())
	newer := load(t, h, "told", told(abi.NeedsBody))
	recipients := func(bindings ...Binding) []copier.Recipient {
		c, err := h.Chain(t.Context(), bindings, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		return c.Recipients()
	}
	got := recipients(Binding{Module: other}, Binding{Module: m}, Binding{Module: m, Config: []byte(`{"to":"b"}`)})
	if len(got) != 2 || got[0].ID != "told" || got[1].ID != "told#2" || got[0].Digest == got[1].Digest || got[0].Needs != copier.NeedsHeader {
		t.Errorf("the recipients are %+v", got)
	}
	// Another version elsewhere is the same recipient, and known as another version.
	if again := recipients(Binding{Module: newer}); len(again) != 1 || again[0].ID != "told" || again[0].Digest == got[0].Digest || again[0].Needs != copier.NeedsBody {
		t.Errorf("a newer one is %+v", again)
	}
}

func TestBeforeTask_readsThePlanAndDecides(t *testing.T) {
	plan := &copier.Plan{Pairs: []copier.PairPlan{{Source: "work", Folder: "A", Target: "B", By: "same name", Messages: 3, ToCopy: -1}}, Notes: []string{"a note"}}
	const hook = abi.HookBeforeTask
	h := newHost(t, quick)
	v, err := chainOf(t, h, RunInfo{}, says(hook, "report_read", abi.NeedsEnvelope, abi.ResultStop, i64(0))).BeforeTask(t.Context(), plan)
	want := `{"type":"plan","pairs":[{"type":"pair","source":"work","folder":"A","target":"B","by":"same name","messages":3,"to_copy":-1}],"notes":["a note"]}`
	if err != nil || v.Action != copier.RunStop || v.By != "a" || v.Note != want {
		t.Errorf("got %+v, %v; want %s", v, err, want)
	}
	for result, action := range map[int32]copier.RunAction{abi.ResultNoOpinion: copier.RunGoOn, abi.ResultAccept: copier.RunGoOn, abi.ResultSkip: copier.RunSkip, abi.ResultDefer: copier.RunDefer} {
		c := chainOf(t, h, RunInfo{}, one(hook, "", nil, i32(0)).withNeeds(hook, ""), one(hook, "", nil, i32(result)).withNeeds(hook, ""))
		if v, err := c.BeforeTask(t.Context(), plan); err != nil || v.Action != action {
			t.Errorf("%d became %+v, %v", result, v, err)
		}
	}
	_, err = chainOf(t, h, RunInfo{}, one(hook, "", nil, i32(-1)).withNeeds(hook, "")).BeforeTask(t.Context(), plan)
	wantError(t, err, "plugin a: before_task: it gave no reason")
	_, err = chainOf(t, h, RunInfo{}, one(hook, "", nil, i32(abi.ResultCopy)).withNeeds(hook, "")).BeforeTask(t.Context(), plan)
	wantError(t, err, "it returned 4 (copy), which has no meaning")
}

func TestAfterTask_readsTheReport(t *testing.T) {
	report := &task.Report{
		Outcome: task.OutcomeListed, Cause: "x", Counts: task.Counts{Source: 3, Copied: 2, Failed: 1},
		Folders: []task.FolderReport{{Source: "work", Folder: "A", Target: "B", Counts: task.Counts{Source: 3, Copied: 2, Failed: 1}, Done: true}},
		Listed:  []task.Listed{{Source: "work", Folder: "A", UID: 9, Fate: task.FateFailed, Reason: "why"}},
		Outbox:  task.OutboxCounts{Delivered: 1},
	}
	const hook = abi.HookAfterTask
	var log bytes.Buffer
	h := newHost(t, quick)
	c, err := h.Chain(t.Context(), []Binding{
		{Module: load(t, h, "bad", one(hook, "", nil, unreachable).withNeeds(hook, "").bytes())},
		{Module: load(t, h, "good", says(hook, "report_read", "", abi.ResultNoOpinion, i64(0)).bytes())},
		{Module: load(t, h, "skips", one(hook, "", nil, i32(abi.ResultSkip)).withNeeds(hook, "").bytes())},
	}, slog.New(slog.NewJSONHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	err = c.AfterTask(t.Context(), report)
	wantError(t, err, "plugin bad: it trapped: unreachable; plugin skips: it returned 2 (skip), which has no meaning")
	var line struct{ Msg, Plugin string }
	for text := range strings.SplitSeq(log.String(), "\n") {
		if strings.Contains(text, `"plugin":"good"`) {
			if err := json.Unmarshal([]byte(text), &line); err != nil {
				t.Fatal(err)
			}
		}
	}
	var got struct {
		Type, Outcome string
		ExitStatus    int `json:"exit_status"`
		Copied        int
		Folders       int
		FolderList    []struct {
			Type, Folder string
			Messages     int
		} `json:"folder_list"`
		Listed []struct {
			Type, Reason string
			UID          int
		}
		Outbox struct{ Delivered int }
	}
	if err := json.Unmarshal([]byte(line.Msg), &got); err != nil {
		t.Fatalf("%v in %q", err, line.Msg)
	}
	if got.Type != "report" || got.Outcome != "listed" || got.ExitStatus != 3 || got.Copied != 2 || got.Folders != 1 || got.Outbox.Delivered != 1 ||
		len(got.FolderList) != 1 || got.FolderList[0].Type != "folder" || got.FolderList[0].Messages != 3 ||
		len(got.Listed) != 1 || got.Listed[0].UID != 9 || got.Listed[0].Reason != "why" {
		t.Errorf("it read %s", line.Msg)
	}
}

func TestAfterFolder_readsItsPartOfTheReport(t *testing.T) {
	const hook = abi.HookAfterFolder
	var log bytes.Buffer
	h := newHost(t, quick)
	m := load(t, h, "p", says(hook, "report_read", "", abi.ResultNoOpinion, i64(9)).bytes())
	c, err := h.Chain(t.Context(), []Binding{{Module: m}}, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.AfterFolder(t.Context(), task.FolderReport{Source: "work", Folder: "A", Target: "B", Done: true}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(log.String(), `folder\",\"source\":\"work\",\"folder\":\"A\",\"target\":\"B\"`) {
		t.Errorf("it read %s", log.String())
	}
}

func TestOnError_seesWhatFailedAndDecides(t *testing.T) {
	const hook = abi.HookOnError
	trouble := &copier.Trouble{Source: "work", Folder: mail.Folder{Name: "A"}, Target: "B", UID: 7, Stage: "append", Kind: "refused", Err: "it said no", Attempts: 4}
	h := newHost(t, quick)
	for id, want := range map[int32]string{abi.PropStage: "append", abi.PropErrorKind: "refused", abi.PropError: "it said no", abi.PropFolder: "A", abi.PropTarget: "B"} {
		v, err := chainOf(t, h, RunInfo{}, says(hook, "prop_str", "", abi.ResultSkip, i32(id), i32(0))).OnError(t.Context(), trouble)
		if err != nil || v.Action != copier.RunSkip || v.Note != want {
			t.Errorf("property %d: %+v, %v; want %s", id, v, err, want)
		}
	}
	num := func(id int32, t2 *copier.Trouble, want string) {
		t.Helper()
		v, err := chainOf(t, h, RunInfo{}, saysNumber(hook, "prop_u64", "", abi.ResultDefer, i32(id))).OnError(t.Context(), t2)
		if err != nil || v.Action != copier.RunDefer || v.Note != want {
			t.Errorf("number %d: %+v, %v; want %s", id, v, err, want)
		}
	}
	absent := string(rune('0' + abi.ReadAbsent))
	num(abi.PropUID, trouble, "7")
	num(abi.PropAttempt, trouble, "4")
	num(abi.PropSize, trouble, absent)                                        // it is not known
	num(abi.PropUID, &copier.Trouble{Folder: mail.Folder{Name: "A"}}, absent) // a folder
	num(abi.PropUID, &copier.Trouble{Stage: "list", Kind: "auth"}, absent)    // the run
	if v, err := chainOf(t, h, RunInfo{}, saysCode(hook, "", abi.PropFolder)).OnError(t.Context(), &copier.Trouble{Stage: "list"}); err != nil || v.Note != absent {
		t.Errorf("the folder of a run is %+v, %v", v, err)
	}
}

// TestPropDryRun_tellsInInitToo: a plugin may do something there.
func TestPropDryRun_tellsInInitToo(t *testing.T) {
	g := saysNumber(abi.HookBeforeTask, "prop_u64", "", abi.ResultNoOpinion, i32(abi.PropDryRun))
	g.funcs[abi.ExportInit] = seq(i32(0), i32(abi.PropDryRun), callFunc(0), []byte{0xa7, 0x6b}) // 0 - it: a failure when it is 1
	h := newHost(t, quick)
	v, err := chainOf(t, h, RunInfo{}, g).BeforeTask(t.Context(), &copier.Plan{})
	if err != nil || v.Note != "0" {
		t.Errorf("got %+v, %v", v, err)
	}
	_, err = h.Chain(t.Context(), []Binding{{Module: load(t, h, "a", g.bytes()), Run: RunInfo{DryRun: true}}}, slog.New(slog.DiscardHandler))
	wantError(t, err, "plugin a: start: it gave no reason")
}

// TestChain_whoIsOnlyToldDoesNotDecide: a webhook that is added to a task must not
// have its folders placed anew and its skipped messages reconsidered.
func TestChain_whoIsOnlyToldDoesNotDecide(t *testing.T) {
	h := newHost(t, quick)
	told := one(abi.HookAfterMessage, "", nil, i32(0)).withNeeds(abi.HookAfterMessage, "")
	maps := one(abi.HookMapFolder, "", nil, i32(0))
	onError := one(abi.HookOnError, "", nil, i32(0)).withNeeds(abi.HookOnError, "")
	if digest := chain(t, h, told).Digest(); digest != "" {
		t.Errorf("alone it has the digest %s, as if there were somebody to decide", digest)
	}
	if alone, beside := chain(t, h, maps).Digest(), chain(t, h, told, maps, told).Digest(); alone == "" || alone != beside {
		t.Errorf("the digests are %s and %s", alone, beside)
	}
	if chain(t, h, maps).Digest() == chain(t, h, maps, onError).Digest() || chain(t, h, onError).Digest() == "" {
		t.Error("a plugin that leaves messages out does not count")
	}
}
