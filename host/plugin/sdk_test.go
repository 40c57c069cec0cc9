package plugin

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/plugins"
	"github.com/mailweir/mailweir/sdk/pack"
)

// probe is the plugin in testdata/probe, built once by the real toolchain.
var probe = sync.OnceValues(func() ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	wasm, _, err := pack.Build(ctx, "testdata/probe")
	return wasm, err
})

// probeHost shares one compilation among the tests of this file.
func probeHost(t testing.TB, opts Options) (*Host, *Module) {
	t.Helper()
	wasm, err := probe()
	if err != nil {
		t.Fatal(err)
	}
	opts.CacheDir = probeCache
	h := newHost(t, opts)
	return h, load(t, h, "probe", wasm)
}

func probeChain(t testing.TB, h *Host, m *Module, config string, log *slog.Logger) *Chain {
	t.Helper()
	c, err := h.Chain(t.Context(), []Binding{{Module: m, Config: []byte(config)}}, log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// TestSDK_seesAndChangesEverything goes through all methods of the SDK in a real
// Go plugin.
func TestSDK_seesAndChangesEverything(t *testing.T) {
	h, m := probeHost(t, Options{})
	var log bytes.Buffer
	c := probeChain(t, h, m, ``, slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	if !strings.Contains(log.String(), `msg="a debug line" plugin=probe`) || !strings.Contains(log.String(), `msg="started at 20`) {
		t.Errorf("the log lacks the plugin's lines:\n%s", log.String())
	}

	fq := question1()
	fq.Folder.Use, fq.Folder.Subscribed = mail.UseSent, true
	fq.Folder.Status = &mail.Status{Messages: 12, UIDValidity: 3}
	folder, err := c.MapFolder(t.Context(), fq)
	if err != nil {
		t.Fatal(err)
	}
	wantFolder := copier.FolderAnswer{Target: "Probe/Büro/Post", By: "probe", Note: fmt.Sprint("work", "Büro/Post", "Büro/Post", "Sent", 12, true, true, true)}
	if diff := cmp.Diff(wantFolder, folder); diff != "" {
		t.Errorf("map_folder: -want +got\n%s", diff)
	}

	envelope, err := c.FilterEnvelope(t.Context(), candidate())
	if err != nil {
		t.Fatal(err)
	}
	wantNote := fmt.Sprint("work", "Büro/Post", "Büro/Post", "", 7, len(testMessage), "2024-02-29T12:00:00+01:00", []string{`\Seen`, "$Forwarded"},
		true, false, true, "Grüße from afar", false) +
		` one two From Subject X-Twice x-twice " =?iso-8859-1?Q?Gr=FC=DFe?=\r\n from afar" ` + fmt.Sprint(len(testHeader), nil)
	wantVerdict := copier.Verdict{
		Target: "Else/Where", Flags: []mail.Flag{"$Forwarded", "$Probe", mail.FlagFlagged},
		Date: time.Date(2023, 3, 1, 12, 0, 0, 0, time.FixedZone("", 3600)), By: "probe", Note: wantNote,
	}
	if diff := cmp.Diff(wantVerdict, envelope); diff != "" {
		t.Errorf("filter_envelope: -want +got\n%s", diff)
	}

	// Larger than any buffer of the guest.
	big := append([]byte(testHeader), bytes.Repeat([]byte("0123456789abcdef"), 300_000)...)
	message := candidate()
	message.Message.Size, message.Body = int64(len(big)), bytes.NewReader(big)
	got, err := c.FilterMessage(t.Context(), message)
	if err != nil {
		t.Fatal(err)
	}
	want := copier.Verdict{Flags: []mail.Flag{}, By: "probe", Note: fmt.Sprint(len(big), crc32.ChecksumIEEE(big), nil)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("filter_message: -want +got\n%s", diff)
	}
}

func TestSDK_decides(t *testing.T) {
	h, m := probeHost(t, Options{Memory: 24 << 20})
	quiet := slog.New(slog.DiscardHandler)

	skip, err := probeChain(t, h, m, `{"do":"skip"}`, quiet).FilterEnvelope(t.Context(), candidate())
	if want := (copier.Verdict{Action: copier.ActionSkip, By: "probe", Note: "not wanted"}); err != nil || !cmp.Equal(skip, want) {
		t.Errorf("skip: %+v, %v", skip, err)
	}
	later, err := probeChain(t, h, m, `{"do":"defer"}`, quiet).FilterEnvelope(t.Context(), candidate())
	if want := (copier.Verdict{Action: copier.ActionDefer, By: "probe", Note: "not now"}); err != nil || !cmp.Equal(later, want) {
		t.Errorf("defer: %+v, %v", later, err)
	}
	_, err = probeChain(t, h, m, `{"do":"body"}`, quiet).FilterEnvelope(t.Context(), candidate())
	wantError(t, err, "the body can not be read here")

	for do, want := range map[string]string{
		"fail":  "plugin probe: map_folder: no luck",
		"panic": "plugin probe: map_folder: it trapped: unreachable: runtime error: index out of range",
		"hoard": "plugin probe: map_folder: it trapped: unreachable: runtime: out of memory",
	} {
		c := probeChain(t, h, m, `{"do":"`+do+`"}`, quiet)
		_, err = c.MapFolder(t.Context(), question1())
		wantError(t, err, want)
		if v, err := c.FilterEnvelope(t.Context(), candidate()); err != nil || v.Target != "Else/Where" {
			t.Errorf("%s: the next question: %+v, %v", do, v, err)
		}
	}
}

func TestSDK_canNotSleepForLong(t *testing.T) {
	h, m := probeHost(t, Options{CallTime: 500 * time.Millisecond})
	c := probeChain(t, h, m, `{"do":"sleep"}`, slog.New(slog.DiscardHandler))
	_, err := c.MapFolder(t.Context(), question1())
	wantError(t, err, "plugin probe: map_folder: it ran longer than 500ms and was stopped")
}

func TestSDK_refusesConfiguration(t *testing.T) {
	h, m := probeHost(t, Options{})
	for config, want := range map[string]string{
		`{"do":"refuse"}`: "plugin probe: start: this configuration is refused",
		`{"dont":1}`:      `plugin probe: start: configuration: json: unknown field "dont"`,
		`{"do"`:           "plugin probe: its configuration is no valid JSON",
		`[1]`:             "plugin probe: its configuration is no JSON object",
		`null`:            "plugin probe: its configuration is no JSON object",
	} {
		_, err := h.Chain(t.Context(), []Binding{{Module: m, Config: []byte(config)}}, slog.New(slog.DiscardHandler))
		wantError(t, err, want)
	}
}

func TestSDK_printsToTheLog(t *testing.T) {
	h, m := probeHost(t, Options{})
	var log bytes.Buffer
	c := probeChain(t, h, m, `{"do":"print"}`, slog.New(slog.NewTextHandler(&log, nil)))
	if _, err := c.MapFolder(t.Context(), question1()); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(log.String(), `level=INFO msg="to standard output" plugin=probe`) {
		t.Errorf("the log lacks what the plugin printed:\n%s", log.String())
	}
}

// brokenBody can not be read to its end.
type brokenBody struct{ err error }

func (b brokenBody) ReadAt([]byte, int64) (int, error) { return 0, b.err }

func TestFilterMessage_holdsWhatCanNotBeRead(t *testing.T) {
	h, m := probeHost(t, Options{})
	c := probeChain(t, h, m, ``, slog.New(slog.DiscardHandler))
	for _, err := range []error{errors.New("disk on fire"), io.EOF} {
		message := candidate()
		message.Body = brokenBody{err}
		_, got := c.FilterMessage(t.Context(), message)
		wantError(t, got, "read the message: ")
	}
}

// TestBuiltin_mapsFolders runs the shipped plugin as it is committed.
func TestBuiltin_mapsFolders(t *testing.T) {
	h := newHost(t, Options{CacheDir: probeCache, Engine: plugins.JavaScript()})
	for _, file := range plugins.Builtin() {
		m := load(t, h, file.Name, file.Wasm)
		if m.Manifest().ID != file.Name {
			t.Errorf("%s calls itself %s", file.Name, m.Manifest().ID)
		}
		if file.Name != "folder-rules" {
			continue
		}
		c := probeChain(t, h, m, `{"exclude":["Trash/**"],"sources":{"work":{"prefix":"Work"}}}`, slog.New(slog.DiscardHandler))
		got, err := c.MapFolder(t.Context(), question1())
		if want := (copier.FolderAnswer{Target: "Work/Büro/Post", By: "folder-rules"}); err != nil || got != want {
			t.Errorf("got %+v, %v", got, err)
		}
		q := question1()
		q.Folder.Name = "Trash/old"
		got, err = c.MapFolder(t.Context(), q)
		if want := (copier.FolderAnswer{Exclude: true, By: "folder-rules", Note: "left out by Trash/**"}); err != nil || got != want {
			t.Errorf("got %+v, %v", got, err)
		}
		_, err = h.Chain(t.Context(), []Binding{{Module: m, Config: []byte(`{"exclude_regexp":["("]}`)}}, slog.New(slog.DiscardHandler))
		wantError(t, err, "plugin folder-rules: start: exclude_regexp[0]: error parsing regexp")
	}
}
