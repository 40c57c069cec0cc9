package web_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web"
)

const (
	goodTable = "name,source,source_password,destination,destination_password\n" +
		"Ann moves,imaps://ann@old.example,canary,imaps://ann@new.example,canary\n" +
		"=Bob moves,imaps://bob@old.example,,imaps://bob@new.example,canary\n"
	wrongRow = "Cy moves,old.example,canary,imaps://cy@new.example,canary\n"
)

// sendTable sends the form of a new batch; a field "file" is a file.
func (s *site) sendTable(field, text string) answer {
	s.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	part, err := w.CreateFormField(field)
	if field == "file" {
		part, err = w.CreateFormFile("file", "move.csv")
	}
	if err == nil {
		_, err = part.Write([]byte(text))
	}
	if err != nil {
		s.t.Fatal(err)
	}
	_ = w.Close()
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.http.URL+"/batches/new", &body)
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Content-Type", w.FormDataContentType())
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	return s.send(req)
}

// draft sends a table and returns the address of its draft.
func (s *site) draft(text string) string {
	s.t.Helper()
	a := s.sendTable("table", text)
	to := a.header.Get("Location")
	if a.status != http.StatusSeeOther || !strings.HasPrefix(to, "/drafts/") {
		s.t.Fatalf("status %d to %q: %s", a.status, to, words(a.page))
	}
	return to
}

func TestBatches_aTableIsLookedThroughMendedAndStarted(t *testing.T) {
	s := loggedIn(t)
	if text := words(s.page("/batches").page); !strings.Contains(text, "No table yet") {
		t.Errorf("empty: %s", text)
	}
	draft := s.draft(goodTable + wrongRow)
	p := s.page(draft)
	text := words(byID(p.page, "draft"))
	for _, want := range []string{"3 rows", "2 new, 0 changed, 0 as they are, 1 wrong", "Line 4", "waits for its user's password", "Start the 2 good rows", "Source:", "=Bob moves"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in %s", want, text)
		}
	}
	if strings.Contains(p.text, "canary") {
		t.Error("the page shows a password")
	}

	// One row is mended on the page that shows only what is wrong.
	p = s.page(draft + "?wrong=yes&edit=2")
	form := byID(p.page, "mend")
	if form == nil {
		t.Fatal("no form to mend the row")
	}
	f := fields(form)
	if f.Get("cell-source") != "old.example" || f.Get("cell-source_password") != "" || f.Get("wrong") != "yes" {
		t.Errorf("the form has %v", f)
	}
	f.Set("do", "save")
	f.Set("cell-source", "imaps://cy@old.example")
	a := s.post(attr(form, "action"), f)
	if to := a.header.Get("Location"); a.status != http.StatusSeeOther || !strings.HasPrefix(to, draft+"?wrong=yes") {
		t.Fatalf("status %d to %q", a.status, to)
	}
	if text := words(s.page(draft + "?wrong=yes").page); !strings.Contains(text, "3 new") || !strings.Contains(text, "Nothing is wrong any more") || !strings.Contains(text, "Start all") {
		t.Errorf("mended: %s", text)
	}

	// Tests of rows answer in words.
	s.svc.wrong = "canary"
	a = s.post(draft, url.Values{"do": {"test"}, "row": {"0", "1"}})
	if a.status != http.StatusSeeOther {
		t.Fatal(a.status)
	}
	text = words(s.page(draft).page)
	if !strings.Contains(text, "Source: login refused") || !strings.Contains(text, "Opens, as far as there is a password") || strings.Count(text, "Not tested") != 1 {
		t.Errorf("tested: %s", text)
	}

	a = s.post(draft, url.Values{"do": {"start"}, "run": {"yes"}})
	batch := a.header.Get("Location")
	if a.status != http.StatusSeeOther || !strings.HasPrefix(batch, "/batches/") {
		t.Fatalf("status %d to %q", a.status, batch)
	}
	if a := s.get(draft); a.status != http.StatusNotFound {
		t.Errorf("the draft is still there: %d", a.status)
	}
	text = words(s.page(batch).page)
	for _, want := range []string{"3 rows: 3 made, 0 changed", "Running or waiting 2", "Waiting for user 1", "Copy link"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in %s", want, text)
		}
	}
	if text := words(s.page("/batches").page); !strings.Contains(text, "Pasted table") || !strings.Contains(text, "1 Waiting for user") {
		t.Errorf("list: %s", text)
	}
	if text := words(s.page("/tasks?state=waiting").page); strings.Contains(text, "Ann moves") || !strings.Contains(text, "=Bob moves") || !strings.Contains(text, "Waiting for user") {
		t.Errorf("tasks that wait: %s", text)
	}
}

