package languages_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mailweir/mailweir/sdk/pack"
	"github.com/mailweir/mailweir/sdk/sdktest"
)

// TestMain lets the tests find what .ci/setup installs beside the PATH.
func TestMain(m *testing.M) {
	os.Setenv("PATH", os.Getenv("PATH")+string(os.PathListSeparator)+"/opt/mailweir-test/assemblyscript/node_modules/.bin")
	os.Exit(m.Run())
}

// probes are built once.
var probes = map[string][]byte{}

// startProbe starts the probe of a language, or skips the test where its compiler is
// missing.
func startProbe(t *testing.T, language string) {
	t.Helper()
	dir := filepath.Join("testdata", language)
	if probes[language] == nil {
		wasm, _, err := pack.Build(t.Context(), dir)
		var missing *pack.ToolError
		if errors.As(err, &missing) && os.Getenv("CI") != "true" {
			t.Skip(err)
		}
		if err != nil {
			t.Fatal(err)
		}
		probes[language] = wasm
	}
	manifest, err := os.ReadFile(filepath.Join(dir, pack.ManifestFile))
	if err != nil {
		t.Fatal(err)
	}
	if err := start(t, probes[language], string(manifest), ``, ``); err != nil {
		t.Fatal(err)
	}
}

// TestProbes_doTheSame asks the probes of all languages the same, and expects the same.
func TestProbes_doTheSame(t *testing.T) {
	for _, language := range []string{"go", "c", "rust", "assemblyscript"} {
		t.Run(language, func(t *testing.T) {
			if testing.Short() {
				t.Skip("takes compilers")
			}
			startProbe(t, language)
			t.Run("parts", probeParts)
			t.Run("flags", probeFlags)
			t.Run("rewrite", probeRewrite)
			t.Run("key and conflict", probeConflict)
			t.Run("runs", probeRuns)
			t.Run("doors", probeDoors)
		})
	}
}

func probeParts(t *testing.T) {
	const text = "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\na=C3=BC\r\n" +
		"--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=x.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\naGVsbG8gaGVsbG8gaGVsbG8gaGVsbG8=\r\n--b--\r\n"
	got := sdktest.FilterMessage(sdktest.Message{Text: text})
	want := []string{"multipart/mixed||||0|0|false|", "text/plain|utf-8|||3|1|true|aü", "application/pdf||attachment|x.pdf|23|1|true|hello hello hello hello", fmt.Sprintf("%x", sha256.Sum256([]byte(text)))[:4]}
	if diff := cmp.Diff(want, got.Log); diff != "" || got.Error != "" {
		t.Errorf("%s: %s", got.Error, diff)
	}
}

func probeFlags(t *testing.T) {
	for _, tt := range []struct {
		give   sdktest.FlagSet
		want   []string
		result string
	}{
		{sdktest.FlagSet{Target: "T", Flags: []string{`\Seen`}}, []string{`\Seen`, "$All", "T"}, "accept"},
		{sdktest.FlagSet{Flags: []string{`\Seen`}, Kept: []string{"a", "b"}}, []string{"a", "b"}, "no opinion"},
		{sdktest.FlagSet{Flags: []string{`\Seen`}, Kept: []string{}}, []string{}, "no opinion"},
	} {
		if got := sdktest.MapFlags(tt.give); !cmp.Equal(got.Flags, tt.want) || got.Result != tt.result {
			t.Errorf("%+v: got %+v", tt.give, got)
		}
	}
}

func probeRewrite(t *testing.T) {
	got := sdktest.RewriteMessage(sdktest.Message{Text: letter})
	if want := "X-Size: 67\r\nFrom: ann@example.org\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n\r\nbody\r\n"; got.Message != want || got.Result != "accept" {
		t.Errorf("got %+v, want %q", got, want)
	}
	long := letter + strings.Repeat("0123456789abcdef", 1000)
	if got := sdktest.RewriteMessage(sdktest.Message{Text: long, Attempt: 1}); got.Message != "X: 1\r\n"+long {
		t.Errorf("got %+v", got)
	}
	if got := sdktest.RewriteMessage(sdktest.Message{Text: letter, Attempt: 1, Refusal: "skip"}); got.Result != "skip" || got.Note != "refused" {
		t.Errorf("got %+v", got)
	}
}

