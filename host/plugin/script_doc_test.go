package plugin

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const scriptDocs = "../../sdk/js/"

// TestScript_recipesWork runs every script of the documentation. What each does is
// tested in sdk/languages; here they are asked by this host, as far as they have hooks
// for folders and messages and reach nothing outside.
func TestScript_recipesWork(t *testing.T) {
	h := scriptHost(t, Options{})
	for file, least := range map[string]int{"js/README.md": 8, "RECIPES.md": 20} {
		text, err := os.ReadFile(scriptDocs + "../" + file)
		if err != nil {
			t.Fatal(err)
		}
		recipes := regexp.MustCompile("(?s)```js\n(.*?)```").FindAllStringSubmatch(string(text), -1)
		if len(recipes) < least {
			t.Fatalf("%s: only %d scripts found", file, len(recipes))
		}
		for i, recipe := range recipes {
			t.Run(fmt.Sprint(file, i), func(t *testing.T) {
				c := scriptChain(t, h, recipe[1], `{"limit": 100}`, quiet)
				if regexp.MustCompile(`\b(kv|http|smtp|parts)\b`).MatchString(recipe[1]) {
					return
				}
				if _, err := c.MapFolder(t.Context(), question1()); err != nil {
					t.Error(err)
				}
				if _, err := c.FilterEnvelope(t.Context(), candidate()); err != nil {
					t.Error(err)
				}
				if _, err := c.FilterMessage(t.Context(), candidate()); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// TestScript_declarationsNameWhatThereIs compares mailweir.d.ts with the engine.
func TestScript_declarationsNameWhatThereIs(t *testing.T) {
	text, err := os.ReadFile(scriptDocs + "mailweir.d.ts")
	if err != nil {
		t.Fatal(err)
	}
	var members func(of string) []string
	members = func(of string) []string {
		head := regexp.MustCompile(`interface ` + of + `(?: extends (\w+))? \{\n`).FindStringSubmatchIndex(string(text))
		body, _, _ := strings.Cut(string(text[head[1]:]), "\n}")
		var names []string
		if head[2] >= 0 {
			names = members(string(text[head[2]:head[3]]))
		}
		for _, m := range regexp.MustCompile(`(?m)^\t(?:readonly |get |set )?(\w+)[(:]`).FindAllStringSubmatch(body, -1) {
			names = append(names, m[1])
		}
		slices.Sort(names)
		return slices.Compact(names)
	}
	h := scriptHost(t, Options{})
	const names = `Object.getOwnPropertyNames(it).sort().join(" ")`
	c := scriptChain(t, h, `const filterEnvelope = it => it.note(`+names+`), mapFolder = it => it.note(`+names+`)`, ``, quiet)
	folder, err := c.MapFolder(t.Context(), question1())
	if diff := cmp.Diff(members("Folder"), strings.Fields(folder.Note)); diff != "" || err != nil {
		t.Errorf("error %v; Folder: -declared +there\n%s", err, diff)
	}
	message, err := c.FilterEnvelope(t.Context(), candidate())
	if diff := cmp.Diff(members("Message"), strings.Fields(message.Note)); diff != "" || err != nil {
		t.Errorf("error %v; Message: -declared +there\n%s", err, diff)
	}
}
