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
