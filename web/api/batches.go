package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/task"
)

func (a *API) batchOperations() {
	const get, post, put, del = http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete
	add(a, about{
		id: "list-batches", method: get, path: "/batches", action: access.ListTasks, tag: "batches", summary: "Lists the latest batches",
		more: "The newest 50: all for who may read all tasks, and else one's own. Counts are of the tasks that the actor may read; list-tasks with batch shows these.",
	}, a.listBatches)
	add(a, about{id: "show-batch", method: get, path: "/batches/{batch}", action: access.ListTasks, tag: "batches", summary: "Shows how the tasks of a batch stand"}, a.showBatch)
	add(a, about{id: "list-drafts", method: get, path: "/drafts", action: access.CreateTask, tag: "batches", summary: "Lists one's own tables that are not started"}, a.listDrafts)
	add(a, about{
		id: "make-draft", method: post, path: "/drafts", action: access.CreateTask, tag: "batches", summary: "Takes a table, and looks what would become of it",
		more:   "Nothing is stored as a task. Whoever has made it sees it, for a day; of a large one not all rows have been looked at when this answers.",
		status: http.StatusCreated, maxBody: MaxTable,
	}, a.makeDraft)
	add(a, about{
		id: "show-draft", method: get, path: "/drafts/{draft}", action: access.CreateTask, tag: "batches", summary: "Shows what is known of a table",
		more: "Each time it looks at some more rows, until none is unknown.",
	}, a.showDraft)
	add(a, about{id: "list-draft-rows", method: get, path: "/drafts/{draft}/rows", action: access.CreateTask, tag: "batches", summary: "Lists rows with what would become of them"}, a.listDraftRows)
	add(a, about{
		id: "change-draft-row", method: put, path: "/drafts/{draft}/rows/{row}", action: access.CreateTask, tag: "batches", summary: "Changes cells of a row",
		more: "Cells that are not named stay. A password goes with its account: it has to be given again when that is another one.", errors: []int{http.StatusConflict},
	}, a.changeDraftRow)
	add(a, about{
		id: "remove-draft-row", method: del, path: "/drafts/{draft}/rows/{row}", action: access.CreateTask, tag: "batches", summary: "Leaves a row out", errors: []int{http.StatusConflict},
	}, a.removeDraftRow)
	add(a, about{
		id: "test-draft-rows", method: post, path: "/drafts/{draft}/test", action: access.CreateTask, tag: "batches", summary: "Logs in to both sides of rows",
		more: "Eight at the same time, for 90 seconds at most; those for which there was no time are left as they were.",
	}, a.testDraftRows)
	add(a, about{
		id: "start-draft", method: post, path: "/drafts/{draft}/start", action: access.CreateTask, tag: "batches", summary: "Makes tasks of all rows that can be stored",
		more: "In the background. Rows that can not be stored stay in the draft.", errors: []int{http.StatusConflict},
	}, a.startDraft)
	add(a, about{
		id: "discard-draft", method: del, path: "/drafts/{draft}", action: access.CreateTask, tag: "batches", summary: "Forgets a table", errors: []int{http.StatusConflict},
	}, a.discardDraft)
}

// Batch is what was imported at once.
type Batch struct {
	ID       string           `json:"id"`
	Name     string           `json:"name" doc:"Of the file"`
	Created  time.Time        `json:"created"`
	Rows     task.BatchTotals `json:"rows" doc:"What became of the rows of the table"`
	Tasks    int              `json:"tasks"`
	Standing map[string]int   `json:"standing" doc:"How many tasks stand how: 'needs you', 'waiting', 'listed', 'again', 'active', 'stopped', 'never', 'done'"`
	Messages int64            `json:"messages" doc:"That all runs of its tasks have copied"`
	Bytes    int64            `json:"bytes"`
	Draft    string           `json:"draft,omitempty" doc:"ID of the draft with the rows that are not stored"`
}

func batchOf(r BatchRow) Batch {
	b := Batch{
		ID: r.Batch.ID, Name: r.Batch.Name, Created: r.Batch.Created, Rows: r.Batch.Totals,
		Tasks: r.Sums.Tasks.All, Standing: map[string]int{}, Messages: r.Sums.Messages, Bytes: r.Sums.Bytes, Draft: r.Draft,
	}
	for standing, n := range r.Sums.Tasks.Of {
		b.Standing[string(standing)] = n
	}
	return b
}

type batchList struct {
	Body struct {
		Batches []Batch `json:"batches" nullable:"false"`
	}
}

func (a *API) listBatches(ctx context.Context, _ *struct{}) (*batchList, error) {
	rows, err := a.svc.Batches(ctx)
	if err != nil {
		return nil, err
	}
	out := &batchList{}
	out.Body.Batches = []Batch{}
	for _, r := range rows {
		out.Body.Batches = append(out.Body.Batches, batchOf(r))
	}
	return out, nil
}

func (a *API) showBatch(ctx context.Context, in *struct {
	Batch string `path:"batch" doc:"ID of the batch"`
},
) (*struct{ Body Batch }, error) {
	r, err := a.svc.Batch(ctx, in.Batch)
	return &struct{ Body Batch }{batchOf(r)}, err
}

// Draft is a table before its rows are tasks.
type Draft struct {
	ID      string         `json:"id"`
	Name    string         `json:"name"`
	State   string         `json:"state" doc:"'open', or 'storing' and 'starting' while its rows become tasks"`
	Batch   string         `json:"batch,omitempty" doc:"That rows have become a part of"`
	Rows    task.DraftSums `json:"rows"`
	Created time.Time      `json:"created"`
	Expires time.Time      `json:"expires"`
}