func TestBatches_whatCanNotBeReadIsSaidAndNotLost(t *testing.T) {
	s := loggedIn(t)
	a := s.sendTable("table", "name,quelle\na,b\n")
	if text := words(a.page); a.status != http.StatusUnprocessableEntity || !strings.Contains(text, `names no column "source"`) || rawText(byID(a.page, "table")) != "name,quelle\na,b\n" {
		t.Errorf("%d: %s", a.status, text)
	}
	a = s.sendTable("table", "  \n ")
	if text := words(a.page); a.status != http.StatusUnprocessableEntity || !strings.Contains(text, "Choose a file, or paste the rows.") {
		t.Errorf("%d: %s", a.status, text)
	}
	a = s.sendTable("file", goodTable+strings.Repeat("x", 3<<20))
	if text := words(a.page); a.status != http.StatusUnprocessableEntity || !strings.Contains(text, "larger than 1 MiB; import it in parts") {
		t.Errorf("%d: %s", a.status, text)
	}
	if a := s.sendTable("file", goodTable); a.status != http.StatusSeeOther {
		t.Fatal(a.status)
	}
	if text := words(s.page("/batches").page); !strings.Contains(text, "move.csv") {
		t.Errorf("the draft is not listed: %s", text)
	}
}

func TestBatches_aDraftIsDiscardedAndRowsLeftOut(t *testing.T) {
	s := loggedIn(t)
	draft := s.draft("name,source,source_password,destination,destination_password\n" + wrongRow)
	a := s.post(draft, url.Values{"do": {"start"}})
	if text := words(a.page); a.status != http.StatusUnprocessableEntity || !strings.Contains(text, "no row of the table can be stored") && !strings.Contains(text, "No row of the table can be stored") {
		t.Errorf("%d: %s", a.status, text)
	}
	if a := s.post(draft+"/rows/0", url.Values{"do": {"remove"}}); a.status != http.StatusSeeOther {
		t.Error(a.status)
	}
	if a := s.post(draft+"/rows/0", url.Values{"do": {"remove"}}); a.status != http.StatusNotFound {
		t.Error(a.status)
	}
	for _, do := range []string{"", "sing"} {
		if a := s.post(draft+"/rows/0", url.Values{"do": {do}}); a.status != http.StatusUnprocessableEntity {
			t.Errorf("%q: %d", do, a.status)
		}
	}
	if a := s.post(draft, url.Values{"do": {"discard"}}); a.header.Get("Location") != "/batches" {
		t.Error(a.status)
	}
	if a := s.get(draft); a.status != http.StatusNotFound {
		t.Error(a.status)
	}
}

