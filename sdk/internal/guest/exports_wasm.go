package guest

import "github.com/mailweir/mailweir/sdk/abi"

// All hooks are exported whatever the plugin registers: an export can not depend
// on a call. The manifest says which of them the host calls, and Init compares.

//go:wasmexport abi_minor
func exportMinor() int32 { return abi.Minor }

//go:wasmexport init
func exportInit() int32 { return Init() }

//go:wasmexport map_folder
func exportMapFolder() int32 { return Call(abi.HookMapFolder) }

//go:wasmexport filter_envelope
func exportFilterEnvelope() int32 { return Call(abi.HookFilterEnvelope) }

//go:wasmexport filter_message
func exportFilterMessage() int32 { return Call(abi.HookFilterMessage) }

//go:wasmexport map_flags
func exportMapFlags() int32 { return Call(abi.HookMapFlags) }

//go:wasmexport rewrite_message
func exportRewriteMessage() int32 { return Call(abi.HookRewriteMessage) }

//go:wasmexport message_key
func exportMessageKey() int32 { return Call(abi.HookMessageKey) }

//go:wasmexport on_conflict
func exportOnConflict() int32 { return Call(abi.HookOnConflict) }

//go:wasmexport after_message
func exportAfterMessage() int32 { return Call(abi.HookAfterMessage) }

//go:wasmexport before_task
func exportBeforeTask() int32 { return Call(abi.HookBeforeTask) }

//go:wasmexport after_folder
func exportAfterFolder() int32 { return Call(abi.HookAfterFolder) }

//go:wasmexport after_task
func exportAfterTask() int32 { return Call(abi.HookAfterTask) }

//go:wasmexport on_error
func exportOnError() int32 { return Call(abi.HookOnError) }
