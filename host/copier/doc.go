// Package copier is the engine: it carries messages from sources to a target,
// one file per stage, in the order in which a message passes them.
//
//  1. plan      both sides are listed at once, hooks are asked where each folder
//     goes, folders are paired; a dry run ends here.
//  2. diff      of each pair, what is new and whose flags changed, told by the
//     ledger; a pair whose status equals the ledger's costs nothing.
//  3. transfer  windows of messages are fetched, filtered, rewritten, gathered into
//     batches and appended; large messages are streamed with flat memory.
//  4. record    the ledger learns of each batch before its first byte leaves
//     (an intent) and again when its UIDs are known.
//  5. remove    only if [Removal] says so: messages whose other copy is certain are
//     deleted, at the source or at the target.
//  6. report    what happened, per folder, with sums that add up.
//
// Beside 3 to 5 the outbox is worked on: plugins are told of what was copied.
//
// Progress leaves by one callback and is never read back. The engine knows mail
// stores by the contracts of package mail, hooks by [Hooks] and its memory by
// [Ledger]; it imports no WebAssembly, no SQL, no web and no file system.
//
// # Files
//
//	copier.go    Config, Run: the flow of a run
//	run.go       accounts are opened, given up, closed
//	plan.go      folders are paired; naming.go proposes names, target.go knows the target's
//	dryrun.go    how much there is to do
//	lane.go      folders are spread over lanes and taken up again after a lost connection
//	pass.go      one folder from where the ledger stands to where the source stands
//	index.go     what the ledger knows of a folder, small in memory
//	diff.go      what is new, what changed
//	adopt.go     what is at the target already; match.go tells messages apart, likeness.go
//	             knows what they look like there
//	key.go       hooks say what is the same; conflict.go what becomes of what is not quite;
//	             replace.go replaces it
//	decide.go    envelope filters; arrival.go asks them about small messages that arrive
//	transfer.go  fetch: windows, filters, gathering; load.go, piece.go, crate.go memory; stream.go large messages
//	rewrite.go   what is stored in place of a message, and the ladder when it is refused
//	batch.go     send and settle: intents, answers; refused.go what was refused
//	uids.go      UIDs that the target did not tell
//	flags.go     flags are carried, three-way; flagmap.go as hooks want them
//	record.go    what the ledger is told; away.go of messages that are missing or moved
//	post.go      deliveries are stored with what the ledger is told; outbox.go what they are
//	messenger.go recipients are told; letters.go reads the messages for them
//	runhooks.go  hooks about the run as a whole; trouble.go about what failed
//	removal.go   what may be deleted
//	remove.go    the stage that deletes: survey.go finds what, brake.go stops, readback.go
//	             and distinct.go prove, clearsource.go and cleartarget.go delete;
//	             deletions.go foresees
//	report.go, progress.go, outcome.go
//	verify.go    both sides are compared message by message; verifysent.go rewritten ones
//
// # What holds
//
// A message is known by (source, folder, UIDVALIDITY, UID). Once it is at the
// target it is not copied again, also when its folder is mapped elsewhere later
// or when a person removes the copy; only when the whole target folder is gone or
// replaced are its messages looked for, and copied if they are not found.
//
// An append whose end is unknown is never repeated blindly. The folder is taken
// up again from the ledger, which has an intent for each message; the intents are
// looked up at the target first. The same search adopts mail that was there
// before the first run and survives a change of UIDVALIDITY on either side. It
// compares whole messages wherever headers leave a doubt: a message wrongly not
// found is doubled, one wrongly found would be lost.
//
// A message that a hook has rewritten is known at the target by what was sent: that is
// what the ledger has the size and the fingerprint of, from the intent on. It is
// looked up by that, read back by that, and may be deleted at the source by that.
//
// A message at the target is replaced only if Options.AllowReplace says so, and its
// intent stays open until the old one is deleted: see replace.go.
//
// Recipients are told of each copied message at least once: the delivery is in the
// ledger in the commit that says that the message was copied, and leaves it after
// the recipient has answered. Whatever becomes of it, the copy stands.
//
// A message is deleted at the source only after its copy was read back in the same
// run, and the ledger knows it as moved before the server is told: the copy of what
// was moved is never deleted because the message is gone. A copy is deleted only
// if a complete listing lacks its message, and only the one that the ledger names.
//
// Everything is restartable, so there is one way to deal with trouble in the
// middle of a folder: end the attempt and begin another one.
package copier
