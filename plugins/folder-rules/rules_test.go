package main

import (
	"strings"
	"testing"
	"time"

	"github.com/mailweir/mailweir/sdk/sdktest"
)

func TestMapFolder(t *testing.T) {
	tests := []struct {
		name   string
		config string
		give   sdktest.Folder
		want   string // target; "-" is excluded
	}{
		{"no rules leave the proposal", ``, sdktest.Folder{Name: "Gesendet", Target: "Sent"}, "Sent"},
		{"prefix", `{"prefix":"Old/Mail"}`, sdktest.Folder{Name: "Work/2024"}, "Old/Mail/Work/2024"},
		{"prefix with a slash at its end", `{"prefix":"Old/"}`, sdktest.Folder{Name: "A"}, "Old/A"},
		{"prefix applies to a special use", `{"prefix":"Old"}`, sdktest.Folder{Name: "Gesendet", Target: "Sent", Use: "Sent"}, "Old/Sent"},
		{"prefix applies to INBOX", `{"prefix":"Old"}`, sdktest.Folder{Name: "INBOX"}, "Old/INBOX"},
		{"inbox has no prefix", `{"prefix":"Old","inbox":"INBOX"}`, sdktest.Folder{Name: "INBOX"}, "INBOX"},
		{"inbox means INBOX only", `{"inbox":"X"}`, sdktest.Folder{Name: "INBOX/a"}, "INBOX/a"},
		{"rename exact", `{"rename":[{"from":"Büro","to":"Office"}]}`, sdktest.Folder{Name: "Büro"}, "Office"},
		{"rename exact leaves children", `{"rename":[{"from":"Büro","to":"Office"}]}`, sdktest.Folder{Name: "Büro/Post"}, "Büro/Post"},
		{"rename with children", `{"rename":[{"from":"Büro","to":"Office","children":true}]}`, sdktest.Folder{Name: "Büro/Post/1"}, "Office/Post/1"},
		{"rename knows levels", `{"rename":[{"from":"Bü","to":"X","children":true}]}`, sdktest.Folder{Name: "Büro"}, "Büro"},
		{"first rename counts", `{"rename":[{"from":"A/B","to":"1"},{"from":"A","to":"2","children":true}]}`, sdktest.Folder{Name: "A/B"}, "1"},
		{"rename beats the special use", `{"rename":[{"from":"Gesendet","to":"Ausgang"}]}`, sdktest.Folder{Name: "Gesendet", Target: "Sent", Use: "Sent"}, "Ausgang"},
		{"rewrite in order", `{"rewrite":[{"match":"^Projekte/(\\d+)","replace":"Projects/$1"},{"match":" ","replace":"_"}]}`, sdktest.Folder{Name: "Projekte/7 alt"}, "Projects/7_alt"},
		{"exclude exact", `{"exclude":["Trash"]}`, sdktest.Folder{Name: "Trash"}, "-"},
		{"exclude exact leaves children", `{"exclude":["Trash"]}`, sdktest.Folder{Name: "Trash/x"}, "Trash/x"},
		{"exclude tree takes the folder", `{"exclude":["Trash/**"]}`, sdktest.Folder{Name: "Trash"}, "-"},
		{"exclude tree takes what is below", `{"exclude":["Trash/**"]}`, sdktest.Folder{Name: "Trash/a/b"}, "-"},
		{"exclude tree knows levels", `{"exclude":["Trash/**"]}`, sdktest.Folder{Name: "Trashy"}, "Trashy"},
		{"star stays in a level", `{"exclude":["Old*"]}`, sdktest.Folder{Name: "Old/a"}, "Old/a"},
		{"star matches within a level", `{"exclude":["Old*"]}`, sdktest.Folder{Name: "Older"}, "-"},
		{"two stars cross levels", `{"exclude":["**/tmp"]}`, sdktest.Folder{Name: "a/b/tmp"}, "-"},
		{"question mark", `{"exclude":["200?"]}`, sdktest.Folder{Name: "2009"}, "-"},
		{"other characters stand for themselves", `{"exclude":["a.b+"]}`, sdktest.Folder{Name: "aXb+"}, "aXb+"},
		{"exclude looks at the source's name", `{"exclude":["Sent"]}`, sdktest.Folder{Name: "Gesendet", Target: "Sent"}, "Sent"},
		{"exclude by expression", `{"exclude_regexp":["(?i)^spam"]}`, sdktest.Folder{Name: "SPAM-2"}, "-"},
		{"source prefix replaces", `{"prefix":"All","sources":{"work":{"prefix":"Work"}}}`, sdktest.Folder{Source: "work", Name: "A"}, "Work/A"},
		{"source prefix is of that source", `{"prefix":"All","sources":{"work":{"prefix":"Work"}}}`, sdktest.Folder{Source: "home", Name: "A"}, "All/A"},
		{"source without prefix keeps the general one", `{"prefix":"All","sources":{"work":{}}}`, sdktest.Folder{Source: "work", Name: "A"}, "All/A"},
		{"source can take the prefix away", `{"prefix":"All","sources":{"work":{"prefix":""}}}`, sdktest.Folder{Source: "work", Name: "A"}, "A"},
		{"source renames come first", `{"rename":[{"from":"A","to":"1"}],"sources":{"work":{"rename":[{"from":"A","to":"2"}]}}}`, sdktest.Folder{Source: "work", Name: "A"}, "2"},
		{"target settles all", `{"target":"{source}/{path}"}`, sdktest.Folder{Source: "work", Name: "A/b", Target: "Sent"}, "work/A/b"},
		{"rename beats target", `{"target":"X","rename":[{"from":"A","to":"B"}]}`, sdktest.Folder{Name: "A"}, "B"},
		{"name and parent", `{"target":"{name} of {parent}"}`, sdktest.Folder{Name: "A/b/c"}, "c of A/b"},
		{"an empty level is left out", `{"target":"Old/{parent}/{name}"}`, sdktest.Folder{Name: "c"}, "Old/c"},
		{"a date leaves its level out", `{"target":"Archive/{year}/{name}"}`, sdktest.Folder{Name: "c"}, "Archive/c"},
		{"nothing but a date leaves the proposal", `{"target":"{year}/{month}"}`, sdktest.Folder{Name: "c", Target: "C"}, "C"},
		{"a folder's name is no template", `{"prefix":"Old"}`, sdktest.Folder{Name: "{year}/{source}"}, "Old/{year}/{source}"},
		{"other braces stand for themselves", `{"prefix":"{1}{A}{}"}`, sdktest.Folder{Name: "x"}, "{1}{A}{}/x"},
		{"rename has placeholders", `{"rename":[{"from":"A","to":"{source}/{name}","children":true}]}`, sdktest.Folder{Source: "s", Name: "A/b"}, "s/b/b"},
		{"source target replaces", `{"target":"X","sources":{"work":{"target":"Y"}}}`, sdktest.Folder{Source: "work", Name: "A"}, "Y"},
		{"gmail: labels stay nested", `{"preset":"gmail"}`, sdktest.Folder{Name: "Work/2024"}, "Work/2024"},
		{"gmail: All Mail by its use", `{"preset":"gmail"}`, sdktest.Folder{Name: "[Gmail]/Alle Post", Use: "All"}, "-"},
		{"gmail: Starred by its use", `{"preset":"gmail"}`, sdktest.Folder{Name: "[Gmail]/x", Use: "Flagged"}, "-"},
		{"gmail: All Mail by its name", `{"preset":"gmail"}`, sdktest.Folder{Name: "[Google Mail]/Alle Nachrichten"}, "-"},
		{"gmail: Important by its name", `{"preset":"gmail"}`, sdktest.Folder{Name: "[Gmail]/Ważne"}, "-"},
		{"gmail: a label that is called so", `{"preset":"gmail"}`, sdktest.Folder{Name: "Important"}, "Important"},
		{"gmail: the folder that holds them", `{"preset":"gmail"}`, sdktest.Folder{Name: "[Gmail]", HasNoMessages: true}, "-"},
		{"gmail: others have a place at the target", `{"preset":"gmail"}`, sdktest.Folder{Name: "[Gmail]/Gesendet", Use: "Sent", Target: "Sent Items"}, "Sent Items"},
		{"gmail: or go to the top", `{"preset":"gmail"}`, sdktest.Folder{Name: "[Gmail]/Entwürfe", Use: "Drafts"}, "Entwürfe"},
		{"gmail: kept", `{"preset":"gmail","keep":["all"]}`, sdktest.Folder{Name: "[Gmail]/All Mail", Use: "All"}, "All Mail"},
		{"gmail: one is kept, another is not", `{"preset":"gmail","keep":["all"]}`, sdktest.Folder{Name: "[Gmail]/Important"}, "-"},
		{"gmail: with a prefix", `{"preset":"gmail","prefix":"Old"}`, sdktest.Folder{Name: "[Gmail]/Spam", Use: "Junk"}, "Old/Spam"},
		{"gmail: of one source", `{"sources":{"g":{"preset":"gmail"}}}`, sdktest.Folder{Source: "h", Name: "[Gmail]/Spam"}, "[Gmail]/Spam"},
		{"general exclude holds for sources too", `{"exclude":["A"],"sources":{"work":{"prefix":"W"}}}`, sdktest.Folder{Source: "work", Name: "A"}, "-"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := sdktest.Start(tt.config); err != nil {
				t.Fatal(err)
			}
			got := sdktest.MapFolder(tt.give)
			if got.Error != "" {
				t.Fatal(got.Error)
			}
			if tt.want == "-" {
				if got.Result != "skip" || got.Note == "" {
					t.Errorf("got %+v, want it left out with a reason", got)
				}
				return
			}
			if got.Result != "no opinion" || got.Target != tt.want {
				t.Errorf("got %s, target %q; want %q", got.Result, got.Target, tt.want)
			}
		})
	}
}

