// Package host is the service: everything that runs on the operator's machine.
// The package itself holds no code. Its documentation is the map of the house,
// and its test keeps the arrows of that map pointing one way.
//
// # Rooms
//
//	task/               nouns: Account, Task, Source, Schedule, Run, Progress, Report, Outcome
//	access/             nouns: User, Role, Actor, Token, Login, Event; the table of who may do what
//	mail/               nouns: Folder, Message, Flag, UID; contracts Source, Target; errors
//	  imap/             IMAP4rev1 and IMAP4rev2 accounts: dial, TLS, login, folders, messages
//	    wire/           our own wire code, below every parser: limits, FETCH, APPEND
//	  maildir/          Maildir++ trees on any afero.Fs
//	  mailtest/         the conformance suite that every mail store passes; private Dovecot, Cyrus, Courier, slapd
//	    faulty/         an IMAP proxy that lets a conversation go wrong at a chosen step
//	copier/             the engine, one file per stage: plan, diff, transfer, record, remove, report
//	plugin/             loads, limits and calls WebAssembly hooks
//	  meter/            makes a module count what it computes, so that it can be limited
//	  signature/        says who made a plugin's file
//	  plugintest/       for tests: compiled plugins are kept from one to the next
//	  door/             requests, connections and mail of plugins, each only where it was granted
//	secret/             seals credentials at rest
//	sheet/              tables that people make with spreadsheets: CSV in any encoding
//	provider/           a table of mail providers: servers, logins, limits, hints
//	oauth/              gets access tokens from authorization servers
//	  oauthtest/        for tests: an authorization server in memory
//	discover/           finds the mail server of an address
//	bulk/               reads tasks from a table
//	directory/          who has a mailbox: LDAP and Active Directory, CSV, a list
//	store/              tasks, runs and the ledger in one database, SQLite or PostgreSQL
//	  storetest/        a private PostgreSQL for tests
//	jobs/               when runs happen, and on which node
//	app/                wiring: the only room that knows all the others
//	  demo/             three mail accounts in memory, full of sample mail
//	  kit/              for who writes a plugin: scaffold, build, cases, figures, inspection
//	  registry/         keeps plugins in registries (OCI)
//	cmd/mailweir/       main; one file per verb
//	bench/              times whole copies beside a bare relay, mbsync and doveadm
//	daemon/             for tests: private rspamd and clamd, and a browser
//	faults/             tests alone: copies are broken at every step, nothing is lost or doubled
//
// Beside host live web (pages and SSE; in web/api the JSON API, without a word of HTML), sdk (what the author of a plugin
// imports; sdk/abi is the contract), plugins (those that are shipped) and
// examples (each runs).
//
// # Arrows
//
//	cmd -> app -> {web, jobs, store, plugin, copier, mail/*} -> {copier, mail, access, task, sdk/abi}
//
// Nothing points back up. The engine (copier) knows mail stores, hooks and its
// own memory by small interfaces, and imports no WebAssembly, no SQL, no web and
// no file system. The pages (web) see access, task and sdk/abi and say in an interface
// of their own what they need of the running program. A new mail store, a new
// hook or a new page therefore touches one room and one line in app. The test
// beside this file reads the import graph and fails on any other arrow.
//
// # The way of a message
//
//		task -> plan -> diff -> fetch -> filter -> append -> record -> remove -> report
//
//	 1. A run starts: by hand, by its schedule (jobs) or as "mailweir copy".
//	    app opens the accounts, builds the chain of hooks and hands both to copier.
//	 2. plan: both sides list their folders at once, hooks say where each goes.
//	 3. diff: the ledger says which messages are new and whose flags changed.
//	 4. fetch: windows of messages arrive from the source; nothing there changes.
//	 5. filter: hooks pass, skip or defer each message.
//	 6. append: batches leave for the destination, large messages as a stream.
//	 7. record: the ledger knew of each batch before its first byte left, and
//	    learns the destination's UIDs when the answer is here.
//	 8. remove: off unless asked for. A message or its copy is deleted, only when the
//	    other one is certain, and within a limit.
//	 9. report: source = copied + present + skipped + held + failed, per folder.
//	10. outbox: beside 4 to 8, plugins that want to be told of copied messages are:
//	    the delivery was written with the record.
//
// Progress leaves the engine by one callback, becomes rows (store), reaches
// viewers (jobs, web) or a bar on the terminal (cmd), and is never read back.
//
// # Words
//
//	Account   one mail account somewhere: a URL and its credentials
//	Stored account  an account that tasks refer to instead of saying it themselves
//	Consent   what lets us get access tokens of OAuth for a stored account, until it is revoked or expires
//	Local domain    a domain whose mailboxes one credential opens
//	Provider  who runs mail accounts for others, or the software of a mail server
//	Directory who has a mailbox: users with an address, a name and groups
//	Rule      gives every user of a group a task
//	Batch     the tasks that were imported at once
//	Draft     a table that somebody looks through and mends before it becomes a batch
//	Sketch    a task that somebody makes step by step, before it is saved
//	Link      lets somebody without an account give the passwords of a task, once, and see how its copy goes
//	Waits     is said of a task of which nobody has given a password yet; nothing starts it
//	Task      what to copy: one destination, one or more named sources, hooks, schedule
//	Schedule  when runs start by themselves: an interval or a cron line, zone, window, jitter
//	Window    the part of a week in which a schedule may start runs
//	Agenda    what has become of a schedule: when the next run is due, what was skipped
//	User      somebody who can log in, with a role; the owner of tasks
//	Actor     who does something: a user with a login or a token
//	Token     lets a program act for a user, within its scopes
//	Login     a user's stay in one browser; pages call it a session
//	Event     a line of the audit trail: who did what to which object, and when
//	Bound     of a task: kept to public mail servers, because its owner is no admin
//	Pause     who keeps a schedule from starting runs, or a run from going on, and since when
//	Deletion  tasks that were deleted at once; for a while they can be restored
//	Await     what a run waits for that only a person can do, and how they do it
//	Run       one execution of a task; it ends with a Report and an Outcome
//	Options   of a run: what it was started with, where each came from, and its hooks with digests
//	Comparison  of two runs of a task: options, hooks, folders and troubles that differ
//	Node      a process that executes runs; several may share one database
//	Lease     what makes a run a node's own: while the node is heard of
//	Epoch     grows each time a run goes back to the queue; whoever has an older one is fenced
//	Ticket    a run and its epoch
//	Fenced    not allowed to write for a run any more, because another node has it
//	Pace      how many bytes and messages a second a run may download; it can be changed while it lasts
//	Position  of a queued run: how many come before it, and what it waits for
//	Trail     how fast a run has gone, from its beginning on
//	Standing  how a task stands, by its latest run; the store keeps it with the task
//	Undone    folders of which a run held messages back or failed at some, or did not get through; a retry looks only at these
//	Limits    how many runs are at work at a time: in all, per host, per account
//	Folder    what RFC 9051 calls a mailbox; Name is UTF-8 with "/", Raw the server's spelling
//	Message   one mail
//	Plan      the pairs of folders and what will happen in each
//	Override  where a person has put one folder of a task by hand; it wins over hooks
//	Preflight a plan with what both accounts are like, and what may go wrong
//	Finding   one thing that a preflight tells: fine, a note, or what stops a run
//	Collision several folders that become one, or that a server may take for one
//	Approved plan   binds the runs of its task until one has carried it out
//	Hook      a point where a plugin is asked
//	Verdict   a filter's answer: pass, skip or defer
//	Ask       what a plugin's manifest wants to be granted, and why
//	Grant     what a plugin may do beside answering, as who runs it has said
//	Door      a request or connection of a plugin to the outside
//	Relay     a mail server that takes mail of plugins
//	Secret    a value that the host fills in for a plugin, which never sees it
//	Memory    what a plugin remembers from run to run, in one task or copy
//	Case      a question to a plugin, and the answer that its author expects
//	Outbox    the part of the ledger that says which plugins are still to be told of what
//	Delivery  a copied message that one plugin, its recipient, is to be told of
//	Untold    copied, and its recipient could not be told in many attempts
//	Kept      copied, but not deleted as was asked for
//	Held      not copied because a hook failed, deferred or may not merge; tried again next run
//	Ledger    the durable memory of what was copied, by UIDVALIDITY and UID
//	Moved     deleted at the source by us, or about to be: its copy stays
//	Missing   not listed by the source any more, since a certain time
//	Victim    a message of which one of the two copies is to be deleted
//	Intent    a ledger row written before an append, so that a crash leaves a trace
//	Channel   where somebody is told what becomes of tasks: mail or a webhook
//	Notice    one thing that a channel tells
//	Trouble   a cause of what went wrong, with what a person can do about it
//	Status    where a run stands, in one word: its state, and then what its outcome means
//	Report    what happened, per folder, with sums that add up
//	Outcome   how a run ended; it decides the exit status
package host
