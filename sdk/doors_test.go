package sdk_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mailweir/mailweir/sdk"
	"github.com/mailweir/mailweir/sdk/internal/guest"
	"github.com/mailweir/mailweir/sdk/sdktest"
)

// another makes the tests of this package be another plugin until the test ends.
func another(t *testing.T, hooks, needs string, register func()) {
	t.Helper()
	guest.Reset()
	t.Cleanup(func() {
		guest.Reset()
		registerHooks()
		sdktest.World = sdktest.Outside{}
	})
	register()
	names := `"` + strings.ReplaceAll(hooks, " ", `","`) + `"`
	manifest := `{"id":"t","version":"1","abi":"1.1","description":"Of the tests.","hooks":[` + names + `],"needs":"` + needs + `"}`
	if err := sdktest.StartAs(manifest, `{}`); err != nil {
		t.Fatal(err)
	}
}

const letter = "From: ann@example.org\r\nX-Old: 1\r\nX-Old: 2\r\n folded\r\nSubject: hello\r\n\r\nbody\r\n"

func TestRewriteMessage_changesHeaderFieldsOnly(t *testing.T) {
	another(t, "rewrite_message", "body", func() {
		sdk.RewriteMessage(func(r *sdk.Rewrite) sdk.Result {
			r.RemoveHeader("x-old")
			r.SetHeader("Subject", "Grüße")
			r.AddHeader("X-New", r.Refusal())
			return sdk.Accept()
		})
	})
	got := sdktest.RewriteMessage(sdktest.Message{Text: letter, Attempt: 1, Refusal: "NO"})
	want := "X-New: NO\r\nFrom: ann@example.org\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n\r\nbody\r\n"
	if got.Result != "accept" || got.Message != want {
		t.Errorf("got %+v, want %q", got, want)
	}
}

func TestRewriteMessage_writesAWholeMessage(t *testing.T) {
	another(t, "rewrite_message", "body", func() {
		sdk.RewriteMessage(func(r *sdk.Rewrite) sdk.Result {
			if r.Attempt() == 0 {
				return sdk.NoOpinion()
			}
			io.WriteString(r.Writer(), "X: 1\r\n")
			io.Copy(r.Writer(), r.Body())
			return sdk.NoOpinion()
		})
	})
	if got := sdktest.RewriteMessage(sdktest.Message{Text: letter}); got.Message != "" {
		t.Errorf("the first attempt: %+v", got)
	}
	if got := sdktest.RewriteMessage(sdktest.Message{Text: letter, Attempt: 2}); got.Message != "X: 1\r\n"+letter {
		t.Errorf("got %+v", got)
	}
}

func TestMapFlags(t *testing.T) {
	another(t, "map_flags", "envelope", func() {
		sdk.MapFlags(func(f *sdk.FlagSet) sdk.Opinion {
			kept, all := f.Kept()
			if all {
				f.Add("$All")
				return sdk.Accept()
			}
			f.Set(append(kept, f.Target())...)
			return sdk.NoOpinion()
		})
	})
	if got := sdktest.MapFlags(sdktest.FlagSet{Flags: []string{`\Seen`}}); !cmp.Equal(got.Flags, []string{`\Seen`, "$All"}) || got.Result != "accept" {
		t.Errorf("got %+v", got)
	}
	if got := sdktest.MapFlags(sdktest.FlagSet{Target: "T", Kept: []string{"a", "b"}}); !cmp.Equal(got.Flags, []string{"a", "b", "T"}) {
		t.Errorf("got %+v", got)
	}
}

func TestMessageKey_andConflict(t *testing.T) {
	another(t, "message_key on_conflict", "headers", func() {
		sdk.MessageKey(func(k *sdk.Key) sdk.Opinion {
			if k.AtTarget() {
				k.Set("t:" + k.Header("Subject"))
			}
			return sdk.NoOpinion()
		})
		sdk.OnConflict(func(c *sdk.Conflict) sdk.ConflictResult {
			there := c.There()
			if _, known := there.UID(); !known {
				return sdk.Copy("nobody knows")
			}
			switch {
			case there.Has("$Draft"):
				return sdk.Replace("a draft")
			case there.Size() > c.Size():
				return sdk.Skip("larger")
			case there.Date().After(c.Date()):
				return sdk.NoOpinion()
			}
			return sdk.Defer("later")
		})
	})
	if got := sdktest.MessageKey(sdktest.Message{Text: letter}, true); got.Key != "t:hello" {
		t.Errorf("got %+v", got)
	}
	if got := sdktest.MessageKey(sdktest.Message{Text: letter}, false); got.Key != "" {
		t.Errorf("got %+v", got)
	}
	now := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	for want, there := range map[string]sdktest.Stored{
		"copy":       {},
		"replace":    {UID: 1, Flags: []string{"$draft"}},
		"skip":       {UID: 1, Size: 1 << 20},
		"no opinion": {UID: 1, Date: now.Add(time.Hour)},
		"defer":      {UID: 1, Date: now},
	} {
		if got := sdktest.OnConflict(sdktest.Message{Text: letter, Date: now}, there); got.Result != want {
			t.Errorf("%s: got %+v", want, got)
		}
	}
}

