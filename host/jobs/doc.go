// Package jobs decides when runs happen, executes them and lets others watch.
//
// The truth is in the store's tables: which tasks are due, which runs are queued,
// which one is running. River only carries tickets to workers, and all of its
// rows are disposable. The way of a run:
//
//  1. RunNow, or the tick when a task is due, queues a run in the store and
//     inserts its ticket (run, epoch) into River's queue "copy". If that fails,
//     or the process ends in between, a later tick inserts it again; a ticket
//     that is waiting already is not inserted twice.
//  2. A worker claims the run with its ticket. One claim succeeds; any other
//     worker with the same or an older ticket drops it.
//  3. The worker executes the run. Its progress is kept in memory, shown to
//     those who watch a few times a second, and stored every other second.
//  4. The run ends with its report. If it was interrupted because the service
//     stops, or because its slice of time is over, it goes back to the queue
//     with a new epoch and so with a new ticket.
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
// A process that was killed leaves runs that look running. The next one puts
// them back into the queue as it starts; this relies on there being one process
// for a data directory, which the caller makes sure of.
package jobs
