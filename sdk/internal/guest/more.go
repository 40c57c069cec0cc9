package guest

import "unsafe"

// HeaderPut stages a change of the header section.
func HeaderPut(op int32, name, value string) { check("the header", headerPut(op, name, value)) }

// OutWrite appends to the new message.
func OutWrite(p []byte) {
	check("the message", outWrite(unsafe.Pointer(unsafe.SliceData(p)), uint32(len(p))))
}

// SetKey stages what makes two messages the same.
func SetKey(key string) { check("a key", setKey(key)) }

// RetryAfter stages when to ask again.
func RetryAfter(ms int64) { check("a time to ask again", retryAfter(ms)) }

// Report copies bytes of the plan or report into p.
func Report(offset int64, p []byte) int {
	n := reportRead(offset, unsafe.Pointer(unsafe.SliceData(p)), uint32(len(p)))
	denied("the report", int64(n))
	return max(int(n), 0)
}

// PartNumber reads a number about a MIME part.
func PartNumber(part, id int32) int64 {
	n := partU64(part, id)
	denied("a part", n)
	return max(n, 0)
}

// PartText reads a text about a MIME part.
func PartText(part, id int32) string {
	b, _ := read("a part", func(dst unsafe.Pointer, room uint32) int32 { return partStr(part, id, dst, room) })
	return string(b)
}

// PartBody copies bytes of a MIME part into p.
func PartBody(part int32, offset int64, p []byte) int {
	n := bodyRead(part, offset, unsafe.Pointer(unsafe.SliceData(p)), uint32(len(p)))
	denied("the body", int64(n))
	return max(int(n), 0)
}

// IsThere reports whether there is a number, and asks without breaking the call.
func IsThere(id int32) bool { return propU64(id) >= 0 }
