// Package sdk is what a mailweir plugin written in Go imports.
//
// A plugin is a main package that registers functions for the hooks it implements,
// and says the same in the file plugin.json beside it:
//
//	func init() {
//		sdk.MapFolder(func(f *sdk.Folder) sdk.Result {
//			if f.Name() == "Junk" {
//				return sdk.Skip("junk stays behind")
//			}
//			f.SetTarget("Old mail/" + f.Target())
//			return sdk.Accept()
//		})
//	}
//
//	func main() {}
//
// "mailweir plugin new" makes a folder with all of this, "mailweir plugin build" the
// .wasm file, and "mailweir plugin test" asks it in the real host; package sdktest
// tests it as plain Go. README.md goes through it in ten minutes.
//
// Nothing is handed to a plugin in advance: each method of [Folder] and [Message]
// asks the host when it is called, which takes a fraction of a microsecond, and what is
// not asked for is never read or downloaded. What a method changes counts when
// the function returns anything but [Fail]. A plugin that panics, runs too long, or
// asks for something that can not be, makes mailweir hold the message and try again
// in the next run; it never loses mail.
//
// Each hook has a function of its own that registers it, and answers that only it can
// give: [Copy] and [Replace] for [OnConflict], [Stop] for [BeforeTask] and [OnError].
// [KV], [HTTP], [Dial] and [Send] reach outside of the plugin, if that was granted.
//
// Reading JSON for every message is slow in a Go plugin. Do it once, in [OnStart].
package sdk
