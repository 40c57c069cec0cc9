package web_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web"
)

// call is a request for the API with a body in JSON, or nil.
func (s *site) call(method, path string, body any, header map[string]string) answer {
	s.t.Helper()
	var in io.Reader
	if body != nil {
		text, ok := body.(string)
		if !ok {
			raw, err := json.Marshal(body)
			if err != nil {
				s.t.Fatal(err)
			}
			text = string(raw)
		}
		in = strings.NewReader(text)
	}
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.http.URL+path, in)
	if err != nil {
		s.t.Fatal(err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	for k, v := range header {
		req.Header.Set(k, v)
	}
	resp, err := s.client.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer{status: resp.StatusCode, header: resp.Header, text: string(text)}
}

// as reads the answer, which must have the status.
func (a answer) as(t *testing.T, status int, into any) {
	t.Helper()
	if a.status != status {
		t.Fatalf("status %d, want %d: %s", a.status, status, a.text)
	}
	if into == nil {
		return
	}
	if err := json.Unmarshal([]byte(a.text), into); err != nil {
		t.Fatalf("%v: %s", err, a.text)
	}
}

// problem is the sentence of an answer that must be a problem with the status.
func (a answer) problem(t *testing.T, status int) string {
	t.Helper()
	var p struct {
		Title, Detail string
		Status        int
		Faults        []string
	}
	a.as(t, status, &p)
	if a.header.Get("Content-Type") != "application/problem+json" || p.Status != status || p.Title == "" || p.Detail == "" || strings.Contains(p.Detail, "\n") {
		t.Fatalf("no problem in one sentence: %s %s", a.header.Get("Content-Type"), a.text)
	}
	return p.Detail
}

func (s *site) token(u access.User, scopes ...access.Scope) map[string]string {
	s.t.Helper()
	secret, err := s.svc.AddToken(s.t.Context(), access.Token{UserID: u.ID, Name: "x", Scopes: scopes})
	if err != nil {
		s.t.Fatal(err)
	}
	return map[string]string{"Authorization": "Bearer " + secret}
}

type apiTask struct {
	ID, Name, Status string
	Version          int64
	Sources          []struct{ Name, URL, Password string }
	Destination      struct{ URL, Password string }
	Hooks            []struct {
		Plugin string
		Merges string
		Config map[string]any
	}
	Schedule struct {
		Every  string
		Window *struct{ From, To string }
	}
	Owner struct{ ID, Name string }
}

const combining = `{
	"name": "ann combines",
	"sources": [
		{"name": "office", "url": "imaps://ann@a.example", "password": "one"},
		{"name": "home", "url": "imaps://ann@b.example?root=Mail", "password": "two"}
	],
	"destination": {"url": "imaps://ann@new.example", "password": "three"},
	"hooks": [{"plugin": "folder-rules", "config": {"prefix": "Old"}, "merges": "refuse"}],
	"schedule": {"every": "6h", "zone": "Europe/Berlin", "window": {"from": "22:00", "to": "06:00", "days": ["mon", "fri"]}}
}`

func TestAPI_makesChangesRunsAndDeletesATask(t *testing.T) {
	s := newSite(t, web.Options{})
	ann := s.addUser("ann", access.RoleUser)
	token := s.token(ann, access.ScopeRead, access.ScopeRun, access.ScopeWrite)
	var made apiTask
	a := s.call(http.MethodPost, "/api/v1/tasks", combining, token)
	a.as(t, http.StatusCreated, &made)
	if made.Status != "new" || len(made.Sources) != 2 || made.Sources[1].URL != "imaps://ann@b.example?root=Mail" || made.Owner.ID != ann.ID ||
		made.Schedule.Every != "6h" || made.Schedule.Window == nil || made.Hooks[0].Config["prefix"] != "Old" || made.Hooks[0].Merges != "refuse" {
		t.Errorf("%s", a.text)
	}
	if strings.Contains(a.text, "password") || strings.Contains(a.text, "three") {
		t.Errorf("a password is shown: %s", a.text)
	}
	if got := s.svc.tasks[made.ID]; got.Sources[0].Account.Password != "one" || got.Destination.Password != "three" || got.Schedule.Every != 6*time.Hour {
		t.Errorf("stored: %+v", got)
	}

	// What was read can be sent back: read-only parts are ignored, passwords stay.
	a = s.call(http.MethodGet, "/api/v1/tasks/"+made.ID, nil, token)
	a.as(t, http.StatusOK, &made)
	tag := a.header.Get("ETag")
	changed := strings.Replace(a.text, "ann combines", "ann combines all", 1)
	a = s.call(http.MethodPut, "/api/v1/tasks/"+made.ID, changed, map[string]string{"Authorization": token["Authorization"], "If-Match": tag})
	a.as(t, http.StatusOK, &made)
	if made.Name != "ann combines all" || a.header.Get("ETag") == tag || s.svc.tasks[made.ID].Sources[0].Account.Password != "one" {
		t.Errorf("%s", a.text)
	}

	// The last one who saves an old task is told.
	text := s.call(http.MethodPut, "/api/v1/tasks/"+made.ID, changed, token).problem(t, http.StatusPreconditionFailed)
	if !strings.Contains(text, "somebody else has changed it") && !strings.Contains(text, "Somebody else has changed it") {
		t.Errorf("%s", text)
	}
	with := map[string]string{"Authorization": token["Authorization"], "If-Match": `W/"1"`}
	s.call(http.MethodPut, "/api/v1/tasks/"+made.ID, changed, with).problem(t, http.StatusPreconditionFailed)

	var plan struct{ Pairs []struct{ Folder string } }
	s.call(http.MethodPost, "/api/v1/tasks/"+made.ID+"/plan", nil, token).as(t, http.StatusOK, &plan)
	if len(plan.Pairs) != 1 || plan.Pairs[0].Folder != "INBOX" {
		t.Errorf("%+v", plan)
	}
	var run struct{ ID, Status string }
	s.call(http.MethodPost, "/api/v1/tasks/"+made.ID+"/run", nil, token).as(t, http.StatusCreated, &run)
	s.call(http.MethodPost, "/api/v1/tasks/"+made.ID+"/run", nil, token).problem(t, http.StatusConflict)
	s.call(http.MethodGet, "/api/v1/runs/"+run.ID+"/report", nil, token).problem(t, http.StatusNotFound)
	s.call(http.MethodPut, "/api/v1/runs/"+run.ID+"/rate", `{"max_rate": 1000}`, token).as(t, http.StatusOK, nil)
	s.call(http.MethodPut, "/api/v1/runs/"+run.ID+"/rate", `{"max_messages": 7}`, token).as(t, http.StatusOK, nil)
	if p := s.svc.paces[run.ID]; p != (task.Pace{Bytes: 1000, Messages: 7}) {
		t.Errorf("the pace is %s", p)
	}
	s.call(http.MethodPut, "/api/v1/runs/"+run.ID+"/rate", `{"max_messages": -1}`, token).problem(t, http.StatusUnprocessableEntity)
	s.call(http.MethodPost, "/api/v1/runs/"+run.ID+"/stop", nil, token).as(t, http.StatusOK, nil)
	s.eventually(func() bool {
		s.call(http.MethodGet, "/api/v1/runs/"+run.ID, nil, token).as(t, http.StatusOK, &run)
		return run.Status == "cancelled"
	})
	s.call(http.MethodGet, "/api/v1/runs/"+run.ID+"/report", nil, token).as(t, http.StatusOK, nil)
	s.call(http.MethodPost, "/api/v1/tasks/"+made.ID+"/pause", nil, token).as(t, http.StatusOK, &made)
	if made.Status != "paused" {
		t.Errorf("status %s", made.Status)
	}
	s.call(http.MethodPost, "/api/v1/tasks/"+made.ID+"/resume", nil, token).as(t, http.StatusOK, &made)
	s.call(http.MethodDelete, "/api/v1/tasks/"+made.ID, nil, token).as(t, http.StatusNoContent, nil)
	s.call(http.MethodGet, "/api/v1/tasks/"+made.ID, nil, token).problem(t, http.StatusNotFound)
	var deleted struct{ Tasks []struct{ ID, Name string } }
	s.call(http.MethodGet, "/api/v1/deleted-tasks", nil, token).as(t, http.StatusOK, &deleted)
	if len(deleted.Tasks) != 1 || deleted.Tasks[0].ID != made.ID {
		t.Errorf("%+v", deleted)
	}
	s.call(http.MethodPost, "/api/v1/deleted-tasks/"+made.ID+"/restore", nil, token).as(t, http.StatusOK, &made)
	s.call(http.MethodGet, "/api/v1/tasks/"+made.ID, nil, token).as(t, http.StatusOK, nil)
	s.call(http.MethodPost, "/api/v1/deleted-tasks/"+made.ID+"/restore", nil, token).problem(t, http.StatusNotFound)
}

// eventually waits for what comes soon; the deadline of the test is the limit.
func (s *site) eventually(ok func() bool) {
	for !ok() {
		time.Sleep(10 * time.Millisecond)
	}
}

func TestAPI_refusesBadInputInOneSentence(t *testing.T) {
	s := newSite(t, web.Options{})
	token := s.token(s.addUser("ann", access.RoleUser), access.ScopeRead, access.ScopeWrite)
	change := func(old, new string) string {
		if !strings.Contains(combining, old) {
			t.Fatalf("no %q", old)
		}
		return strings.Replace(combining, old, new, 1)
	}
	deep := strings.Repeat("[", 40) + strings.Repeat("]", 40)
	for _, tt := range []struct {
		name, body string
		status     int
		want       string
	}{
		{"no JSON", `{"name": `, http.StatusBadRequest, "JSON"},
		{"deep JSON", change(`{"prefix": "Old"}`, deep), http.StatusBadRequest, "nested deeper than 32 levels"},
		{"a bomb", strings.Repeat("[", 500_000), http.StatusBadRequest, "nested deeper"},
		{"too large", `{"name": "` + strings.Repeat("x", 1<<20) + `"}`, http.StatusRequestEntityTooLarge, ""},
		{"an unknown key", change(`"name": "ann combines"`, `"name": "a", "pasword": "hunter2"`), http.StatusUnprocessableEntity, "pasword"},
		{"no sources", `{"name": "a", "destination": {"url": "imaps://a@b.example"}}`, http.StatusUnprocessableEntity, "sources"},
		{"a number as a name", change(`"ann combines"`, `7`), http.StatusUnprocessableEntity, "name"},
		{"a password in a URL", change("imaps://ann@a.example", "imaps://ann:hunter2@a.example"), http.StatusUnprocessableEntity, "sources[office]"},
		{"a wrong scheme", change("imaps://ann@a.example", "ftp://ann@a.example"), http.StatusUnprocessableEntity, "ftp"},
		{"a wrong interval", change(`"6h"`, `"soon"`), http.StatusUnprocessableEntity, "soon"},
		{"a wrong zone", change(`Europe/Berlin`, `Berlin`), http.StatusUnprocessableEntity, "Berlin"},
		{"a wrong day", change(`"mon"`, `"moon"`), http.StatusUnprocessableEntity, "days"},
		{"a wrong grant", change(`"plugin": "folder-rules"`, `"plugin": "folder-rules", "grants": ["all"]`), http.StatusUnprocessableEntity, "all"},
		{"two sources of a name", change(`"home"`, `"office"`), http.StatusUnprocessableEntity, "office"},
		{"neither url nor account", change(`"url": "imaps://ann@new.example", `, ``), http.StatusUnprocessableEntity, "destination"},
	} {
		text := s.call(http.MethodPost, "/api/v1/tasks", tt.body, token).problem(t, tt.status)
		if !strings.Contains(text, tt.want) || strings.Contains(text, "hunter2") || len(text) > 600 {
			t.Errorf("%s: %s", tt.name, text)
		}
	}
	if len(s.svc.tasks) != 0 {
		t.Error("something was stored")
	}
	for path, want := range map[string]int{
		"/api/v1/tasks?limit=0": http.StatusUnprocessableEntity, "/api/v1/tasks?limit=x": http.StatusUnprocessableEntity,
		"/api/v1/tasks?colour=red": http.StatusUnprocessableEntity, "/api/v1/nothing": http.StatusNotFound, "/api/v2/tasks": http.StatusNotFound,
	} {
		s.call(http.MethodGet, path, nil, token).problem(t, want)
	}
	s.call(http.MethodPatch, "/api/v1/tasks", nil, token).problem(t, http.StatusMethodNotAllowed)
}

func TestAPI_listsAPageOfWhatMatches(t *testing.T) {
	s := newSite(t, web.Options{})
	ann := s.addUser("ann", access.RoleUser)
	for i := range 5 {
		tk := s.owned(ann)
		tk.Name = fmt.Sprintf("task %d", i)
		s.svc.put(tk)
	}
	s.owned(s.addUser("bob", access.RoleUser))
	token := s.token(ann, access.ScopeRead)
	var list struct {
		Tasks []apiTask
		Total int
	}
	s.call(http.MethodGet, "/api/v1/tasks", nil, token).as(t, http.StatusOK, &list)
	all := list.Total
	if all < 5 || len(list.Tasks) != all {
		t.Fatalf("%d of %d", len(list.Tasks), all)
	}
	for _, tk := range list.Tasks {
		if tk.Owner.Name != "ann" {
			t.Errorf("ann sees a task of %s", tk.Owner.Name)
		}
	}
	s.call(http.MethodGet, "/api/v1/tasks?limit=2&offset=1", nil, token).as(t, http.StatusOK, &list)
	if list.Total != all || len(list.Tasks) != 2 {
		t.Errorf("%d of %d", len(list.Tasks), list.Total)
	}
	s.call(http.MethodGet, "/api/v1/tasks?q=TASK+3", nil, token).as(t, http.StatusOK, &list)
	if list.Total != 1 || list.Tasks[0].Name != "task 3" {
		t.Errorf("%+v", list)
	}
	s.call(http.MethodGet, "/api/v1/tasks?status=new&owner=ann&offset=1000", nil, token).as(t, http.StatusOK, &list)
	if list.Total != all || len(list.Tasks) != 0 {
		t.Errorf("%+v", list)
	}
}

func TestAPI_keepsTokensWithinTheirScopesAndRate(t *testing.T) {
	s := newSite(t, web.Options{})
	ann := s.addUser("ann", access.RoleUser)
	read := s.token(ann, access.ScopeRead)
	text := s.call(http.MethodPost, "/api/v1/tasks", combining, read).problem(t, http.StatusForbidden)
	if !strings.Contains(text, "scopes") {
		t.Errorf("%s", text)
	}
	s.call(http.MethodGet, "/api/v1/account/tokens", nil, read).problem(t, http.StatusForbidden)
	a := s.call(http.MethodGet, "/api/v1/tasks", nil, map[string]string{"Authorization": "Bearer nonsense"})
	a.problem(t, http.StatusUnauthorized)
	if !strings.HasPrefix(a.header.Get("WWW-Authenticate"), "Bearer") {
		t.Errorf("%v", a.header)
	}
	limited := 0
	for range 150 {
		if a := s.call(http.MethodGet, "/api/v1/plugins", nil, read); a.status == http.StatusTooManyRequests {
			if a.header.Get("Retry-After") == "" {
				t.Error("no Retry-After")
			}
			a.problem(t, http.StatusTooManyRequests)
			limited++
		}
	}
	if limited == 0 {
		t.Error("150 requests at once are all answered")
	}
	// Another token is another one's business.
	s.call(http.MethodGet, "/api/v1/plugins", nil, s.token(ann, access.ScopeRead)).as(t, http.StatusOK, nil)
}

func TestAPI_worksWithASessionButNotForOtherSites(t *testing.T) {
	s := loggedIn(t)
	s.call(http.MethodGet, "/api/v1/users", nil, nil).as(t, http.StatusOK, nil)
	var made struct{ Secret string }
	s.call(http.MethodPost, "/api/v1/account/tokens", `{"name": "cli", "scopes": ["read"]}`, nil).as(t, http.StatusCreated, &made)
	s.call(http.MethodGet, "/api/v1/tasks", nil, map[string]string{"Authorization": "Bearer " + made.Secret}).as(t, http.StatusOK, nil)
	s.call(http.MethodPost, "/api/v1/tasks", combining, map[string]string{"Sec-Fetch-Site": "cross-site"}).problem(t, http.StatusForbidden)
	if len(s.svc.tasks) != 0 {
		t.Error("another site made a task")
	}
}

func TestAPI_channelsOfOthersAreNotThere(t *testing.T) {
	s, actors, fill, _ := crowd(t)
	const body = `{"name": "x", "kind": "webhook", "url": "https://hooks.example/", "events": ["failed"]}`
	for who, want := range map[string]int{"bob": http.StatusNotFound, "olga": http.StatusNotFound, "ann": http.StatusOK} {
		u := actors[who]
		token := s.token(access.User{ID: u.UserID}, access.Scopes()...)
		if a := s.call(http.MethodPut, fill.Replace("/api/v1/channels/:channel"), body, token); a.status != want {
			t.Errorf("%s: status %d, %s", who, a.status, a.text)
		}
	}
}

func TestAPI_streamsARunUntilItsEnd(t *testing.T) {
	s := newSite(t, web.Options{})
	ann := s.addUser("ann", access.RoleUser)
	run, err := s.svc.StartRun(t.Context(), s.owned(ann).ID)
	if err != nil {
		t.Fatal(err)
	}
	stop := make(chan struct{})
	go func() {
		for {
			select {
			case s.svc.step <- struct{}{}:
			case <-stop:
				return
			}
		}
	}()
	defer close(stop)
	a := s.call(http.MethodGet, "/api/v1/runs/"+run.ID+"/events", nil, s.token(ann, access.ScopeRead))
	if a.status != http.StatusOK || a.header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("status %d, %v", a.status, a.header)
	}
	frames := strings.Split(strings.TrimSpace(a.text), "\n\n")
	if !strings.Contains(frames[0], "event: run\ndata: {") || !strings.Contains(frames[len(frames)-1], "event: end") {
		t.Errorf("%s", a.text)
	}
	var last struct {
		Status  string
		Outcome string
	}
	logged := false
	for _, f := range frames {
		if _, data, ok := strings.Cut(f, "event: run\ndata: "); ok {
			if err := json.Unmarshal([]byte(data), &last); err != nil {
				t.Fatal(err)
			}
		}
		logged = logged || strings.Contains(f, "event: log\ndata: {")
	}
	if last.Status != "done" || last.Outcome != "done" || !logged {
		t.Errorf("the last state is %+v", last)
	}
	s.call(http.MethodGet, "/api/v1/runs/none/events", nil, s.token(ann, access.ScopeRead)).problem(t, http.StatusNotFound)
}

