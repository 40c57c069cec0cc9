package door

import (
	"bytes"
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/emersion/go-smtp"
)

func TestSend_attachesWhatSMTPCanNotCarry(t *testing.T) {
	line := strings.Repeat("x", maxLine)
	tests := []struct {
		name, text, want string
	}{
		{"nothing special", "A: b\r\n\r\nx\r\n", "message/rfc822"},
		{"the longest line", "A: b\r\n\r\n" + line + "\r\n", "message/rfc822"},
		{"a longer line", "A: b\r\n\r\n" + line + "x\r\n", "application/octet-stream"},
		{"a longer line at the end", "A: b\r\n\r\n" + line + "x", "application/octet-stream"},
		{"LF alone", "A: b\n\nx\n.\n\xff\n", "application/octet-stream"},
		{"CR alone", "A: b\r\r\n", "application/octet-stream"},
		{"CR at the end", "A: b\r", "application/octet-stream"},
		{"NUL", strings.Repeat("A: b\r\n\r\n\x00", 30_000), "application/octet-stream"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := &sink{}
			// What is said of its size has to be right.
			at := s.start(t, func(s *smtp.Server) { s.MaxMessageBytes = 1 << 20; s.MaxLineLength = maxLine + 2 })
			v := visit(t, relayConfig(t, Relay{Endpoint: at, TLS: RelayNone}), message(tt.text))
			err := v.Send([]byte(`{"relay":"archive","from":"weir@example.org","to":["x@archive.example"],"body":"attached","text":"see below"}`))
			if err != nil {
				t.Fatal(err)
			}
			m, err := mail.ReadMessage(strings.NewReader(s.all()[0].text))
			if err != nil {
				t.Fatal(err)
			}
			_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
			if err != nil {
				t.Fatal(err)
			}
			parts := multipart.NewReader(m.Body, params["boundary"])
			if _, err := parts.NextRawPart(); err != nil {
				t.Fatal(err)
			}
			part, err := parts.NextRawPart()
			if err != nil {
				t.Fatal(err)
			}
			var body io.Reader = part
			if part.Header.Get("Content-Transfer-Encoding") == "base64" {
				body = base64.NewDecoder(base64.StdEncoding, part)
			}
			got, err := io.ReadAll(body)
			if err != nil || string(got) != tt.text || part.Header.Get("Content-Type") != tt.want {
				t.Errorf("%d bytes as %v, %v", len(got), part.Header, err)
			}
		})
	}
}

func FuzzBase64Lines(f *testing.F) {
	for _, n := range []int{0, 1, base64In - 1, base64In, base64In + 1, 400 * base64In, 400*base64In + 1, 100_000} {
		f.Add(bytes.Repeat([]byte{7}, n))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		out, err := io.ReadAll(&base64Lines{from: iotest.HalfReader(bytes.NewReader(in))})
		if err != nil || int64(len(out)) != base64Size(int64(len(in))) {
			t.Fatalf("%d bytes become %d, not %d; %v", len(in), len(out), base64Size(int64(len(in))), err)
		}
		for line := range bytes.Lines(out) {
			if len(line) > base64Out+2 || !bytes.HasSuffix(line, []byte("\r\n")) {
				t.Fatalf("the line %q", line)
			}
		}
		back, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, bytes.NewReader(out)))
		if err != nil || !bytes.Equal(back, in) {
			t.Errorf("%d bytes come back as %d, %v", len(in), len(back), err)
		}
	})
}

func TestBase64Lines_endsNoHalfMessage(t *testing.T) {
	_, err := io.ReadAll(&base64Lines{from: io.MultiReader(strings.NewReader("half"), iotest.ErrReader(errLeaseEnded))})
	if err == nil {
		t.Error("no error")
	}
}
