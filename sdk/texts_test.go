package sdk_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/mailweir/mailweir/sdk"
	"github.com/mailweir/mailweir/sdk/sdktest"
)

// TestHeader_staysWhatItIs: a plugin may keep what it has read, whatever is read after it.
func TestHeader_staysWhatItIs(t *testing.T) {
	var kept []string
	another(t, "filter_envelope", "headers", func() {
		sdk.FilterEnvelope(func(m *sdk.Message) sdk.Result {
			kept = append(kept, m.Header("subject"), m.RawHeader("x"), m.Folder())
			if m.HasHeader("none") || !m.HasHeader("SUBJECT") {
				return sdk.Skip("it has what it has not")
			}
			return sdk.NoOpinion()
		})
	})
	var want []string
	for i := range 600 {
		subject, x := fmt.Sprint(i, strings.Repeat("s", i%97)), strings.Repeat("x", i*7%3000)
		folder := fmt.Sprint("F", i)
		want = append(want, subject, x, folder)
		got := sdktest.FilterEnvelope(sdktest.Message{Folder: folder, Text: "Subject: " + subject + "\r\nX:" + x + "\r\n\r\n"})
		if got.Result != "no opinion" {
			t.Fatalf("got %+v", got)
		}
	}
	for i := range want {
		if kept[i] != want[i] {
			t.Fatalf("text %d is %.40q of %d bytes, want %.40q of %d", i, kept[i], len(kept[i]), want[i], len(want[i]))
		}
	}
}

// TestDoorError_saysWhyAndOfWhichKind: a plugin can tell what it may not from what can not
// be, and both from what may work later.
func TestDoorError_saysWhyAndOfWhichKind(t *testing.T) {
	onCopied(t, func(c *sdk.Copied) error {
		for _, tt := range []struct {
			err          error
			want         string
			denied, none bool
		}{
			{sdk.KV.Put("", nil), "kv: a key has 1 to 512 bytes", false, true},
			{sdk.Send(sdk.Mail{Relay: "r", From: "a@x", To: []string{"b@x"}}), "smtp: smtp is not granted", true, false},
		} {
			var e *sdk.DoorError
			if !errors.As(tt.err, &e) || tt.err.Error() != tt.want || e.Denied != tt.denied || e.BadArgument != tt.none {
				t.Errorf("got %v (%+v), want %s", tt.err, e, tt.want)
			}
		}
		r, err := sdk.HTTP(sdk.Request{URL: "https://x.example/"})
		if err != nil {
			return err
		}
		r.Close()
		r.Header("server")
		return nil
	})
	sdktest.World.KV = map[string]string{}
	sdktest.World.HTTP = func(sdktest.HTTPRequest) (sdktest.HTTPResponse, error) {
		return sdktest.HTTPResponse{Status: 200}, nil
	}
	got := sdktest.AfterMessage(sdktest.Message{Text: letter}, sdktest.Stored{})
	if got.Result != "error" || got.Error != "http: there is no door 0" {
		t.Errorf("a header field of what was closed: %+v", got)
	}
}
