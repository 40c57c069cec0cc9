package maildir

import (
	"slices"
	"strings"
)

const subscriptionsName = "subscriptions"

// subscriptionsV2 begins a list whose levels are separated by tabs (Dovecot since
// 2.2.17); without it they are separated by dots.
const subscriptionsV2 = "V\t2\n\n"

// parseSubscriptions returns the Raws of the subscribed folders.
func parseSubscriptions(text string) []string {
	lines, v2 := strings.CutPrefix(text, subscriptionsV2)
	var out []string
	for line := range strings.Lines(lines) {
		line = strings.TrimSuffix(line, "\n")
		if v2 {
			line = strings.ReplaceAll(line, "\t", ".")
		}
		if line == "" {
			continue
		}
		if line != rawInbox {
			line = "." + line
		}
		out = append(out, line)
	}
	return out
}

// addSubscription returns text with raw in it, in the format that text has.
func addSubscription(text, raw string) string {
	if text == "" {
		text = subscriptionsV2
	}
	if slices.Contains(parseSubscriptions(text), raw) {
		return text
	}
	if !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	name := strings.TrimPrefix(raw, ".")
	if strings.HasPrefix(text, subscriptionsV2) {
		name = strings.ReplaceAll(name, ".", "\t")
	}
	return text + name + "\n"
}
