package plugin

import (
	"errors"
	"fmt"

	"github.com/tetratelabs/wazero/api"

	"github.com/mailweir/mailweir/sdk/abi"
)

// rewriteFuncs change the message itself, and what makes it the same as another.
var rewriteFuncs = map[string]api.GoModuleFunc{
	"header_put": returns32(headerPut),
	"out_write":  returns32(outWrite),
	"set_key":    returns32(setKey),
}

// header_put (op, name, name_len, value, value_len)
func headerPut(c *call, m api.Module, a []uint64) int32 {
	name := mustRead(m, uint32(a[1]), uint32(a[2]))
	value := mustRead(m, uint32(a[3]), uint32(a[4]))
	if !c.may("header_put") {
		return c.forbid("other header fields")
	}
	if c.staged.headerBytes += len(name) + len(value); c.staged.headerBytes > abi.MaxHeader {
		return c.refuse(fmt.Errorf("header fields of more than %d bytes", abi.MaxHeader))
	}
	ch, err := newFieldChange(int32(a[0]), string(name), string(value))
	if err != nil {
		return c.refuse(err)
	}
	c.staged.fields = append(c.staged.fields, ch)
	return 0
}

// out_write (data, data_len)
func outWrite(c *call, m api.Module, a []uint64) int32 {
	data := mustRead(m, uint32(a[0]), uint32(a[1]))
	if !c.may("out_write") {
		return c.forbid("a new message")
	}
	if c.staged.draft == nil {
		c.staged.draft = c.q.newDraft()
	}
	if c.refused != nil {
		return abi.ReadBadArgument // of a message with a fault nothing more is kept
	}
	err := c.staged.draft.add(data)
	var own *draftError
	switch {
	case errors.As(err, &own):
		return c.refuse(own)
	case err != nil:
		panic(&fault{err: err})
	}
	return 0
}

// set_key (key, key_len)
func setKey(c *call, m api.Module, a []uint64) int32 {
	key := mustRead(m, uint32(a[0]), uint32(a[1]))
	if !c.may("set_key") {
		return c.forbid("a key")
	}
	if len(key) > abi.MaxKey {
		return c.refuse(fmt.Errorf("a key of more than %d bytes", abi.MaxKey))
	}
	c.staged.key, c.staged.rekey = string(key), true
	return 0
}
