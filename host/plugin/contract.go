package plugin

import (
	"slices"

	"github.com/mailweir/mailweir/sdk/abi"
)

// A contract is a line of abi.HookTable.
type contract struct {
	abi.HookInfo
	index int // in abi.Hooks
}

// bit is the hook's in abi.PropHooks.
func (c *contract) bit() int64 { return 1 << c.index }

// contracts are the lines of abi.HookTable by the name of the hook.
var contracts = func() map[string]*contract {
	out := make(map[string]*contract, len(abi.HookTable))
	for i, info := range abi.HookTable {
		out[info.Name] = &contract{info, i}
	}
	return out
}()

// What is asked for each message is not looked up each time.
var filterEnvelope, filterMessage = contracts[abi.HookFilterEnvelope], contracts[abi.HookFilterMessage]

// may reports whether the hook that is being asked may use an import that changes
// something.
func (c *call) may(effect string) bool {
	return c.q != nil && c.q.contract != nil && slices.Contains(c.q.contract.Effects, effect)
}

// results names what the results of a hook mean, for people.
var results = map[int32]string{
	abi.ResultNoOpinion: "no opinion", abi.ResultAccept: "accept", abi.ResultSkip: "skip", abi.ResultDefer: "defer",
	abi.ResultCopy: "copy", abi.ResultReplace: "replace", abi.ResultStop: "stop",
}
