package view

import (
	"context"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/mailweir/mailweir/host/task"
)

// findingText is a finding in the language of the page, or in English if that does not
// know it.
func findingText(ctx context.Context, f task.Finding) string {
	if say := t(ctx).Findings[f.Code]; say != nil {
		return Plain(say(t(ctx), f.Args))
	}
	return Plain(f.Text)
}

// argument is the i-th of a finding; one that an older plan lacks is empty.
func argument(args []string, i int) string {
	if i >= len(args) {
		return ""
	}
	return args[i]
}

func numberOf(args []string, i int) int64 {
	n, _ := strconv.ParseInt(argument(args, i), 10, 64) // the service wrote it
	return n
}

var quotedName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`"(?:[^"\\]|\\.)*"`) })

// faultText is a fault that the service has found, in the language of the page. One that
// its catalogue does not have stays in English.
func faultText(ctx context.Context, fault string) string {
	shape := quotedName().ReplaceAllLiteralString(fault, "%")
	translated := t(ctx).Faults[shape]
	if translated == "" {
		return Plain(fault) // words such as "plugin" would be taken for a cause that they are not
	}
	for _, name := range quotedName().FindAllString(fault, -1) {
		if plain, err := strconv.Unquote(name); err == nil {
			name = plain
		}
		translated = strings.Replace(translated, "%", name, 1)
	}
	return Plain(translated)
}
