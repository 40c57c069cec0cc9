package languages_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mailweir/mailweir/sdk/abi"
	"github.com/mailweir/mailweir/sdk/sdktest"
)

// declared are the members of an interface of mailweir.d.ts, or of a constant.
func declared(t *testing.T, text, head string) []string {
	t.Helper()
	at := regexp.MustCompile(head + `(?: extends (\w+))?:? \{\n`).FindStringSubmatchIndex(text)
	if at == nil {
		t.Fatalf("mailweir.d.ts has no %s", head)
	}
	body, _, _ := strings.Cut(text[at[1]:], "\n}")
	var names []string
	if at[2] >= 0 {
		names = declared(t, text, "interface "+text[at[2]:at[3]])
	}
	for _, m := range regexp.MustCompile(`(?m)^\t(?:readonly |get |set )?(\w+)[(:]`).FindAllStringSubmatch(body, -1) {
		names = append(names, m[1])
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// TestDeclarations_nameWhatThereIs compares mailweir.d.ts with the engine, object by object.
func TestDeclarations_nameWhatThereIs(t *testing.T) {
	raw, err := os.ReadFile("../js/mailweir.d.ts")
	if err != nil {
		t.Fatal(err)
	}
	text := string(raw)
	script(t, `
		const names = it => Object.getOwnPropertyNames(it).sort().join(" ")
		function mapFolder(folder) { console.log(names(folder)); console.log(names(ctx)); console.log(names(kv)) }
		function filterEnvelope(msg) { console.log(names(msg)) }
		function filterMessage(msg) { console.log(names(msg)); console.log(names(Object.getPrototypeOf(msg.parts[0]))) }
		function mapFlags(set) { console.log(names(set)) }
		function rewriteMessage(msg) { console.log(names(msg)) }
		function messageKey(msg) { console.log(names(msg)) }
		function onConflict(msg, there) { console.log(names(msg)); console.log(names(there)) }
		function afterMessage(msg, stored) { console.log(names(msg)); console.log(names(stored)); console.log(names(http("https://x.example/"))) }
		function onError(failure, msg) { console.log(names(failure)); console.log(names(msg)) }
	`, ``)
	sdktest.World.HTTP = func(sdktest.HTTPRequest) (sdktest.HTTPResponse, error) { return sdktest.HTTPResponse{}, nil }
	m := sdktest.Message{Text: letter}
	for _, tt := range []struct {
		got  sdktest.Answer
		want []string
	}{
		{sdktest.MapFolder(sdktest.Folder{Name: "F"}), []string{"interface Folder", "const ctx", "const kv"}},
		{sdktest.FilterEnvelope(m), []string{"interface Message"}},
		{sdktest.FilterMessage(m), []string{"interface Message", "interface Part"}},
		{sdktest.MapFlags(sdktest.FlagSet{}), []string{"interface FlagSet"}},
		{sdktest.RewriteMessage(m), []string{"interface Rewrite"}},
		{sdktest.MessageKey(m, false), []string{"interface Key"}},
		{sdktest.OnConflict(m, sdktest.Stored{}), []string{"interface AnyMessage", "interface Stored"}},
		{sdktest.AfterMessage(m, sdktest.Stored{}), []string{"interface Copied", "interface Stored", "interface HTTPResponse"}},
		{sdktest.OnError(sdktest.Failure{Message: &m}), []string{"interface Failure", "interface AnyMessage"}},
	} {
		if tt.got.Error != "" || len(tt.got.Log) != len(tt.want) {
			t.Errorf("%q: got %+v", tt.want, tt.got)
			continue
		}
		for i, head := range tt.want {
			if diff := cmp.Diff(declared(t, text, head), strings.Fields(tt.got.Log[i])); diff != "" {
				t.Errorf("%s: -declared +there\n%s", head, diff)
			}
		}
	}
	for _, hook := range abi.Hooks {
		words := strings.Split(hook, "_")
		name := words[0] + strings.ToUpper(words[1][:1]) + words[1][1:]
		if !strings.Contains(text, "\ntype "+name+" = (") {
			t.Errorf("mailweir.d.ts does not declare %s", name)
		}
	}
}
