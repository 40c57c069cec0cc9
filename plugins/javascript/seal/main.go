// Command seal is the last step of build.sh: it puts the manifest into the compiled
// engine, and records beside it what the file was made of.
//
//	seal ENGINE.wasm plugin.json OUT.wasm NAME=VERSION...
package main

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/mailweir/mailweir/sdk/pack"
)

func main() {
	if len(os.Args) < 4 {
		fmt.Fprintln(os.Stderr, "usage: seal ENGINE.wasm plugin.json OUT.wasm NAME=VERSION...")
		os.Exit(64)
	}
	if err := seal(os.Args[1], os.Args[2], os.Args[3], os.Args[4:]); err != nil {
		fmt.Fprintln(os.Stderr, "seal:", err)
		os.Exit(1)
	}
}

func seal(engine, manifest, out string, versions []string) error {
	wasm, err := os.ReadFile(engine)
	if err != nil {
		return err
	}
	raw, err := os.ReadFile(manifest)
	if err != nil {
		return err
	}
	if wasm, err = pack.Pack(wasm, raw); err != nil {
		return err
	}
	sum := fmt.Sprintf("%x", sha256.Sum256(wasm))
	record := map[string]string{"sha256": sum}
	for _, v := range versions {
		name, version, ok := strings.Cut(v, "=")
		if !ok {
			return fmt.Errorf("%q is not NAME=VERSION", v)
		}
		record[name] = version
	}
	text, err := json.MarshalIndent(record, "", "\t")
	if err != nil {
		return err
	}
	if err := os.WriteFile(out, wasm, 0o644); err != nil {
		return err
	}
	fmt.Printf("%s: %d bytes, sha256:%s\n", out, len(wasm), sum)
	return os.WriteFile(out+".json", append(text, '\n'), 0o644)
}
