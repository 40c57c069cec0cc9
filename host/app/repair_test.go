package app

import (
	"bytes"
	"encoding/base64"
	"io"
	"log/slog"
	"mime/multipart"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/copier"
	hostmail "github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/plugin"
	"github.com/mailweir/mailweir/host/plugin/plugintest"
	"github.com/mailweir/mailweir/plugins"
)

// repairer starts the shipped plugin with the limits of a copy, and returns what gives
// the version of a message that it makes at an attempt.
func repairer(t testing.TB) func(t testing.TB, text []byte, attempt int) []byte {
	t.Helper()
	h, err := plugin.NewHost(t.Context(), plugin.Options{Engine: plugins.JavaScript(), CacheDir: plugintest.Cache()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.Close(t.Context()) })
	var chain *plugin.Chain
	for _, file := range plugins.Builtin() {
		if file.Name != "repair" {
			continue
		}
		m, err := h.Load(t.Context(), file.Name, file.Wasm)
		if err != nil {
			t.Fatal(err)
		}
		if chain, err = h.Chain(t.Context(), []plugin.Binding{{Module: m}}, slog.New(slog.DiscardHandler)); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(chain.Close)
	}
	return func(t testing.TB, text []byte, attempt int) []byte {
		t.Helper()
		header := text
		if i := bytes.Index(text, []byte("\r\n\r\n")); i >= 0 {
			header = text[:i+4]
		}
		r, err := chain.RewriteMessage(t.Context(), &copier.RewriteQuestion{
			Candidate: copier.Candidate{
				Source: "a", Folder: hostmail.Folder{Name: "INBOX", Raw: "INBOX", Selectable: true}, Target: "INBOX",
				Message: hostmail.Message{UID: 1, Size: int64(len(text)), Header: header, InternalDate: time.Unix(1709208000, 0).UTC()},
				Body:    bytes.NewReader(text),
			},
			Attempt: attempt, Refusal: "NO",
		})
		if err != nil {
			t.Fatalf("attempt %d: %v", attempt, err)
		}
		if r.Message == nil {
			return text
		}
		defer r.Close()
		made, err := io.ReadAll(io.NewSectionReader(r.Message, 0, r.Size))
		if err != nil {
			t.Fatal(err)
		}
		return made
	}
}

// original is what a message holds that has the original attached.
func original(t testing.TB, made []byte) []byte {
	t.Helper()
	m, err := mail.ReadMessage(bytes.NewReader(made))
	if err != nil {
		t.Fatalf("the new message: %v", err)
	}
	_, boundary, _ := strings.Cut(m.Header.Get("Content-Type"), "boundary=")
	parts := multipart.NewReader(m.Body, strings.Trim(boundary, `"`))
	var last []byte
	for {
		p, err := parts.NextRawPart()
		if err == io.EOF {
			return last
		}
		if err != nil {
			t.Fatalf("the new message: %v", err)
		}
		if p.Header.Get("Content-Transfer-Encoding") == "base64" {
			if last, err = io.ReadAll(base64.NewDecoder(base64.StdEncoding, p)); err != nil {
				t.Fatalf("the attachment: %v", err)
			}
		}
	}
}

// checkRepaired checks what every version has to be, whatever the message was.
func checkRepaired(t testing.TB, repair func(testing.TB, []byte, int) []byte, text []byte) {
	t.Helper()
	if got := repair(t, text, 0); !bytes.Equal(got, text) {
		t.Fatal("a message that nobody has refused is another one")
	}
	before, ended := text, false
	for attempt := 1; attempt <= 4; attempt++ {
		made := repair(t, text, attempt)
		if again := repair(t, text, attempt); !bytes.Equal(made, again) {
			t.Fatalf("attempt %d is not the same twice", attempt)
		}
		same := bytes.Equal(made, before)
		if attempt == 1 && same || ended && !same {
			t.Fatalf("attempt %d: there is always another version to begin with, and none after the last", attempt)
		}
		ended, before = same, made
		if !bytes.HasPrefix(made, []byte("X-Mailweir-Repair: ")) {
			t.Fatalf("attempt %d does not say what was done: %.80q", attempt, made)
		}
		head, _, _ := bytes.Cut(made, []byte("\r\n\r\n"))
		if bytes.HasPrefix(made, []byte("X-Mailweir-Repair: attached\r\n")) {
			if got := original(t, made); !bytes.Equal(got, text) {
				t.Fatalf("attempt %d: %d bytes are attached, not the %d of the original", attempt, len(got), len(text))
			}
			for line := range bytes.Lines(made) {
				if len(line) > 1000 || bytes.ContainsFunc(line, func(r rune) bool { return r > 126 }) {
					t.Fatalf("attempt %d has the line %.80q", attempt, line)
				}
			}
			ended = true
		} else if attempt > 1 {
			// The second version, if it is no attachment, has its form repaired.
			for line := range bytes.Lines(head) {
				if len(line) > 1000 || bytes.ContainsFunc(line, func(r rune) bool { return r > 126 }) {
					t.Fatalf("attempt %d has the header line %.80q", attempt, line)
				}
			}
			for line := range bytes.Lines(made) {
				if len(line) > 1000 {
					t.Fatalf("attempt %d has a line of %d bytes", attempt, len(line))
				}
			}
		}
	}
	if !bytes.HasPrefix(before, []byte("X-Mailweir-Repair: attached\r\n")) {
		t.Fatalf("the last version does not hold the original: %.80q", before)
	}
}

