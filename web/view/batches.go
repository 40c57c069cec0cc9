package view

import (
	"context"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/mailweir/mailweir/host/task"
)

// BatchRow is a batch with how its tasks stand.
type BatchRow struct {
	Batch task.Batch
	Sums  task.BatchSums
	Draft string // ID of the draft whose rows are not all stored; "" is none
}

// DraftRow is a row of a draft as it may be shown.
type DraftRow struct {
	Row       task.DraftRow
	Cells     map[string]string
	Passwords map[string]bool
	Task      task.Task
	Waits     bool
}

// BatchList is the page of batches.
type BatchList struct {
	Rows   []BatchRow
	Drafts []task.Draft
}

// NewBatch is the form that takes a table.
type NewBatch struct {
	Table    string // as it was pasted; not if it did not fit
	Problems []string
}

// batchColumns are those that the page of a new batch explains.
var batchColumns = []string{
	"name", "source", "destination", "source_server", "source_user", "source_password",
	"destination_server", "destination_user", "destination_password", "every",
}

// batchExample is a table that works in any spreadsheet.
const batchExample = `name,source,source_password,destination,destination_password
Ann moves,imaps://ann@old.example,,imaps://ann@new.example,secret
Bob moves,imaps://bob@old.example,hunter2,imaps://bob@new.example,secret`

// DraftSize is how many rows a page of a draft has.
const DraftSize = 50

// Draft is a page of the rows of a table.
type Draft struct {
	Draft   task.Draft
	Rows    []DraftRow
	Wrong   bool // only what is wrong
	Page    int  // from 0 on
	Edit    int  // position of the row that is mended; -1 is none
	Typed   map[string]string
	Problem string
}

// path is the address of a page of the draft.
func (d Draft) path(page int, wrong bool) string {
	v := url.Values{}
	if page > 0 {
		v.Set("page", strconv.Itoa(page+1))
	}
	if wrong {
		v.Set("wrong", "yes")
	}
	path := "/drafts/" + d.Draft.ID
	if len(v) > 0 {
		path += "?" + v.Encode()
	}
	return path
}

// edit is the address of the page on which a row is mended.
func (d Draft) edit(position int) string {
	v := url.Values{"edit": {strconv.Itoa(position)}}
	if d.Page > 0 {
		v.Set("page", strconv.Itoa(d.Page+1))
	}
	if d.Wrong {
		v.Set("wrong", "yes")
	}
	return "/drafts/" + d.Draft.ID + "?" + v.Encode() + "#" + rowID(position)
}

func (d Draft) row(position int) string {
	return "/drafts/" + d.Draft.ID + "/rows/" + strconv.Itoa(position)
}

func rowID(position int) string { return "row-" + strconv.Itoa(position) }

// total is how many rows the list has, whatever the page.
func (d Draft) total() int {
	if d.Wrong {
		return d.Draft.Rows.Failed
	}
	return d.Draft.Rows.All
}

func (d Draft) open() bool { return d.Draft.State == task.DraftOpen }

// value is what a field of a row that is mended shows.
func (d Draft) value(r DraftRow, column string) string {
	if text, typed := d.Typed[column]; typed {
		return text
	}
	return r.Cells[column]
}

// draftFields are the columns that a form mends, in groups.
var draftFields = []struct {
	group   func(x Catalogue) string
	columns []string
}{
	{func(x Catalogue) string { return x.DraftSource }, []string{"source", "source_server", "source_user", "source_password", "source_root", "source_name"}},
	{func(x Catalogue) string { return x.DraftDestination }, []string{"destination", "destination_server", "destination_user", "destination_password", "destination_root"}},
	{func(x Catalogue) string { return x.DraftWhen }, []string{"name", "template", "every", "cron", "zone"}},
}

// DraftColumns are the columns that a form mends.
func DraftColumns() []string {
	var all []string
	for _, g := range draftFields {
		all = append(all, g.columns...)
	}
	return all
}

