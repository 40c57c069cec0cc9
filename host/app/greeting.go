package app

import (
	"fmt"
	"io"

	"github.com/mailweir/mailweir/host/store"
)

// greeting is what the terminal says when the service is up.
type greeting struct {
	address  string
	password string // "" unless it was made just now
	data     string
	demo     bool
	runPath  string // of the demo's run
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

`, g.address, store.AdminName, g.password, g.address+g.runPath, g.address)
	case g.password != "":
		fmt.Fprintf(w, `
mailweir is ready at %s

  User      %s
  Password  %s

The password was made just now and is shown this once. Data: %s

`, g.address, store.AdminName, g.password, g.data)
	default:
		fmt.Fprintf(w, "mailweir is ready at %s (data: %s)\n", g.address, g.data)
	}
}
