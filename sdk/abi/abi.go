package abi

//go:generate go run ./gen -root ../..

// Module is the name of the import module that holds the functions of [Imports].
const Module = "mailweir_v1"

// Major and Minor are the version of the interface that this package describes.
const (
	Major = 1
	Minor = 1
)

// The names of exports that are no hooks.
const (
	ExportMemory     = "memory"
	ExportMinor      = "abi_minor"
	ExportInitialize = "_initialize"
	ExportInit       = "init"
	ExportCheck      = "check"
)

// The hooks, which are the names of the functions that a plugin exports for them.
// What each may see and do is in [HookTable].
const (
	HookMapFolder      = "map_folder"
	HookFilterEnvelope = "filter_envelope"
	HookFilterMessage  = "filter_message"
	HookMapFlags       = "map_flags"
	HookRewriteMessage = "rewrite_message"
	HookMessageKey     = "message_key"
	HookOnConflict     = "on_conflict"
	HookAfterMessage   = "after_message"
	HookBeforeTask     = "before_task"
	HookAfterFolder    = "after_folder"
	HookAfterTask      = "after_task"
	HookOnError        = "on_error"
)

// Hooks are the hooks of this version. The number of a hook in [PropHooks] is its
// place here.
var Hooks = []string{
	HookMapFolder, HookFilterEnvelope, HookFilterMessage,
	HookMapFlags, HookRewriteMessage, HookMessageKey, HookOnConflict,
	HookAfterMessage, HookBeforeTask, HookAfterFolder, HookAfterTask, HookOnError,
}

// What a hook returns. A negative result of init or check means the same; 0 is good,
// and a positive result of init is the set of hooks to ask, a part of [PropHooks].
// Which results a hook may give is in [HookTable].
const (
	ResultNoOpinion int32 = 0  // effects, if any, count; the next plugin is asked
	ResultAccept    int32 = 1  // effects count; the chain ends here
	ResultSkip      int32 = 2  // leave the folder or message out, on purpose
	ResultDefer     int32 = 3  // not now; ask again in the next run, or when retry_after says
	ResultCopy      int32 = 4  // on_conflict: copy it beside the one that is there
	ResultReplace   int32 = 5  // on_conflict: copy it, then delete the one that is there
	ResultStop      int32 = 6  // on_error, before_task: the run ends here and needs a person (exit status 5)
	ResultError     int32 = -1 // as any negative number: the plugin failed, fail() said why
)

// What a read call answers instead of a length.
const (
	ReadAbsent       int32 = -1 // there is no such value
	ReadNotPermitted int32 = -2 // not in this hook, or not asked for by the manifest's needs
	ReadBadArgument  int32 = -3
	ReadFailed       int32 = -4 // doors and kv: the other side could not be reached, or broke off, or there is no room; door_error says why
)

// Properties of prop_u64. Values are never negative; negative answers are read codes.
const (
	PropUID            int32 = 1  // messages: UID of the message at the source; in message_key at the side that PropSide says; absent in on_error for a folder or a run
	PropSize           int32 = 2  // messages: bytes, in rewrite_message as the plugins before left it, in after_message what body_read gives; without the body some servers only estimate it
	PropDate           int32 = 3  // messages: internal date in seconds since 0001-01-01T00:00:00Z (Unix time + DateEpoch); absent when unknown
	PropZone           int32 = 4  // messages: zone of that date in minutes east of UTC, plus ZoneBias
	PropFlags          int32 = 5  // messages, map_flags: the system flags as bits, Flag...
	PropKeywords       int32 = 6  // messages, map_flags: number of keywords, see PropKeyword
	PropHeaderCount    int32 = 7  // messages, with needs headers: number of header fields
	PropFolderMessages int32 = 8  // map_folder, messages: how many the source folder has; absent when unknown, and in after_message
	PropUIDValidity    int32 = 9  // map_folder, messages: of the source folder; absent when unknown
	PropSubscribed     int32 = 10 // map_folder, messages: 1 when the source folder is subscribed to; absent in after_message
	PropSelectable     int32 = 11 // map_folder, messages: 0 when the source folder only holds other folders
	PropHooks          int32 = 12 // in init too: bit i is set when the manifest names Hooks[i]

	// Since 1.1. "Messages" are the hooks about one message: the filters, rewrite_message,
	// message_key, on_conflict, after_message and, where one is at hand, on_error.
	PropDryRun            int32 = 13 // in init too: 1 when nothing will be changed anywhere: doors record what they would have sent
	PropAttempt           int32 = 14 // rewrite_message: how many versions the target refused; after_message: how often telling failed before; on_error: how often the message broke something in this run
	PropTargetUID         int32 = 15 // on_conflict, after_message: UID at the target; absent when unknown
	PropTargetUIDValidity int32 = 16 // on_conflict, after_message: of the target folder; absent when unknown
	PropTargetSize        int32 = 17 // on_conflict: bytes of the message that is there; after_message: bytes that were stored
	PropTargetDate        int32 = 18 // on_conflict: as PropDate, of the message that is there
	PropTargetZone        int32 = 19 // on_conflict: as PropZone
	PropTargetFlags       int32 = 20 // on_conflict: as PropFlags
	PropTargetKeywords    int32 = 21 // on_conflict: number of keywords, see PropTargetKeyword
	PropSide              int32 = 22 // message_key: 0 for a message of the source, 1 for one of the target
	PropParts             int32 = 23 // messages with needs body, the body being here: number of MIME parts, at most 1000; the first is the message itself
	PropKept              int32 = 24 // map_flags: number of flags that the target folder keeps, see PropKeptFlag; absent when it keeps all, or when that is not known, as in verify
)

