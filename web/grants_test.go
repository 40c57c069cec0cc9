package web_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/mailweir/mailweir/host/task"
)

func TestTaskForm_keepsAndChecksGrants(t *testing.T) {
	s := loggedIn(t)
	tk := sampleTask()
	for _, text := range []string{"http:api.example/POST", "kv"} {
		g, err := task.ParseGrant(text)
		if err != nil {
			t.Fatal(err)
		}
		tk.Hooks[0].Grants = append(tk.Hooks[0].Grants, g)
	}
	id := s.svc.put(tk).ID
	if a := s.page("/tasks/" + id); !strings.Contains(a.text, "http:api.example/POST, kv") {
		t.Error("the page of the task does not show what was granted")
	}
	v := fields(byID(s.page("/tasks/"+id+"/edit").page, "task-form"))
	if got := v.Get("hook-1-grants"); got != "http:api.example/POST\nkv\n" {
		t.Errorf("the form has %q", got)
	}
	a := s.post("/tasks/"+id+"/edit", with(v, "do", "save", "hook-1-grants", "kv\r\n<b>files</b>"))
	if a.status == http.StatusSeeOther || !strings.Contains(a.text, "This can not be granted: ") || strings.Contains(a.text, "<b>files") {
		t.Errorf("status %d: %s", a.status, a.text)
	}
	if got := s.only().Hooks[0].Grants; len(got) != 2 {
		t.Errorf("stored is %v", got)
	}
	if a := s.post("/tasks/"+id+"/edit", with(v, "do", "save", "hook-1-grants", " tcp:clamd.lan:3310?private \r\n\r\nbody")); a.status != http.StatusSeeOther {
		t.Fatalf("status %d", a.status)
	}
	got := s.only().Hooks[0].Grants
	if len(got) != 2 || got[0].String() != "tcp:clamd.lan:3310?private" || got[1].String() != "body" {
		t.Errorf("stored is %v", got)
	}
}
