package main

import (
	"bufio"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// unmapStart lets go of the pages of the program's file that only its start needed: the
// packages' own setting up touches half of the file, in whole pieces of what the kernel
// reads at a time. What is needed again is mapped again from the kernel's cache. It is
// best effort.
//
// Nothing is let go that was written to, such as what a loader has relocated.
func unmapStart() {
	program, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return
	}
	smaps, err := os.Open("/proc/self/smaps")
	if err != nil {
		return
	}
	defer smaps.Close()
	var from, to uint64 // of the mapping that the line belongs to; 0 is none of ours
	for lines := bufio.NewScanner(smaps); lines.Scan(); {
		// A mapping begins with its addresses, and the path is the last on that line.
		fields := strings.Fields(lines.Text())
		if first, last, begins := strings.Cut(fields[0], "-"); begins {
			from, to = 0, 0
			if strings.HasSuffix(lines.Text(), " "+program) && !strings.Contains(fields[1], "w") {
				from, _ = strconv.ParseUint(first, 16, 64)
				to, _ = strconv.ParseUint(last, 16, 64)
			}
			continue
		}
		if written, ok := strings.CutPrefix(lines.Text(), "Anonymous:"); ok && from != 0 && strings.TrimSpace(written) == "0 kB" {
			_, _, _ = syscall.Syscall(syscall.SYS_MADVISE, uintptr(from), uintptr(to-from), syscall.MADV_DONTNEED)
		}
	}
}