func TestHooksOfRuns(t *testing.T) {
	var seen []string
	another(t, "before_task after_folder after_task on_error", "envelope", func() {
		sdk.BeforeTask(func(r *sdk.Run) sdk.RunResult {
			var plan struct{ Messages int }
			if err := r.DecodeReport(&plan); err != nil {
				return sdk.Fail(err)
			}
			if plan.Messages > 100 {
				return sdk.Stop("too many")
			}
			return sdk.NoOpinion()
		})
		told := func(r *sdk.Run) sdk.Opinion {
			text, _ := io.ReadAll(r.Report())
			seen = append(seen, sdk.TaskName()+sdk.RunID()+string(text))
			return sdk.Accept()
		}
		sdk.AfterFolder(told)
		sdk.AfterTask(told)
		sdk.OnError(func(f *sdk.Failure) sdk.RunResult {
			if m := f.Message(); m != nil && f.Kind() == "refused" {
				return sdk.Skip(f.Stage() + " " + f.Text())
			}
			return sdk.Defer("")
		})
	})
	if got := sdktest.BeforeTask(`{"messages": 101, "other": []}`); got.Result != "stop" || got.Note != "too many" {
		t.Errorf("got %+v", got)
	}
	if got := sdktest.BeforeTask(`{"messages"`); got.Result != "error" {
		t.Errorf("got %+v", got)
	}
	sdktest.AfterFolder(`{"a":1}`)
	sdktest.AfterTask(`{}`)
	if want := []string{`taskrun{"a":1}`, `taskrun{}`}; !cmp.Equal(seen, want) {
		t.Errorf("got %q", seen)
	}
	if got := sdktest.OnError(sdktest.Failure{Stage: "append", Kind: "refused", Text: "NO", Message: &sdktest.Message{}}); got.Result != "skip" || got.Note != "append NO" {
		t.Errorf("got %+v", got)
	}
	if got := sdktest.OnError(sdktest.Failure{Kind: "refused"}); got.Result != "defer" {
		t.Errorf("got %+v", got)
	}
}

func TestParts(t *testing.T) {
	const text = "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\na=3Db\r\n" +
		"--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=x.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\naGVsbG8=\r\n--b--\r\n"
	var seen []string
	another(t, "filter_message", "body", func() {
		sdk.FilterMessage(func(m *sdk.Message) sdk.Result {
			for p := range m.Parts() {
				data, _ := io.ReadAll(p.Body())
				line := strings.Join([]string{p.Type(), p.Charset(), p.Disposition(), p.Filename(), string(data)}, "|")
				if p.Depth() == 1 && p.IsLeaf() && p.Size() == int64(len(data)) {
					line = "> " + line
				}
				seen = append(seen, line)
			}
			return sdk.NoOpinion()
		})
	})
	if got := sdktest.FilterMessage(sdktest.Message{Text: text}); got.Error != "" {
		t.Error(got.Error)
	}
	want := []string{"multipart/mixed||||", "> text/plain|utf-8|||a=b", "> application/pdf||attachment|x.pdf|hello"}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Error(diff)
	}
}

// onCopied registers what an after_message hook does.
func onCopied(t *testing.T, do func(*sdk.Copied) error) {
	t.Helper()
	another(t, "after_message", "body", func() {
		sdk.AfterMessage(func(c *sdk.Copied) sdk.Result {
			if err := do(c); err != nil {
				return sdk.Fail(err)
			}
			return sdk.Accept()
		})
	})
}

func TestHTTP_sendsAndReads(t *testing.T) {
	onCopied(t, func(c *sdk.Copied) error {
		r, err := sdk.HTTP(sdk.Request{
			Method: "POST", URL: "https://x.example/", Header: map[string]string{"Idempotency-Key": c.OnceKey(), "A": "\"\\\n\x01ü"},
			Body: strings.NewReader("hello"), Timeout: time.Second,
		})
		if err != nil {
			return err
		}
		defer r.Close()
		text, err := io.ReadAll(r)
		if err != nil || r.Status != 201 || r.Header("server") != "S" || string(text) != "welcome" {
			t.Errorf("got %d, %q, %v", r.Status, text, err)
		}
		return nil
	})
	var asked []sdktest.HTTPRequest
	sdktest.World.HTTP = func(r sdktest.HTTPRequest) (sdktest.HTTPResponse, error) {
		asked = append(asked, r)
		return sdktest.HTTPResponse{Status: 201, Header: map[string]string{"Server": "S"}, Body: "welcome"}, nil
	}
	if got := sdktest.AfterMessage(sdktest.Message{Text: letter, Source: "s", UID: 3}, sdktest.Stored{UID: 9}); got.Result != "accept" {
		t.Errorf("got %+v", got)
	}
	want := []sdktest.HTTPRequest{{Method: "POST", URL: "https://x.example/", Header: map[string]string{"Idempotency-Key": "s/INBOX/3", "A": "\"\\\n\x01ü"}, Body: "hello"}}
	if diff := cmp.Diff(want, asked); diff != "" {
		t.Error(diff)
	}
}

