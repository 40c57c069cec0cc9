package main

import (
	"cmp"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/mailweir/mailweir/host/app"
	"github.com/mailweir/mailweir/host/plugin/signature"
)

func pluginInstall(t *terminal) *cobra.Command {
	f := &authorFlags{}
	r := &remoteFlags{}
	var o app.InstallOptions
	cmd := &cobra.Command{
		Use:   "install FILE|oci://REF|https://URL",
		Short: "Installs a plugin in the data directory, for tasks of the service",
		Long: `Copies a plugin's file to plugins/ID.wasm in the data directory, if the host can run
it. The service then offers it, and --plugin ID finds it. A file with another digest is
replaced only with --force: a task that was made with the old one asks for it.

It is fetched first where a registry or a URL is named. --sha256 says which file is
expected; a URL needs it. A plugin that is not signed is taken out of a registry by its
digest, or with --sha256 or --allow-unsigned: a tag may be moved.

A file whose signature does not hold is refused, always. One that was signed with a
key which is not trusted takes --allow-untrusted, see "mailweir plugin trust".

` + registryHelp + "\n\n" + pluginExitHelp,
		Example: `  mailweir plugin install newsletters/newsletters.wasm
  mailweir plugin install oci://registry.example/mail/newsletters:1.0
  mailweir plugin install https://example.org/newsletters.wasm --sha256 HEX`,
		Args: oneArgument("FILE"),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if o.Fetch.Registry, err = r.read(); err != nil {
				return err
			}
			return f.with(cmd.Context(), t, func(a *app.Author) error {
				done, err := a.Install(cmd.Context(), args[0], o)
				if err != nil {
					return err
				}
				return printInstallation(t.out, done)
			})
		},
	}
	f.add(cmd.Flags())
	r.add(cmd.Flags())
	cmd.Flags().StringVar(&o.Fetch.SHA256, "sha256", "", "refuse another file than the one with the SHA-256 `HEX`")
	cmd.Flags().BoolVar(&o.Force, "force", false, "replace a file with another digest")
	cmd.Flags().BoolVar(&o.AllowUnsigned, "allow-unsigned", false, "although a signature is required, or a tag may be moved")
	cmd.Flags().BoolVar(&o.AllowUntrusted, "allow-untrusted", false, "although the key that signed it is not trusted")
	return cmd
}

func printInstallation(w io.Writer, i *app.Installation) (err error) {
	name := i.ID + " " + plain(i.Version)
	switch i.Before {
	case "":
		_, err = fmt.Fprintf(w, "%s is installed as %s\n  %s\n", name, plain(i.File), i.Digest)
	case i.Digest:
		_, err = fmt.Fprintf(w, "%s was installed already\n  %s\n", name, i.Digest)
	default:
		_, err = fmt.Fprintf(w, "%s is installed as %s\n  before: %s\n  now:    %s\n", name, plain(i.File), i.Before, i.Digest)
	}
	if err != nil {
		return err
	}
	printAsks(w, "  ", i.Asks)
	_, err = fmt.Fprintf(w, "  signature: %s\n", plain(i.Signature.String()))
	return err
}

func pluginRemove(t *terminal) *cobra.Command {
	f := &authorFlags{}
	cmd := &cobra.Command{
		Use:   "remove ID",
		Short: "Removes an installed plugin from the data directory",
		Long: `Deletes plugins/ID.wasm in the data directory. Runs of tasks that name the plugin
then end with status 5, until it is installed again.

` + pluginExitHelp,
		Example: `  mailweir plugin remove newsletters`,
		Args:    oneArgument("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.with(cmd.Context(), t, func(a *app.Author) error {
				file, err := a.Remove(args[0])
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(t.out, "%s is removed\n", plain(file))
				return err
			})
		},
	}
	f.add(cmd.Flags())
	return cmd
}

func pluginList(t *terminal) *cobra.Command {
	f := &authorFlags{}
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "Lists the plugins that are shipped or installed",
		Long: `Lists the plugins that --plugin and tasks can name: those that are shipped with
mailweir, and those in the data directory.

` + pluginExitHelp,
		Example: `  mailweir plugin list`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef("%q is not expected", args[0])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			return f.with(cmd.Context(), t, func(a *app.Author) error {
				list, err := a.List()
				if err != nil {
					return err
				}
				if asJSON {
					return newJSONLines(t.out).installed(list)
				}
				return printInstalled(t.out, list)
			})
		},
	}
	f.add(cmd.Flags())
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a plugin")
	return cmd
}

func printInstalled(w io.Writer, list []app.Installed) error {
	t := newTable(w, "ID", "VERSION", "DIGEST", "SIGNED", "FILE", "")
	t.row(t.heads...)
	for _, i := range list {
		// Twelve digits are enough to tell files apart by eye.
		digest := i.Digest[:min(len(i.Digest), len("sha256:")+12)]
		remark := i.Description
		if i.Fault != "" {
			remark = "can not be used: " + i.Fault
		}
		if len(i.Asks) > 0 {
			remark += " (asks for " + asksOf(i.Asks) + ")"
		}
		t.row(plain(i.ID), plain(i.Version), digest, plain(signedBy(i)), plain(cmp.Or(i.File, "(shipped)")), plain(remark))
	}
	return t.w.Flush()
}

// signedBy says in a word who made a plugin.
func signedBy(i app.Installed) string {
	switch i.Signature.State {
	case "":
		return "" // shipped
	case signature.Trusted:
		return i.Signature.Name
	}
	return string(i.Signature.State)
}