func TestBatches_aLargeTableComesAPageAtATime(t *testing.T) {
	s := loggedIn(t)
	var b strings.Builder
	b.WriteString("name,source,source_password,destination,destination_password\n")
	for i := range 3000 {
		fmt.Fprintf(&b, "n%d,imaps://a%d@old.example,x,imaps://a%d@new.example,x\n", i, i, i)
	}
	draft := s.draft(b.String())
	s.svc.drafts[strings.TrimPrefix(draft, "/drafts/")].looked = 500
	p := s.page(draft)
	rows := all(p.page, func(n *html.Node) bool { return strings.HasPrefix(attr(n, "id"), "row-") })
	if text := words(p.page); len(rows) != 50 || !strings.Contains(text, "of 3,000") || !strings.Contains(text, "Looked at") {
		t.Errorf("%d rows: %s", len(rows), text)
	}
	if len(p.text) > 250_000 {
		t.Errorf("a page has %d bytes", len(p.text))
	}
	head := byID(p.page, "draft-head")
	if attr(head, "hx-get") == "" || len(all(p.page, tag("noscript"))) == 0 {
		t.Error("the page does not follow while there is more to look at")
	}
	for range 10 {
		s.page(attr(head, "hx-get"))
	}
	if text := words(s.page(draft + "/head").page); !strings.Contains(text, "3,000 new") {
		t.Errorf("the look does not end: %s", text)
	}
	if text := words(s.page(draft + "?page=60").page); !strings.Contains(text, "2,951–3,000 of 3,000") || strings.Contains(text, "Further") {
		t.Errorf("the last page: %s", text)
	}
	if a := s.get(draft + "?page=61"); a.status != http.StatusSeeOther {
		t.Errorf("a page beyond the end: %d", a.status)
	}
}

func TestBatch_failuresAreATableWithoutPasswordsAndFormulas(t *testing.T) {
	s := loggedIn(t)
	s.svc.trouble = map[string]task.Report{"=Bob moves": {Outcome: task.OutcomeNeedsUser, Cause: "source source: login refused"}}
	table := strings.Replace(goodTable, "bob@old.example,,", "bob@old.example,canary,", 1)
	batch := s.post(s.draft(table), url.Values{"do": {"start"}, "run": {"yes"}}).header.Get("Location")
	for id := range s.svc.runs {
		s.finish(id)
	}
	text := words(s.page(batch).page)
	if !strings.Contains(text, "Done 1") || !strings.Contains(text, "Needs attention 1") || !strings.Contains(text, "Try again what failed") {
		t.Errorf("%s", text)
	}
	a := s.get(batch + "/failures.csv")
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(a.text, "\ufeff"))).ReadAll()
	if err != nil || a.header.Get("Content-Disposition") != `attachment; filename="mailweir-Pasted-table-failures.csv"` || len(rows) != 2 {
		t.Fatalf("%v, %v: %q", err, a.header, a.text)
	}
	if r := rows[1]; r[0] != "'=Bob moves" || r[2] != "imaps://bob@old.example" || r[3] != "imaps://bob@new.example" || !strings.Contains(r[4], "ogin") || strings.Contains(a.text, "canary") {
		t.Errorf("%q", r)
	}
	// The button runs what failed, and comes back to the batch.
	form := all(byID(s.page(batch).page, "batch-totals"), tag("form"))[0]
	f := fields(form)
	f.Set("do", "run")
	if to := s.post("/tasks/bulk", f).header.Get("Location"); !strings.HasPrefix(to, batch+"?") || !strings.Contains(to, "n=1") {
		t.Errorf("it leads to %q", to)
	}
	if n := len(s.svc.runs); n != 3 {
		t.Errorf("%d runs", n)
	}
}

func TestBatches_areThereForTheirOwnersAlone(t *testing.T) {
	s := newSite(t, web.Options{})
	s.addUser("ann", access.RoleUser)
	s.addUser("bob", access.RoleUser)
	s.loginAs("ann")
	batch := s.post(s.draft(goodTable), url.Values{"do": {"start"}}).header.Get("Location")
	draft := s.draft(wrongRow2)
	s.loginAs("bob")
	for _, path := range []string{batch, draft, batch + "/failures.csv", batch + "/events"} {
		if a := s.get(path); a.status != http.StatusNotFound {
			t.Errorf("%s: %d", path, a.status)
		}
	}
	if text := words(s.page("/batches").page); !strings.Contains(text, "No table yet") {
		t.Errorf("bob sees %s", text)
	}
	s.client = newClient(t)
	s.login()
	if a := s.get(draft); a.status != http.StatusNotFound {
		t.Errorf("an admin sees a draft with the passwords of others: %d", a.status)
	}
	s.page(batch)
}

