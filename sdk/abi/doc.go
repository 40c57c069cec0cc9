// Package abi is the contract between mailweir and its plugins: the names,
// numbers and manifest of mailweir_v1. Host and SDK both read it from here. It
// imports the standard library only.
//
// A plugin is a core WebAssembly module (a WASI preview 1 reactor). It exports
//
//	memory             its linear memory
//	abi_minor() -> i32 the minor version that it was built for
//	_initialize()      optional: sets up the language's run time
//	init() -> i32      optional: reads the configuration, once per instance
//	check() -> i32     engines only: looks for faults in a script without running it
//	HOOK() -> i32      one function per hook that its manifest names
//
// and imports what it needs of [Imports]. Only i32 and i64 cross the border; the
// guest owns every buffer, and asks for what it wants to see. Nothing is pushed
// to it, so what a plugin does not look at costs nothing.
//
// # Read calls
//
// A read call ends in (dst, cap) and answers with the length of the whole value.
// When that is more than cap, nothing was written, and the guest asks again with
// a larger buffer. A negative answer is [ReadAbsent], [ReadNotPermitted] or
// [ReadBadArgument]. The range reads headers_raw and body_read copy at most cap
// bytes from an offset and answer with their number, 0 at the end. A pointer
// outside the guest's memory traps.
//
// # Effects
//
// What a hook wants changed (set_folder, flags, set_date, header_put, out_write,
// set_key, note) is staged, and counts only when the hook returns 0 or more. The next
// plugin of the chain sees the result; the hook itself goes on seeing what it was
// asked with. An effect that can not be (a folder name with a control character, a
// flag that is no atom) or that has no place in the hook ([HookTable]) makes the whole
// call a failure: mail is held rather than put in a place that nobody chose.
//
// # Rewriting
//
// header_put changes fields of the header section and leaves all else byte for byte.
// The host puts text beyond ASCII into encoded words (RFC 2047), in addresses around
// the names alone, parameters of Content-Type and Content-Disposition as RFC 2231 has
// it, and folds long lines; other structured fields take ASCII alone. A value that is
// ASCII is only folded.
//
// out_write writes a whole new message instead. The host takes the bytes as they are:
// each line ends in CR LF, there is no NUL and no CR or LF by itself, and there are at
// most [MaxGrowth] times the size of the message and [MaxGrowthExtra] more. One call
// can do one of the two.
//
// # Grants
//
// What a plugin may do beside answering - requests, connections, mail, remembering,
// reading bodies, its configuration, logging what it read - it asks for in its manifest,
// with a reason for each, see [Ask] and [GrantTable]. Who runs it grants each of them,
// or not; a plugin that misses a grant that is not optional does not start. A function
// whose grant was asked for as optional and not given answers [ReadNotPermitted]. A
// script has no manifest: it has config, body and log-content, and what its grants say.
//
// # Doors
//
// A door is a request or connection to the outside. It lives as long as the call of the
// hook. What comes back over all doors of a call together is limited to 1 MiB, what is
// sent to 1 MiB and twice the message, the number of doors to 16, and 4 at a time; all
// waiting counts as time of the call, which has 30 seconds. Secrets never reach the
// guest: it names them, and the host fills them in for the hosts that they belong to.
//
// # Deliveries
//
// after_message is asked about each message that was copied until it has answered, also
// when that takes several runs: what fails, is deferred, or is broken off by a crash is
// asked again with the same [PropOnceKey]. Each plugin is asked by itself; results of
// the others, and their order, do not matter. A plugin is known by its ID, so that a new
// version goes on where the old one ended, and what the old one was told in vain begins
// anew.
//
// # Limits
//
// A host counts what a plugin computes in ticks, which are the same on every
// machine: a function entered, a loop turned, 64 instructions on a straight way or 16
// bytes of a bulk instruction are one tick, a call of an import is 50. A question
// about a folder or an envelope has 2,000,000; one about a whole message, a plan or a
// report has 20,000,000 and 4 more for each byte that is read. A part of a message that
// is not read in order costs a tick for each byte that is decoded again. A filter that looks at two header
// fields takes 30 to 300. Whoever takes more is stopped, and the message is held. How
// deep functions may call each other is limited too, to some ten thousand calls.
//
// The names that begin with mailweir_meter belong to the host: a plugin can neither
// import nor export one.
//
// # Engines
//
// A plugin can be an engine: a host loads it together with the text of a script,
// which it reads with [PropScript], and asks it like any other plugin. Which hooks
// a script implements is known when it has run. So an engine's manifest names all
// that it can do, and its init answers with those that the script does, as the bits
// of [PropHooks]; no other is asked.
//
// # Versions
//
// The major version is the name of the import module. Minor versions only add
// functions and property ids.
package abi
