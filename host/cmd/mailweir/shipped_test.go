package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/mail/mailtest"
)

// shipped is a copy between two Dovecots in which a plugin that is shipped takes part.
type shipped struct {
	*mailweir
	from, to       *mailtest.Dovecot
	source, target *mailtest.Client
	plugin         string
}

func newShipped(t *testing.T, plugin string) *shipped {
	t.Helper()
	s := &shipped{mailweir: &mailweir{t, t.TempDir()}, plugin: plugin}
	s.from = mailtest.StartDovecot(t, mailtest.DovecotOptions{SpecialUse: map[string]string{"Spam": "Junk"}})
	s.to = mailtest.StartDovecot(t, mailtest.DovecotOptions{Format: "mdbox"})
	s.source, s.target = s.from.Dial("ann"), s.to.Dial("ann")
	return s
}

// put stores a message at the source.
func (s *shipped) put(folder, text string) {
	s.t.Helper()
	if folder != "INBOX" {
		s.source.Create(folder)
	}
	s.source.Append(folder, "", time.Date(2024, 2, 29, 12, 0, 0, 0, time.UTC), []byte(text))
}

// args is the command line of a copy. more are further arguments: grants without the
// plugin's name among them.
func (s *shipped) args(name string, config map[string]any, more ...string) []string {
	s.t.Helper()
	text, err := json.Marshal(config)
	if err != nil {
		s.t.Fatal(err)
	}
	file := filepath.Join(s.t.TempDir(), "config.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		s.t.Fatal(err)
	}
	args := []string{"copy", "--name", name, "--from", url(s.from), "--to", url(s.to) + "&root=" + name, "--plugin", s.plugin, "--plugin-config", s.plugin + "=" + file}
	for i := 0; i < len(more); i++ {
		args = append(args, more[i])
		if more[i] == "--grant" {
			i++
			args = append(args, s.plugin+"="+more[i])
		}
	}
	return args
}

// arrivedIn are the messages of a folder of a copy, as a text each: its flags in
// brackets and its bytes.
func (s *shipped) arrivedIn(name, folder string) []string {
	s.t.Helper()
	var out []string
	for _, m := range s.target.DumpUTF8()[name+"/"+folder] {
		var flags []string
		for _, f := range m.Flags {
			if f != `\Recent` {
				flags = append(flags, f)
			}
		}
		slices.Sort(flags)
		out = append(out, "("+strings.Join(flags, " ")+") "+string(m.Body))
	}
	return out
}

// expect compares what arrived in a folder with what should have.
func (s *shipped) expect(name, folder string, want ...string) {
	s.t.Helper()
	if got := s.arrivedIn(name, folder); !slices.Equal(got, want) {
		s.t.Errorf("%s/%s holds\n%q\nwant\n%q", name, folder, got, want)
	}
}

// file writes a file and returns its path.
func (s *shipped) file(text string) string {
	s.t.Helper()
	name := filepath.Join(s.t.TempDir(), "file")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
	return name
}
