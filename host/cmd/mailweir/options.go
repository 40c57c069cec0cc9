package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/spf13/pflag"
	"golang.org/x/term"

	"github.com/mailweir/mailweir/host/app"
	"github.com/mailweir/mailweir/host/task"
)

// defaultTimeout bounds every wait for a server.
const defaultTimeout = 2 * time.Minute

// verbose is -v: once for the story of the run, twice for that of each message.
// Without it there is no log: what a person must know is in the report and in the
// sentence at the end.
type verbose int

func (v *verbose) add(flags *pflag.FlagSet) {
	flags.CountVarP((*int)(v), "verbose", "v", "log what happens to stderr; twice for each message")
}

func (v verbose) logger(w io.Writer) *slog.Logger {
	level := slog.LevelInfo
	switch {
	case v == 0:
		return slog.New(slog.DiscardHandler)
	case v > 1:
		level = slog.LevelDebug
	}
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: level}))
}

// copyFlags are the flags that copy and verify share.
type copyFlags struct {
	accounts      accountFlags
	data, name    string
	timeout       time.Duration
	json          bool
	hooks         []task.Hook // in the order of --plugin and --script
	pluginConfigs []string
	onErrors      []string
	merges        []string
	grants        grantFlags
	verbose       verbose
}

func (f *copyFlags) add(flags *pflag.FlagSet) {
	f.accounts.addFrom(flags)
	f.accounts.addTo(flags)
	flags.StringVar(&f.data, "data", "", "`DIR` that holds the ledger (default $XDG_DATA_HOME/mailweir, or /var/lib/mailweir as root)")
	flags.StringVar(&f.name, "name", "", "`NAME` of this copy in the ledger (default: derived from the URLs)")
	flags.DurationVar(&f.timeout, "timeout", defaultTimeout, "longest wait for a server, such as 90s or 5m")
	flags.BoolVar(&f.json, "json", false, "print one JSON object a line; the last is the report")
	flags.Func("plugin", "`FILE.wasm` to ask, or the name of a shipped plugin; repeatable, asked in order", f.addPlugin)
	flags.Func("script", "`FILE.js` to ask; repeatable, asked in order with the plugins", f.addScript)
	flags.StringArrayVar(&f.pluginConfigs, "plugin-config", nil, "`ID=FILE.json` with a plugin's configuration; repeatable; the ID of a script is FILE.js")
	flags.StringArrayVar(&f.onErrors, "plugin-on-error", nil, "`ID=hold`, ignore or stop: what becomes of what the plugin fails at (default hold); repeatable")
	flags.StringArrayVar(&f.merges, "plugin-merges", nil, "`ID=report` or refuse: what becomes of a folder that the plugin puts where another one goes (default report); repeatable")
	f.grants.add(flags, "PLUGIN=GRANT")
	f.verbose.add(flags)
}

func (f *copyFlags) addPlugin(file string) error {
	if strings.HasSuffix(file, ".js") {
		return errors.New("a JavaScript file is given with --script")
	}
	f.hooks = append(f.hooks, task.Hook{Plugin: file})
	return nil
}

func (f *copyFlags) addScript(file string) error {
	if !strings.HasSuffix(file, ".js") {
		return errors.New("the name of a script ends in .js")
	}
	f.hooks = append(f.hooks, task.Hook{Plugin: file})
	return nil
}

// options reads everything that the flags name, except the accounts.
func (f *copyFlags) options(t *terminal) (app.CopyOptions, error) {
	o := app.CopyOptions{Name: f.name, Timeout: f.timeout, Hooks: f.hooks, Configs: map[string]string{}, OnErrors: map[string]task.OnError{}, Merges: map[string]task.Merges{}}
	if f.timeout <= 0 {
		return o, usagef("--timeout: %s is no time to wait", f.timeout)
	}
	if f.name != "" {
		if err := app.ValidName(f.name); err != nil {
			return o, usagef("--name: %w", err)
		}
	}
	for _, text := range f.pluginConfigs {
		id, file, ok := strings.Cut(text, "=")
		if !ok {
			return o, usagef("--plugin-config: write ID=FILE.json, not %q", text)
		}
		config, err := os.ReadFile(file)
		if err != nil {
			return o, &ended{outcome: task.OutcomeNeedsUser, cause: fmt.Sprintf("configuration of plugin %s: %s: %v", id, file, pathReason(err))}
		}
		o.Configs[id] = string(config)
	}
	for _, text := range f.onErrors {
		id, word, ok := strings.Cut(text, "=")
		onError := task.OnError(word)
		if !ok || word == "" || !onError.Valid() {
			return o, usagef("--plugin-on-error: write ID=hold, ID=ignore or ID=stop, not %q", text)
		}
		o.OnErrors[id] = onError
	}
	for _, text := range f.merges {
		id, word, ok := strings.Cut(text, "=")
		merges := task.Merges(word)
		if !ok || word == "" || !merges.Valid() {
			return o, usagef("--plugin-merges: write ID=report or ID=refuse, not %q", text)
		}
		o.Merges[id] = merges
	}
	if err := f.grants.into(t, &o); err != nil {
		return o, err
	}
	var err error
	if o.Data = f.data; o.Data == "" {
		o.Data, err = app.DefaultDataDir(t.getenv, os.Geteuid())
	}
	return o, err
}

// isTerminal reports whether a person sees what is written to w.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
