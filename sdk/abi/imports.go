package abi

// ValueType is a WebAssembly number type, spelled as in the binary format.
type ValueType byte

// The types that cross the border.
const (
	I32 ValueType = 0x7f
	I64 ValueType = 0x7e
)

// Import is a function that the host offers to plugins.
type Import struct {
	Name    string
	Params  []ValueType
	Results []ValueType
	Args    string // names of the parameters, for people
	Doc     string // one sentence
	Since   int    // minor version that brought it
}

// Imports are all functions of [Module]. The host registers exactly these, and
// the import declarations of every SDK are checked against them.
var Imports = []Import{
	{
		Name: "prop_u64", Params: []ValueType{I32}, Results: []ValueType{I64}, Args: "id",
		Doc: "A number about the folder or message at hand; a read code when negative.",
	},
	{
		Name: "prop_str", Params: []ValueType{I32, I32, I32, I32}, Results: []ValueType{I32}, Args: "id, index, dst, cap",
		Doc: "A text about the folder or message at hand, in UTF-8 (read call).",
	},
	{
		Name: "header_get", Params: []ValueType{I32, I32, I32, I32, I32, I32}, Results: []ValueType{I32}, Args: "name, name_len, index, mode, dst, cap",
		Doc: "The body of the header field with this name, in any letter case, counted from index 0 at the top (read call).",
	},
	{
		Name: "header_name", Params: []ValueType{I32, I32, I32}, Results: []ValueType{I32}, Args: "index, dst, cap",
		Doc: "The name of header field number index, counted over all fields (read call).",
	},
	{
		Name: "headers_raw", Params: []ValueType{I64, I32, I32}, Results: []ValueType{I32}, Args: "offset, dst, cap",
		Doc: "Bytes of the header section as it was sent (range read).",
	},
	{
		Name: "body_read", Params: []ValueType{I32, I64, I32, I32}, Results: []ValueType{I32}, Args: "part, offset, dst, cap",
		Doc: "Bytes of the message: part -1 is the whole of it, others are counted from 0 in the order of the message and come with their transfer encoding undone (range read).",
	},
	{
		Name: "set_folder", Params: []ValueType{I32, I32}, Results: []ValueType{I32}, Args: "name, name_len",
		Doc: "Stages another folder at the target, in UTF-8 with / between the levels; answers 0 or a read code.",
	},
	{
		Name: "flags", Params: []ValueType{I32, I32, I32}, Results: []ValueType{I32}, Args: "op, flags, flags_len",
		Doc: "Stages a change of the message's flags; answers 0 or a read code.",
	},
	{
		Name: "set_date", Params: []ValueType{I64, I32}, Results: []ValueType{I32}, Args: "unix_seconds, zone_minutes",
		Doc: "Stages another internal date; answers 0 or a read code.",
	},
	{
		Name: "note", Params: []ValueType{I32, I32}, Results: []ValueType{I32}, Args: "text, text_len",
		Doc: "Stages the reason that reports show; the last one counts; answers 0 or a read code.",
	},
	{
		Name: "config", Params: []ValueType{I32, I32, I32, I32}, Results: []ValueType{I32}, Args: "key, key_len, dst, cap",
		Doc: "The configuration as JSON, or with a key such as a.b that member: a string as its text, anything else as JSON (read call).",
	},
	{
		Name: "log", Params: []ValueType{I32, I32, I32}, Args: "level, text, text_len",
		Doc: "Writes a line to the run's log.",
	},
	{
		Name: "log_enabled", Params: []ValueType{I32}, Results: []ValueType{I32}, Args: "level",
		Doc: "1 when lines of this level go anywhere.",
	},
	{
		Name: "now_ms", Results: []ValueType{I64},
		Doc: "The time in milliseconds since 1970.",
	},
	{
		Name: "fail", Params: []ValueType{I32, I32}, Args: "text, text_len",
		Doc: "Says why the hook is about to return a negative number.",
	},

	// Rewriting, keys and times: what more a hook can change.
	{
		Name: "header_put", Params: []ValueType{I32, I32, I32, I32, I32}, Results: []ValueType{I32}, Args: "op, name, name_len, value, value_len", Since: 1,
		Doc: "rewrite_message: stages a change of the header section; the value is UTF-8, the host encodes and folds it, and everything else stays byte for byte; answers 0 or a read code.",
	},
	{
		Name: "out_write", Params: []ValueType{I32, I32}, Results: []ValueType{I32}, Args: "data, data_len", Since: 1,
		Doc: "rewrite_message: appends bytes to a whole new message (RFC 5322, CR LF line ends) that takes the place of this one; answers 0 or a read code.",
	},
	{
		Name: "set_key", Params: []ValueType{I32, I32}, Results: []ValueType{I32}, Args: "key, key_len", Since: 1,
		Doc: "message_key: what makes two messages the same one; an empty key leaves it to the host; answers 0 or a read code.",
	},
	{
		Name: "retry_after", Params: []ValueType{I64}, Results: []ValueType{I32}, Args: "milliseconds", Since: 1,
		Doc: "after_message, with the result defer: when to ask again at the earliest; without it the host waits longer each time; answers 0 or a read code.",
	},

	// Reading what runs and parts are.
	{
		Name: "report_read", Params: []ValueType{I64, I32, I32}, Results: []ValueType{I32}, Args: "offset, dst, cap", Since: 1,
		Doc: `before_task, after_folder, after_task: bytes of a JSON object (range read): {"type": "plan", "pairs": [], "notes": []}, the line "folder" of copy --json, or its line "report" with "folder_list" and "listed" beside.`,
	},
	{
		Name: "part_u64", Params: []ValueType{I32, I32}, Results: []ValueType{I64}, Args: "part, id", Since: 1,
		Doc: "A number about a MIME part, counted from 0 in the order of the message; a read code when negative.",
	},
	{
		Name: "part_str", Params: []ValueType{I32, I32, I32, I32}, Results: []ValueType{I32}, Args: "part, id, dst, cap", Since: 1,
		Doc: "A text about a MIME part, in UTF-8 (read call).",
	},

	// Durable memory, with the grant kv. It belongs to this plugin in this task, or copy
	// by name, and outlives upgrades of the plugin. A key is UTF-8 without NUL. Not while
	// the plugin starts.
	{
		Name: "kv_get", Params: []ValueType{I32, I32, I32, I32}, Results: []ValueType{I32}, Args: "key, key_len, dst, cap", Since: 1,
		Doc: "The value of a key in the plugin's memory, which is this task's alone (read call).",
	},
	{
		Name: "kv_put", Params: []ValueType{I32, I32, I32, I32}, Results: []ValueType{I32}, Args: "key, key_len, value, value_len", Since: 1,
		Doc: "Remembers a value at once, whatever the hook returns, and in a dry run until its end only; an empty one forgets the key; answers 0 or a read code.",
	},
	{
		Name: "kv_add", Params: []ValueType{I32, I32, I64}, Results: []ValueType{I64}, Args: "key, key_len, delta", Since: 1,
		Doc: "Adds to a number that is kept as a decimal text, 0 at first, and answers with the sum, never below 0 or above 2^62; a read code when negative, ReadBadArgument for a value that is no number.",
	},
	{
		Name: "kv_cas", Params: []ValueType{I32, I32, I32, I32, I32, I32}, Results: []ValueType{I32}, Args: "key, key_len, old, old_len, value, value_len", Since: 1,
		Doc: "Remembers a value if the key still has the old one, empty meaning none; answers 1 when it did, 0 when not, or a read code.",
	},

	// Doors to the outside, with the grants http, tcp and smtp. Not while the plugin
	// starts. What was sent stays sent, whatever the hook returns. In a dry run a request
	// is checked and written into the log, and nothing leaves.
	{
		Name: "http_open", Params: []ValueType{I32, I32}, Results: []ValueType{I32}, Args: "request, request_len", Since: 1,
		Doc: `Begins a request, {"method", "url", "headers": {}, "body": "none", "written" or "message", "timeout_ms"}; the body "message" is the message at hand, sent by the host, and takes the grant body; {{secret:NAME}} in a header is filled in by the host, and {{hmac-sha256:NAME}} with the HMAC-SHA256 of the body under that secret, in hexadecimal digits, for which at most 1 MiB of a written body is kept; in after_message the host adds an Idempotency-Key; redirects are followed within the grants; answers a door, or a read code.`,
	},
	{
		Name: "http_status", Params: []ValueType{I32}, Results: []ValueType{I32}, Args: "door", Since: 1,
		Doc: "Ends the request's body, waits for the answer and gives its status code, in a dry run 202; a read code when negative.",
	},
	{
		Name: "http_header", Params: []ValueType{I32, I32, I32, I32, I32}, Results: []ValueType{I32}, Args: "door, name, name_len, dst, cap", Since: 1,
		Doc: "The first field with this name of the answer's header section, after http_status (read call).",
	},
	{
		Name: "tcp_open", Params: []ValueType{I32, I32}, Results: []ValueType{I32}, Args: "request, request_len", Since: 1,
		Doc: `Connects, {"address": "host:port", "tls": false, "timeout_ms"}; answers a door, or a read code. In a dry run the door takes what is written and is at its end.`,
	},
	{
		Name: "door_write", Params: []ValueType{I32, I32, I32}, Results: []ValueType{I32}, Args: "door, data, data_len", Since: 1,
		Doc: "Sends bytes: of a request's body, or over a connection; answers 0 or a read code.",
	},
	{
		Name: "door_read", Params: []ValueType{I32, I32, I32}, Results: []ValueType{I32}, Args: "door, dst, cap", Since: 1,
		Doc: "Waits for bytes of the answer's body (after http_status), or from a connection; answers their number, 0 at the end, or a read code.",
	},
	{
		Name: "door_close", Params: []ValueType{I32}, Args: "door", Since: 1,
		Doc: "Closes a door; the host closes those that a hook leaves open.",
	},
	{
		Name: "door_error", Params: []ValueType{I32, I32}, Results: []ValueType{I32}, Args: "dst, cap", Since: 1,
		Doc: "Why the last function of doors or kv answered with a negative number (read call).",
	},
	{
		Name: "smtp_send", Params: []ValueType{I32, I32}, Results: []ValueType{I32}, Args: "request, request_len", Since: 1,
		Doc: `Sends mail through a granted relay, {"relay", "from", "to": [], "headers": {}, "body": "message", "attached" or "text", "text", "timeout_ms"}; "message" is the message at hand as it is, "attached" carries it as message/rfc822 below the text, or as a file in Base64 where SMTP could not carry it unaltered (LF or CR alone, NUL, lines of more than 998 bytes), and both take the grant body; answers 0 when the relay has taken it for all recipients, or a read code.`,
	},
}
