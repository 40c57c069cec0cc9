// Package plugin loads WebAssembly plugins, limits them, pools them and asks them
// what the engine wants to know: a [Chain] implements copier.Hooks.
//
//  1. [Host] is one WebAssembly run time (wazero) for the whole process, with the
//     functions of mailweir_v1 and a small part of WASI.
//  2. [Host.Load] looks at a file from the outside - size, magic, imports,
//     exports, manifest - before anything of it is compiled or run, and names the
//     first fault in one sentence.
//     [Host.LoadScript] does the same for a script together with its engine.
//  3. [Host.Chain] binds modules to configurations, and starts one instance of
//     each, so that a plugin that can not start is known before a run begins.
//     Chains of the same file share its compiled code, which is given back when the
//     last of them, and the last [Module], is closed. An upgrade is another file: who
//     loads it gets new code, and chains that are under way end with the old one.
//  4. A question of the engine goes through the chain in order. Each binding has a
//     pool of instances that is bounded and grows on demand. One goroutine at a
//     time uses an instance.
//
// A question can be about a message (header.go, parts.go), or about a run and what came
// of it (chain_report.go); occasion.go holds what else is known then.
//
// # What a plugin can not do
//
// Everything it hands over is checked, see abi. It has no files, no environment, and
// no network but for the doors that it was granted ([Access], package door).
// An instance that traps, exits, or reaches a limit is thrown away,
// and its staged effects with it; the question is put once more to a fresh
// instance, and if that fails too, the error goes to the engine, which holds the
// message. So a plugin can neither lose a message nor end the service. A binding may
// also have failures ignored, or end the run; and a run ends when its plugin fails
// again and again, see policy.
//
// A file is bounded before it is compiled - size, functions, how winding each of them
// is (see package meter) - and its compilation by time, so that a small file can not
// keep the service busy, or take its memory. One module is compiled at a time.
//
// What a hook may return and change is its line of abi.HookTable; anything else makes the
// call a failure. A changed header field is spelled by the host, and what a hook does not
// name stays byte for byte: the rest of the message is not copied, but read from where
// it is when it is sent. A whole new message is checked while it is written, and goes to
// a temporary file when it is long.
//
// Limits per call are ticks, time, memory of the instance, calls into the host, and
// output.
//
// A tick is a function entered, a loop turned, 64 instructions on a straight way or
// 16 bytes filled or copied: package meter writes the counting into each module
// before it is compiled. The count does not depend on the machine or its load, so a
// plugin that has passed its tests does not hold mail on a bad day. A question that
// used up its ticks is not put again: a fresh instance would most likely use them
// up as well. It is asked in the next run.
//
// Ticks are handed out in small slices. Between two of them the guest is in the
// host, which looks whether the run still waits for it and whether its time is over,
// and where Go's garbage collector can stop it: machine code can not be stopped, and
// while one guest runs on, the whole process would wait. Waiting costs no ticks, so
// time has a limit of its own.
//
// The depth of calls has a limit because the machine's stack grows outside of the
// guest's memory, see package meter. Tables have no limit in wazero; the loader
// writes one into the module, see clampTables.
package plugin
