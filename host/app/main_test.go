package app

import (
	"os"
	"testing"

	"github.com/mailweir/mailweir/host/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(storetest.M{M: m}.Run()) }