// TestAPI_isAsItDescribesItself compares every answer of a tour through all operations
// with the schema of the description.
func TestAPI_isAsItDescribesItself(t *testing.T) {
	s, _, fill, _ := crowd(t)
	s.login()
	a := s.call(http.MethodGet, "/api/openapi.json", nil, nil)
	var doc struct {
		OpenAPI string
		Paths   map[string]map[string]struct {
			OperationID string
			Responses   map[string]struct {
				Content map[string]struct{ Schema json.RawMessage }
			}
		}
	}
	a.as(t, http.StatusOK, &doc)
	if !strings.HasPrefix(doc.OpenAPI, "3.1") {
		t.Errorf("OpenAPI %s", doc.OpenAPI)
	}
	root, err := jsonschema.UnmarshalJSON(strings.NewReader(a.text))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	if err := compiler.AddResource("https://mailweir.invalid/openapi.json", root); err != nil {
		t.Fatal(err)
	}
	bodies := map[string]any{
		"make-task": combining, "change-task": combining, "give-task": map[string]string{"owner": "u-admin"},
		"preview-schedule": `{"schedule": {"cron": "30 2 * * *", "zone": "Europe/Berlin"}, "count": 3}`,
		"set-rate":         `{"max_rate": 0}`,
		"preview-plan":     combining, "approve-plan": `{"plan": "` + fill.Replace(":planned") + `"}`, "set-plan-first": `{"plan_first": false}`,
		"set-overrides": `{"overrides": [{"source": "old", "folder": "Spam", "exclude": true}]}`,
		"make-account":  `{"name": "new", "url": "imaps://ann@new.example", "password": "x"}`, "change-account": `{"name": "archive", "url": "imaps://ann@new.example"}`,
		"make-user": `{"name": "zoe", "role": "operator", "domains": ["a.example"], "password": "four random words"}`, "change-user": `{"name": "ann", "role": "user"}`,
		"set-password": `{"password": "other random words"}`, "make-own-token": `{"name": "x", "scopes": ["read", "run"]}`,
		"make-channel":   `{"name": "x", "kind": "mail", "addresses": ["a@b.example"], "relay": "house", "events": ["failed", "digest"]}`,
		"change-channel": `{"name": "x", "kind": "webhook", "url": "https://hooks.example/", "events": ["needs-you"]}`,
	}
	bodies["make-draft"] = map[string]string{"name": "x.csv", "table": goodTable}
	bodies["change-draft-row"] = `{"cells": {"name": "other"}}`
	bodies["test-draft-rows"], bodies["start-draft"] = `{"rows": [0]}`, `{"run": true}`
	last := []string{"stop-run", "delete-channel", "delete-account", "revoke-token", "revoke-own-token", "remove-user", "delete-task"}
	seen := 0
	for _, later := range append([]string{""}, last...) {
		for path, methods := range doc.Paths {
			for method, op := range methods {
				isLast := later == op.OperationID
				if later == "" {
					isLast = !strings.Contains(strings.Join(last, " "), op.OperationID)
				}
				if !isLast || strings.HasSuffix(path, "/events") {
					continue
				}
				seen++
				target := fill.Replace(strings.NewReplacer("{", ":", "}", "").Replace(path))
				got := s.call(strings.ToUpper(method), target, bodies[op.OperationID], nil)
				described, ok := op.Responses[fmt.Sprint(got.status)]
				if !ok || got.status >= 500 || got.status == http.StatusUnprocessableEntity || got.status == http.StatusBadRequest {
					t.Errorf("%s: status %d is not described, or none of a good request: %s", op.OperationID, got.status, got.text)
					continue
				}
				kind := got.header.Get("Content-Type")
				if got.text == "" && len(described.Content) == 0 {
					continue
				}
				if _, ok := described.Content[kind]; !ok {
					t.Errorf("%s: %d with %q is not described", op.OperationID, got.status, kind)
					continue
				}
				pointer := strings.NewReplacer("~", "~0", "/", "~1")
				schema, err := compiler.Compile(fmt.Sprintf("https://mailweir.invalid/openapi.json#/paths/%s/%s/responses/%d/content/%s/schema",
					pointer.Replace(path), method, got.status, pointer.Replace(kind)))
				if err != nil {
					t.Fatalf("%s: %v", op.OperationID, err)
				}
				value, err := jsonschema.UnmarshalJSON(bytes.NewReader([]byte(got.text)))
				if err != nil {
					t.Errorf("%s: %v", op.OperationID, err)
					continue
				}
				if err := schema.Validate(value); err != nil {
					t.Errorf("%s: the answer is not as described: %v\n%s", op.OperationID, err, got.text)
				}
			}
		}
	}
	if seen < 40 {
		t.Errorf("only %d operations were tried", seen)
	}
}

