package guest

var forgone int64 // bits like those of abi.PropHooks

// Forgo leaves a hook out of those that the host asks. It counts when it is called by
// what OnStart registers.
func Forgo(hook string) { forgone |= 1 << place(hook) }

// asked is the result of init: the hooks that remain of those that the manifest names,
// or 0, which is all.
func asked(named int64) int32 {
	if forgone&named == 0 {
		return 0
	}
	return int32(named &^ forgone)
}
