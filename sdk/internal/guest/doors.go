package guest

import (
	"unsafe"

	"github.com/mailweir/mailweir/sdk/abi"
)

// DoorError is why a function that reaches outside was refused or failed.
type DoorError struct {
	What        string // what was tried
	Denied      bool   // the plugin may not
	BadArgument bool   // it makes no sense to try the same again
	Why         string // the host's words; may be empty
}

func (e *DoorError) Error() string {
	switch {
	case e.Why != "":
		return e.What + ": " + e.Why
	case e.Denied:
		return e.What + ": this was not granted, or not in this hook"
	case e.BadArgument:
		return e.What + ": an argument makes no sense"
	}
	return e.What + ": the host gave no reason"
}

// door turns a negative answer into an error. Unlike reads, these functions can be
// refused or fail without that the plugin is wrong.
func door(what string, code int64) error {
	if code >= 0 {
		return nil
	}
	why, _ := read("why", func(dst unsafe.Pointer, room uint32) int32 { return max(doorError(dst, room), 0) })
	return &DoorError{
		What: what, Denied: code == int64(abi.ReadNotPermitted), BadArgument: code == int64(abi.ReadBadArgument), Why: string(why),
	}
}

// HTTPOpen begins a request.
func HTTPOpen(request string) (int32, error) {
	d := httpOpen(request)
	return d, door("http", int64(d))
}

// HTTPStatus ends the request and waits for the status code.
func HTTPStatus(d int32) (int, error) {
	n := httpStatus(d)
	return int(n), door("http", int64(n))
}

// HTTPHeader is a field of the answer's header section; "" is none. A door that has
// none to read makes the call fail.
func HTTPHeader(d int32, name string) string {
	b, code := readDoor(func(dst unsafe.Pointer, room uint32) int32 { return httpHeader(d, name, dst, room) })
	if code < 0 && code != abi.ReadAbsent {
		Break(door("http", int64(code)).Error())
	}
	return string(b)
}

// readDoor does a read call that can be refused; the code is negative then.
func readDoor(call func(dst unsafe.Pointer, room uint32) int32) (value []byte, code int32) {
	value, _ = read("", func(dst unsafe.Pointer, room uint32) int32 {
		if code = call(dst, room); code < 0 {
			return abi.ReadAbsent // door says the rest
		}
		return code
	})
	return value, code
}

// TCPOpen connects.
func TCPOpen(request string) (int32, error) {
	d := tcpOpen(request)
	return d, door("tcp", int64(d))
}

// DoorWrite sends all of p.
func DoorWrite(what string, d int32, p []byte) error {
	return door(what, int64(doorWrite(d, unsafe.Pointer(unsafe.SliceData(p)), uint32(len(p)))))
}

// DoorRead waits for bytes; 0 is the end.
func DoorRead(what string, d int32, p []byte) (int, error) {
	n := doorRead(d, unsafe.Pointer(unsafe.SliceData(p)), uint32(len(p)))
	return max(int(n), 0), door(what, int64(n))
}

// DoorClose closes a door.
func DoorClose(d int32) { doorClose(d) }

// SMTPSend hands a mail to a relay.
func SMTPSend(request string) error { return door("smtp", int64(smtpSend(request))) }

// KVGet reads a value; ok is false when there is none.
func KVGet(key string) (value []byte, ok bool, err error) {
	b, code := readDoor(func(dst unsafe.Pointer, room uint32) int32 { return kvGet(key, dst, room) })
	if code < 0 && code != abi.ReadAbsent {
		return nil, false, door("kv", int64(code))
	}
	return append([]byte(nil), b...), code >= 0, nil
}

// KVPut remembers a value.
func KVPut(key, value string) error { return door("kv", int64(kvPut(key, value))) }

// KVAdd adds to a number.
func KVAdd(key string, delta int64) (int64, error) {
	n := kvAdd(key, delta)
	return n, door("kv", n)
}

// KVCAS remembers a value if the key has the old one.
func KVCAS(key, old, value string) (bool, error) {
	n := kvCAS(key, old, value)
	return n == 1, door("kv", int64(n))
}
