package bulk

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mailweir/mailweir/host/provider"
	"github.com/mailweir/mailweir/host/sheet"
	"github.com/mailweir/mailweir/host/task"
)

// MaxRows bounds one import.
const MaxRows = 100_000

// columns are all that a table may have.
var columns = []string{
	"name",
	"source", "source_server", "source_user", "source_password", "source_root", "source_name",
	"destination", "destination_server", "destination_user", "destination_password", "destination_root",
	"template", "every", "cron", "zone", "error",
}

// Columns are the names of the columns whose cells [Reader.Cells] returns, and
// [Reader.Row] takes, in their order: all that say something of a task.
func Columns() []string { return columns[:len(columns)-1] }

// Known is what rows may refer to.
type Known struct {
	Accounts map[string]string // name of a stored account to its ID
	Domains  map[string]bool   // that are local
	// Template finds the task of a name; nil is none.
	Template func(name string) (*task.Task, error)
}

// Row is one row of the table.
type Row struct {
	Line        int
	Name        string    // of the task, also if Err is not nil
	Task        task.Task // with one source; without an ID
	HasHooks    bool      // the row says which; else a task that is there keeps its own
	HasSchedule bool      // the same
	Err         error     // why there is no Task; a sentence without passwords
	shown       []string  // cells as they may be shown
}

// Reader reads rows.
type Reader struct {
	table *sheet.Reader
	known Known
	at    map[string]int        // column to its place
	lines map[string]int        // name and source name to the line that had them; nil: twins are somebody else's business
	found map[string]*task.Task // templates; few, as a rule
	rows  int
}

// NewReader reads the header. Errors are one sentence.
func NewReader(file io.ReadSeeker, known Known) (*Reader, error) {
	table, err := sheet.NewReader(file)
	if err != nil {
		return nil, err
	}
	r := &Reader{table: table, known: known, at: map[string]int{}, lines: map[string]int{}, found: map[string]*task.Task{}}
	for i, name := range table.Header() {
		if name == "" {
			continue
		}
		if !slices.Contains(columns, name) {
			// What stands where names should be may be the first row, with passwords.
			return nil, fmt.Errorf("the header's column %d is none of %s", i+1, strings.Join(columns, ", "))
		}
		r.at[name] = i
	}
	for _, name := range []string{"name", "source", "destination"} {
		if _, ok := r.at[name]; !ok {
			return nil, fmt.Errorf("the header names no column %q", name)
		}
	}
	return r, nil
}

// NewTable returns a Reader of rows whose cells are at hand: only its Row can be
// called. It does not notice twins, rows about the same source of the same task.
func NewTable(known Known) *Reader {
	r := &Reader{known: known, at: map[string]int{}, found: map[string]*task.Task{}}
	for i, name := range Columns() {
		r.at[name] = i
	}
	return r
}

// Row reads a row from cells in the order of [Columns].
func (r *Reader) Row(line int, cells []string) Row {
	all := make([]string, len(Columns()))
	copy(all, cells)
	return r.row(sheet.Row{Line: line, Cells: all})
}

// Cells returns the next row as it stands in the table, in the order of [Columns], and
// io.EOF behind the last one. A [*sheet.RowError] is about one row; after any other
// error the table has ended.
func (r *Reader) Cells() (line int, out []string, err error) {
	raw, err := r.table.Next()
	var wrong *sheet.RowError
	switch {
	case errors.As(err, &wrong):
		if err := r.count(); err != nil {
			return 0, nil, err
		}
		return wrong.Line, make([]string, len(Columns())), err
	case err != nil:
		return 0, nil, err
	}
	if err := r.count(); err != nil {
		return 0, nil, err
	}
	c := cells{r, raw.Cells}
	for _, name := range Columns() {
		out = append(out, c.exact(name))
	}
	return raw.Line, out, nil
}

// SourceName is the name of the source that a row is about, as it is typed.
func SourceName(cell string) string { return cmp.Or(sheet.Text(cell), "source") }

// Header are the names of the columns, as [Row.Shown] has their cells.
func (r *Reader) Header() []string { return r.table.Header() }

