// Command folder-rules is a plugin that decides where folders go: it leaves some
// out, renames others, rewrites names by regular expressions, sorts by year, and puts
// all of them below a prefix. plugin.json describes its configuration, [Rules] what it
// means.
package main

import (
	"github.com/mailweir/mailweir/sdk"
)

// rules are compiled once, when the plugin starts.
var rules mapper

func init() {
	sdk.OnStart(func() (err error) {
		var c Config
		if err = sdk.Config(&c); err == nil {
			rules, err = compile(c)
		}
		if !rules.hasDate() {
			sdk.Forgo("filter_envelope") // messages go where their folders go
		}
		return err
	})
	sdk.MapFolder(mapFolder)
	sdk.FilterEnvelope(filterEnvelope)
}

func mapFolder(f *sdk.Folder) sdk.Result {
	before := f.Target()
	target, excludedBy := rules.of(f.Source()).apply(f.Source(), f.Name(), f.Use(), before)
	if excludedBy != "" {
		return sdk.Skip("left out by " + excludedBy)
	}
	if target != before {
		f.SetTarget(target)
	}
	return sdk.NoOpinion()
}

func filterEnvelope(m *sdk.Message) sdk.Result {
	before := m.Target()
	if target, ok := rules.of(m.Source()).byDate(m.Source(), m.Folder(), before, m.Date()); ok && target != before {
		m.SetTarget(target)
	}
	return sdk.NoOpinion()
}

func main() {}