func draftOf(d task.Draft) Draft {
	return Draft{ID: d.ID, Name: d.Name, State: string(d.State), Batch: d.Batch, Rows: d.Rows, Created: d.Created, Expires: d.Expires}
}

type draftList struct {
	Body struct {
		Drafts []Draft `json:"drafts" nullable:"false"`
	}
}

func (a *API) listDrafts(ctx context.Context, _ *struct{}) (*draftList, error) {
	list, err := a.svc.Drafts(ctx)
	if err != nil {
		return nil, err
	}
	out := &draftList{}
	out.Body.Drafts = []Draft{}
	for _, d := range list {
		out.Body.Drafts = append(out.Body.Drafts, draftOf(d))
	}
	return out, nil
}

type draftOutput struct{ Body Draft }

type makeDraftInput struct {
	Body struct {
		Name  string `json:"name" minLength:"1" maxLength:"200" doc:"For people" example:"move.csv"`
		Table string `json:"table" minLength:"1" doc:"CSV, as 'mailweir task import' takes it"`
	}
}

func (a *API) makeDraft(ctx context.Context, in *makeDraftInput) (*draftOutput, error) {
	d, err := a.svc.NewDraft(ctx, in.Body.Name, strings.NewReader(in.Body.Table))
	if err != nil {
		return nil, err
	}
	d, err = a.svc.Draft(ctx, d.ID)
	return &draftOutput{draftOf(d)}, err
}

// OfDraft names a draft in the path of a request.
type OfDraft struct {
	Draft string `path:"draft" doc:"ID of the draft"`
}

func (a *API) showDraft(ctx context.Context, in *OfDraft) (*draftOutput, error) {
	d, err := a.svc.Draft(ctx, in.Draft)
	return &draftOutput{draftOf(d)}, err
}

// Row is a row of a draft, without its passwords.
type Row struct {
	Row    int               `json:"row" doc:"Its number in the draft"`
	Line   int               `json:"line" doc:"Of the table"`
	Name   string            `json:"name"`
	Effect string            `json:"effect" doc:"'made', 'changed', 'same' or 'failed'"`
	Error  string            `json:"error,omitempty" doc:"Why it can not be stored"`
	Waits  bool              `json:"waits,omitempty" doc:"Its task would wait for a password; see make-link"`
	Cells  map[string]string `json:"cells" doc:"By the names of the columns. Passwords are left out"`
	Tested time.Time         `json:"tested,omitzero"`
	Fault  string            `json:"test_error,omitempty" doc:"What the test found wrong"`
}

func rowOf(r DraftRow) Row {
	return Row{
		Row: r.Row.Position, Line: r.Row.Line, Name: r.Row.Name, Effect: string(r.Row.Effect), Error: r.Row.Fault, Waits: r.Waits,
		Cells: r.Cells, Tested: r.Row.Tested, Fault: r.Row.TestFault,
	}
}

type listDraftRowsInput struct {
	OfDraft
	Limit  int  `query:"limit" minimum:"1" maximum:"200" default:"100" doc:"How many at most"`
	Offset int  `query:"offset" minimum:"0" doc:"How many are left out at the beginning"`
	Wrong  bool `query:"wrong" doc:"Only those that can not be stored"`
}

type rowList struct {
	Body struct {
		Rows []Row `json:"rows" nullable:"false"`
	}
}

func (a *API) listDraftRows(ctx context.Context, in *listDraftRowsInput) (*rowList, error) {
	rows, err := a.svc.DraftRows(ctx, in.Draft, DraftQuery{Wrong: in.Wrong, Offset: in.Offset, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	out := &rowList{}
	out.Body.Rows = []Row{}
	for _, r := range rows {
		out.Body.Rows = append(out.Body.Rows, rowOf(r))
	}
	return out, nil
}

// OfRow names a row of a draft in the path of a request.
type OfRow struct {
	OfDraft
	Row int `path:"row" minimum:"0" doc:"Number of the row"`
}

type changeDraftRowInput struct {
	OfRow
	Body struct {
		Cells map[string]string `json:"cells" doc:"By the names of the columns. An empty password keeps the one that is there"`
	}
}

func (a *API) changeDraftRow(ctx context.Context, in *changeDraftRowInput) (*draftOutput, error) {
	if err := a.svc.ChangeDraftRow(ctx, in.Draft, in.Row, in.Body.Cells); err != nil {
		return nil, err
	}
	return a.showDraft(ctx, &in.OfDraft)
}

func (a *API) removeDraftRow(ctx context.Context, in *OfRow) (*struct{}, error) {
	return nil, a.svc.RemoveDraftRow(ctx, in.Draft, in.Row)
}

type testDraftRowsInput struct {
	OfDraft
	Body struct {
		Rows []int `json:"rows" minItems:"1" maxItems:"100" doc:"Their numbers"`
	}
}

func (a *API) testDraftRows(ctx context.Context, in *testDraftRowsInput) (*draftOutput, error) {
	if err := a.svc.TestDraftRows(ctx, in.Draft, in.Body.Rows); err != nil {
		return nil, err
	}
	return a.showDraft(ctx, &in.OfDraft)
}

type startDraftInput struct {
	OfDraft
	Body struct {
		Run bool `json:"run" doc:"Run each task that is made or changed at once"`
	}
}

func (a *API) startDraft(ctx context.Context, in *startDraftInput) (*struct{ Body Batch }, error) {
	id, err := a.svc.StartDraft(ctx, in.Draft, in.Body.Run)
	if err != nil {
		return nil, err
	}
	r, err := a.svc.Batch(ctx, id)
	return &struct{ Body Batch }{batchOf(r)}, err
}

func (a *API) discardDraft(ctx context.Context, in *OfDraft) (*struct{}, error) {
	return nil, a.svc.DiscardDraft(ctx, in.Draft)
}
