package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v3"

	"github.com/mailweir/mailweir/host/app"
	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web/api"
)

const templateHelp = `Templates, which the other flags may change:
  migrate   by hand: copy once, again before the switch, and be done
  pull      every 15 minutes
  backup    once a day
  combine   every 6 hours; the folders of each source below a folder with its name
  inbox     every 10 minutes; INBOX only`

// taskFlags are what a task is made of.
type taskFlags struct {
	accounts                        accountFlags
	template, file                  string
	every, cron, zone, window, days string
	jitter                          int
	byHand, await                   bool
	hooks                           []api.Hook // in the order of --plugin and --script
	configs, onErrors, grants       []string
	merges                          []string
	removal                         taskRemovalFlags
	name                            string // of edit
}

func (f *taskFlags) add(flags *pflag.FlagSet) {
	f.accounts.addFrom(flags)
	f.accounts.addTo(flags)
	f.removal.add(flags)
	flags.StringVar(&f.file, "file", "", "read the task from `FILE`, in JSON or YAML as the API has it")
	flags.StringVar(&f.every, "every", "", "run every `INTERVAL`: 15m, 6h, 1d")
	flags.StringVar(&f.cron, "cron", "", "run by a cron `LINE` of five fields")
	flags.StringVar(&f.zone, "zone", "", "time `ZONE` of cron line and window, such as Europe/Berlin")
	flags.StringVar(&f.window, "window", "", "start only within `FROM-TO`, such as 22:00-06:00")
	flags.StringVar(&f.days, "days", "", "`DAYS` on which the window opens, such as mon,fri")
	flags.IntVar(&f.jitter, "jitter", 0, "start up to `N` percent of the time to the next run later")
	flags.Func("plugin", "`NAME` of an installed or shipped plugin to ask; repeatable, asked in order", func(name string) error {
		f.hooks = append(f.hooks, api.Hook{Plugin: name})
		return nil
	})
	flags.Func("script", "`FILE.js` to ask, on the machine of the service; for admins; repeatable", func(file string) error {
		if !strings.HasSuffix(file, ".js") {
			return fmt.Errorf("the name of a script ends in .js")
		}
		abs, err := filepath.Abs(file)
		f.hooks = append(f.hooks, api.Hook{Plugin: abs})
		return err
	})
	flags.StringArrayVar(&f.configs, "plugin-config", nil, "`ID=FILE.json` with a plugin's configuration; repeatable; the ID of a script is FILE.js")
	flags.StringArrayVar(&f.onErrors, "plugin-on-error", nil, "`ID=hold`, ignore or stop; repeatable")
	flags.StringArrayVar(&f.merges, "plugin-merges", nil, "`ID=report` or refuse: what becomes of a folder that the plugin puts where another one goes; repeatable")
	flags.StringArrayVar(&f.grants, "grant", nil, "`ID=GRANT`: what a plugin may do beside answering; repeatable")
}