func TestDoors_sayWhyNot(t *testing.T) {
	var errs []error
	onCopied(t, func(*sdk.Copied) error {
		_, err := sdk.HTTP(sdk.Request{URL: "https://x.example/", Message: true})
		errs = append(errs, err)
		_, err = sdk.Dial("x:1", sdk.DialOptions{})
		errs = append(errs, err, sdk.Send(sdk.Mail{Relay: "r", From: "a", To: []string{"b"}}))
		_, _, err = sdk.KV.Get("k")
		errs = append(errs, err)
		return nil
	})
	sdktest.World.HTTP = func(r sdktest.HTTPRequest) (sdktest.HTTPResponse, error) {
		if r.Method != "GET" || r.Body != letter {
			t.Errorf("asked %+v", r)
		}
		return sdktest.HTTPResponse{}, errors.New("no route")
	}
	sdktest.AfterMessage(sdktest.Message{Text: letter}, sdktest.Stored{})
	var got []string
	for _, err := range errs {
		got = append(got, err.Error())
	}
	if diff := cmp.Diff([]string{"http: no route", "tcp: tcp is not granted", "smtp: smtp is not granted", "kv: kv is not granted"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestDial_isAConnection(t *testing.T) {
	here, there := io.Pipe()
	back, answer := io.Pipe()
	onCopied(t, func(*sdk.Copied) error {
		c, err := sdk.Dial("clamd:3310", sdk.DialOptions{TLS: true})
		if err != nil {
			return err
		}
		io.WriteString(c, "ping")
		p := make([]byte, 4)
		if _, err := io.ReadFull(c, p); err != nil || string(p) != "pong" {
			t.Errorf("got %q, %v", p, err)
		}
		return c.Close()
	})
	sdktest.World.TCP = func(address string, tls bool) (io.ReadWriteCloser, error) {
		if address != "clamd:3310" || !tls {
			t.Errorf("dialled %s, %v", address, tls)
		}
		return struct {
			io.Reader
			io.WriteCloser
		}{back, there}, nil
	}
	go func() {
		p := make([]byte, 4)
		io.ReadFull(here, p)
		io.WriteString(answer, strings.Replace(string(p), "i", "o", 1))
	}()
	if got := sdktest.AfterMessage(sdktest.Message{Text: letter}, sdktest.Stored{}); got.Result != "accept" {
		t.Errorf("got %+v", got)
	}
}

func TestSend_andKV(t *testing.T) {
	onCopied(t, func(*sdk.Copied) error {
		if n, err := sdk.KV.Add("sent", 2); n != 2 || err != nil {
			t.Errorf("got %d, %v", n, err)
		}
		if v, ok, err := sdk.KV.Get("sent"); string(v) != "2" || !ok || err != nil {
			t.Errorf("got %q, %v, %v", v, ok, err)
		}
		if done, err := sdk.KV.CompareAndSwap("sent", []byte("1"), []byte("3")); done || err != nil {
			t.Errorf("swapped %v, %v", done, err)
		}
		if done, err := sdk.KV.CompareAndSwap("sent", []byte("2"), []byte("3")); !done || err != nil {
			t.Errorf("swapped %v, %v", done, err)
		}
		if err := sdk.KV.Put("long", []byte(strings.Repeat("x", 5000))); err != nil {
			t.Error(err)
		}
		if v, _, _ := sdk.KV.Get("long"); len(v) != 5000 {
			t.Errorf("got %d bytes", len(v))
		}
		if _, ok, err := sdk.KV.Get("none"); ok || err != nil {
			t.Errorf("got %v, %v", ok, err)
		}
		return sdk.Send(sdk.Mail{Relay: "archive", From: "a@x", To: []string{"b@x", "c@x"}, Header: map[string]string{"Subject": "s"}, Body: sdk.BodyAttached, Text: "t"})
	})
	sdktest.World.KV = map[string]string{}
	var sent sdktest.Mail
	sdktest.World.SMTP = func(m sdktest.Mail) error { sent = m; return nil }
	if got := sdktest.AfterMessage(sdktest.Message{Text: letter}, sdktest.Stored{}); got.Result != "accept" {
		t.Errorf("got %+v", got)
	}
	want := sdktest.Mail{Relay: "archive", From: "a@x", To: []string{"b@x", "c@x"}, Headers: map[string]string{"Subject": "s"}, Body: "attached", Text: "t", Message: letter}
	if diff := cmp.Diff(want, sent); diff != "" {
		t.Error(diff)
	}
	if sdktest.World.KV["sent"] != "3" {
		t.Errorf("remembered %q", sdktest.World.KV)
	}
}