// rowStatus is what becomes of a row.
func rowStatus(ctx context.Context, r task.DraftRow) Status {
	x := t(ctx)
	word := x.Effect[r.Effect]
	switch r.Effect {
	case task.EffectMade:
		return Status{Icon: "plus", Word: word, Tone: ToneGood}
	case task.EffectChanged:
		return Status{Icon: "edit", Word: word, Tone: ToneLive}
	case task.EffectSame:
		return Status{Icon: "ok", Word: word, Tone: ToneIdle}
	case task.EffectFailed:
		return Status{Icon: "warning", Word: word, Tone: ToneBad}
	}
	return Status{Icon: "queued", Word: x.DraftUnknown, Tone: ToneIdle}
}

// testStatus is what the test of a row has found.
func testStatus(ctx context.Context, r DraftRow) Status {
	x := t(ctx)
	switch {
	case r.Row.Tested.IsZero():
		return Status{Icon: "never", Word: x.DraftUntested, Tone: ToneIdle}
	case r.Row.TestFault != "":
		return Status{Icon: "warning", Word: capital(r.Row.TestFault), Tone: ToneBad}
	case r.Waits:
		return Status{Icon: "ok", Word: x.DraftTestedWaits, Tone: ToneGood}
	}
	return Status{Icon: "ok", Word: x.DraftTested, Tone: ToneGood}
}

// draftRoute says where mail of a row comes from and where it goes; what can not be
// read stands as it is typed.
func draftRoute(ctx context.Context, r DraftRow) string {
	if len(r.Task.Sources) == 1 {
		return Plain(rowAccount(r.Task.Sources[0].Account, r.Cells["source"]) + " → " + rowAccount(r.Task.Destination, r.Cells["destination"]))
	}
	return Plain(orNothing(r.Cells["source"]) + " → " + orNothing(r.Cells["destination"]))
}

func rowAccount(a task.Account, typed string) string {
	if a.Referred() {
		return typed
	}
	return accountName(a)
}

func orNothing(text string) string {
	if text == "" {
		return noValue
	}
	return text
}

// BatchDetails is one batch with its tasks.
type BatchDetails struct {
	Row  BatchRow
	List TaskList
}

// standings are the counts that a batch has, in the order of Standings.
func (r BatchRow) standings() []task.Standing {
	var some []task.Standing
	for _, s := range task.Standings() {
		if r.Sums.Tasks.Of[s] > 0 {
			some = append(some, s)
		}
	}
	return some
}

// failed is how many tasks did not get everything.
func (r BatchRow) failed() int {
	n := 0
	for _, s := range AttentionStandings() {
		n += r.Sums.Tasks.Of[s]
	}
	return n
}

func standingTone(s task.Standing) Tone {
	switch s {
	case task.StandingNeedsYou:
		return ToneBad
	case task.StandingWaiting, task.StandingListed, task.StandingAgain:
		return ToneWarn
	case task.StandingActive:
		return ToneLive
	case task.StandingDone:
		return ToneGood
	}
	return ToneIdle
}

// TaskStatus is how a task stands, by what it waits for and its latest run.
func TaskStatus(ctx context.Context, tk task.Task, last *task.Run) Status {
	if tk.Waits() && !Active(last) {
		return Status{"key", t(ctx).StateWaits, ToneWarn, t(ctx).StateWaitsLong}
	}
	return StatusOf(ctx, last)
}

// LinkMade is a link that has just been made.
type LinkMade struct {
	Task    task.Task
	URL     string
	Expires time.Time
}

// Give is what somebody sees who opens a link that has not been used.
type Give struct {
	Path   string
	Task   task.Task
	Faults map[string]GiveFault // by the name of the source
	Wait   time.Duration
	Notice string
}

// GiveFault is why an account did not open.
type GiveFault struct {
	Missing  bool
	Password bool
	Sentence string
}

// GiveID is the id of the field for an account.
func GiveID(i int) string { return "password-" + strconv.Itoa(i) }

// focus reports whether the i-th field is the one to begin with.
func (g Give) focus(i int) bool {
	if len(g.Faults) == 0 {
		return i == 0
	}
	for at, name := range g.Task.Asked() {
		if _, wrong := g.Faults[name]; wrong {
			return at == i
		}
	}
	return false
}