func taskCreate(t *terminal) *cobra.Command {
	f := &serverFlags{}
	tf := &taskFlags{}
	cmd := &cobra.Command{
		Use: "create [NAME]", Short: "Makes a task",
		Long: `Makes a task from flags, or from a file in JSON or YAML (what "task show --json" prints, but
its type). NAME is that of the task; a file may have it inside.

` + templateHelp + "\n\n" + taskRemovalHelp + "\n\n" + urlHelp + `
A stored account is account:NAME, a mailbox of a local domain its address.

` + passwordHelp + "\n\n" + serverHelp + "\n\n" + exitHelp,
		Example: `  mailweir task create "ann moves" --template migrate --from imaps://ann@old.example --to imaps://ann@new.example
  mailweir task create "ann combines" --template combine --to ann@example.org \
      --from office=imaps://ann@a.example --from-password-file office=office.password \
      --from home=imaps://ann@b.example   --from-password-file home=home.password
  mailweir task create "bert moves" --from imaps://bert@old.example --to bert@example.org --await
  mailweir task create --file task.yaml`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usagef("it takes one NAME")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := f.client(t)
			if err != nil {
				return err
			}
			var tk api.Task
			if err := tf.apply(cmd.Context(), t, c, cmd.Flags(), &tk); err != nil {
				return err
			}
			if len(args) == 1 {
				tk.Name = args[0]
			}
			if tk.Name == "" {
				return usagef("the task has no name: mailweir task create NAME ...")
			}
			if len(tk.Sources) == 0 || tk.Destination == (api.Account{}) {
				return usagef("--from and --to are both needed, or --file")
			}
			var made api.Task
			if err := c.do(cmd.Context(), http.MethodPost, "/tasks", tk, &made); err != nil {
				return err
			}
			if f.json {
				return t.printJSON("task", made)
			}
			warnRemoval(t.err, made)
			if len(made.Missing) > 0 {
				_, err = fmt.Fprintf(t.out, "%s is made; it waits for the password of %s: mailweir task link\n", plain(made.Name), missingWords(made.Missing))
				return err
			}
			_, err = fmt.Fprintf(t.out, "%s is made; it runs %s\n", plain(made.Name), scheduleWords(made.Schedule))
			return err
		},
	}
	f.add(cmd.Flags())
	f.addJSON(cmd.Flags(), "the task")
	tf.add(cmd.Flags())
	cmd.Flags().BoolVar(&tf.await, "await", false, "passwords that are not given may be missing: the task waits for who has them (task link)")
	cmd.Flags().StringVar(&tf.template, "template", "", "begin with `TEMPLATE`: migrate, pull, backup, combine or inbox")
	return cmd
}

func taskEdit(t *terminal) *cobra.Command {
	f := &serverFlags{}
	tf := &taskFlags{}
	cmd := &cobra.Command{
		Use: "edit NAME", Short: "Changes a task", Args: oneArgument("NAME"),
		Long: `Changes what the flags say, and leaves the rest as it is: --from NAME=URL replaces that
source or adds one, --plugin and --script replace all plugins, --file replaces everything.
If somebody else changes the task at the same moment, nothing is changed (status 4).

` + taskRemovalHelp + "\n\n" + passwordHelp + `
Passwords are needed for accounts with another server or user only.

` + serverHelp + "\n\n" + exitHelp,
		Example: `  mailweir task edit "ann combines" --every 12h --window 22:00-06:00
  mailweir task edit "ann combines" --from club=imaps://ann@club.example --from-password-file club=club.password
  mailweir task edit "ann combines" --by-hand --name "ann combines no more"`,
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := f.client(t)
			if err != nil {
				return err
			}
			before, err := c.find(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			tk := before
			if err := tf.apply(cmd.Context(), t, c, cmd.Flags(), &tk); err != nil {
				return err
			}
			if tf.name != "" {
				tk.Name = tf.name
			}
			tk.Last, tk.Paused = nil, nil
			var saved api.Task
			err = c.do(cmd.Context(), http.MethodPut, "/tasks/"+before.ID, tk, &saved, "If-Match", strconv.Quote(strconv.FormatInt(before.Version, 10)))
			if err != nil {
				return err
			}
			if f.json {
				return t.printJSON("task", saved)
			}
			warnRemoval(t.err, saved)
			_, err = fmt.Fprintf(t.out, "%s is changed; it runs %s\n", plain(saved.Name), scheduleWords(saved.Schedule))
			return err
		},
	}
	f.add(cmd.Flags())
	f.addJSON(cmd.Flags(), "the task")
	tf.add(cmd.Flags())
	cmd.Flags().StringVar(&tf.name, "name", "", "another `NAME`")
	cmd.Flags().BoolVar(&tf.byHand, "by-hand", false, "no schedule any more")
	return cmd
}

// apply puts what the flags say into the task.
func (f *taskFlags) apply(ctx context.Context, t *terminal, c *client, flags *pflag.FlagSet, tk *api.Task) error {
	if f.file != "" {
		version := tk.Version
		if err := readTask(f.file, tk); err != nil {
			return err
		}
		if version != 0 {
			tk.Version = version
		}
	}
	tk.Await = tk.Await || f.await
	if err := f.applyAccounts(ctx, t, c, tk); err != nil {
		return err
	}
	if len(f.hooks) > 0 {
		tk.Hooks = f.hooks
	}
	if err := f.applyTemplate(tk); err != nil {
		return err
	}
	if err := f.applyHooks(tk); err != nil {
		return err
	}
	if err := f.removal.apply(flags, tk); err != nil {
		return err
	}
	return f.applySchedule(flags, &tk.Schedule)
}