func TestStart_refusesFaultyConfiguration(t *testing.T) {
	tests := []struct{ give, want string }{
		{`{"prefx":"A"}`, `unknown field "prefx"`},
		{`{"prefix":7}`, "cannot unmarshal number"},
		{`{"prefix":"A//B"}`, `prefix: "A//B" has an empty level`},
		{`{"exclude_regexp":["("]}`, "exclude_regexp[0]: error parsing regexp"},
		{`{"exclude":[""]}`, "exclude[0] is empty"},
		{`{"sources":{"work":{"rewrite":[{"match":"[","replace":""}]}}}`, "sources.work.rewrite[0].match: error parsing regexp"},
		{`{"rename":[{"from":"A"}]}`, "rename[0]: from and to must not be empty"},
		{`{"exclude_regexp":["("],"inbox":"/"}`, "inbox: "},
		{`{"target":"Archive/{yaer}"}`, "target: {yaer} is not known; there are {year}, {month}"},
		{`{"rename":[{"from":"A","to":"{x}"}]}`, "rename[0].to: {x} is not known"},
		{`{"preset":"yahoo"}`, `preset: "yahoo" is not known; there is gmail`},
	}
	for _, tt := range tests {
		err := sdktest.Start(tt.give)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got error %v, want one with %q", tt.give, err, tt.want)
		}
	}
}

