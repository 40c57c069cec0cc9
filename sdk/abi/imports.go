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
		Doc: "Bytes of the message; part is -1, the whole of it (range read).",
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
}
