package app

import (
	"fmt"
	"io"
)

// greeting is what the terminal says when the service is up.
type greeting struct {
	address   string
	password  string // of the demo's admin
	setupCode string // "" once there is a user
	data      string
	demo      bool
	runPath   string // of the demo's run
}

func (g greeting) print(w io.Writer) {
	switch {
	case g.demo:
		fmt.Fprintf(w, `
mailweir demo: three mail accounts live in this process's memory, and a task
combines two of them into the third while you read this.

  Open      %s
  User      %s
  Password  %s

What to look at:
  %s
      the run: folders, messages and bytes as they go, the log, then the report
  %stasks
      the task: two sources, one destination, the plugin folder-rules that puts
      the office's mail below "Office", renames a folder and leaves out the bin;
      run it again and it copies nothing, because everything is there

The accounts speak IMAP in clear text on this machine only. Ctrl-C ends the demo
and removes its data.

`, g.address, demoAdmin, g.password, g.address+g.runPath, g.address)
	case g.setupCode != "":
		fmt.Fprintf(w, `
mailweir is ready at %s

Open it to make the first user, an admin. In a browser on this machine that is
all; from elsewhere it also asks for the

  Set-up code  %s

"mailweir user add" does the same without a browser. Data: %s

`, g.address, g.setupCode, g.data)
	default:
		fmt.Fprintf(w, "mailweir is ready at %s (data: %s)\n", g.address, g.data)
	}
}
