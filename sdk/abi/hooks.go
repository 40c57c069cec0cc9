package abi

// HookInfo says when a hook is asked, what it may look at and what it may do.
type HookInfo struct {
	Name    string
	Doc     string   // when it is asked and what for, in one sentence
	Message bool     // it is about one message: the properties, flags and header fields of messages can be read
	Body    bool     // the message is here as a whole: body_read and the parts can be read
	Results []int32  // those that it may return, beside negative ones
	Effects []string // names of the imports that change something, beside note
	Since   int      // minor version that brought it
}

// HookTable describes the [Hooks], in their order. A result or an effect that is
// not listed here makes the call a failure.
var HookTable = []HookInfo{
	{
		Name: HookMapFolder, Doc: "Where does a folder go? Asked once per folder and run. Defer holds the folder.",
		Results: []int32{ResultNoOpinion, ResultAccept, ResultSkip, ResultDefer}, Effects: []string{"set_folder"},
	},
	{
		Name: HookFilterEnvelope, Doc: "What becomes of a message, by its envelope and, with needs headers, its header section? Asked before it is downloaded; about one below 1 MiB whose header section is needed, mostly when it arrives.", Message: true,
		Results: []int32{ResultNoOpinion, ResultAccept, ResultSkip, ResultDefer}, Effects: []string{"set_folder", "flags", "set_date"},
	},
	{
		Name: HookFilterMessage, Doc: "What becomes of a message, now that it is here?", Message: true, Body: true,
		Results: []int32{ResultNoOpinion, ResultAccept, ResultSkip, ResultDefer}, Effects: []string{"set_folder", "flags", "set_date"},
	},
	{
		Name: HookMapFlags, Doc: "Which flags does the target get for these? Asked once per target folder and set of flags, for new messages and for later changes alike, so it must answer the same each time. Of the source it sees the flags alone.", Since: 1,
		Results: []int32{ResultNoOpinion, ResultAccept}, Effects: []string{"flags"},
	},
	{
		Name: HookRewriteMessage, Doc: "What is stored in place of the message? Asked after the filters, and again with PropAttempt when the target has refused it. The next plugin sees the new message. After a crash the same question is asked again, and wants the same answer.", Message: true, Body: true, Since: 1,
		Results: []int32{ResultNoOpinion, ResultAccept, ResultSkip, ResultDefer}, Effects: []string{"header_put", "out_write"},
	},
	{
		Name: HookMessageKey, Doc: "What makes two messages the same one? Asked where a task looks for what the target has already, for messages of both sides; the header section is here. A message with a key is the same as one with an equal key and no other.", Message: true, Since: 1,
		Results: []int32{ResultNoOpinion, ResultAccept}, Effects: []string{"set_key"},
	},
	{
		Name: HookOnConflict, Doc: "The target has the message already, but with another size, date, bytes or other flags: what then? Without an opinion it counts as present. Replace needs the task's permission; without it the message is held.", Message: true, Since: 1,
		Results: []int32{ResultNoOpinion, ResultAccept, ResultSkip, ResultDefer, ResultCopy, ResultReplace},
	},
	{
		Name: HookAfterMessage, Doc: "A message was copied. Asked at least once for each, after a crash too, until the hook returns 0, 1 or, not wanting this one, skip; PropOnceKey tells a repetition. What fails or is deferred is asked again in this or a later run, 12 times at most; the copy stands. needs says what is downloaded for it.", Message: true, Body: true, Since: 1,
		Results: []int32{ResultNoOpinion, ResultAccept, ResultSkip, ResultDefer}, Effects: []string{"retry_after"},
	},
	{
		Name: HookBeforeTask, Doc: "A run is about to copy; its plan can be read with report_read. Skip ends it as done, defer as to be tried again (exit status 4), as a failure does, stop as needing a person (5). A dry run asks too, and shows the answer.", Since: 1,
		Results: []int32{ResultNoOpinion, ResultAccept, ResultSkip, ResultDefer, ResultStop},
	},
	{
		Name: HookAfterFolder, Doc: "A folder is through, well or not; its part of the report can be read with report_read. A failure is a note in the report, and every plugin is asked.", Since: 1,
		Results: []int32{ResultNoOpinion, ResultAccept},
	},
	{
		Name: HookAfterTask, Doc: "A run has ended, well or not; its report can be read with report_read. A failure is a note in the report, and every plugin is asked. Dry runs do not ask.", Since: 1,
		Results: []int32{ResultNoOpinion, ResultAccept},
	},
	{
		Name: HookOnError, Doc: "Something failed and will not be tried again in this run: a message (PropUID is there, header section and body are not), a folder (PropFolder is) or the run. Skip leaves a message out from now on and a folder out of this run; defer holds them, and makes a run end as to be tried again; stop ends the run as needing a person. A failure is a note in the report.", Message: true, Since: 1,
		Results: []int32{ResultNoOpinion, ResultAccept, ResultSkip, ResultDefer, ResultStop},
	},
}
