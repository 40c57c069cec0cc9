package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/mailweir/mailweir/host/app"
	"github.com/mailweir/mailweir/host/app/kit"
	"github.com/mailweir/mailweir/host/task"
)

// questionFlags say what a plugin is asked about.
type questionFlags struct {
	author                   authorFlags
	eml, folder, use, config string
	other                    string // a question of another kind

	grants grantFlags
	live   bool
}

func (f *questionFlags) add(flags *pflag.FlagSet) {
	f.author.add(flags)
	flags.StringVar(&f.eml, "eml", "", "`FILE` with the message")
	flags.StringVar(&f.folder, "folder", "INBOX", "`NAME` of the folder that holds it")
	flags.StringVar(&f.use, "use", "", "special `USE` of that folder, such as Sent")
	flags.StringVar(&f.other, "question", "", "another question in `YAML`, as in a file of cases")
	flags.StringVar(&f.config, "config", "", "`FILE.json` with the plugin's configuration")
	f.grants.add(flags, "GRANT")
	flags.BoolVar(&f.live, "live", false, "doors are opened and mail is sent, instead of only being shown")
}

// question reads the flags and the file of the configuration.
func (f *questionFlags) question(t *terminal, path string) (app.PluginQuestion, kit.Folder, error) {
	config, err := readConfig(f.config)
	if err == nil && f.folder == "" {
		err = usagef("--folder: the name is empty")
	}
	q, folder := app.PluginQuestion{Path: path, Config: config, Live: f.live}, kit.Folder{Name: f.folder, Use: f.use}
	for _, text := range f.grants.grants {
		g, errGrant := task.ParseGrant(text)
		if errGrant != nil && err == nil {
			err = usagef("--grant: %w", errGrant)
		}
		q.Grants = append(q.Grants, g)
	}
	if err == nil {
		q.Secrets, err = f.grants.readSecrets()
	}
	if err == nil {
		q.Relays, err = f.grants.relays.read(t)
	}
	return q, folder, err
}

// another reads the question of another kind; nil is none.
func (f *questionFlags) another(cmd *cobra.Command) (*kit.Question, error) {
	if f.other == "" {
		return nil, nil
	}
	if f.eml != "" || cmd.Flags().Changed("folder") || cmd.Flags().Changed("use") {
		return nil, usagef("--question says what is asked about; --eml, --folder and --use are for the usual questions")
	}
	q, err := kit.ParseQuestion(f.other)
	if err != nil {
		return nil, usagef("--question: %w", err)
	}
	return q, nil
}

func (f *questionFlags) message() kit.Message {
	return kit.Message{EML: f.eml, Folder: f.folder, Use: f.use}
}

func pluginRun(t *terminal) *cobra.Command {
	f := &questionFlags{}
	var log logFlag
	var out string
	cmd := &cobra.Command{
		Use:   "run FILE --eml FILE",
		Short: "Asks a plugin or script about one message, and shows what it answers",
		Long: `Asks a plugin or script about a folder and a message in it, as a copy would: where
the folder goes, then what becomes of the message before its download and as a whole,
and what is stored in its place. Shows each answer, what it took, and what the plugin
logged. Without --eml only the folder is asked about. FILE may be a folder, which is
built first.

--question asks any hook, as a case of "mailweir plugin test" does; --out keeps what is
stored in place of the message.

--grant gives the plugin what it asks for, as in a dry run: what it would send is shown
and answered with 202 or nothing, and what it remembers is gone at the end. With --live
doors are opened. It reads, and logs, whole messages without being granted that.

` + pluginExitHelp,
		Example: `  mailweir plugin run newsletters.js --eml tests/list.eml
  mailweir plugin run folder-rules --folder Trash/old --config rules.json
  mailweir plugin run webhook.wasm --eml tests/list.eml --grant http:hooks.example/POST
  mailweir plugin run repair --question 'message: {eml: bad.eml, raw: true, attempt: 1}' --out good.eml
  mailweir plugin run rules.js --question 'on_error: {kind: quota, text: mailbox full}'`,
		Args: oneArgument("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.eml == "" && !cmd.Flags().Changed("folder") && f.other == "" {
				return usagef("--eml FILE or --folder NAME is missing")
			}
			other, err := f.another(cmd)
			if err != nil {
				return err
			}
			q, folder, err := f.question(t, args[0])
			if err != nil {
				return err
			}
			q.Level = log.level()
			var message *kit.Message
			if f.eml != "" {
				m := f.message()
				message = &m
			}
			return f.author.with(cmd.Context(), t, func(a *app.Author) error {
				var begun []string
				var answers []kit.Answer
				var err error
				if other != nil {
					begun, answers, err = a.AskPlugin(cmd.Context(), q, other)
				} else {
					begun, answers, err = a.RunPlugin(cmd.Context(), q, folder, message)
				}
				printLog(t.out, begun)
				if len(answers) > 0 {
					printAnswers(t.out, answers)
				}
				if err != nil {
					return t.compilerSays(err)
				}
				if last := answers[len(answers)-1]; last.Err != nil {
					return &ended{outcome: task.OutcomeListed, cause: "held, because " + last.Err.Error()}
				}
				return keepStored(out, answers)
			})
		},
	}
	f.add(cmd.Flags())
	cmd.Flags().StringVar(&out, "out", "", "`FILE` that gets what is stored in place of the message")
	log.add(cmd.Flags())
	return cmd
}

// keepStored writes what is stored in place of a message to a file.
func keepStored(file string, answers []kit.Answer) error {
	last := answers[len(answers)-1]
	switch {
	case file == "":
		return nil
	case last.Content == nil:
		return &ended{outcome: task.OutcomeListed, cause: "nothing is stored in place of the message; " + file + " was not written"}
	}
	return os.WriteFile(file, last.Content, 0o600)
}

func printAnswers(w io.Writer, answers []kit.Answer) {
	for _, a := range answers {
		fmt.Fprintf(w, "%s: %s\n", a.Hook, plain(a.String()))
		fmt.Fprintf(w, "        %s of %s ticks, %d %s, %s\n", number(a.Spent.Ticks), number(a.Spent.Limit),
			a.Spent.HostCalls, plural(int64(a.Spent.HostCalls), "call of the host", "calls of the host"), a.Spent.Time.Round(100*time.Nanosecond))
		printLog(w, a.Log)
	}
}