// Goes is what somebody sees who opens a link that has been used.
type Goes struct {
	Path string
	Task task.Task
	Run  *task.Run
}

func (g Goes) active() bool { return g.Run == nil || Active(g.Run) }

// Title is that of the page now.
func (g Goes) Title(ctx context.Context) string {
	s, _ := g.words(ctx)
	return s.Word
}

// Tone is the colour of the copy now.
func (g Goes) Tone(ctx context.Context) Tone {
	s, _ := g.words(ctx)
	return s.Tone
}

// Failure says in a cell why a task did not get everything, and what to do.
func Failure(ctx context.Context, r TaskRow) string {
	if r.Last == nil || r.Last.Report == nil {
		return ""
	}
	text := cause(ctx, *r.Last)
	if known, ok := task.TroubleOf(r.Last.Report.Cause); ok && known.Remedy != "" {
		text += " " + in(t(ctx).Advice, known.Remedy)
	}
	return text
}

// words says how the copy goes: a heading, and what that means.
func (g Goes) words(ctx context.Context) (s Status, more string) {
	x := t(ctx)
	switch {
	case g.Run == nil:
		return Status{Icon: "queued", Word: x.GoesWaits, Tone: ToneGood}, x.GoesCome
	case g.Run.State == task.StateQueued:
		return Status{Icon: "queued", Word: x.GoesQueued, Tone: ToneIdle}, x.GoesLead
	case Active(g.Run):
		return Status{Icon: "running", Word: x.GoesTitle, Tone: ToneLive}, x.GoesLead
	}
	switch g.Run.Standing() {
	case task.StandingDone:
		return Status{Icon: "ok", Word: x.GoesDone, Tone: ToneGood}, x.GoesDoneLead
	case task.StandingListed:
		return Status{Icon: "listed", Word: x.GoesListed, Tone: ToneWarn}, x.GoesNot(notCopied(countsOf(*g.Run)))
	case task.StandingAgain:
		return Status{Icon: "again", Word: x.GoesSoon, Tone: ToneWarn}, x.GoesTroubleLead
	}
	return Status{Icon: "warning", Word: x.GoesTrouble, Tone: ToneBad}, x.GoesTroubleLead
}

// headPolls lets the head of a draft ask for itself as long as there is something
// to come.
func headPolls(d Draft) templ.Attributes {
	if d.Draft.Rows.Unknown == 0 && d.open() {
		return nil
	}
	path := "/drafts/" + d.Draft.ID + "/head"
	return templ.Attributes{"hx-get": path, "hx-trigger": "every 1s", "hx-target": "#draft-head", "hx-select": "#draft-head", "hx-swap": "outerMorph"}
}

// cellInput is the field of one cell.
func cellInput(ctx context.Context, d Draft, r DraftRow, column string, focus bool) templ.Attributes {
	a := templ.Attributes{
		"id": "cell-" + column, "name": "cell-" + column, "value": d.value(r, column), "autocomplete": "off", "autocapitalize": "none",
		"spellcheck": "false", "maxlength": "2000", "autofocus": focus,
	}
	if strings.HasSuffix(column, "_password") {
		a["type"], a["value"], a["autocomplete"] = "password", "", "new-password"
		if r.Passwords[column] {
			a["placeholder"] = t(ctx).DraftKept
		}
	}
	return a
}

func linkState(l task.Link) string {
	switch {
	case !l.Used.IsZero():
		return "used"
	case l.Expires.Before(time.Now()):
		return "expired"
	}
	return "open"
}

func giveTitle(ctx context.Context, g Give) string {
	if g.Task.Waits() {
		return t(ctx).GiveTitle
	}
	return t(ctx).GiveTitleAgain
}

// invalidGive marks a field that is wrong.
func invalidGive(faults map[string]GiveFault, name string) templ.Attributes {
	if _, wrong := faults[name]; wrong {
		return templ.Attributes{"aria-invalid": "true"}
	}
	return nil
}
