// Command build makes a plugin's .wasm file from its folder:
//
//	go run github.com/mailweir/mailweir/plugins/build [-o FILE] [-record] [DIR]
//
// Without -o the file is DIR/ID.wasm, where ID is the id in plugin.json. With
// -record the file's SHA-256 and the version of Go are written beside it, as
// FILE.json, so that anybody can build it again and compare.
package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"

	"github.com/mailweir/mailweir/sdk/pack"
)

func main() {
	out := flag.String("o", "", "the file to write (default DIR/ID.wasm)")
	record := flag.Bool("record", false, "also write SHA-256 and version of Go to FILE.json")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: build [-o FILE] [-record] [DIR]")
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() > 1 {
		flag.Usage()
		os.Exit(64)
	}
	dir := "."
	if flag.NArg() == 1 {
		dir = flag.Arg(0)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, dir, *out, *record); err != nil {
		fmt.Fprintln(os.Stderr, "build:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, dir, file string, record bool) error {
	wasm, manifest, err := pack.Build(ctx, dir)
	if err != nil {
		return err
	}
	if file == "" {
		file = filepath.Join(dir, manifest.ID+".wasm")
	}
	if err := os.WriteFile(file, wasm, 0o644); err != nil {
		return err
	}
	sum := fmt.Sprintf("%x", sha256.Sum256(wasm))
	fmt.Printf("%s: %s %s, %d bytes, sha256:%s\n", file, manifest.ID, manifest.Version, len(wasm), sum)
	if !record {
		return nil
	}
	version, err := pack.GoVersion(ctx, dir)
	if err != nil {
		return err
	}
	text, err := json.MarshalIndent(pack.Record{SHA256: sum, Go: version}, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(file+".json", append(text, '\n'), 0o644)
}
