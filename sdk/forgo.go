package sdk

import "github.com/mailweir/mailweir/sdk/internal/guest"

// Forgo says in [OnStart] that a hook need not be asked with this configuration, by
// its name as in plugin.json. What nobody asks costs nothing. At least one hook stays.
func Forgo(hook string) { guest.Forgo(hook) }
