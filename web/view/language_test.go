package view

import (
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/task"
)

// same are texts that are the same in German, because they are names, or words that
// German has, too.
var same = []string{
	"%s", "API", "Admin", "Apache-2.0", "Browser", "Bytes/s", "Code", "Codes", "Domain", "Domains", "Filter", "Go", "JSON", "Link", "Name", "Plan", "Plugin", "Plugins",
	"Port", "Relay", "Revision", "STARTTLS", "Server", "System", "TLS", "Test", "Text", "Token", "Tokens", "URL", "Version", "Versions", "Webhook", "name", "text",
}

var verbs = regexp.MustCompile(`%[-+# 0]*[0-9.]*[a-zA-Z%]`)

// Every text is there in every language, and says the same about the same things.
func TestTexts_haveEachATranslation(t *testing.T) {
	t.Parallel()
	compared := 0
	var compare func(at string, en, de reflect.Value)
	compare = func(at string, en, de reflect.Value) {
		switch en.Kind() {
		case reflect.Struct:
			for i := range en.NumField() {
				compare(at+"."+en.Type().Field(i).Name, en.Field(i), de.Field(i))
			}
		case reflect.Array:
			for i := range en.Len() {
				compare(at, en.Index(i), de.Index(i))
			}
		case reflect.Map:
			for _, key := range en.MapKeys() {
				if !de.MapIndex(key).IsValid() {
					t.Errorf("%s[%v] is missing in German", at, key)
					continue
				}
				compare(at+"["+key.String()+"]", en.MapIndex(key), de.MapIndex(key))
			}
			if en.Len() > 0 && en.Len() != de.Len() {
				t.Errorf("%s has %d entries in English and %d in German", at, en.Len(), de.Len())
			}
		case reflect.Func:
			if en.IsNil() || de.IsNil() {
				t.Errorf("%s is missing", at)
				return
			}
			compareFuncs(t, at, en, de)
		case reflect.String:
			compared++
			e, d := en.String(), de.String()
			switch {
			case (e == "") != (d == ""):
				t.Errorf("%s is %q in English and %q in German", at, e, d)
			case e == d && strings.ContainsFunc(e, func(r rune) bool { return r >= 'A' }) && !slices.Contains(same, e):
				t.Errorf("%s is %q in German, too", at, d)
			case !slices.Equal(verbs.FindAllString(e, -1), verbs.FindAllString(d, -1)):
				t.Errorf("%s has other verbs: %q and %q", at, e, d)
			case len(e) > 1 && strings.HasSuffix(e, ".") != strings.HasSuffix(d, "."):
				t.Errorf("%s is a sentence in one language only: %q and %q", at, e, d)
			case strings.HasSuffix(e, " ") != strings.HasSuffix(d, " "):
				t.Errorf("%s ends in a blank in one language only: %q and %q", at, e, d)
			case strings.Contains(d, "“") && strings.Count(d, "„") != strings.Count(d, "“"), strings.Contains(d, "”"):
				t.Errorf("%s has quotes of another language: %q", at, d)
			}
		default:
			t.Errorf("%s is a %s", at, en.Kind())
		}
	}
	compare("texts", reflect.ValueOf(english), reflect.ValueOf(german))
	if compared < 900 {
		t.Errorf("only %d texts were compared", compared)
	}
}