// Next returns the next row, and io.EOF behind the last one. What is wrong with one
// row is in its Err; after any other error the table has ended.
func (r *Reader) Next() (Row, error) {
	raw, err := r.table.Next()
	var wrong *sheet.RowError
	switch {
	case errors.As(err, &wrong):
		return Row{Line: wrong.Line, Err: wrong.Err}, r.count()
	case err != nil:
		return Row{}, err
	}
	if err := r.count(); err != nil {
		return Row{}, err
	}
	return r.row(raw), nil
}

func (r *Reader) row(raw sheet.Row) Row {
	row := Row{Line: raw.Line}
	c := cells{r, raw.Cells}
	row.Name = c.text("name")
	row.shown = c.shown()
	if row.Err = r.read(c, &row); row.Err == nil {
		row.Err = row.Task.Validate()
	}
	if row.Err != nil {
		row.Err = errors.New(strings.ReplaceAll(row.Err.Error(), "\n", "; "))
	}
	return row
}

func (r *Reader) count() error {
	if r.rows++; r.rows > MaxRows {
		return fmt.Errorf("there are more than %d rows; import the file in parts", MaxRows)
	}
	return nil
}

// Shown are the cells of the row as they may be shown: passwords are left out.
func (r Row) Shown() []string { return r.shown }

// cells is a row by the names of its columns.
type cells struct {
	r   *Reader
	raw []string
}

// exact is a cell as it is; "" if there is no such column.
func (c cells) exact(column string) string {
	if i, ok := c.r.at[column]; ok {
		return c.raw[i]
	}
	return ""
}

func (c cells) text(column string) string { return sheet.Text(c.exact(column)) }

func (c cells) shown() []string {
	out := slices.Clone(c.raw)
	for column, i := range c.r.at {
		_, rest, isURL := strings.Cut(out[i], "://")
		user, _, hasUser := strings.Cut(rest, "@")
		switch {
		case strings.HasSuffix(column, "_password"):
			out[i] = ""
		case isURL && hasUser && strings.Contains(user, ":"):
			out[i] = "(a password was in this cell)"
		case (column == "source" || column == "destination") && !isURL && !strings.Contains(out[i], "@") && !strings.HasPrefix(out[i], "account:"):
			out[i] = "" // what has slipped by one column may be a password
		}
	}
	return out
}

// read makes a task of a row.
func (r *Reader) read(c cells, row *Row) error {
	if row.Name == "" {
		return errors.New("the name of the task is missing")
	}
	source := task.Source{Name: SourceName(c.exact("source_name"))}
	if r.lines != nil {
		key := row.Name + "\x00" + source.Name
		if line, twice := r.lines[key]; twice {
			return ErrTwin(line)
		}
		r.lines[key] = row.Line
	}
	t := task.Task{Name: row.Name}
	var errs []error
	var err error
	if source.Account, err = r.account(c, "source"); err != nil {
		errs = append(errs, err)
	}
	t.Sources = []task.Source{source}
	if t.Destination, err = r.account(c, "destination"); err != nil {
		errs = append(errs, err)
	}
	if name := c.text("template"); name != "" {
		template, err := r.template(name)
		switch {
		case err != nil:
			return err
		case template == nil:
			errs = append(errs, errors.New("template: there is no task of that name"))
		default:
			t.Hooks, t.Schedule = template.Hooks, template.Schedule
			row.HasHooks, row.HasSchedule = true, true
		}
	}
	every, cron, zone := c.text("every"), c.text("cron"), c.text("zone")
	if zone != "" && every+cron == "" && !row.HasSchedule {
		errs = append(errs, errors.New("zone: it belongs to a cron line, an interval or a template"))
	}
	if every+cron+zone != "" {
		row.HasSchedule = true
		if every+cron != "" {
			t.Schedule.Every, t.Schedule.Cron = 0, cron
		}
		if t.Schedule.Every, err = interval(every, t.Schedule.Every); err != nil {
			errs = append(errs, err)
		}
		if zone != "" {
			t.Schedule.Zone = zone
		}
	}
	row.Task = t
	return errors.Join(errs...)
}

