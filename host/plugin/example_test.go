package plugin_test

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/plugin"
	"github.com/mailweir/mailweir/plugins"
)

func cacheDir() string { return plugin.CacheForTests() }

func Example() {
	ctx := context.Background()
	host, err := plugin.NewHost(ctx, plugin.Options{CacheDir: cacheDir()})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer host.Close(ctx)
	shipped := plugins.Builtin()[0]
	module, err := host.Load(ctx, shipped.Name, shipped.Wasm)
	if err != nil {
		fmt.Println(err)
		return
	}
	chain, err := host.Chain(ctx, []plugin.Binding{{Module: module, Config: []byte(`{"prefix":"Old"}`)}}, slog.Default())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer chain.Close()

	answer, err := chain.MapFolder(ctx, copier.FolderQuestion{Source: "home", Folder: mail.Folder{Name: "Bills"}, Proposed: "Bills"})
	fmt.Println(answer.Target, "by", answer.By, err)
	// Output: Old/Bills by folder-rules <nil>
}
