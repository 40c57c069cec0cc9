package app

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/mailweir/mailweir/host/app/kit"
	"github.com/mailweir/mailweir/host/plugin"
	"github.com/mailweir/mailweir/host/task"
)

// Inspect says what is in a plugin's or script's file, and why it can not be used.
func (a *Author) Inspect(ctx context.Context, file string) (*kit.Facts, error) {
	content, err := a.read(file)
	if err != nil {
		return nil, err
	}
	l, err := a.compile(ctx, file, content)
	if err != nil {
		return nil, err
	}
	defer l.close(ctx)
	return a.facts(ctx, l, content)
}

// facts says what is in a file that has been loaded.
func (a *Author) facts(ctx context.Context, l *loaded, content []byte) (*kit.Facts, error) {
	facts, err := kit.Inspect(ctx, l.host, l.module, l.size)
	if err != nil {
		return nil, authorErr(err)
	}
	if !l.module.IsScript() {
		facts.Signature, err = a.shelf.look(content)
	}
	return facts, err
}

// PluginQuestion says which plugin is asked, and how.
type PluginQuestion struct {
	Path   string     // a folder, which is built first, a .wasm or .js file, or the name of a plugin
	Config []byte     // JSON; empty is none
	Level  slog.Level // which lines of its log are kept
	Grants []task.Grant
	Live   bool             // doors are opened; else they are as in a dry run
	Relays map[string]Relay // for Live
	// Secrets are those that requests may name, for Live.
	Secrets []task.Secret
}

// access is what the plugin may do that q asks.
func (q PluginQuestion) access() plugin.Access {
	a := kit.AuthorAccess(q.Grants)
	a.Secrets = byName(q.Secrets)
	if q.Live {
		a.DryRun, a.Relays = false, q.Relays
	}
	return a
}

// TestPlugin asks a plugin what a file of cases expects, and tells each case to
// tell. cases "" is tests/cases.yaml beside the plugin. The configuration is that
// of the file.
func (a *Author) TestPlugin(ctx context.Context, q PluginQuestion, cases string, tell func(kit.Tested)) error {
	if cases == "" {
		dir := q.Path
		if info, err := os.Stat(dir); err != nil || !info.IsDir() {
			dir = filepath.Dir(dir)
		}
		cases = filepath.Join(dir, "tests", "cases.yaml")
	}
	read, err := kit.ReadCases(cases)
	if err != nil {
		return authorErr(err)
	}
	l, err := a.open(ctx, q.Path)
	if err != nil {
		return err
	}
	defer l.close(ctx)
	return authorErr(kit.Test(ctx, l.host, l.module, read, q.Level, tell))
}

// probe starts the plugin that q names. The caller calls done.
func (a *Author) probe(ctx context.Context, q PluginQuestion) (probe *kit.Probe, done func(), err error) {
	l, err := a.open(ctx, q.Path)
	if err != nil {
		return nil, nil, err
	}
	defer l.close(ctx) // the probe keeps what it needs
	probe, err = kit.StartWith(ctx, l.host, l.module, q.Config, q.access(), q.Level)
	if err != nil {
		return nil, nil, authorErr(err)
	}
	return probe, probe.Close, nil
}

// RunPlugin asks a plugin about a folder and, unless it is nil, a message in it.
// begun are the lines that it logged when it started.
func (a *Author) RunPlugin(ctx context.Context, q PluginQuestion, folder kit.Folder, message *kit.Message) (begun []string, answers []kit.Answer, err error) {
	probe, done, err := a.probe(ctx, q)
	if err != nil {
		return nil, nil, err
	}
	defer done()
	begun = probe.Begun()
	answers, err = kit.Run(ctx, probe, folder, message)
	return begun, answers, authorErr(err)
}

// AskPlugin puts one question to a plugin, as a case of a file of cases does.
func (a *Author) AskPlugin(ctx context.Context, q PluginQuestion, question *kit.Question) (begun []string, answers []kit.Answer, err error) {
	probe, done, err := a.probe(ctx, q)
	if err != nil {
		return nil, nil, err
	}
	defer done()
	begun = probe.Begun()
	answers, err = kit.RunQuestion(ctx, probe, question)
	return begun, answers, authorErr(err)
}

// BenchPlugin asks a plugin n times and says what its hooks took.
func (a *Author) BenchPlugin(ctx context.Context, q PluginQuestion, folder kit.Folder, message kit.Message, n int) ([]kit.Figures, error) {
	q.Level = slog.LevelError + 1 // lines that nobody sees are no part of it
	probe, done, err := a.probe(ctx, q)
	if err != nil {
		return nil, err
	}
	defer done()
	figures, err := kit.Bench(ctx, probe, folder, message, n)
	return figures, authorErr(err)
}

// BenchQuestion puts one question n times, as AskPlugin does once, and says what its
// hooks took.
func (a *Author) BenchQuestion(ctx context.Context, q PluginQuestion, question *kit.Question, n int) ([]kit.Figures, error) {
	q.Level = slog.LevelError + 1
	probe, done, err := a.probe(ctx, q)
	if err != nil {
		return nil, err
	}
	defer done()
	figures, err := kit.BenchQuestion(ctx, probe, question, n)
	return figures, authorErr(err)
}
