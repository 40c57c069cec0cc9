package plugin

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/plugin/plugintest"
	"github.com/mailweir/mailweir/sdk/abi"
)

// probeCache keeps compiled plugins, and the engine of scripts.
var probeCache = plugintest.Cache()

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// newHost is a host with limits that a test reaches quickly.
func newHost(t testing.TB, opts Options) *Host {
	t.Helper()
	h, err := NewHost(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
	return h
}

func load(t testing.TB, h *Host, name string, wasm []byte) *Module {
	t.Helper()
	m, err := h.Load(t.Context(), name, wasm)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// chain starts guests without configuration.
func chain(t testing.TB, h *Host, guests ...guest) *Chain {
	t.Helper()
	var bindings []Binding
	for i, g := range guests {
		bindings = append(bindings, Binding{Module: load(t, h, string(rune('a'+i)), g.bytes())})
	}
	c, err := h.Chain(t.Context(), bindings, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// one is a guest with a single hook.
func one(hook string, data string, imports []string, body ...[]byte) guest {
	return guest{imports: imports, data: data, funcs: map[string][]byte{hook: seq(body...)}}
}

const testHeader = "From: ann@example.org\r\n" +
	"Subject: =?iso-8859-1?Q?Gr=FC=DFe?=\r\n from afar\r\n" +
	"X-Twice: one\r\nx-twice: two\r\n" +
	"\r\n"

const testMessage = testHeader + "Hello.\r\n"

func candidate() *copier.Candidate {
	return &copier.Candidate{
		Source: "work",
		Folder: mail.Folder{Name: "Büro/Post", Raw: "B&APw-ro.Post", Selectable: true},
		Target: "Büro/Post",
		Message: mail.Message{
			UID:          7,
			Flags:        []mail.Flag{`\seen`, "$Forwarded", `\Recent`},
			InternalDate: time.Date(2024, 2, 29, 12, 0, 0, 0, time.FixedZone("", 3600)),
			Size:         int64(len(testMessage)),
			Header:       []byte(testHeader),
		},
		Body: strings.NewReader(testMessage),
	}
}

func question1() copier.FolderQuestion {
	c := candidate()
	return copier.FolderQuestion{Source: c.Source, Folder: c.Folder, Proposed: c.Target}
}

// wantError checks that err names what and where.
func wantError(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got error %v, want one with %q", err, want)
	}
	if err != nil && strings.Contains(err.Error(), "\n") {
		t.Errorf("the error is more than one line: %v", err)
	}
}

func TestHostFuncs_areThoseOfTheContract(t *testing.T) {
	for name := range hostFuncs {
		found := false
		for _, imp := range abi.Imports {
			found = found || imp.Name == name
		}
		if !found {
			t.Errorf("%s is not in abi.Imports", name)
		}
	}
	if len(hostFuncs) != len(abi.Imports) {
		t.Errorf("%d functions, the contract has %d", len(hostFuncs), len(abi.Imports))
	}
}
