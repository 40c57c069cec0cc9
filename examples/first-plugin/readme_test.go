package main

import (
	"context"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/plugin"
)

// TestREADME follows the README from an empty directory to a plugin that runs in
// the real host.
func TestREADME(t *testing.T) {
	if testing.Short() {
		t.Skip("takes the Go toolchain and half a minute")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	dir := t.TempDir()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, "sh", "-e", "-x", "-c", commands(t))
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "MAILWEIR="+root, "GOFLAGS=", "GOPROXY=off", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}

	wasm, err := os.ReadFile(filepath.Join(dir, "first", "first.wasm"))
	if err != nil {
		t.Fatal(err)
	}
	host, err := plugin.NewHost(ctx, plugin.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer host.Close(ctx)
	module, err := host.Load(ctx, "first.wasm", wasm)
	if err != nil {
		t.Fatal(err)
	}
	chain, err := host.Chain(ctx, []plugin.Binding{{Module: module, Config: []byte(`{"below":"Old mail"}`)}}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer chain.Close()
	for _, tt := range []struct {
		give mail.Folder
		want copier.FolderAnswer
	}{
		{mail.Folder{Name: "Projekte/2019"}, copier.FolderAnswer{Target: "Old mail/Projekte/2019", By: "first.wasm", Note: "a bygone year"}},
		{mail.Folder{Name: "Entwürfe"}, copier.FolderAnswer{}},
		{mail.Folder{Name: "Spam", Use: mail.UseJunk}, copier.FolderAnswer{Exclude: true, By: "first.wasm", Note: "junk stays behind"}},
	} {
		got, err := chain.MapFolder(ctx, copier.FolderQuestion{Source: "old", Folder: tt.give, Proposed: tt.give.Name})
		if err != nil || got != tt.want {
			t.Errorf("%s: got %+v, %v; want %+v", tt.give.Name, got, err, tt.want)
		}
	}
}

// commands are the blocks of the README that are marked as sh.
func commands(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	inside := false
	for line := range strings.Lines(string(text)) {
		switch {
		case strings.HasPrefix(line, "```"):
			inside = strings.TrimSpace(line) == "```sh"
		case inside:
			out.WriteString(line)
		}
	}
	if out.Len() == 0 {
		t.Fatal("the README has no commands")
	}
	return out.String()
}
