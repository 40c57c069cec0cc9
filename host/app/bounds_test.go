package app

import (
	"strings"
	"testing"

	"github.com/mailweir/mailweir/host/task"
)

func TestBounds_pluginsOfUsersGetNoWayToPrivateAddresses(t *testing.T) {
	for text, want := range map[string]bool{
		"http:hooks.example/POST":  true,
		"tcp:192.0.2.1:25":         false, // documentation, which is not public
		"tcp:9.9.9.9:443":          true,
		"tcp:127.0.0.1:6379":       false,
		"http:[::1]:8080":          false,
		"tcp:clamd.lan:1?private":  false,
		"http:hooks.lan?private":   false,
		"smtp:archive":             true,
		"tcp:[::ffff:10.0.0.1]:25": false,
	} {
		g, err := task.ParseGrant(text)
		if err != nil {
			t.Fatal(err)
		}
		err = withinBounds(task.Task{Hooks: []task.Hook{{Plugin: "x", Grants: []task.Grant{g}}}})
		if (err == nil) != want || err != nil && !strings.Contains(err.Error(), text[:4]) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