func probeConflict(t *testing.T) {
	m := sdktest.Message{Text: letter, Date: time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)}
	if got := sdktest.MessageKey(m, true); got.Key != "hello" {
		t.Errorf("got %+v", got)
	}
	if got := sdktest.MessageKey(m, false); got.Key != "" || got.Result != "no opinion" {
		t.Errorf("got %+v", got)
	}
	for want, there := range map[string]sdktest.Stored{
		"copy":       {},
		"replace":    {UID: 1, Flags: []string{`\Seen`, "$Draft"}},
		"skip":       {UID: 1, Size: 1 << 20},
		"defer":      {UID: 1, Date: m.Date.Add(time.Hour)},
		"no opinion": {UID: 1, Date: m.Date},
	} {
		if got := sdktest.OnConflict(m, there); got.Result != want {
			t.Errorf("%s: got %+v", want, got)
		}
	}
}

func probeRuns(t *testing.T) {
	if got := sdktest.BeforeTask(`{"a": "too many"}`); got.Result != "stop" || got.Note != "a person has to look" {
		t.Errorf("got %+v", got)
	}
	if got := sdktest.BeforeTask(`{}`); got.Result != "no opinion" {
		t.Errorf("got %+v", got)
	}
	long := `{"a": "` + strings.Repeat("x", 10_000) + `"}`
	for _, got := range []sdktest.Answer{sdktest.AfterFolder(long), sdktest.AfterTask(long)} {
		if !cmp.Equal(got.Log, []string{"task run false 10009"}) || got.Result != "accept" {
			t.Errorf("got %+v", got)
		}
	}
	if got := sdktest.OnError(sdktest.Failure{Stage: "append", Kind: "refused", Text: "NO", Message: &sdktest.Message{UID: 3}}); got.Result != "skip" || got.Note != "append refused NO 0 3" {
		t.Errorf("got %+v", got)
	}
	if got := sdktest.OnError(sdktest.Failure{Kind: "auth"}); got.Result != "defer" || got.Note != "later" {
		t.Errorf("got %+v", got)
	}
}

func probeDoors(t *testing.T) {
	t.Cleanup(func() { sdktest.World = sdktest.Outside{} })
	m := sdktest.Message{Text: letter, Source: "s", UID: 3}
	defers := func(want string) {
		t.Helper()
		if got := sdktest.AfterMessage(m, sdktest.Stored{UID: 9}); got.Result != "defer" || got.Note != want || got.RetryAfter != 90*time.Second {
			t.Errorf("got %+v, want %q", got, want)
		}
	}
	defers("http: http is not granted")
	var asked sdktest.HTTPRequest
	sdktest.World.HTTP = func(r sdktest.HTTPRequest) (sdktest.HTTPResponse, error) {
		asked = r
		return sdktest.HTTPResponse{Status: 201, Header: map[string]string{"Server": "S"}, Body: strings.Repeat("x", 5000)}, nil
	}
	defers("kv: kv is not granted")
	if diff := cmp.Diff(sdktest.HTTPRequest{Method: "POST", URL: "https://x.example/", Header: map[string]string{"Idempotency-Key": "s/INBOX/3"}, Body: "uid=9"}, asked); diff != "" {
		t.Error(diff)
	}
	// Why an argument is none is the host's to say, too.
	sdktest.World.KV = map[string]string{"n": "ten"}
	defers(`kv: the value of the key "n" is no number`)
	sdktest.World.KV = map[string]string{}
	defers("tcp: tcp is not granted")
	sdktest.World.KV = map[string]string{}
	var pinged strings.Builder
	sdktest.World.TCP = func(address string, _ bool) (io.ReadWriteCloser, error) {
		if address != "clamd:3310" {
			return nil, errors.New("no route to " + address)
		}
		return struct {
			io.Reader
			io.Writer
			io.Closer
		}{strings.NewReader("pong"), &pinged, io.NopCloser(nil)}, nil
	}
	defers("smtp: smtp is not granted")
	sdktest.World.KV = map[string]string{}
	var sent sdktest.Mail
	sdktest.World.SMTP = func(m sdktest.Mail) error { sent = m; return nil }
	got := sdktest.AfterMessage(m, sdktest.Stored{UID: 9})
	if diff := cmp.Diff([]string{"201 S 5000", "2 false true 9 false", "pong"}, got.Log); diff != "" || got.Result != "accept" {
		t.Errorf("%+v: %s", got, diff)
	}
	if pinged.String() != "pingping" {
		t.Errorf("sent %q", pinged.String())
	}
	if sent.Relay != "archive" || sent.Message != letter || !cmp.Equal(sent.To, []string{"b@x"}) {
		t.Errorf("sent %+v", sent)
	}
}