const wrongRow2 = "name,source,destination\nx,y,z\n"

func TestAPI_takesATableAndMakesTasksOfIt(t *testing.T) {
	s := newSite(t, web.Options{PublicURL: "https://mail.example/"})
	ann := s.addUser("ann", access.RoleUser)
	token := s.token(ann, access.ScopeRead, access.ScopeWrite)
	var draft struct {
		ID   string
		Rows task.DraftSums
	}
	s.call(http.MethodPost, "/api/v1/drafts", map[string]string{"name": "move.csv", "table": goodTable + wrongRow}, token).as(t, http.StatusCreated, &draft)
	if draft.Rows != (task.DraftSums{All: 3, Made: 2, Failed: 1}) {
		t.Errorf("%+v", draft.Rows)
	}
	at := "/api/v1/drafts/" + draft.ID
	var list struct {
		Rows []struct {
			Row   int
			Error string
			Waits bool
			Cells map[string]string
		}
	}
	a := s.call(http.MethodGet, at+"/rows?wrong=true", nil, token)
	a.as(t, http.StatusOK, &list)
	if len(list.Rows) != 1 || list.Rows[0].Row != 2 || !strings.HasPrefix(list.Rows[0].Error, "source:") || strings.Contains(a.text, "canary") {
		t.Fatalf("%s", a.text)
	}
	s.call(http.MethodPut, at+"/rows/2", `{"cells": {"source": "imaps://cy@old.example"}}`, token).as(t, http.StatusOK, &draft)
	if draft.Rows.Failed != 0 {
		t.Errorf("%+v", draft.Rows)
	}
	s.call(http.MethodPut, at+"/rows/9", `{"cells": {}}`, token).problem(t, http.StatusNotFound)
	s.call(http.MethodPost, at+"/test", `{"rows": [0]}`, token).as(t, http.StatusOK, nil)
	var batch struct {
		ID       string
		Tasks    int
		Standing map[string]int
	}
	s.call(http.MethodPost, at+"/start", `{"run": false}`, token).as(t, http.StatusOK, &batch)
	s.call(http.MethodGet, "/api/v1/batches/"+batch.ID, nil, token).as(t, http.StatusOK, &batch)
	if batch.Tasks != 3 || batch.Standing["waiting"] != 1 || batch.Standing["never"] != 2 {
		t.Errorf("%+v", batch)
	}

	var tasks struct{ Tasks []apiTask }
	s.call(http.MethodGet, "/api/v1/tasks?status="+url.QueryEscape("waiting for user"), nil, token).as(t, http.StatusOK, &tasks)
	if len(tasks.Tasks) != 1 || tasks.Tasks[0].Name != "=Bob moves" {
		t.Fatalf("%+v", tasks)
	}
	link := "/api/v1/tasks/" + tasks.Tasks[0].ID + "/link"
	var made struct {
		URL, Path string
		Asked     []string
	}
	s.call(http.MethodGet, link, nil, token).problem(t, http.StatusNotFound)
	s.call(http.MethodPost, link, nil, token).as(t, http.StatusCreated, &made)
	if made.URL != "https://mail.example"+made.Path || !strings.HasPrefix(made.Path, "/link/") || strings.Join(made.Asked, ",") != "source" {
		t.Errorf("%+v", made)
	}
	s.call(http.MethodPost, link, `{"hours": `+strconv.Itoa(24*365)+`}`, token).problem(t, http.StatusUnprocessableEntity)
	made.Path = ""
	s.call(http.MethodGet, link, nil, token).as(t, http.StatusOK, &made)
	if made.Path != "" {
		t.Error("a link is shown twice")
	}
	s.call(http.MethodDelete, link, nil, token).as(t, http.StatusNoContent, nil)
	s.call(http.MethodDelete, link, nil, token).problem(t, http.StatusNotFound)
}
