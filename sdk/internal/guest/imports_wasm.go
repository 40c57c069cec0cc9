package guest

import "unsafe"

// The functions of abi.Imports. A string is passed as pointer and length. A test
// compares these declarations with the table.

//go:wasmimport mailweir_v1 prop_u64
func propU64(id int32) int64

//go:wasmimport mailweir_v1 prop_str
func propStr(id, index int32, dst unsafe.Pointer, room uint32) int32

//go:wasmimport mailweir_v1 header_get
func headerGet(name string, index, mode int32, dst unsafe.Pointer, room uint32) int32

//go:wasmimport mailweir_v1 header_name
func headerName(index int32, dst unsafe.Pointer, room uint32) int32

//go:wasmimport mailweir_v1 headers_raw
func headersRaw(offset int64, dst unsafe.Pointer, room uint32) int32

//go:wasmimport mailweir_v1 body_read
func bodyRead(part int32, offset int64, dst unsafe.Pointer, room uint32) int32

//go:wasmimport mailweir_v1 set_folder
func setFolder(name string) int32

//go:wasmimport mailweir_v1 flags
func flags(op int32, list string) int32

//go:wasmimport mailweir_v1 set_date
func setDate(unix int64, zone int32) int32

//go:wasmimport mailweir_v1 note
func note(text string) int32

//go:wasmimport mailweir_v1 config
func config(key string, dst unsafe.Pointer, room uint32) int32

//go:wasmimport mailweir_v1 log
func logLine(level int32, text string)

//go:wasmimport mailweir_v1 log_enabled
func logEnabled(level int32) int32

//go:wasmimport mailweir_v1 now_ms
func nowMS() int64

//go:wasmimport mailweir_v1 fail
func fail(text string)

//go:wasmimport mailweir_v1 header_put
func headerPut(op int32, name, value string) int32

//go:wasmimport mailweir_v1 out_write
func outWrite(data unsafe.Pointer, n uint32) int32

//go:wasmimport mailweir_v1 set_key
func setKey(key string) int32

//go:wasmimport mailweir_v1 retry_after
func retryAfter(ms int64) int32

//go:wasmimport mailweir_v1 report_read
func reportRead(offset int64, dst unsafe.Pointer, room uint32) int32

//go:wasmimport mailweir_v1 part_u64
func partU64(part, id int32) int64

//go:wasmimport mailweir_v1 part_str
func partStr(part, id int32, dst unsafe.Pointer, room uint32) int32

//go:wasmimport mailweir_v1 kv_get
func kvGet(key string, dst unsafe.Pointer, room uint32) int32

//go:wasmimport mailweir_v1 kv_put
func kvPut(key, value string) int32

//go:wasmimport mailweir_v1 kv_add
func kvAdd(key string, delta int64) int64

//go:wasmimport mailweir_v1 kv_cas
func kvCAS(key, old, value string) int32

//go:wasmimport mailweir_v1 http_open
func httpOpen(request string) int32

//go:wasmimport mailweir_v1 http_status
func httpStatus(door int32) int32

//go:wasmimport mailweir_v1 http_header
func httpHeader(door int32, name string, dst unsafe.Pointer, room uint32) int32

//go:wasmimport mailweir_v1 tcp_open
func tcpOpen(request string) int32

//go:wasmimport mailweir_v1 door_write
func doorWrite(door int32, data unsafe.Pointer, n uint32) int32

//go:wasmimport mailweir_v1 door_read
func doorRead(door int32, dst unsafe.Pointer, room uint32) int32

//go:wasmimport mailweir_v1 door_close
func doorClose(door int32)

//go:wasmimport mailweir_v1 door_error
func doorError(dst unsafe.Pointer, room uint32) int32

//go:wasmimport mailweir_v1 smtp_send
func smtpSend(request string) int32
