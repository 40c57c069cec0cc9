// Package jobs decides when runs happen, executes them and lets others watch. What
// the service as a whole answers to, and its figures, are in README.md.
//
// The truth is in the store's tables: which tasks are due, which runs are queued,
// which one is running. River only carries tickets to workers, and all of its
// rows are disposable. The way of a run:
//
//  1. RunNow, or the tick when a task is due, queues a run in the store and
//     inserts its ticket (run, epoch) into River's queue "copy". If that fails,
//     or the process ends in between, a later tick inserts it again; a ticket
//     that is waiting already is not inserted twice.
//  2. A worker with a ticket claims the run whose turn it is, which the store
//     decides: within the limits, and so that nobody who has many runs keeps the
//     others waiting. One claim of a run succeeds. As there are at least as many
//     tickets as runs that wait, it does not matter which ticket it was.
//  3. The worker executes the run. Its progress is kept in memory, shown to
//     those who watch a few times a second, and stored every other second.
//  4. The run ends with its report. If it was interrupted because the service
//     stops, or because its slice of time is over, it goes back to the queue
//     with a new epoch and so with a new ticket. If somebody asked it to pause, it
//     stays in the store alone, without a ticket, until somebody resumes it.
//  5. A run that a schedule has started, and that a person has to do something for,
//     does not end either: it waits, in the store alone, and says what for. When
//     that is done, it goes back to the queue.
//
// What is due is a question of task.Schedule and of one clock. A time that was
// missed is made up for once; one that comes while the run before is not over is
// skipped and counted; a run of a schedule that waited for a worker for longer
// than its window is open does not start. When the clock was put back, what was
// planned ahead of it is planned again.
//
// The tick is one periodic River job in a queue of its own ("control"), so that
// long copies can not keep it waiting.
//
// # Nodes
//
// Each process is a node. Several may work on one PostgreSQL database:
//
//  1. A node says every few seconds that it lives (Config.Beat). All nodes put the
//     runs of one that was not heard of for Config.Lease back into the queue, with
//     a new epoch.
//  2. Whatever a node writes for a run - ledger, progress, log, end - is checked
//     against the run's node and epoch in the same transaction. A node that was
//     frozen and wakes up is refused (store.ErrFenced).
//  3. A node that could not say that it lives for two thirds of a lease gives up
//     its runs before others may take them. Holds tells so before each word to a
//     mail server, which no database can fence.
//  4. A request to stop a run is a mark in the store, which its node looks for
//     every second. Those who watch a run of another node see what the store has,
//     every second, too.
//
// The clocks of nodes should agree within a minute, as those of servers do; leases
// are by the clock of the database.
//
// On SQLite there is one process for a data directory, which the caller makes sure
// of: all runs that it finds running as it starts go on at once.
package jobs
