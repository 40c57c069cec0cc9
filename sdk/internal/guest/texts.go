package guest

import "unsafe"

// Filters read a header field or two of each message, and for a plugin in Go the memory of
// two strings takes longer than the way to the host and back. So the host writes short texts
// one behind the other into blocks, of which the texts are parts. No byte is written twice:
// a text stays what it is for as long as somebody holds it, and its block with it.
const (
	blockSize = 1 << 10
	blockRest = 256 // less is not worth a try
)

var rest []byte // of the block that texts are written to

// block is where the next text goes.
func block() []byte {
	if len(rest) < blockRest {
		rest = make([]byte, blockSize)
	}
	return rest
}

// keep makes a text of the first n bytes of what block returned.
func keep(n int) string {
	text := unsafe.String(unsafe.SliceData(rest), n)
	rest = rest[n:]
	return text
}
