package bulk

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mailweir/mailweir/host/task"
)

var known = Known{
	Accounts: map[string]string{"archive": "id-of-archive"},
	Domains:  map[string]bool{"example.org": true},
	Template: func(name string) (*task.Task, error) {
		if name != "nightly" {
			return nil, nil
		}
		return &task.Task{Hooks: []task.Hook{{Plugin: "folder-rules"}}, Schedule: task.Schedule{Cron: "30 2 * * *", Zone: "Europe/Berlin"}}, nil
	},
}

func readAll(t *testing.T, text string) []Row {
	t.Helper()
	r, err := NewReader(strings.NewReader(text), known)
	if err != nil {
		t.Fatal(err)
	}
	var rows []Row
	for {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			return rows
		}
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row)
	}
}

func TestReader_makesTasksOfRows(t *testing.T) {
	rows := readAll(t, strings.Join([]string{
		"name;source;source_server;source_user;source_password;source_root;destination;destination_password;destination_root;template;every;cron;zone;source_name",
		`ann;imaps://ann@old.example;;; p w ';;ann@example.org;;;;;;;`,
		`bob;bob@old.example;mail.old.example:1993;bobby;x;/Archive/;account:archive;;Backup/bob;nightly;;;;work`,
		`bob;bob@gmail.com;;;y;;account:archive;;Backup/bob;;;;;home`,
		`'=cy;cy@me.com;;;=z;;imap://cy@new.example?root=Old;w;;nightly;6h;;UTC;`,
		`dee;dee;imap://mail.old.example?tls=none;;x;;maildir:///srv/dee;;;;;@daily;;`,
	}, "\r\n"))
	for _, row := range rows {
		if row.Err != nil {
			t.Fatalf("line %d: %v", row.Line, row.Err)
		}
	}
	type side struct{ URL, ID, Local, Root, Password string }
	brief := func(a task.Account) side {
		url := ""
		if !a.Referred() {
			url = a.String()
		}
		return side{url, a.ID, a.Local, a.Root, a.Password.Reveal()}
	}
	var got [][2]side
	for _, row := range rows {
		got = append(got, [2]side{brief(row.Task.Sources[0].Account), brief(row.Task.Destination)})
	}
	want := [][2]side{
		{{URL: "imaps://ann@old.example", Password: " p w '"}, {Local: "ann@example.org"}},
		{{URL: "imaps://bobby@mail.old.example:1993?root=Archive", Root: "Archive", Password: "x"}, {ID: "id-of-archive", Root: "Backup/bob"}},
		{{URL: "imaps://bob%40gmail.com@imap.gmail.com", Password: "y"}, {ID: "id-of-archive", Root: "Backup/bob"}},
		{{URL: "imaps://cy@imap.mail.me.com", Password: "=z"}, {URL: "imap://cy@new.example?root=Old", Root: "Old", Password: "w"}},
		{{URL: "imap://dee@mail.old.example?tls=none", Password: "x"}, {URL: "maildir:///srv/dee"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if rows[3].Name != "=cy" || rows[1].Task.Sources[0].Name != "work" || rows[0].Task.Sources[0].Name != "source" {
		t.Errorf("names: %q, %q", rows[3].Name, rows[1].Task.Sources[0].Name)
	}
	if rows[0].HasHooks || rows[0].HasSchedule {
		t.Error("a row that says nothing of a schedule sets one")
	}
	if s := rows[1].Task.Schedule; s.Cron != "30 2 * * *" || s.Zone != "Europe/Berlin" || len(rows[1].Task.Hooks) != 1 || !rows[1].HasHooks {
		t.Errorf("%+v", s)
	}
	if s := rows[3].Task.Schedule; s.Every != 6*time.Hour || s.Cron != "" || s.Zone != "UTC" || len(rows[3].Task.Hooks) != 1 {
		t.Errorf("%+v", s)
	}
	if s := rows[4].Task.Schedule; s.Cron != "@daily" || rows[4].HasHooks || !rows[4].HasSchedule {
		t.Errorf("%+v", s)
	}
}

func TestReader_saysWhatIsWrongWithARowAndNoPassword(t *testing.T) {
	const header = "name,source,source_server,source_user,source_password,destination,destination_password,template,every\n"
	tests := []struct{ name, give, want string }{
		{"no name", ",imaps://a@b.example,,,canary,ann@example.org,,,", "the name of the task is missing"},
		{"no source", "x,,,,canary,ann@example.org,,,", "source: the account is missing"},
		{"slipped by a column", "x,canary,,,,ann@example.org,,,", "source: it is no URL, no account:NAME and no address"},
		{"a password in the URL", "x,imaps://ann:canary@b.example,,,,ann@example.org,,,", "a password inside the URL is refused"},
		{"a server twice", "x,imaps://a@b.example,c.example,,canary,ann@example.org,,,", "names the server already"},
		{"a user twice", "x,imaps://a@b.example,,bob,canary,ann@example.org,,,", "it is a URL without a user"},
		{"a server that is none", "x,a@b.example,ftp://canary,,canary,ann@example.org,,,", "source_server: it is no HOST"},
		{"a server that is not known", "x,a@b.example,,,canary,ann@example.org,,,", "name it in the column source_server"},
		{"no such account", "x,account:canary,,,,ann@example.org,,,", "source: there is no stored account of that name"},
		{"a password of a stored account", "x,account:archive,,,canary,ann@example.org,,,", "source_password: this account takes no password here"},
		{"no such template", "x,account:archive,,,,ann@example.org,,canary,", "template: there is no task of that name"},
		{"no interval", "x,account:archive,,,,ann@example.org,,,canary", "every: it is no interval"},
		{"too short an interval", "x,account:archive,,,,ann@example.org,,,1s", "shorter than"},
		{"a cron line and an interval", "x,account:archive,,,,ann@example.org,,nightly,1x", "every: it is no interval"},
		{"into itself", "x,account:archive,,,,account:archive,,,", "the same account"},
		{"two faults", "x,,,,canary,,,,", "source: the account is missing; destination: the account is missing"},
		{"a quote", `x,a"canary,,,,,,,`, "a quote stands within a cell"},
		{"too many cells", "x,account:archive,,,,ann@example.org,,,,canary", "it has 10 cells"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rows := readAll(t, header+tt.give+"\nlast,account:archive,,,,ann@example.org,,,\n")
			if len(rows) != 2 || rows[1].Err != nil || rows[1].Line != 3 {
				t.Fatalf("the row behind it is %+v", rows[len(rows)-1].Err)
			}
			row := rows[0]
			if row.Err == nil || row.Line != 2 || !strings.Contains(row.Err.Error(), tt.want) {
				t.Fatalf("line %d: %v; want %q", row.Line, row.Err, tt.want)
			}
			if strings.Contains(row.Err.Error(), "canary") || strings.Contains(row.Err.Error(), "\n") {
				t.Errorf("%q", row.Err)
			}
		})
	}
}

func TestReader_oneTaskOnceUnlessItIsAnotherSource(t *testing.T) {
	rows := readAll(t, "name,source,source_name,destination\na,account:archive,,x@example.org\na,account:archive,,x@example.org\na,account:archive,more,x@example.org\n")
	if rows[0].Err != nil || rows[2].Err != nil || rows[1].Err == nil || !strings.Contains(rows[1].Err.Error(), "in line 2 already") {
		t.Errorf("%v, %v, %v", rows[0].Err, rows[1].Err, rows[2].Err)
	}
}

func TestReader_showsNoPasswords(t *testing.T) {
	rows := readAll(t, "name,source,source_password,destination,destination_password\na,imaps://ann@b.example,canary,imaps://x:canary@c.example,canary\n")
	if shown := strings.Join(rows[0].Shown(), "|"); strings.Contains(shown, "canary") || !strings.HasPrefix(shown, "a|imaps://ann@b.example||") {
		t.Errorf("%q", shown)
	}
}

func TestNewReader_refusesAHeaderThatItDoesNotKnow(t *testing.T) {
	for text, want := range map[string]string{
		"name,source,destination,passwort":          "the header's column 4 is none of name, source",
		"name,source":                               `no column "destination"`,
		"ann;imaps://a@b;canary\nbob;imaps://c@d;x": "column 1 is none of",
	} {
		_, err := NewReader(strings.NewReader(text), known)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "canary") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestReader_reads100000RowsAndNoMore(t *testing.T) {
	var b strings.Builder
	b.WriteString("name,source,destination,error\n")
	for i := range MaxRows + 1 {
		fmt.Fprintf(&b, "n%d,account:archive,ann@example.org,\n", i)
	}
	r, err := NewReader(strings.NewReader(b.String()), known)
	if err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	n := 0
	for {
		row, err := r.Next()
		if err != nil {
			if !strings.Contains(err.Error(), "more than 100000 rows") {
				t.Error(err)
			}
			break
		}
		if row.Err != nil {
			t.Fatal(row.Err)
		}
		n++
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); n != MaxRows || grown > 24<<20 {
		t.Errorf("%d rows, %d MiB", n, grown>>20)
	}
	runtime.KeepAlive(r)
}

func FuzzReader(f *testing.F) {
	f.Add("name,source,destination\na,account:archive,ann@example.org\n")
	f.Add("name;source;source_server;source_user;destination;every\na;x@y.example;h;u;ann@example.org;6h\n")
	f.Add("name\tsource\tdestination\tcron\tzone\na\timaps://a@b\tmaildir:///x\t@daily\tMars/Olympus\n")
	f.Fuzz(func(t *testing.T, text string) {
		r, err := NewReader(strings.NewReader(text), known)
		if err != nil {
			return
		}
		for range len(text) + 2 {
			row, err := r.Next()
			if err != nil {
				return
			}
			if row.Err == nil && (row.Task.Validate() != nil || len(row.Task.Sources) != 1 || row.Name != row.Task.Name) {
				t.Fatalf("%+v", row.Task)
			}
			if row.Err != nil && strings.Contains(row.Err.Error(), "\n") {
				t.Fatalf("%q", row.Err)
			}
		}
		t.Fatal("the table does not end")
	})
}
