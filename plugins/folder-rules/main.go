// Command folder-rules is a plugin that decides where folders go: it leaves some
// out, renames others, rewrites names by regular expressions, and puts all of them
// below a prefix. plugin.json describes its configuration, [Rules] what it means.
package main

import "github.com/mailweir/mailweir/sdk"

// rules are compiled once, when the plugin starts.
var rules mapper

func init() {
	sdk.OnStart(func() (err error) {
		var c Config
		if err = sdk.Config(&c); err == nil {
			rules, err = compile(c)
		}
		return err
	})
	sdk.MapFolder(mapFolder)
}

func mapFolder(f *sdk.Folder) sdk.Result {
	name, before := f.Name(), f.Target()
	target, excludedBy := rules.of(f.Source()).apply(name, before)
	if excludedBy != "" {
		return sdk.Skip("left out by " + excludedBy)
	}
	if target != before {
		f.SetTarget(target)
	}
	return sdk.NoOpinion()
}

func main() {}