// missingWords name the accounts whose password is missing.
func missingWords(missing []string) string {
	words := make([]string, len(missing))
	for i, name := range missing {
		if words[i] = "source " + plain(name); name == "" {
			words[i] = "the destination"
		}
	}
	return strings.Join(words, " and ")
}

// readTask replaces the task by that of a file.
func readTask(file string, tk *api.Task) error {
	fail := func(err any) error {
		return &ended{outcome: task.OutcomeNeedsUser, cause: fmt.Sprintf("file %s: %v", file, err)}
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return fail(pathReason(err))
	}
	var v map[string]any
	if err := yaml.Unmarshal(text, &v); err != nil { // JSON is YAML, too
		return fail(err)
	}
	delete(v, "type") // of "task show --json"
	raw, err := json.Marshal(v)
	if err != nil {
		return fail(err)
	}
	*tk = api.Task{}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(tk); err != nil {
		return fail(err)
	}
	tk.Last, tk.Paused = nil, nil
	return nil
}

func (f *taskFlags) applyAccounts(ctx context.Context, t *terminal, c *client, tk *api.Task) error {
	changed := map[string]bool{}
	for _, text := range f.accounts.from {
		name, place, named := cutName(text)
		if !named {
			if len(f.accounts.from) > 1 {
				return usagef("--from: with several sources each needs a name: --from NAME=%s", place)
			}
			if name = app.SoleSource; len(tk.Sources) == 1 {
				name = tk.Sources[0].Name
			}
		}
		a, err := c.account(ctx, place)
		if err != nil {
			return usagef("--from: %w", err)
		}
		changed[name] = true
		i := slices.IndexFunc(tk.Sources, func(s api.Source) bool { return s.Name == name })
		if i < 0 {
			i = len(tk.Sources)
			tk.Sources = append(tk.Sources, api.Source{Name: name})
		}
		tk.Sources[i].Account = a
	}
	if f.accounts.to != "" {
		a, err := c.account(ctx, f.accounts.to)
		if err != nil {
			return usagef("--to: %w", err)
		}
		tk.Destination = a
	}
	return f.passwords(ctx, t, tk, changed)
}

// passwords finds the passwords of the accounts that are new or for which one is given.
func (f *taskFlags) passwords(ctx context.Context, t *terminal, tk *api.Task, changed map[string]bool) error {
	files := map[string]string{}
	for _, text := range f.accounts.fromPassword {
		name, file, named := strings.Cut(text, "=")
		if !named {
			if len(tk.Sources) != 1 {
				return usagef("--from-password-file: with several sources it is NAME=FILE")
			}
			name, file = tk.Sources[0].Name, text
		}
		if !slices.ContainsFunc(tk.Sources, func(s api.Source) bool { return s.Name == name }) {
			return usagef("--from-password-file: there is no source %s", name)
		}
		files[name] = file
	}
	for i := range tk.Sources {
		s := &tk.Sources[i]
		variables := []string{"MAILWEIR_FROM_PASSWORD_" + variableName(s.Name)}
		if len(tk.Sources) == 1 {
			variables = append(variables, "MAILWEIR_FROM_PASSWORD")
		}
		if err := t.accountPassword(ctx, &s.Account, changed[s.Name] || tk.ID == "" && f.file != "", tk.Await, files[s.Name], variables...); err != nil {
			return err
		}
	}
	return t.accountPassword(ctx, &tk.Destination, f.accounts.to != "" || tk.ID == "" && f.file != "", tk.Await, f.accounts.toPassword, "MAILWEIR_TO_PASSWORD")
}

// accountPassword finds a password where one is needed, or a file says so.
// With await, one that only one person has may be missing.
func (t *terminal) accountPassword(ctx context.Context, a *api.Account, needed, await bool, file string, variables ...string) error {
	if a.Account != "" || a.Mailbox != "" || a.Password != "" || a.URL == "" || !needed && file == "" {
		return nil
	}
	noun, err := task.ParseAccount(a.URL)
	if err != nil {
		return usageError(err)
	}
	given := func(name string) bool { return t.getenv(name) != "" }
	if await && file == "" && noun.Personal() && !slices.ContainsFunc(variables, given) {
		return nil // who has it is asked by a link
	}
	err = t.password(ctx, &noun, file, variables...)
	a.Password = noun.Password.Reveal()
	return err
}

