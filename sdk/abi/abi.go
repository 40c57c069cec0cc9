package abi

// Module is the name of the import module that holds the functions of [Imports].
const Module = "mailweir_v1"

// Major and Minor are the version of the interface that this package describes.
const (
	Major = 1
	Minor = 0
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
const (
	HookMapFolder      = "map_folder"      // where does a folder go?
	HookFilterEnvelope = "filter_envelope" // what becomes of a message, before it is downloaded?
	HookFilterMessage  = "filter_message"  // what becomes of a message, now that it is here?
)

// Hooks are the hooks of this version. The number of a hook in [PropHooks] is its
// place here.
var Hooks = []string{HookMapFolder, HookFilterEnvelope, HookFilterMessage}

// What a hook returns. A negative result of init or check means the same; 0 is good,
// and a positive result of init is the set of hooks to ask, a part of [PropHooks].
const (
	ResultNoOpinion int32 = 0  // effects, if any, count; the next plugin is asked
	ResultAccept    int32 = 1  // effects count; the chain ends here
	ResultSkip      int32 = 2  // leave the folder or message out, on purpose
	ResultDefer     int32 = 3  // not now; ask again in the next run
	ResultError     int32 = -1 // as any negative number: the plugin failed, fail() said why
)

// What a read call answers instead of a length.
const (
	ReadAbsent       int32 = -1 // there is no such value
	ReadNotPermitted int32 = -2 // not in this hook, or not asked for by the manifest's needs
	ReadBadArgument  int32 = -3
)

// Properties of prop_u64. Values are never negative; negative answers are read codes.
const (
	PropUID            int32 = 1  // filters: UID of the message at the source
	PropSize           int32 = 2  // filters: bytes; in filter_envelope some servers only estimate it
	PropDate           int32 = 3  // filters: internal date in seconds since 0001-01-01T00:00:00Z (Unix time + DateEpoch); absent when unknown
	PropZone           int32 = 4  // filters: zone of that date in minutes east of UTC, plus ZoneBias
	PropFlags          int32 = 5  // filters: the system flags as bits, Flag...
	PropKeywords       int32 = 6  // filters: number of keywords, see PropKeyword
	PropHeaderCount    int32 = 7  // filters with needs headers: number of header fields
	PropFolderMessages int32 = 8  // messages in the source folder; absent when unknown
	PropUIDValidity    int32 = 9  // of the source folder; absent when unknown
	PropSubscribed     int32 = 10 // 1 when the source folder is subscribed to
	PropSelectable     int32 = 11 // 0 when the source folder only holds other folders
	PropHooks          int32 = 12 // in init too: bit i is set when the manifest names Hooks[i]
)

// DateEpoch is [PropDate] of 1970-01-01T00:00:00Z; ZoneBias is [PropZone] of UTC.
const (
	DateEpoch int64 = 62_135_596_800
	ZoneBias  int64 = 1440
)

// Properties of prop_str. The index is 0 unless said otherwise.
const (
	PropSource  int32 = 1 // name of the source within the task
	PropFolder  int32 = 2 // source folder, UTF-8 with "/" between the levels
	PropTarget  int32 = 3 // folder that it would go to, as the plugins before left it
	PropUse     int32 = 4 // special use of the source folder (RFC 6154) without backslash; absent for an ordinary folder
	PropKeyword int32 = 5 // filters: keyword number index
	PropScript  int32 = 6 // in init and check only: the text that an engine is to run; absent when there is none
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
)
