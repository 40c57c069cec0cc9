package web_test

import (
	"testing"

	"go.uber.org/goleak"
)

// TestMain fails when a stream, a run or a browser has left a goroutine behind.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
