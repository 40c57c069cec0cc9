// Package meter rewrites a WebAssembly module so that it counts what it spends:
// whoever runs it decides how long its loops turn and how deep its calls go.
//
// The rewritten module does what it did before, and besides
//
//   - takes a tick from a global at each entry of a function, at each turn of a
//     loop, and wherever a path has run over 64 instructions since the last one, so
//     that a tick stands for a bounded amount of work whatever the code looks like;
//   - pays for instructions that work on a length in proportion to it: one tick for
//     16 bytes of memory.fill, memory.copy and memory.init or for an element of
//     table.fill, table.copy and table.init, before they run; and for what
//     memory.grow and table.grow have added, after it;
//   - pays for each call of an imported function;
//   - asks the host for more ticks when the global is below zero;
//   - adds up the estimated size of the frames on the machine's stack, which no
//     limit of memory covers, and tells the host when they are too many.
//
// # What is added
//
// Two imports, which the host implements under the name in [Options]:
//
//	more(fuel i64) -> i64   fuel is what the global holds, a debt below zero. The
//	                        result replaces it and must not be below zero. It is the
//	                        place to look at a clock, and where Go's garbage
//	                        collector can stop a guest that never calls the host: so
//	                        a host hands out ticks in small slices.
//	deep()                  the stack is full. Must not return; the guest traps if it
//	                        does.
//
// One export, a mutable global of type i64 with the name that [Options.Fuel]
// returns. It begins at 0, so that a start function asks for its first tick.
//
// A host ends the guest by a panic in more or deep. An instance that trapped must
// not be used again: its frames stay counted.
//
// # How
//
// Imports come first among the functions, so the two new ones move all functions
// of the module by two; every place that names a function is rewritten. An import
// is replaced, wherever it is named, by a new function that pays and calls it.
//
// Functions that call others are wrapped in a block of their result type, behind
// which the frame is taken off again:
//
//	tick; frames += n; if frames > limit { deep() }
//	block
//	  ...                 return has become a branch to the end of this block
//	end
//	frames -= n
//
// A branch to the label of a function ends it just as return does. The block takes
// the place of that label, so these branches are right as they stand.
//
// The rewriter is strict: what it does not understand completely - an instruction
// outside of WebAssembly 2.0, a number in too many bytes, a section at the wrong
// place - is an error that names it. It does not check types, which is the
// compiler's part: from a module that is not valid it makes another one that is not
// valid. Indices that would reach into what has been added are refused here.
//
// [Outline] is the other rewriting: a module without what its functions do, for whoever has
// the compiled code of them.
package meter
