package app

import (
	"os"
	"testing"

	"github.com/mailweir/mailweir/host/plugin/plugintest"
	"github.com/mailweir/mailweir/host/store/storetest"
)

func TestMain(m *testing.M) {
	os.Setenv(EnvPluginCache, plugintest.Cache())
	os.Exit(storetest.M{M: m}.Run())
}