// DateEpoch is [PropDate] of 1970-01-01T00:00:00Z; ZoneBias is [PropZone] of UTC.
const (
	DateEpoch int64 = 62_135_596_800
	ZoneBias  int64 = 1440
)

// Properties of prop_str. The index is 0 unless said otherwise.
const (
	PropSource  int32 = 1 // name of the source within the task; absent where a run is asked about; not in map_flags
	PropFolder  int32 = 2 // source folder, UTF-8 with "/" between the levels; absent where a run is asked about; not in map_flags
	PropTarget  int32 = 3 // folder that it would go to, as the plugins before left it; in map_flags, message_key and on_conflict the target folder; absent where a run is asked about
	PropUse     int32 = 4 // special use of the source folder (RFC 6154) without backslash; absent for an ordinary folder; not in map_flags
	PropKeyword int32 = 5 // messages, map_flags: keyword number index
	PropScript  int32 = 6 // in init and check only: the text that an engine is to run; absent when there is none

	// Since 1.1.
	PropTask          int32 = 7  // in init too: name of the task, or of the copy; absent where there is none
	PropRun           int32 = 8  // in init too: what identifies the run, the same in all its hooks; absent where there is none
	PropKeptFlag      int32 = 9  // map_flags: flag number index of those that the target folder keeps (PERMANENTFLAGS, RFC 9051 section 7.1); \* stands for any keyword
	PropTargetKeyword int32 = 10 // on_conflict: keyword number index of the message that is there
	PropStage         int32 = 11 // on_error: what failed: "list", "map", "fetch", "filter", "rewrite", "append", "record", "remove" or "hook"
	PropError         int32 = 12 // on_error: what the report will say; rewrite_message with PropAttempt > 0: what the target answered
	PropErrorKind     int32 = 13 // on_error: "auth", "quota", "refused", "lost", "timeout", "too big", "no folder", "plugin" or "other"
	PropOnceKey       int32 = 14 // after_message: the same text whenever this message is asked about again, and for no other
	PropHash          int32 = 15 // messages with needs body, the body being here: SHA-256 of all that body_read gives, in hexadecimal digits
)

// Properties of part_u64, numbers about one MIME part. Since 1.1.
const (
	PartSize  int32 = 1 // bytes as body_read gives them, transfer encoding undone
	PartDepth int32 = 2 // 0 for the top part, 1 for the parts in it; beyond 32 parts are not taken apart
	PartLeaf  int32 = 3 // 1 when it holds data, as a message/rfc822 does; 0 when it holds other parts: what body_read gives is all of them, encoded
)

// Properties of part_str, texts about one MIME part. Since 1.1.
const (
	PartType        int32 = 1 // media type in lower case, such as "text/plain"
	PartCharset     int32 = 2 // absent when not given
	PartFilename    int32 = 3 // decoded; absent when not given
	PartDisposition int32 = 4 // "inline", "attachment" or another word in lower case; absent when not given
)

// Bits of [PropFlags].
const (
	FlagSeen     int64 = 1
	FlagAnswered int64 = 2
	FlagFlagged  int64 = 4
	FlagDeleted  int64 = 8
	FlagDraft    int64 = 16
)

// Modes of header_get.
const (
	HeaderRaw     int32 = 0 // the field's body as it was sent, still folded, without the last line end
	HeaderDecoded int32 = 1 // unfolded, RFC 2047 decoded, valid UTF-8
)

// Operations of flags. The flags are separated by spaces.
const (
	FlagsAdd     int32 = 0
	FlagsRemove  int32 = 1
	FlagsReplace int32 = 2 // with no flags: clear
)

// Levels of log, those of log/slog.
const (
	LogDebug int32 = -4
	LogInfo  int32 = 0
	LogWarn  int32 = 4
	LogError int32 = 8
)

// PartWhole is the part of body_read that stands for the whole message (RFC 5322)
// with its header section.
const PartWhole int32 = -1

// Sizes that the host keeps to.
const (
	MaxFolderName = 1024 // bytes of a folder name in set_folder
	MaxNote       = 1024 // bytes of a note and of fail's text; the rest is cut off
	MaxLogLine    = 4096 // bytes of a log line; the rest is cut off

	MaxKey     = 512     // bytes of a key of kv_get and its like, and of set_key
	MaxValue   = 1 << 20 // bytes of a value of kv_put; all values and keys of a plugin together have a limit of the same size
	MaxRequest = 1 << 20 // bytes of the JSON of http_open, tcp_open and smtp_send

	MaxHeader      = 1 << 20 // bytes of a header section that header_put can change, and of all names and values in one call
	MaxGrowth      = 2       // a new message of out_write has at most this many times the size of the old one
	MaxGrowthExtra = 1 << 20 // and this many bytes more
)

// DryRunStatus is what http_status answers in a dry run, in which nothing is sent:
// "accepted", with an empty body and no header fields. Since 1.1.
const DryRunStatus = 202

// Operations of header_put. Since 1.1.
const (
	HeaderSet    int32 = 0 // replace the first field of this name, remove the others; add one on top when there is none
	HeaderAdd    int32 = 1 // add a field on top
	HeaderRemove int32 = 2 // remove all fields of this name; the value is not looked at
)
