package plugin

import (
	"fmt"
	"time"

	"github.com/tetratelabs/wazero/api"

	"github.com/mailweir/mailweir/sdk/abi"
)

// reportFuncs read plans, reports and the parts of messages.
var reportFuncs = map[string]api.GoModuleFunc{
	"report_read": returns32(reportRead),
	"part_u64":    returns64(partU64),
	"part_str":    returns32(partStr),
	"retry_after": returns32(retryAfter),
}

// report_read (offset, dst, cap)
func reportRead(c *call, m api.Module, a []uint64) int32 {
	off, dst := int64(a[0]), mustRead(m, uint32(a[1]), uint32(a[2]))
	if c.q == nil || !c.q.aboutRun() {
		return abi.ReadNotPermitted
	}
	if off < 0 {
		return abi.ReadBadArgument
	}
	report := c.q.occasion.report
	n := copy(dst, report[min(off, int64(len(report))):])
	c.fuel.read(n)
	return int32(n)
}

// maxRetryAfter is a year: what is longer is a mistake in units.
const maxRetryAfter = 365 * 24 * time.Hour

// retry_after (milliseconds)
func retryAfter(c *call, _ api.Module, a []uint64) int32 {
	ms := int64(a[0])
	if !c.may("retry_after") {
		return c.forbid("another time")
	}
	if ms < 0 || ms > maxRetryAfter.Milliseconds() {
		return c.refuse(fmt.Errorf("a wait of %d milliseconds", ms))
	}
	c.staged.retryAfter = time.Duration(ms) * time.Millisecond
	return 0
}

// part_u64 (part, id)
func partU64(c *call, _ api.Module, a []uint64) int64 {
	p, code := c.part(int32(a[0]))
	if code != 0 {
		return int64(code)
	}
	switch int32(a[1]) {
	case abi.PartSize:
		return c.partSize(p)
	case abi.PartDepth:
		return int64(p.depth)
	case abi.PartLeaf:
		return bit(p.leaf)
	}
	return int64(abi.ReadBadArgument)
}

// part_str (part, id, dst, cap)
func partStr(c *call, m api.Module, a []uint64) int32 {
	p, code := c.part(int32(a[0]))
	if code != 0 {
		return code
	}
	var value string
	switch int32(a[1]) {
	case abi.PartType:
		value = p.mediaType
	case abi.PartCharset:
		value = p.charset
	case abi.PartFilename:
		value = p.filename
	case abi.PartDisposition:
		value = p.disposition
	default:
		return abi.ReadBadArgument
	}
	if value == "" {
		return abi.ReadAbsent
	}
	return answer(m, value, uint32(a[2]), uint32(a[3]))
}

// part finds a part of the message, or the read code for what keeps it from being
// looked at.
func (c *call) part(n int32) (*part, int32) {
	if !c.seesBody() {
		return nil, abi.ReadNotPermitted
	}
	c.sawContent = true
	list := c.parts().list
	switch {
	case n < 0:
		return nil, abi.ReadBadArgument
	case int(n) >= len(list):
		return nil, abi.ReadAbsent
	}
	return list[n], 0
}