// compareFuncs calls both with one and with several of everything: what is said with
// numbers and names has to be in both, and nothing may be left of an unknown word.
func compareFuncs(t *testing.T, at string, en, de reflect.Value) {
	t.Helper()
	if skip := []string{"AccountRole", "Page", "Tag"}; slices.ContainsFunc(skip, func(s string) bool { return strings.HasSuffix(at, "."+s) }) {
		return // nothing to translate
	}
	for _, n := range []int64{1, 4321} {
		args := make([]reflect.Value, en.Type().NumIn())
		for i := range args {
			args[i] = sampleOf(t, en.Type().In(i), n)
			if unit := unitsOf[at[strings.LastIndex(at, ".")+1:]]; unit != "" && args[i].Kind() == reflect.String {
				args[i] = reflect.ValueOf(unit)
			}
		}
		e, d := en.Call(args)[0].String(), de.Call(args)[0].String()
		if d == "" || strings.Contains(d, "%!") || strings.Contains(e, "%!") {
			t.Errorf("%s says %q in English and %q in German", at, e, d)
		}
		if strings.Contains(e, "N'") != strings.Contains(d, "N'") {
			t.Errorf("%s leaves a name out: %q and %q", at, e, d)
		}
		if strings.Contains(d, "4,321") || strings.Contains(e, "4,321") && !strings.Contains(d, "4.321") {
			t.Errorf("%s writes its number in another way: %q and %q", at, e, d)
		}
		if e == d && strings.ContainsAny(strings.ReplaceAll(e, "N'", ""), "abcdefghijklmnopqrstuvwxyz") && !slices.Contains(sameFuncs, at[strings.LastIndex(at, ".")+1:]) {
			t.Errorf("%s is %q in German, too", at, d)
		}
	}
}

// unitsOf are what functions take that know only some words.
var unitsOf = map[string]string{"Ago": "hour", "In": "hour", "Every": "hours"}

// sameFuncs say the same in both languages.
var sameFuncs = []string{"FormHook", "ScriptVersion"}

func sampleOf(t *testing.T, typ reflect.Type, n int64) reflect.Value {
	t.Helper()
	v := reflect.New(typ).Elem()
	switch {
	case typ == reflect.TypeFor[time.Time]():
		v.Set(reflect.ValueOf(time.Date(2026, 11, 26, 14, 5, 0, 0, time.UTC)))
	case typ.Kind() == reflect.String:
		v.SetString("N'")
	case typ.Kind() == reflect.Slice && typ.Elem().Kind() == reflect.String:
		v.Set(reflect.ValueOf([]string{"N'", "N'"}))
	case typ.Kind() == reflect.Slice && typ.Elem().Kind() == reflect.Int:
		v.Set(reflect.ValueOf([]int{3, 15}))
	case v.CanInt():
		v.SetInt(n)
	case v.CanUint():
		v.SetUint(uint64(n))
	case typ.Kind() == reflect.Struct:
	default:
		t.Fatalf("no sample of %s", typ)
	}
	return v
}

func TestTexts_knowAllThatTheServiceSays(t *testing.T) {
	t.Parallel()
	for _, d := range access.Deeds() {
		if german.Deeds[string(d)] == "" {
			t.Errorf("%q is not translated", d)
		}
	}
	known := 0
	for _, trouble := range task.KnownTroubles() {
		if known++; german.Advice[trouble.Remedy] == "" {
			t.Errorf("the remedy %q is not translated", trouble.Remedy)
		}
		if german.Troubles[trouble.Cause] == "" {
			t.Errorf("the cause %q is not translated", trouble.Cause)
		}
	}
	if known < 20 {
		t.Errorf("package task names only %d troubles", known)
	}
}

