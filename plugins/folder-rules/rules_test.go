package main

import (
	"strings"
	"testing"

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
	}
	for _, tt := range tests {
		err := sdktest.Start(tt.give)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got error %v, want one with %q", tt.give, err, tt.want)
		}
	}
}
