package maildir

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/mailweir/mailweir/host/mail"
)

const (
	keywordsName = "dovecot-keywords"
	maxKeywords  = 26 // the letters a to z
)

// parseKeywords reads a dovecot-keywords file: lines of a number and a keyword,
// 0 for the letter a. The result has "" where a letter is free. Lines that say
// something else are passed over, as Dovecot does.
func parseKeywords(text string) []string {
	var out []string
	for line := range strings.Lines(text) {
		digits, keyword, ok := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		i, err := strconv.Atoi(digits)
		if !ok || err != nil || i < 0 || i >= maxKeywords || !isKeyword(mail.Flag(keyword)) {
			continue
		}
		for len(out) <= i {
			out = append(out, "")
		}
		if out[i] == "" && !knows(out, mail.Flag(keyword)) {
			out[i] = keyword
		}
	}
	return out
}

func formatKeywords(keywords []string) string {
	var out strings.Builder
	for i, keyword := range keywords {
		if keyword != "" {
			fmt.Fprintf(&out, "%d %s\n", i, keyword)
		}
	}
	return out.String()
}

// isKeyword reports whether f is a flag that needs a letter of its own.
func isKeyword(f mail.Flag) bool { return f.Valid() && !strings.HasPrefix(string(f), `\`) }

func knows(keywords []string, f mail.Flag) bool {
	return slices.ContainsFunc(keywords, func(k string) bool { return strings.EqualFold(k, string(f)) })
}

// withKeyword returns keywords with f among them, or false when no letter is free.
func withKeyword(keywords []string, f mail.Flag) ([]string, bool) {
	if knows(keywords, f) {
		return keywords, true
	}
	if free := slices.Index(keywords, ""); free >= 0 {
		keywords = slices.Clone(keywords)
		keywords[free] = string(f)
		return keywords, true
	}
	if len(keywords) >= maxKeywords {
		return keywords, false
	}
	return append(slices.Clip(keywords), string(f)), true
}

// learn gives letters to the keywords among flags that have none yet, as long as
// there are any, and returns all keywords of the folder.
func (t *Tree) learn(ctx context.Context, dir string, known []string, flags []mail.Flag) ([]string, error) {
	unknown := slices.ContainsFunc(flags, func(f mail.Flag) bool { return isKeyword(f) && !knows(known, f) })
	if !unknown {
		return known, nil
	}
	var keywords []string
	err := t.rewrite(ctx, dir, keywordsName, func(old string) (string, error) {
		keywords = parseKeywords(old)
		for _, f := range flags {
			if isKeyword(f) {
				keywords, _ = withKeyword(keywords, f)
			}
		}
		return formatKeywords(keywords), nil
	})
	return keywords, err
}
