package plugin

import (
	"fmt"

	"github.com/tetratelabs/wazero/api"

	"github.com/mailweir/mailweir/sdk/abi"
)

// refuse remembers an effect that can not be: the call fails even if the guest
// goes on as if nothing had happened.
func (c *call) refuse(err error) int32 {
	if c.refused == nil {
		c.refused = fmt.Errorf("it asked for %w", err)
	}
	return abi.ReadBadArgument
}

// forbid answers an effect that has no place in this hook.
func (c *call) forbid(what string) int32 {
	if c.refused == nil {
		c.refused = fmt.Errorf("it asked for %s where that is not possible", what)
	}
	return abi.ReadNotPermitted
}

// set_folder (name, name_len)
func setFolder(c *call, m api.Module, a []uint64) int32 {
	// Longer names are refused by their length, without a copy of them.
	raw := mustRead(m, uint32(a[0]), uint32(a[1]))
	if !c.may("set_folder") {
		return c.forbid("another folder")
	}
	name, err := folderName(string(raw[:min(len(raw), abi.MaxFolderName+1)]))
	if err != nil {
		return c.refuse(err)
	}
	c.staged.folder = name
	return 0
}

// maxFlagList is the longest list of flags in bytes.
const maxFlagList = 64 << 10

// flags (op, flags, flags_len)
func setFlags(c *call, m api.Module, a []uint64) int32 {
	list := mustRead(m, uint32(a[1]), uint32(a[2]))
	if !c.may("flags") {
		return c.forbid("other flags")
	}
	if len(list) > maxFlagList {
		return c.refuse(fmt.Errorf("flags of more than %d bytes", maxFlagList))
	}
	have := c.q.flags
	if c.staged.reflag {
		have = c.staged.flags
	}
	flags, err := changeFlags(have, int32(a[0]), string(list))
	if err != nil {
		return c.refuse(err)
	}
	c.staged.flags, c.staged.reflag = flags, true
	return 0
}

// set_date (unix_seconds, zone_minutes)
func setDate(c *call, _ api.Module, a []uint64) int32 {
	if !c.may("set_date") {
		return c.forbid("another date")
	}
	date, err := internalDate(int64(a[0]), int32(a[1]))
	if err != nil {
		return c.refuse(err)
	}
	c.staged.date = date
	return 0
}

// note (text, text_len)
func setNote(c *call, m api.Module, a []uint64) int32 {
	text := mustRead(m, uint32(a[0]), uint32(a[1]))
	if c.q == nil {
		return c.forbid("a note")
	}
	c.staged.note = tidyText(text, abi.MaxNote)
	return 0
}
