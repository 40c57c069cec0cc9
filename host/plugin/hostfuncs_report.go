package plugin

import "github.com/tetratelabs/wazero/api"

// reportFuncs read plans, reports and the parts of messages.
var reportFuncs = map[string]api.GoModuleFunc{
	"report_read": returns32(notYet),
	"part_u64":    returns64(func(*call, api.Module, []uint64) int64 { return int64(notYet(nil, nil, nil)) }),
	"part_str":    returns32(notYet),
	"retry_after": returns32(notYet),
}
