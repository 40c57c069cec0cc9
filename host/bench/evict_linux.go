package main

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// evict lets go of what the kernel keeps of a file that has just been written. It keeps
// it in large pieces, and maps each of them as a whole where a program touches a byte
// (Linux 6.18): the same program takes 10 MB more right after it was built.
func evict(file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Sync(); err != nil {
		return err
	}
	if err := unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED); err != nil {
		return fmt.Errorf("fadvise %s: %w", file, err)
	}
	return nil
}
