package app

import (
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/app/demo"
	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web"
)

func TestLocalToken_opensTheServiceForWhoeverHasItsDirectory(t *testing.T) {
	dir := t.TempDir()
	_, stop := startService(t, dir)
	l, err := ReadLocal(dir)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(filepath.Join(dir, localFile)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	get := func(path, token string) (int, string) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, l.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(text)
	}
	if status, text := get("/api/v1/tasks", l.Token); status != http.StatusOK {
		t.Errorf("status %d: %s", status, text)
	}
	if status, _ := get("/api/v1/account/tokens", l.Token); status != http.StatusForbidden {
		t.Errorf("it makes tokens: status %d", status)
	}
	for _, wrong := range []string{"", l.Token + "x", l.Token[:len(l.Token)-1], "mailweir_local_"} {
		if status, _ := get("/api/v1/tasks", wrong); status != http.StatusUnauthorized {
			t.Errorf("%q: status %d", wrong, status)
		}
	}
	for _, path := range []string{"/healthz", "/readyz"} {
		if status, text := get(path, ""); status != http.StatusOK {
			t.Errorf("%s: %d %s", path, status, text)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "mailweir.db")); err != nil {
		t.Fatal(err)
	}
	s, text := get("/metrics", l.Token)
	for _, want := range []string{
		`mailweir_tasks{state="active"} 0`, `mailweir_runs{state="running"} 0`, "mailweir_database_up 1", `mailweir_runs_ended_total{status="done"} 0`,
		`mailweir_http_request_seconds_count{code="200",kind="api"}`, "mailweir_build_info", "go_goroutines",
	} {
		if s != http.StatusOK || !strings.Contains(text, want) {
			t.Errorf("metrics: %d, no %s in %.200q", s, want, text)
		}
	}
	stop()
	http.DefaultClient.CloseIdleConnections()
	if _, err := ReadLocal(dir); !errors.Is(err, ErrRemote) {
		t.Errorf("after the end: %v", err)
	}
	_, stop = startService(t, dir)
	defer stop()
	if again, err := ReadLocal(dir); err != nil || again.Token == l.Token {
		t.Errorf("the token is the same after a new start, or %v", err)
	}
}

func TestLocalToken_ofNoServiceIsNone(t *testing.T) {
	if localToken("").is("") {
		t.Error("nothing opens a service without a token")
	}
}

func TestService_plansWithoutChangingAnything(t *testing.T) {
	s := newService(t)
	accounts, err := demo.Start()
	if err != nil {
		t.Fatal(err)
	}
	defer accounts.Close()
	saved, err := s.SaveTask(access.With(t.Context(), access.Local()), task.Task{
		Name: "home", Sources: []task.Source{{Name: "home", Account: accounts.Home}}, Destination: accounts.Local,
	})
	if err != nil || saved.Owner.ID != "" {
		t.Fatalf("%+v, %v", saved.Owner, err)
	}
	plan, err := s.PlanTask(t.Context(), saved.ID)
	if err != nil || len(plan.Pairs) < 3 {
		t.Fatalf("%+v, %v", plan, err)
	}
	if runs, err := s.Runs(t.Context(), saved.ID, 10); err != nil || len(runs) != 0 {
		t.Errorf("%d runs, %v", len(runs), err)
	}
	again, err := s.PlanTask(t.Context(), saved.ID)
	if err != nil || len(again.Pairs) != len(plan.Pairs) || again.Pairs[0].ToCopy != plan.Pairs[0].ToCopy {
		t.Errorf("a second plan is another one: %+v, %v", again, err)
	}
	for range maxPlans {
		s.plans <- struct{}{}
	}
	if _, err := s.PlanTask(t.Context(), saved.ID); !errors.Is(err, web.ErrConflict) {
		t.Errorf("one more than may be: %v", err)
	}
}

// TestTroubles_knowEveryKindOfTrouble keeps the table of package task in step with the
// errors of package mail.
func TestTroubles_knowEveryKindOfTrouble(t *testing.T) {
	for _, kind := range []error{
		mail.ErrAuth, mail.ErrHost, mail.ErrTLS, mail.ErrConnect, mail.ErrBusy, mail.ErrProtocol, mail.ErrNoFolder, mail.ErrBadName, mail.ErrDenied,
		mail.ErrQuota, mail.ErrTooBig, mail.ErrRefused, mail.ErrShortBody,
	} {
		err := &mail.Error{Op: "do", Where: "mail.example:993", Kind: kind}
		trouble, ok := task.TroubleOf("source old: " + err.Error())
		if !ok || trouble.Remedy == "" {
			t.Errorf("%v is not in the table", err)
		}
	}
}
