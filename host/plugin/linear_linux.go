package plugin

import (
	"context"
	"syscall"

	"github.com/tetratelabs/wazero/experimental"
)

// withMappedMemory gives instances linear memory that the kernel maps: as much address
// space as the instance may ever have, of which only what is touched takes memory. It
// grows without a copy, and is given back at once when the instance is closed, instead
// of some time after the next collection of garbage.
func withMappedMemory(ctx context.Context) context.Context {
	return experimental.WithMemoryAllocator(ctx, experimental.MemoryAllocatorFunc(func(_, most uint64) experimental.LinearMemory {
		return &mappedMemory{most: most}
	}))
}

// mappedMemory is the linear memory of one instance.
type mappedMemory struct {
	most  uint64 // bytes
	whole []byte // nil until it is needed first
}

// Reallocate implements [experimental.LinearMemory]. nil refuses.
func (m *mappedMemory) Reallocate(size uint64) []byte {
	if size > m.most {
		return nil
	}
	if m.whole == nil {
		if m.most == 0 {
			return []byte{}
		}
		whole, err := syscall.Mmap(-1, 0, int(m.most), syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE|syscall.MAP_NORESERVE)
		if err != nil {
			return nil
		}
		m.whole = whole
	}
	return m.whole[:size:size]
}

// Free implements [experimental.LinearMemory].
func (m *mappedMemory) Free() {
	if m.whole != nil {
		_ = syscall.Munmap(m.whole) // it was mapped by us
		m.whole = nil
	}
}
