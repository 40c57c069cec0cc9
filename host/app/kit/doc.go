// Package kit is what the author of a plugin or script works with: it makes the
// folder ([New]), builds it ([Build]), asks it in the real host with the real
// limits ([Start], [Test], [Bench]) and says what is in a file ([Inspect]).
//
// Plugin stands for both here, a .wasm file and a .js file. Files are found and
// loaded by the caller; a [plugin.Module] comes in.
//
// # Cases
//
// What a plugin is expected to do is written down in tests/cases.yaml:
//
//	config: {below: Old mail}        # the plugin's configuration; may be left out
//	cases:
//	  - name: a bygone year          # what is told about the case
//	    folder: {name: "2019"}       # the question: a folder,
//	    want: {target: Old mail/2019}
//	  - name: spam
//	    message: {eml: spam.eml}     # or a message, in a file beside cases.yaml
//	    want: {verdict: skip}
//
// The other hooks are asked by their names, such as on_conflict or before_task; see
// [Question].
//
// A case passes when everything is as it wants it. What it does not name stays as
// it was: the verdict is pass, target, flags and date are those of the question, and
// the message is the same byte for byte. Only the note and what would have been sent
// are not looked at unless they are named. [Case] and [Want] have all keys; one that is not known is refused, so that a typing mistake is not taken
// for a case that passes.
package kit
