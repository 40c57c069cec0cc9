package sdk

import (
	"io"
	"iter"

	"github.com/mailweir/mailweir/sdk/abi"
	"github.com/mailweir/mailweir/sdk/internal/guest"
)

// Part is one MIME part of a message. It is valid until the hook returns.
type Part struct{ index int32 }

// Parts yields all MIME parts, in their order; a part that holds others comes before
// them. The message has to be here, see [Message.Body].
func (*message) Parts() iter.Seq[Part] {
	return func(yield func(Part) bool) {
		for i := range int32(number("the parts", abi.PropParts)) {
			if !yield(Part{i}) {
				return
			}
		}
	}
}

// Type is the media type in lower case, such as "text/plain".
func (p Part) Type() string { return guest.PartText(p.index, abi.PartType) }

// Charset is the charset, or "".
func (p Part) Charset() string { return guest.PartText(p.index, abi.PartCharset) }

// Filename is the name of the file that it is, or "".
func (p Part) Filename() string { return guest.PartText(p.index, abi.PartFilename) }

// Disposition is "inline", "attachment", another word in lower case, or "".
func (p Part) Disposition() string { return guest.PartText(p.index, abi.PartDisposition) }

// Size is the length of what Body reads, in bytes.
func (p Part) Size() int64 { return guest.PartNumber(p.index, abi.PartSize) }

// Depth is 0 for the top part, 1 for the parts in it.
func (p Part) Depth() int { return int(guest.PartNumber(p.index, abi.PartDepth)) }

// IsLeaf reports whether it holds data, and not other parts.
func (p Part) IsLeaf() bool { return guest.PartNumber(p.index, abi.PartLeaf) == 1 }

// Body reads the part, its transfer encoding undone.
func (p Part) Body() io.Reader {
	return &reader{at: func(offset int64, b []byte) int { return guest.PartBody(p.index, offset, b) }}
}
