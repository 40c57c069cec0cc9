package main

import (
	"fmt"
	"net/http"
	neturl "net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web/api"
)

func taskLink(t *terminal) *cobra.Command {
	f := &serverFlags{}
	var address string
	var days int
	var revoke bool
	cmd := &cobra.Command{
		Use: "link NAME", Short: "Makes a link by which somebody without an account gives the password of a task", Args: oneArgument("NAME"),
		Long: `Prints a link for the person whose mailbox a task copies. They need no account: the page asks
for the password that is missing, or for that of the old mailbox again, tries it at once, stores it
sealed, starts the task and shows how the copy goes. The password can be given once; the link shows
the copy until it expires. It is printed this once, and a link that the task had before opens
nothing any more.

The link begins with the public address of the service: that of --address, or of "mailweir serve
--public-url". Without either the command says so, and makes no link.

` + serverHelp + "\n\n" + exitHelp,
		Example: "  mailweir task link \"ann moves\" --address https://mailweir.example\n  mailweir task link \"ann moves\" --days 3\n  mailweir task link \"ann moves\" --revoke",
		RunE: func(cmd *cobra.Command, args []string) error {
			base, err := publicURL("--address", address)
			if err != nil {
				return err
			}
			if most := int(task.MaxLinkTime / (24 * time.Hour)); days < 1 || days > most {
				return usagef("--days is a number from 1 to %d", most)
			}
			ctx := cmd.Context()
			c, err := f.client(t)
			if err != nil {
				return err
			}
			tk, err := c.find(ctx, args[0])
			if err != nil {
				return err
			}
			path := "/tasks/" + tk.ID + "/link"
			if revoke {
				if err := c.do(ctx, http.MethodDelete, path, nil, nil); err != nil {
					return err
				}
				_, err := fmt.Fprintf(t.out, "the link of %s opens nothing any more\n", plain(tk.Name))
				return err
			}
			if base == "" && !onThisMachine(c.host()) {
				base = c.base // where this command has found it, others do, too
			}
			if base == "" {
				// Before anything is made: a link that is not printed would still be there.
				var service struct{ URL string }
				if err := c.do(ctx, http.MethodGet, "/service", nil, &service); err != nil {
					return err
				}
				if base = service.URL; base == "" {
					return &ended{outcome: task.OutcomeNeedsUser, cause: "the service does not know its public address, with which the link begins: name it here with --address https://HOST, or for all links with \"mailweir serve --public-url\""}
				}
			}
			var link api.Link
			if err := c.do(ctx, http.MethodPost, path, map[string]int{"hours": 24 * days}, &link); err != nil {
				return err
			}
			link.URL = strings.TrimSuffix(base, "/") + link.Path
			if f.json {
				return t.printJSON("link", link)
			}
			_, err = fmt.Fprintln(t.out, link.URL)
			return err
		},
	}
	f.add(cmd.Flags())
	f.addJSON(cmd.Flags(), "the link")
	cmd.Flags().StringVar(&address, "address", "", "`URL` by which people reach the service, such as https://mailweir.example")
	cmd.Flags().IntVar(&days, "days", int(task.LinkTime/(24*time.Hour)), "`N` days that it is good for")
	cmd.Flags().BoolVar(&revoke, "revoke", false, "take the link of the task away")
	return cmd
}

// publicURL checks the address by which browsers elsewhere reach the service.
func publicURL(flag, text string) (string, error) {
	if text == "" {
		return "", nil
	}
	u, err := neturl.Parse(strings.TrimSuffix(text, "/"))
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Path != "" || u.Scheme != "https" && u.Scheme != "http" {
		return "", usagef("%s: %q is not like https://mailweir.example", flag, text)
	}
	return u.String(), nil
}
