package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/mail/mailtest"
	"github.com/mailweir/mailweir/sdk/abi"
)

// journal assembles a plugin with one hook that logs a text property, once it has
// read the beginning of the message, if it may.
func journal(t *testing.T, hook string, property int32, needs string) string {
	vec := func(items ...[]byte) []byte {
		return append([]byte{byte(len(items))}, bytes.Join(items, nil)...)
	}
	signature := func(name string) []byte {
		for _, imp := range abi.Imports {
			if imp.Name == name {
				b := append([]byte{0x60}, byte(len(imp.Params)))
				for _, p := range imp.Params {
					b = append(b, byte(p))
				}
				b = append(b, byte(len(imp.Results)))
				for _, r := range imp.Results {
					b = append(b, byte(r))
				}
				return b
			}
		}
		t.Fatalf("there is no import %s", name)
		return nil
	}
	imported := func(name string, index byte) []byte {
		return append(abi.AppendBytes(abi.AppendBytes(nil, []byte(abi.Module)), []byte(name)), 0, index)
	}
	export := func(name string, kind, index byte) []byte {
		return append(abi.AppendBytes(nil, []byte(name)), kind, index)
	}
	code := func(body ...byte) []byte { return abi.AppendBytes(nil, append(append([]byte{0}, body...), 0x0b)) }
	section := func(out []byte, id byte, content []byte) []byte { return abi.AppendBytes(append(out, id), content) }

	wasm := []byte("\x00asm\x01\x00\x00\x00")
	wasm = section(wasm, 1, vec([]byte{0x60, 0, 1, byte(abi.I32)}, signature("prop_str"), signature("log"), signature("body_read")))
	wasm = section(wasm, 2, vec(imported("prop_str", 1), imported("log", 2), imported("body_read", 3)))
	wasm = section(wasm, 3, vec([]byte{0}, []byte{0}))
	wasm = section(wasm, 5, []byte{1, 0, 1})
	wasm = section(wasm, 7, vec(export(abi.ExportMinor, 0, 3), export(hook, 0, 4), export("memory", 2, 0)))
	wasm = section(wasm, 10, vec(
		code(0x41, abi.Minor),
		code(
			0x41, 0x7f, 0x42, 0, 0x41, 0x80, 0x10, 0x41, 0x0a, 0x10, 2, 0x1a, // body_read(-1, 0, 2048, 10)
			0x41, 0, 0x41, 0xe8, 0x07, // log(0, 1000,
			0x41, byte(property), 0x41, 0, 0x41, 0xe8, 0x07, 0x41, 0xc8, 0x01, 0x10, 0, // prop_str(property, 0, 1000, 200))
			0x10, 1,
			0x41, 0,
		)))
	wasm, err := abi.WriteManifest(wasm, fmt.Appendf(nil, `{"id": "journal", "version": "1", "abi": "1.1", "description": "It logs.", "hooks": [%q], "needs": %q}`, hook, needs))
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "journal.wasm")
	if err := os.WriteFile(file, wasm, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

var keyLine = regexp.MustCompile(`msg=(mw-[0-9a-f]{40}) plugin=`)

// TestCopy_killedInTheMiddleTellsPluginsOfEachMessage kills copies while they send
// and tell, at moments that depend on the machine. In the end the plugin was told
// of each message at least once, and of no message under two keys.
func TestCopy_killedInTheMiddleTellsPluginsOfEachMessage(t *testing.T) {
	t.Parallel()
	corpus := mailtest.Corpus(mailtest.CorpusOptions{Seed: 45, Messages: 900, Folders: 8})
	from := mailtest.StartDovecot(t, mailtest.DovecotOptions{})
	to := mailtest.StartDovecot(t, mailtest.DovecotOptions{Format: "mdbox"})
	source, target := from.Dial("ann"), to.Dial("ann")
	source.Fill(corpus)
	m := &mailweir{t, t.TempDir()}
	args := []string{"copy", "-v", "--from", url(from), "--to", url(to), "--plugin", journal(t, abi.HookAfterMessage, abi.PropOnceKey, abi.NeedsBody), "--grant", "journal=log-content"}

	told := map[string]int{}
	take := func(log string) {
		for _, found := range keyLine.FindAllStringSubmatch(log, -1) {
			told[found[1]]++
		}
	}
	interrupted, before := 0, 0
	for _, part := range []int{1, 100, 300, 600} {
		var stderr bytes.Buffer
		cmd := m.command(args...)
		cmd.Stderr = &stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		for arrived(target) < part && alive(cmd) {
			time.Sleep(time.Millisecond)
		}
		_ = cmd.Process.Kill()
		err := cmd.Wait()
		take(stderr.String())
		if err == nil {
			break
		}
		interrupted++
		before = len(told)
	}
	if interrupted == 0 {
		t.Fatal("no run was interrupted")
	}
	stored := arrived(target)
	t.Logf("killed %d times, at last with %d of %d messages there, %d told", interrupted, stored, corpus.Messages(), before)

	var stdout, stderr bytes.Buffer
	cmd := m.command(args...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, tail(stderr.String()))
	}
	take(stderr.String())
	if got := target.DumpUTF8(); lost(corpus, got) != "" {
		t.Fatalf("lost:\n%s", lost(corpus, got))
	}
	if len(told) != corpus.Messages() {
		t.Errorf("the plugin was told of %d keys, there are %d messages", len(told), corpus.Messages())
	}
	if out := stdout.String(); !strings.Contains(out, " delivered, 0 waiting, 0 given up") {
		t.Errorf("the last run says\n%s", tail(out))
	}
}

func TestCopy_tellsPluginsWhichRunItIs(t *testing.T) {
	t.Parallel()
	from := mailtest.StartDovecot(t, mailtest.DovecotOptions{})
	to := mailtest.StartDovecot(t, mailtest.DovecotOptions{})
	from.Dial("ann").Append("INBOX", "", time.Time{}, []byte("Subject: x\r\n\r\nx\r\n"))
	m := &mailweir{t, t.TempDir()}
	said := func(property int32) string {
		t.Helper()
		var stderr bytes.Buffer
		cmd := m.command("copy", "-v", "--name", "mine", "--from", url(from), "--to", url(to), "--plugin", journal(t, abi.HookMapFolder, property, ""))
		cmd.Stderr = &stderr
		if err := cmd.Run(); err != nil {
			t.Fatalf("%v\n%s", err, stderr.String())
		}
		found := regexp.MustCompile(`msg=(\S*) plugin=`).FindStringSubmatch(stderr.String())
		if found == nil {
			t.Fatalf("nothing was logged:\n%s", stderr.String())
		}
		return found[1]
	}
	if name := said(abi.PropTask); name != "mine" {
		t.Errorf("the task is %q", name)
	}
	if one, other := said(abi.PropRun), said(abi.PropRun); one == other || len(one) < 20 {
		t.Errorf("two runs are %q and %q", one, other)
	}
}
