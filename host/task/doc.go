// Package task holds the nouns of the service: what is copied ([Task], [Source],
// [Account]), how it goes ([Run], [Progress]) and what came of it ([Report],
// [Outcome]). It imports the standard library only and does no I/O.
package task
