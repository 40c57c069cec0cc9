package kit

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCases_faultsAreOneSentence(t *testing.T) {
	tests := []struct{ give, want string }{
		{"", "it is empty"},
		{"cases: []", "it has no cases"},
		{"case: []", "line 1: field case is not known"},
		{"cases: [{folder: {name: F}}]", "case 1 (): its name is missing"},
		{"cases: [{name: x}]", "case 1 (x): it asks about either a folder or a message"},
		{"cases: [{name: x, folder: {name: F}, message: {eml: m}}]", "it asks about either a folder or a message"},
		{"cases: [{name: x, folder: {use: Junk}}]", "the name of the folder is missing"},
		{`cases: [{name: x, folder: {name: F, use: \Junk}}]`, `"\\Junk" is no special use; there are All, Archive,`},
		{"cases: [{name: x, message: {eml: m, use: Spam}}]", `"Spam" is no special use`},
		{"cases: [{name: x, message: {folder: F}}]", "a message is a file: eml is missing"},
		{"cases: [{name: x, folder: {name: F}, want: {flags: []}}]", "a folder has neither flags nor a date"},
		{"cases: [{name: x, folder: {name: F}, want: {verdict: defer, target: G}}]", "with the verdict defer nothing else is changed"},
		{"cases: [{name: x, folder: {name: F}, want: {verdict: exclude}}]", `the verdict "exclude" is not one of pass, skip, defer`},
		{"cases: [{name: x, folder: {name: F}, want: {verdict: skip, target: G}}]", "with the verdict skip nothing else is changed"},
		{"cases: [{name: x, folder: {name: F}, want: {error: no, note: why}}]", "it wants an error and something else"},
		{`cases: [{name: x, message: {eml: m}, want: {flags: [\Recent]}}]`, `"\\Recent" is no flag`},
		{"cases: [{name: x, config: {a: {1: b}}, folder: {name: F}}]", "config is no JSON object"},
		{"cases: [{name: x, map_flags: {flags: [Seen it]}}]", `"Seen it" is no flag`},
		{"cases: [{name: x, message_key: {eml: m, side: left}}]", `the side "left" is neither source nor target`},
		{"cases: [{name: x, message_key: {eml: m, attempt: 1}}]", "attempt is how often the target refused"},
		{"cases: [{name: x, message: {eml: m, refusal: NO}}]", "refusal is what the target said to a message: it goes with attempt"},
		{"cases: [{name: x, on_conflict: {there: {uid: 1}}}]", "a message is a file: eml is missing"},
		{"cases: [{name: x, on_error: {stage: sent}}]", `the stage "sent" is not one of list, map,`},
		{"cases: [{name: x, on_error: {uid: 7}}]", "a message is in a folder, which is missing"},
		{"cases: [{name: x, after_task: r.json, want: {verdict: skip}}]", `the verdict "skip" is not one of pass`},
		{"cases: [{name: x, after_task: r.json, want: {key: k}}]", "after_task gives no key"},
		{"cases: [{name: x, on_error: {}, want: {flags: [a]}}]", "on_error does not change flags"},
		{"cases: [{name: x, folder: {name: F}, want: {eml: m}}]", "map_folder does not rewrite"},
		{"cases: [{name: x, message: {eml: m}, want: {eml: m, header: {A: b}}}]", "one of the two is enough"},
		{"cases: [{name: x, message: {eml: m}, want: {verdict: skip, header: {A: b}}}]", "with the verdict skip nothing else is changed"},
		{"cases: [{name: x, after_message: {eml: m}, want: {after: 1m}}]", "after goes with after_message and the verdict defer"},
		{"config: [1]\ncases: [{name: x, folder: {name: F}}]", "line 1: cannot unmarshal !!seq"},
		{"cases: [{name: x, message: {eml: m, uid: -1}}]", "line 1: cannot unmarshal !!int `-1`"},
		{"cases: [{name: x, folder: {name: F}}]\n---\n{}", "something follows the first document"},
	}
	for _, tt := range tests {
		_, err := parseCases([]byte(tt.give))
		if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "kit.") {
			t.Errorf("%s: got error %v, want one with %q", tt.give, err, tt.want)
		}
	}
}

func FuzzParseCases(f *testing.F) {
	text, err := os.ReadFile("scaffold/both/tests/cases.yaml.txt")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte("cases: [{name: x, folder: {name: F, messages: 7}, want: {note: ''}}]"))
	f.Add([]byte("cases: [{name: x, on_conflict: {eml: m, there: {size: 7}}, want: {verdict: replace}}, {name: y, before_task: p}]"))
	f.Add([]byte("config: &a {b: *a}\ncases: [*a]"))
	f.Fuzz(func(t *testing.T, text []byte) {
		cases, err := parseCases(text)
		if err == nil && len(cases.Cases) == 0 {
			t.Error("no fault and no cases")
		}
		if err != nil && strings.Contains(err.Error(), "\n") {
			t.Errorf("the error is more than one line: %v", err)
		}
	})
}

func TestReadEML_isAsAServerDelivers(t *testing.T) {
	tests := []struct{ name, give, text, header string }{
		{"line ends of an editor", "A: b\n\nhello\n", "A: b\r\n\r\nhello\r\n", "A: b\r\n\r\n"},
		{"line ends of mail", "A: b\r\n\r\nhello\r\n", "A: b\r\n\r\nhello\r\n", "A: b\r\n\r\n"},
		{"no body", "A: b\n", "A: b\r\n", "A: b\r\n\r\n"},
		{"no line end", "A: b", "A: b", "A: b\r\n\r\n"},
		{"no header", "\nhello\n\nagain\n", "\r\nhello\r\n\r\nagain\r\n", "\r\n"},
		{"nothing", "", "", "\r\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "m.eml")
			if err := os.WriteFile(file, []byte(tt.give), 0o600); err != nil {
				t.Fatal(err)
			}
			m, err := readEML(file, false)
			if err != nil {
				t.Fatal(err)
			}
			if string(m.text) != tt.text || string(m.header) != tt.header {
				t.Errorf("got %q with the header %q, want %q with %q", m.text, m.header, tt.text, tt.header)
			}
		})
	}
}

func FuzzParseQuestion(f *testing.F) {
	f.Add("on_error: {kind: quota, text: full}")
	f.Add("message: {eml: a.eml, attempt: 1, refusal: NO, raw: true}")
	f.Add("message_key: &a {eml: x}\non_conflict: *a")
	f.Fuzz(func(t *testing.T, text string) {
		q, err := ParseQuestion(text)
		switch {
		case err != nil && strings.Contains(err.Error(), "\n"):
			t.Errorf("the error is more than one line: %v", err)
		case err == nil && len(q.hooks()) == 0:
			t.Error("no fault, and nothing is asked")
		}
	})
}