// account reads a URL, account:NAME or the address of a mailbox.
func (c *client) account(ctx context.Context, text string) (api.Account, error) {
	if name, ok := strings.CutPrefix(text, "account:"); ok {
		var stored api.StoredAccount
		if err := c.do(ctx, http.MethodGet, "/accounts/"+pathEscape(name), nil, &stored); err != nil {
			return api.Account{}, fmt.Errorf("stored account %s: %w", name, err)
		}
		return api.Account{Account: stored.ID}, nil
	}
	if !strings.Contains(text, "://") && strings.Contains(text, "@") {
		return api.Account{Mailbox: text}, nil
	}
	a, err := task.ParseAccount(text)
	return api.Account{URL: a.String()}, err
}

func (f *taskFlags) applySchedule(flags *pflag.FlagSet, s *api.Schedule) error {
	if f.every != "" && f.cron != "" || f.byHand && (f.every != "" || f.cron != "") {
		return usagef("--every, --cron and --by-hand exclude each other")
	}
	switch {
	case f.byHand:
		*s = api.Schedule{}
	case f.every != "":
		s.Every, s.Cron = f.every, ""
	case f.cron != "":
		s.Cron, s.Every = f.cron, ""
	}
	if flags.Changed("zone") {
		s.Zone = f.zone
	}
	if flags.Changed("jitter") {
		s.Jitter = f.jitter
	}
	if flags.Changed("window") {
		s.Window = nil
		if f.window != "" {
			from, to, ok := strings.Cut(f.window, "-")
			if !ok {
				return usagef("--window: %q is not like 22:00-06:00", f.window)
			}
			s.Window = &api.Window{From: from, To: to}
		}
	}
	if f.days != "" {
		if s.Window == nil {
			s.Window = &api.Window{}
		}
		s.Window.Days = strings.Split(strings.ToLower(f.days), ",")
	}
	_, err := s.Noun()
	if err != nil {
		return usageError(err)
	}
	return nil
}

// hook finds the plugin or script of an ID.
func hook(tk *api.Task, id string) *api.Hook {
	for i := range tk.Hooks {
		if p := tk.Hooks[i].Plugin; p == id || filepath.Base(p) == id {
			return &tk.Hooks[i]
		}
	}
	return nil
}

func (f *taskFlags) applyHooks(tk *api.Task) error {
	each := func(flag string, list []string, do func(h *api.Hook, value string) error) error {
		for _, text := range list {
			id, value, ok := strings.Cut(text, "=")
			if !ok {
				return usagef("--%s: write ID=..., not %q", flag, text)
			}
			h := hook(tk, id)
			if h == nil {
				return usagef("--%s: the task has no plugin %s", flag, id)
			}
			if err := do(h, value); err != nil {
				return err
			}
		}
		return nil
	}
	if err := each("plugin-config", f.configs, func(h *api.Hook, file string) error {
		text, err := os.ReadFile(file)
		if err != nil {
			return &ended{outcome: task.OutcomeNeedsUser, cause: fmt.Sprintf("configuration of plugin %s: %s: %v", h.Plugin, file, pathReason(err))}
		}
		if err := json.Unmarshal(text, &h.Config); err != nil {
			return &ended{outcome: task.OutcomeNeedsUser, cause: fmt.Sprintf("configuration of plugin %s: %s: %v", h.Plugin, file, err)}
		}
		return nil
	}); err != nil {
		return err
	}
	if err := each("plugin-on-error", f.onErrors, func(h *api.Hook, word string) error { h.OnError = word; return nil }); err != nil {
		return err
	}
	if err := each("plugin-merges", f.merges, func(h *api.Hook, word string) error { h.Merges = word; return nil }); err != nil {
		return err
	}
	return each("grant", f.grants, func(h *api.Hook, grant string) error {
		h.Grants = append(h.Grants, grant)
		return nil
	})
}