func TestGerman_writesNumbersAndTimesAsGermansDo(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 26, 14, 5, 9, 0, time.UTC)
	ctx := WithLanguage(t.Context(), German)
	for _, tt := range []struct{ name, got, want string }{
		{"number", german.Number(1234567), "1.234.567"},
		{"negative", german.Number(-1234), "-1.234"},
		{"size", german.Bytes(1_234_500), "1,2 MB"},
		{"large size", german.Bytes(234_500_000), "234 MB"},
		{"rate", german.Rate(3.25), "3,2"},
		{"fast rate", german.Rate(1234), "1.234"},
		{"duration", german.Duration(2*time.Hour + 5*time.Minute), "2 h 05 min"},
		{"a day", german.Duration(27 * time.Hour), "1 Tag 3 h"},
		{"days", german.Duration(51 * time.Hour), "2 Tage 3 h"},
		{"moment", german.Exact(at), "Donnerstag, 26. November 2026, 14:05:09 Uhr UTC"},
		{"minute", german.Minute(at), "Do 26.11.2026, 14:05 Uhr UTC"},
		{"just now", Relative(ctx, at, at.Add(3*time.Second)), "gerade eben"},
		{"a minute ago", Relative(ctx, at, at.Add(time.Minute)), "vor 1 Minute"},
		{"days ago", Relative(ctx, at, at.Add(72*time.Hour)), "vor 3 Tagen"},
		{"in months", Relative(ctx, at, at.Add(-61*24*time.Hour)), "in 2 Monaten"},
		{"every weekday", rhythm(ctx, task.Schedule{Cron: "30 2 * * 1-5"}), "an jedem Werktag um 02:30 Uhr"},
		{"every Sunday", rhythm(ctx, task.Schedule{Cron: "0 4 * * 0"}), "jeden Sonntag um 04:00 Uhr"},
		{"days of the month", rhythm(ctx, task.Schedule{Cron: "0 4 1,15 * *"}), "am 1. und 15. jedes Monats um 04:00 Uhr"},
		{"each quarter", schedule(ctx, task.Schedule{Every: 15 * time.Minute}), "alle 15 Minuten"},
		{"hourly", rhythm(ctx, task.Schedule{Cron: "0 * * * *"}), "jede Stunde, zur vollen Stunde"},
		{"with its zone", schedule(ctx, task.Schedule{Cron: "0 4 * * *", Zone: "UTC", Jitter: 5}), "jeden Tag um 04:00 Uhr, UTC, bis zu 5 % später"},
		{"window", windowWords(ctx, task.Window{From: 22 * 60, To: 6 * 60, Days: workdays}), "zwischen 22:00 und 06:00 Uhr an Werktagen"},
		{"weekdays", windowWords(ctx, task.Window{Days: 1<<time.Monday | 1<<time.Sunday}), "am Montag und Sonntag"},
	} {
		if tt.got != tt.want {
			t.Errorf("%s is %q, want %q", tt.name, tt.got, tt.want)
		}
	}
}

// A reason of the engine keeps its own words, which say what exactly.
func TestGerman_explainsWhyARunEnded(t *testing.T) {
	t.Parallel()
	const reason = "login refused by imap.example"
	if got := explained(t.Context(), reason); got != "Login refused by imap.example" {
		t.Errorf("in English it is %q", got)
	}
	if got := explained(WithLanguage(t.Context(), German), reason); got != "Die Anmeldung wurde abgelehnt. (Login refused by imap.example)" {
		t.Errorf("in German it is %q", got)
	}
}

// What is not said in a context is English, as all that programs read.
func TestTexts_areEnglishIfNothingIsSaid(t *testing.T) {
	t.Parallel()
	if got := Texts(t.Context()).Tag; got != English {
		t.Errorf("the language is %q", got)
	}
	if got := Texts(WithLanguage(t.Context(), "fr")).Tag; got != English {
		t.Errorf("an unknown language is %q", got)
	}
}

func TestFindings_haveEachASentence(t *testing.T) {
	args := []string{"2", "3", "4096"}
	for _, code := range task.FindingCodes() {
		say := german.Findings[code]
		if say == nil {
			t.Errorf("%s is not said in German", code)
			continue
		}
		if text := say(In(German), args); !strings.HasSuffix(text, ".") || strings.Contains(text, "%!") || say(In(German), nil) == "" {
			t.Errorf("%s: %q", code, text)
		}
	}
	if n := len(task.FindingCodes()); n != len(german.Findings) {
		t.Errorf("%d codes and %d sentences", n, len(german.Findings))
	}
	ctx := WithLanguage(t.Context(), German)
	for _, tt := range []struct{ give, want string }{
		{findingText(ctx, task.Finding{Code: task.FindsLoggedIn, Args: []string{"1", "4770", ""}}), "Angemeldet: 1 Ordner, 4.770 Nachrichten."},
		{findingText(ctx, task.Finding{Text: "of an older plan"}), "of an older plan"},
		{findingText(t.Context(), task.Finding{Text: "as it is", Code: task.FindsNothing}), "as it is"},
		{faultText(ctx, `Two sources are called "a \"b\""`), `Zwei Quellen heißen „a "b"“`},
		{faultText(ctx, "Something rare"), "Something rare"},
		{faultText(t.Context(), "Another task has this name"), "Another task has this name"},
	} {
		if tt.give != tt.want {
			t.Errorf("%q, want %q", tt.give, tt.want)
		}
	}
}
