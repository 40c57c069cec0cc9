package app

import (
	"context"
	"crypto/rand"
	"errors"

	"github.com/mailweir/mailweir/host/app/demo"
	"github.com/mailweir/mailweir/host/task"
)

// demoRules is the configuration of the plugin folder-rules in the demo.
const demoRules = `{
  "sources": {
    "office": {
      "prefix": "Office",
      "rename": [{"from": "Projekte", "to": "Projects", "children": true}]
    },
    "home": {
      "exclude": ["Papierkorb"]
    }
  }
}`

// demoAdmin is the name of the demo's admin.
const demoAdmin = "admin"

// makeDemoAdmin makes the demo's admin, before somebody else makes the first user.
func makeDemoAdmin(ctx context.Context, svc *service) (password string, err error) {
	password = rand.Text() // 128 bits and more
	_, err = svc.MakeFirstUser(ctx, demoAdmin, password)
	return password, err
}

// startDemo starts the demo's accounts and the task that combines them. The
// caller closes the accounts.
func startDemo(ctx context.Context, svc *service, g *greeting) (*demo.Servers, error) {
	accounts, err := demo.Start()
	if err != nil {
		return nil, err
	}
	t, err := svc.SaveTask(ctx, task.Task{
		Name: "Combine office and home",
		Sources: []task.Source{
			{Name: "office", Account: accounts.Office},
			{Name: "home", Account: accounts.Home},
		},
		Destination: accounts.Local,
		Hooks:       []task.Hook{{Plugin: "folder-rules", Config: demoRules}},
	})
	if err != nil {
		return nil, errors.Join(err, accounts.Close())
	}
	run, err := svc.StartRun(ctx, t.ID)
	if err != nil {
		return nil, errors.Join(err, accounts.Close())
	}
	g.runPath = "runs/" + run.ID
	return accounts, nil
}
