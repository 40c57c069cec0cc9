package mailtest

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestDiff_isEmptyForTheSameMail(t *testing.T) {
	at := time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC)
	a := Account{"INBOX": {
		{UID: 1, Flags: []string{`\Seen`, "Junk"}, Date: at, Body: []byte("a")},
		{UID: 2, Date: at, Body: []byte("b")},
	}, "empty": nil}
	b := Account{"INBOX": { // other UIDs and order, flags in other letters, the same instant elsewhere
		{UID: 8, Date: at.In(time.FixedZone("", 3600)), Body: []byte("b")},
		{UID: 9, Flags: []string{"junk", `\SEEN`, `\Recent`}, Date: at, Body: []byte("a")},
	}, "empty": {}}
	if diff := Diff(a, b); diff != "" {
		t.Error(diff)
	}
}

func TestDiff_findsEveryKindOfDifference(t *testing.T) {
	at := time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC)
	m := Mail{UID: 1, Flags: []string{`\Seen`}, Date: at, Body: []byte("Subject: x\r\n\r\nbody")}
	want := Account{"A": {m, m}, "B": nil}
	with := func(change func(*Mail)) Account {
		other := m
		change(&other)
		return Account{"A": {m, other}, "B": nil}
	}
	tests := []struct {
		name string
		got  Account
		says []string
	}{
		{"one of two twins is missing", Account{"A": {m}, "B": nil}, []string{`"A": 2 messages wanted, 1 there; 1 missing, 0 extra`}},
		{"a third twin", Account{"A": {m, m, m}, "B": nil}, []string{"0 missing, 1 extra"}},
		{"a byte", with(func(m *Mail) { m.Body = []byte("Subject: y\r\n\r\nbody") }), []string{"1 missing, 1 extra", "Subject: x", "Subject: y"}},
		{"a flag", with(func(m *Mail) { m.Flags = []string{`\Seen`, "Junk"} }), []string{"missing:", "instead:", "Junk"}},
		{"a second", with(func(m *Mail) { m.Date = at.Add(time.Second) }), []string{"instead:", "03:04:06"}},
		{"a folder", Account{"A": {m, m}}, []string{`"B": missing folder with 0 messages`}},
		{"a folder too many", Account{"A": {m, m}, "B": nil, "C": {m}}, []string{`"C": extra folder with 1 messages`}},
		{"nothing there", nil, []string{`"A": missing folder with 2 messages`}},
	}
	for _, tt := range tests {
		got := Diff(want, tt.got)
		for _, says := range tt.says {
			if !strings.Contains(got, says) {
				t.Errorf("%s: the difference does not say %q:\n%s", tt.name, says, got)
			}
		}
	}
}

func TestDiff_staysShort(t *testing.T) {
	want := Corpus(CorpusOptions{Folders: 2, Messages: 500})
	if got := Diff(want, Account{"INBOX": nil, "Entwürfe": nil}); strings.Count(got, "\n") > 20 {
		t.Errorf("%d lines", strings.Count(got, "\n"))
	}
}

func TestCorpus_isTheSameForTheSameOptions(t *testing.T) {
	opts := CorpusOptions{Seed: 5, Messages: 300, Folders: 40, BigMessages: 1, BigSize: 100_000}
	if diff := Diff(Corpus(opts), Corpus(opts)); diff != "" {
		t.Error(diff)
	}
	other := opts
	other.Seed++
	if Diff(Corpus(opts), Corpus(other)) == "" {
		t.Error("another seed gives the same mail")
	}
}

// What a test of the copier believes to have tested must be in there.
func TestCorpus_hasWhatItPromises(t *testing.T) {
	const size = 123_457
	a := Corpus(CorpusOptions{Seed: 9, Messages: 1000, Folders: 30, BigMessages: 3, BigSize: size})
	if len(a) != 30 || a.Messages() != 1000 {
		t.Fatalf("%d folders with %d messages", len(a), a.Messages())
	}
	found := map[string]int{}
	bodies, whole := map[string]string{}, map[identity]string{}
	years := map[int]bool{}
	for _, folder := range a.Folders() {
		if len(a[folder]) == 0 {
			found["an empty folder"]++
		}
		if strings.Count(folder, "/") >= 2 {
			found["a deep folder"]++
		}
		for _, m := range a[folder] {
			text := string(m.Body)
			header, body, _ := strings.Cut(text, "\r\n\r\n")
			if len(text) == size {
				found["a big message"]++
			}
			if !strings.Contains(header, "Message-ID:") {
				found["no Message-ID"]++
			}
			if strings.Contains(header, "<same@example.org>") {
				found["the same Message-ID"]++
			}
			if strings.ContainsFunc(header, func(r rune) bool { return r > 0x7f }) {
				found["an 8-bit header"]++
			}
			if body == "" {
				found["an empty body"]++
			}
			for line := range strings.Lines(text) {
				if len(line) > 10_000 {
					found["a very long line"]++
				}
			}
			if strings.ContainsRune(text, 0) || strings.Contains(strings.ReplaceAll(text, "\r\n", ""), "\n") ||
				strings.Contains(strings.ReplaceAll(text, "\r\n", ""), "\r") {
				t.Errorf("%v: NUL, or a line end that is not CRLF", m)
			}
			if in, ok := bodies[text]; ok {
				found["the same bytes"]++
				if in == folder {
					found["the same bytes in one folder"]++
				}
			}
			if _, ok := whole[m.identity()]; ok {
				found["the same bytes, flags and date"]++
			}
			bodies[text], whole[m.identity()] = folder, folder
			years[m.Date.Year()] = true
		}
	}
	if found["a big message"] != 3 || len(years) < 15 {
		t.Errorf("%d big messages, dates of %d years", found["a big message"], len(years))
	}
	for _, want := range []string{
		"an empty folder", "a deep folder", "no Message-ID", "the same Message-ID", "an 8-bit header", "an empty body",
		"a very long line", "the same bytes", "the same bytes in one folder", "the same bytes, flags and date",
	} {
		if found[want] == 0 {
			t.Errorf("the corpus lacks %s", want)
		}
	}
	flags := a.FlagUnion()
	for _, want := range append([]string{`\Seen`, `\Answered`, `\Flagged`, `\Draft`, `\Deleted`}, corpusKeywords...) {
		if !slices.Contains(flags, want) {
			t.Errorf("no message has %s", want)
		}
	}
}
