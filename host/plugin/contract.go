package plugin

import (
	"slices"

	"github.com/mailweir/mailweir/sdk/abi"
)

// contracts are the lines of abi.HookTable by the name of the hook.
var contracts = func() map[string]*abi.HookInfo {
	out := make(map[string]*abi.HookInfo, len(abi.HookTable))
	for i := range abi.HookTable {
		out[abi.HookTable[i].Name] = &abi.HookTable[i]
	}
	return out
}()

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
