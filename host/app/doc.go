// Package app is the wiring: it turns settings into a running copy or a running
// service, and is the only room that knows all the others.
//
//   - [Copy], [Plan], [Verify] and [Check] are what the verbs of the command line
//     do; [Serve] is the service with its pages.
//   - data.go is the data directory and its locks, account.go opens accounts,
//     hooks.go loads plugins, execute.go runs the engine for a task.
//   - grants.go is what plugins are granted, keep.go their secrets and memory.
//   - service.go is what the pages see of all this (web.Service); users.go, logins.go
//     and totp.go what they see of users, and events.go what is noted of it.
//     [People] is the users for the command line.
//
// On disk a data directory looks like this:
//
//	mailweir.db    tasks, runs, users, the audit trail and the ledgers of all copies
//	secret.key     seals the stored passwords, unless the key comes from elsewhere
//	locks/         one file per copy under way, one for the service
//	plugins/       *.wasm files that tasks can name, besides those that are shipped
//	cache/         compiled plugins, unless [EnvPluginCache] names another place;
//	               may be deleted at any time
//	spool/         messages on their way through a filter; empty between runs
//
// # Errors
//
// What keeps a verb from starting matches [ErrUsage], [ErrData], [ErrRunning],
// [ErrPlugin], [ErrUser], [ErrListen], an error of package mail or one of package store.
// [OutcomeOf] says which outcome, and thus which exit status, that means.
package app