func TestHealth_saysWhetherTheServiceCanWork(t *testing.T) {
	s := newSite(t, web.Options{})
	if a := s.get("/healthz"); a.status != http.StatusOK || a.header.Get("Set-Cookie") != "" {
		t.Errorf("healthz: %d", a.status)
	}
	if a := s.get("/readyz"); a.status != http.StatusOK {
		t.Errorf("readyz: %d", a.status)
	}
	s.svc.notReady = fmt.Errorf("the disk of secret.example is full")
	if a := s.get("/readyz"); a.status != http.StatusServiceUnavailable || strings.Contains(a.text, "secret.example") {
		t.Errorf("readyz: %d %s", a.status, a.text)
	}
	if a := s.get("/healthz"); a.status != http.StatusOK {
		t.Errorf("healthz of one that is not ready: %d", a.status)
	}
	admin := access.User{ID: "u-admin"}
	if a := s.call(http.MethodGet, "/metrics", nil, s.token(admin, access.ScopeRead)); a.status != http.StatusOK || !strings.Contains(a.text, "mailweir_tasks") {
		t.Errorf("metrics: %d %s", a.status, a.text)
	}
	user := s.addUser("ann", access.RoleUser)
	if a := s.call(http.MethodGet, "/metrics", nil, s.token(user, access.ScopeRead)); a.status != http.StatusForbidden {
		t.Errorf("metrics for a user: %d", a.status)
	}
}
