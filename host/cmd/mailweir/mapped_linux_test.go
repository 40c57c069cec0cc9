package main

import (
	"os"
	"strconv"
	"strings"
	"testing"
)

func TestUnmapStart_letsGoOfTheFileAndGoesOn(t *testing.T) {
	before := mappedFile(t)
	unmapStart()
	if after := mappedFile(t); after > before*3/4 {
		t.Errorf("%d kB of files are mapped, %d before", after, before)
	}
	var out strings.Builder // what was let go is there when it is needed
	if status := run([]string{"--help"}, strings.NewReader(""), &out, &out, os.Getenv); status != 0 || !strings.Contains(out.String(), "mailweir [command]") {
		t.Errorf("status %d: %s", status, &out)
	}
}

// mappedFile is how many kB of files the process has mapped and in memory.
func mappedFile(t *testing.T) int {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Skip(err)
	}
	_, rest, ok := strings.Cut(string(status), "RssFile:")
	size, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
	n, err := strconv.Atoi(size)
	if !ok || err != nil {
		t.Skipf("this kernel does not say how much of files is in memory: %v", err)
	}
	return n
}
