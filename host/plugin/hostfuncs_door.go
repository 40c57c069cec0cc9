package plugin

import "github.com/tetratelabs/wazero/api"

// doorFuncs reach outside: to durable memory and to other servers, with a grant.
var doorFuncs = map[string]api.GoModuleFunc{
	"kv_get":      returns32(notYet),
	"kv_put":      returns32(notYet),
	"kv_add":      returns64(func(*call, api.Module, []uint64) int64 { return int64(notYet(nil, nil, nil)) }),
	"kv_cas":      returns32(notYet),
	"http_open":   returns32(notYet),
	"http_status": returns32(notYet),
	"http_header": returns32(notYet),
	"tcp_open":    returns32(notYet),
	"door_write":  returns32(notYet),
	"door_read":   returns32(notYet),
	"door_close":  returnsNothing(func(*call, api.Module, []uint64) {}),
	"door_error":  returns32(notYet),
	"smtp_send":   returns32(notYet),
}