// TestFilterEnvelope asks about a message whose folder was mapped before, as a copy
// does.
func TestFilterEnvelope(t *testing.T) {
	leap := time.Date(2024, 2, 29, 23, 30, 0, 0, time.FixedZone("", -3600))
	tests := []struct {
		name   string
		config string
		folder sdktest.Folder
		date   time.Time
		want   string
	}{
		{"by year", `{"target":"Archive/{year}"}`, sdktest.Folder{Name: "Work"}, leap, "Archive/2024"},
		{"by month and day, in the zone of the message", `{"target":"{year}/{month}/{day}"}`, sdktest.Folder{Name: "Work"}, leap, "2024/02/29"},
		{"within a level", `{"target":"Mail of {year}/{path}"}`, sdktest.Folder{Name: "A/b"}, leap, "Mail of 2024/A/b"},
		{"no date stays in the folder", `{"target":"Archive/{year}"}`, sdktest.Folder{Name: "Work"}, time.Time{}, "Archive"},
		{"a prefix keeps what was proposed", `{"prefix":"Archive/{year}"}`, sdktest.Folder{Name: "Gesendet", Target: "Sent"}, leap, "Archive/2024/Sent"},
		{"a prefix that is only a date", `{"prefix":"{year}"}`, sdktest.Folder{Name: "Gesendet", Target: "Sent"}, leap, "2024/Sent"},
		{"a rename below a prefix", `{"prefix":"Old","rename":[{"from":"A","to":"{year}/B","children":true}]}`, sdktest.Folder{Name: "A/x"}, leap, "Old/2024/B/x"},
		{"rewritten", `{"target":"{year} {name}","rewrite":[{"match":" ","replace":"_"}]}`, sdktest.Folder{Name: "A b"}, leap, "2024_A_b"},
		{"inbox alone", `{"inbox":"Inbox {year}"}`, sdktest.Folder{Name: "INBOX"}, leap, "Inbox 2024"},
		{"others not", `{"inbox":"Inbox {year}"}`, sdktest.Folder{Name: "Work"}, leap, "Work"},
		{"one source", `{"sources":{"a":{"prefix":"{year}"}}}`, sdktest.Folder{Source: "b", Name: "Work"}, leap, "Work"},
		{"a folder that is called like a placeholder", `{"prefix":"{year}"}`, sdktest.Folder{Name: "{month}"}, leap, "2024/{month}"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := sdktest.Start(tt.config); err != nil {
				t.Fatal(err)
			}
			mapped := sdktest.MapFolder(tt.folder)
			m := sdktest.Message{Source: tt.folder.Source, Folder: tt.folder.Name, Target: mapped.Target, Date: tt.date, Text: "A: b\r\n\r\n"}
			if got := sdktest.FilterEnvelope(m); got.Error != "" || got.Result != "no opinion" || got.Target != tt.want {
				t.Errorf("got %+v, want the target %q; the folder goes to %q", got, tt.want, mapped.Target)
			}
			m.Target = "Another plugin's"
			if got := sdktest.FilterEnvelope(m); strings.Contains(tt.config, `"prefix":"Archive`) && got.Target != m.Target {
				t.Errorf("a folder that another plugin has put elsewhere goes to %q", got.Target)
			}
		})
	}
}
