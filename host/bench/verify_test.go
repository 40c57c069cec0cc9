package main

import (
	"strings"
	"testing"

	"github.com/mailweir/mailweir/host/bench/rawimap"
)

const sampleBody = "From: ann@example.org\r\nSubject: hello\r\n\r\nX-TUID: in the body\r\n"

func sampleMail(t *testing.T, folder, flags, date, body string) mailKey {
	t.Helper()
	key, err := keyOf(folder, rawimap.Message{UID: "1", Flags: flags, Date: date}, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestArrived_namesEveryDifference(t *testing.T) {
	const date = "01-Feb-2020 10:00:00 +0100"
	key := func(folder, flags, date, body string) mailKey { return sampleMail(t, folder, flags, date, body) }
	original := key("INBOX", `\Seen todo`, date, sampleBody)
	other := key("INBOX", "", date, sampleBody+"other\r\n")
	want := &content{Mail: map[mailKey]int{original: 2, other: 1}, Subscribed: []string{"a"}}
	tests := []struct {
		name string
		give *content
		want string // begins so
	}{
		{"the same", &content{map[mailKey]int{original: 2, other: 1}, []string{"a"}}, exact},
		{"the same moment in another zone", &content{map[mailKey]int{
			key("INBOX", `todo \SEEN`, " 1-Feb-2020 09:00:00 +0000", sampleBody): 2, other: 1,
		}, []string{"a"}}, exact},
		{"one of two twins lost", &content{map[mailKey]int{original: 1, other: 1}, []string{"a"}}, "messages missing (1)"},
		{"one doubled", &content{map[mailKey]int{original: 2, other: 2}, []string{"a"}}, "messages that were not there (1)"},
		{"one byte changed", &content{map[mailKey]int{original: 2, key("INBOX", "", date, sampleBody+"Other\r\n"): 1}, []string{"a"}}, "messages missing (1), messages that were not there (1)"},
		{"another folder", &content{map[mailKey]int{original: 2, key("Sent", "", date, sampleBody+"other\r\n"): 1}, []string{"a"}}, "messages missing (1), messages that were not there (1)"},
		{"a flag lost", &content{map[mailKey]int{key("INBOX", "todo", date, sampleBody): 2, other: 1}, []string{"a"}}, "flags differ (2)"},
		{"a keyword lost", &content{map[mailKey]int{key("INBOX", `\Seen`, date, sampleBody): 2, other: 1}, []string{"a"}}, "keywords differ (2)"},
		{"a date lost", &content{map[mailKey]int{original: 1, key("INBOX", `\Seen todo`, "01-Feb-2020 10:00:01 +0100", sampleBody): 1, other: 1}, []string{"a"}}, "dates differ (1)"},
		{"a header added", &content{map[mailKey]int{original: 2, key("INBOX", "", date, "X-TUID: abc\r\n"+sampleBody+"other\r\n"): 1}, []string{"a"}}, "a header added (1)"},
		{"a subscription lost", &content{map[mailKey]int{original: 2, other: 1}, nil}, "subscriptions differ (0 for 1)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := arrived(want, tt.give); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestArrived_noticesFlagsThatChangedPlaces(t *testing.T) {
	const date, later = "01-Feb-2020 10:00:00 +0100", "02-Feb-2020 10:00:00 +0100"
	want := &content{Mail: map[mailKey]int{
		sampleMail(t, "INBOX", `\Seen`, date, sampleBody): 1, sampleMail(t, "INBOX", "", later, sampleBody): 1,
	}}
	got := &content{Mail: map[mailKey]int{
		sampleMail(t, "INBOX", `\Seen`, later, sampleBody): 1, sampleMail(t, "INBOX", "", date, sampleBody): 1,
	}}
	if said := arrived(want, got); !strings.HasPrefix(said, "messages got the flags or dates of others") {
		t.Errorf("got %q", said)
	}
}

func TestSizes_addUpToTheCorpus(t *testing.T) {
	for _, c := range append(append([]corpus{}, corpora...), quickCorpora...) {
		sum := int64(0)
		for _, size := range c.sizes(newWriter(c.Name).rnd) {
			if size < smallest {
				t.Errorf("%s: a message of %d bytes", c.Name, size)
			}
			sum += size
		}
		if sum != c.Bytes {
			t.Errorf("%s: %d bytes in all, want %d", c.Name, sum, c.Bytes)
		}
		if got := len(c.folders()); got != c.Folders {
			t.Errorf("%s: %d folders, want %d", c.Name, got, c.Folders)
		}
	}
}
