package sdk_test

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mailweir/mailweir/sdk"
	"github.com/mailweir/mailweir/sdk/sdktest"
)

const manifest = `{"id":"t","version":"1","abi":"1.0","description":"Of the tests.","hooks":["map_folder","filter_envelope","filter_message"],"needs":"body"}`

// What the hooks do is set by each test; they can be registered once only.
var (
	onStart func() error
	folder  func(*sdk.Folder) sdk.Result
	message func(*sdk.Message) sdk.Result
)

func init() { registerHooks() }

func registerHooks() {
	sdk.OnStart(func() error {
		if onStart == nil {
			return nil
		}
		return onStart()
	})
	sdk.MapFolder(func(f *sdk.Folder) sdk.Result { return folder(f) })
	sdk.FilterEnvelope(func(m *sdk.Message) sdk.Result { return message(m) })
	sdk.FilterMessage(func(m *sdk.Message) sdk.Result { return message(m) })
}

func start(t *testing.T, manifest string) {
	t.Helper()
	onStart = nil
	if err := sdktest.StartAs(manifest, `{"name":"value","n":{"m":[1]}}`); err != nil {
		t.Fatal(err)
	}
}

func TestResult_isHandedOver(t *testing.T) {
	start(t, manifest)
	tests := []struct {
		give         sdk.Result
		result, note string
		err          string
	}{
		{sdk.NoOpinion(), "no opinion", "", ""},
		{sdk.Accept(), "accept", "", ""},
		{sdk.Skip("why"), "skip", "why", ""},
		{sdk.Defer("when"), "defer", "when", ""},
		{sdk.Fail(errors.New("how")), "error", "", "how"},
	}
	for _, tt := range tests {
		message = func(*sdk.Message) sdk.Result { return tt.give }
		got := sdktest.FilterEnvelope(sdktest.Message{})
		if got.Result != tt.result || got.Note != tt.note || got.Error != tt.err {
			t.Errorf("got %+v, want %+v", got, tt)
		}
	}
}

func TestMapFolder_defers(t *testing.T) {
	start(t, manifest)
	folder = func(*sdk.Folder) sdk.Result { return sdk.Defer("when") }
	if got := sdktest.MapFolder(sdktest.Folder{Name: "a"}); got.Result != "defer" || got.Note != "when" {
		t.Errorf("got %+v", got)
	}
}

func TestMessage_readsAndChanges(t *testing.T) {
	start(t, manifest)
	date := time.Date(1969, 12, 31, 20, 0, 0, 0, time.FixedZone("", -3*3600))
	long := strings.Repeat("long ", 1000)
	give := sdktest.Message{
		UID: 5, Flags: []string{`\Seen`, "Work"}, Date: date,
		Text: "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nX-Long: " + long + "\r\n\r\nbody",
	}
	message = func(m *sdk.Message) sdk.Result {
		if !m.Date().Equal(date) || m.Date().Format("-0700") != "-0300" {
			t.Errorf("date %s", m.Date())
		}
		if !m.Has(`\seen`) || m.Has(sdk.Flagged) || !m.Has("WORK") || !slices.Equal(m.Flags(), give.Flags) {
			t.Errorf("flags %v", m.Flags())
		}
		if m.Header("subject") != "Grüße" || m.Header("X-Long")+" " != long || m.Header("X-None") != "" {
			t.Errorf("headers %q, %d bytes", m.Header("subject"), len(m.Header("X-Long")))
		}
		if body, err := io.ReadAll(m.Body()); err != nil || string(body) != give.Text {
			t.Errorf("body %q, %v", body, err)
		}
		m.AddFlags("$New")
		m.RemoveFlags("work")
		m.SetDate(date.AddDate(1, 0, 0))
		m.SetTarget("Else")
		return sdk.Accept()
	}
	want := sdktest.Answer{Result: "accept", Target: "Else", Flags: []string{`\Seen`, "$New"}, Date: date.AddDate(1, 0, 0)}
	if diff := cmp.Diff(want, sdktest.FilterMessage(give)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

// TestCall_failsOnMisuse: what the host refuses is never taken for "not there".
func TestCall_failsOnMisuse(t *testing.T) {
	tests := []struct {
		name     string
		manifest string
		give     func(*sdk.Message) sdk.Result
		want     string
	}{
		{"header without asking", strings.Replace(manifest, `,"needs":"body"`, "", 1), func(m *sdk.Message) sdk.Result { m.Header("Subject"); return sdk.Accept() }, "the header can not be read here"},
		{"body before the download", manifest, func(m *sdk.Message) sdk.Result { io.ReadAll(m.Body()); return sdk.Accept() }, "the body can not be read here"},
		{"folder that can not be", manifest, func(m *sdk.Message) sdk.Result { m.SetTarget("a//b"); return sdk.Accept() }, "has an empty level"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			start(t, tt.manifest)
			message = tt.give
			if got := sdktest.FilterEnvelope(sdktest.Message{Text: "A: 1\n\n"}); got.Result != "error" || !strings.Contains(got.Error, tt.want) {
				t.Errorf("got %+v, want an error with %q", got, tt.want)
			}
		})
	}
}

func TestStart_comparesCodeAndManifest(t *testing.T) {
	err := sdktest.StartAs(strings.Replace(manifest, `"map_folder",`, "", 1), "")
	if err == nil || !strings.Contains(err.Error(), "the code registers map_folder, but hooks in plugin.json does not name it") {
		t.Errorf("got error %v", err)
	}
}

func TestConfig(t *testing.T) {
	var got struct {
		Name string `json:"name"`
		N    struct {
			M []int `json:"m"`
		} `json:"n"`
	}
	var values []string
	onStart = func() error {
		for _, path := range []string{"name", "n.m", "n", "name.x", "none"} {
			value, ok := sdk.ConfigValue(path)
			values = append(values, fmt.Sprint(value, ok))
		}
		return sdk.Config(&got)
	}
	if err := sdktest.StartAs(manifest, `{"name":"value","n":{"m":[1]}}`); err != nil {
		t.Fatal(err)
	}
	if got.Name != "value" || !slices.Equal(got.N.M, []int{1}) {
		t.Errorf("got %+v", got)
	}
	if want := []string{"valuetrue", "[1]true", `{"m":[1]}true`, "false", "false"}; !slices.Equal(values, want) {
		t.Errorf("got %q, want %q", values, want)
	}
	if err := sdktest.StartAs(manifest, `{"nam":"value"}`); err == nil || !strings.Contains(err.Error(), "unknown field") {
		t.Errorf("a mistyped member: got error %v", err)
	}
}

func Example() {
	// In a plugin these are registered by init, and sdktest is used by its tests.
	folder = func(f *sdk.Folder) sdk.Result {
		if f.Name() == "Junk" {
			return sdk.Skip("junk stays behind")
		}
		f.SetTarget("Old mail/" + f.Target())
		return sdk.Accept()
	}
	onStart = nil
	if err := sdktest.StartAs(manifest, ""); err != nil {
		fmt.Println(err)
	}
	for _, name := range []string{"Projects", "Junk"} {
		got := sdktest.MapFolder(sdktest.Folder{Name: name})
		fmt.Printf("%s: %s, %q, %q\n", name, got.Result, got.Target, got.Note)
	}
	// Output:
	// Projects: accept, "Old mail/Projects", ""
	// Junk: skip, "Junk", "junk stays behind"
}