// ErrTwin is what is wrong with a row about the same source of the same task as the row
// in another line.
func ErrTwin(line int) error {
	return fmt.Errorf("this task is in line %d already; one more source of it needs another source_name", line)
}

// template finds a template, once.
func (r *Reader) template(name string) (*task.Task, error) {
	if t, known := r.found[name]; known {
		return t, nil
	}
	if len(r.found) == maxTemplates {
		return nil, fmt.Errorf("template: there are more than %d in one table", maxTemplates)
	}
	t, err := r.known.Template(name)
	if err == nil {
		r.found[name] = t
	}
	return t, err
}

// maxTemplates bounds how many templates, or names that are none, are held.
const maxTemplates = 1000

// interval reads "15m", "6h" or "1d"; "" is the one that is given.
func interval(text string, otherwise time.Duration) (time.Duration, error) {
	if text == "" {
		return otherwise, nil
	}
	if days, ok := strings.CutSuffix(text, "d"); ok {
		if n, err := strconv.Atoi(days); err == nil && n > 0 && n < 1000 {
			return time.Duration(n) * 24 * time.Hour, nil
		}
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		return 0, errors.New("every: it is no interval such as 15m, 6h or 1d")
	}
	return d, nil
}

// account reads one side of a row. Its errors do not quote cells: a row that has
// slipped by one column has a password in the wrong place.
func (r *Reader) account(c cells, side string) (task.Account, error) {
	a, err := r.address(c, side)
	if err != nil {
		return a, fmt.Errorf("%s: %w", side, err)
	}
	if root := strings.Trim(c.text(side+"_root"), "/"); root != "" {
		a.Root = root
	}
	password := c.exact(side + "_password")
	if password != "" && (a.Referred() || a.Kind == task.KindMaildir) {
		return a, fmt.Errorf("%s_password: this account takes no password here", side)
	}
	a.Password = task.Password(password)
	return a, nil
}

func (r *Reader) address(c cells, side string) (task.Account, error) {
	what, server, user := c.text(side), c.text(side+"_server"), c.text(side+"_user")
	name, isReference := strings.CutPrefix(what, "account:")
	switch {
	case what == "":
		return task.Account{}, errors.New("the account is missing")
	case isReference:
		id, ok := r.known.Accounts[strings.TrimSpace(name)]
		if !ok {
			return task.Account{}, errors.New("there is no stored account of that name")
		}
		if server+user != "" {
			return task.Account{}, fmt.Errorf("a stored account takes no %s_server and %[1]s_user", side)
		}
		return task.Account{ID: id}, nil
	case strings.Contains(what, "://"):
		return fromURL(what, server, user)
	case !strings.Contains(what, "@") && server == "":
		return task.Account{}, errors.New("it is no URL, no account:NAME and no address")
	}
	domain := task.DomainOf(what)
	if server == "" && user == "" && r.known.Domains[domain] {
		return task.Account{Local: strings.ToLower(what)}, nil
	}
	login := what
	if server == "" {
		p, ok := provider.ByAddress(what)
		if !ok {
			return task.Account{}, fmt.Errorf("the server of this address is not known; name it in the column %s_server", side)
		}
		server = p.Server
		if p.Login == "user" {
			login = what[:strings.LastIndexByte(what, '@')]
		}
	} else if !strings.Contains(server, "://") {
		server = "imaps://" + server
	}
	a, err := task.ParseServer(server)
	if err != nil {
		return a, fmt.Errorf("%s_server: it is no HOST and no URL such as imaps://HOST", side)
	}
	if a.User = user; user == "" {
		a.User = login
	}
	return a, a.Validate()
}

func fromURL(text, server, user string) (task.Account, error) {
	if server != "" {
		return task.Account{}, errors.New("the URL names the server already")
	}
	if user == "" {
		return task.ParseAccount(text)
	}
	a, err := task.ParseServer(text)
	if err != nil {
		return a, errors.New("with a user beside it, it is a URL without a user such as imaps://HOST")
	}
	a.User = user
	return a, a.Validate()
}