// TestRepair_copesWithAnyMessage takes the messages of the plugin's cases, and such as
// end in the middle of something.
func TestRepair_copesWithAnyMessage(t *testing.T) {
	repair := repairer(t)
	for _, text := range repairSeeds(t) {
		checkRepaired(t, repair, text)
	}
}

func repairSeeds(t testing.TB) [][]byte {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", "plugins", "repair", "tests", "*.eml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no messages: %v", err)
	}
	var seeds [][]byte
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		seeds = append(seeds, text, text[:len(text)/2])
	}
	long := strings.Repeat("w ö=\t", 400)
	for _, text := range []string{
		"\r", "\n", "\x00", " ", "\r\n", "x", ":", "a:\r\n b", " : \r\n\r\n", "\r\r\r\n\r\r", "A: b\x00\r\n\x00\r\n\r\nc\x00",
		"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n--a--\r\n--a", "Content-Type: multipart/mixed; boundary=\"\"\r\n\r\n" + long,
		"Content-Type: multipart/digest; boundary=a\r\n\r\n--a\r\n\r\nA: b\r\n\r\n" + long + "\r\n--a--\r\n" + long,
		"Content-Type: message/rfc822\r\n\r\nContent-Type: message/rfc822\r\n\r\n" + long,
		"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + strings.Repeat("=C3=A9", 300), "Content-Transfer-Encoding: base64\r\n\r\n" + long,
		"Subject: " + long + "\r\n " + long + "\r\n\r\n", strings.Repeat("n", 1500) + ": v\r\n\r\n", "From: \"" + long + "\" <a@" + long + ">\r\n\r\nx \t\r\n",
	} {
		seeds = append(seeds, []byte(text))
	}
	return seeds
}

func FuzzRepair(f *testing.F) {
	repair := repairer(f)
	for _, text := range repairSeeds(f) {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) > 0 {
			checkRepaired(t, repair, text)
		}
	})
}

// largeMessage is the size of a large message in bytes.
var largeMessage = 25 << 20

// TestRepair_keepsLargeMessagesWhole: a message of 25 MiB is within the limits, with a
// fault in its last line.
func TestRepair_keepsLargeMessagesWhole(t *testing.T) {
	if testing.Short() {
		t.Skip("it computes for several seconds")
	}
	repair := repairer(t)
	var text bytes.Buffer
	text.WriteString("From: ann@example.org\r\nDate: Thu, 29 Feb 2024 12:00:00 +0000\r\n\r\n")
	for text.Len() < largeMessage {
		text.WriteString("VGhlIHF1aWNrIGJyb3duIGZveCBqdW1wcyBvdmVyIHRoZSBsYXp5IGRvZy4gVGhlIHF1aWNr\r\n")
	}
	body := strings.Clone(text.String())
	text.WriteString("a\x00b\r\n")
	if got, want := string(repair(t, text.Bytes(), 1)), "X-Mailweir-Repair: NUL removed (1)\r\n"+body+"ab\r\n"; got != want {
		t.Errorf("got %d bytes, want %d with a NUL less", len(got), len(want))
	}
	if got := original(t, repair(t, text.Bytes(), 2)); !bytes.Equal(got, text.Bytes()) {
		t.Errorf("%d bytes are attached, not the %d of the original", len(got), text.Len())
	}
}
