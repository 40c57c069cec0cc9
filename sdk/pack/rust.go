package pack

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

const rustTarget = "wasm32-unknown-unknown"

const rustHelp = "cargo and the standard library for " + rustTarget + ", and %s; with rustup: rustup target add " + rustTarget +
	"; on Debian: apt-get install cargo libstd-rust-dev-wasm32 lld-16"

// compileRust builds a crate with the release profile, offline: a scaffold carries what
// it depends on.
func compileRust(ctx context.Context, dir, tmp string) ([]byte, error) {
	cargo, rustc, missing := rustTools(ctx)
	if missing != "" {
		return nil, &ToolError{"Rust", fmt.Sprintf(rustHelp, missing)}
	}
	cmd := exec.CommandContext(ctx, cargo, "build", "--release", "--offline", "--quiet", "--target", rustTarget, "--target-dir", tmp)
	cmd.Env = append(os.Environ(), "RUSTC="+rustc)
	// Debian's rustc comes without the linker that it asks for.
	if !hasLinker(ctx, rustc) {
		linker := firstCommand(linkers...)
		if linker == "" {
			return nil, &ToolError{"Rust", fmt.Sprintf(rustHelp, "there is neither rust-lld nor wasm-ld")}
		}
		cmd.Env = append(cmd.Env, "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER="+linker)
	}
	if err := run(cmd, "Rust", dir); err != nil {
		return nil, err
	}
	built, err := filepath.Glob(filepath.Join(tmp, rustTarget, "release", "*.wasm"))
	if err != nil || len(built) != 1 {
		return nil, fmt.Errorf(`the crate in %s makes %d .wasm files; it takes one library with crate-type = ["cdylib"]`, dir, len(built))
	}
	return os.ReadFile(built[0])
}

// rustTools finds a rustc that has the target's standard library, and its cargo. The
// first one in the PATH need not be it: rustup's has only what was added to it, while
// Debian's lies behind it.
func rustTools(ctx context.Context) (cargo, rustc, missing string) {
	rustcs := []string{os.Getenv("RUSTC")}
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		if rustc, err := exec.LookPath(filepath.Join(dir, "rustc")); err == nil {
			rustcs = append(rustcs, rustc)
		}
	}
	missing = "there is no command rustc"
	for _, rustc := range rustcs {
		if rustc == "" {
			continue
		}
		out, err := exec.CommandContext(ctx, rustc, "--print", "target-libdir", "--target", rustTarget).Output()
		if err != nil {
			continue
		}
		missing = "that of " + rustc + " is not there"
		if std, _ := filepath.Glob(filepath.Join(escape(strings.TrimSpace(string(out))), "libstd-*.rlib")); len(std) == 0 {
			continue
		}
		// A cargo is made for the rustc of its age.
		cargo := filepath.Join(filepath.Dir(rustc), "cargo")
		if _, err := os.Stat(cargo); err != nil {
			if cargo = firstCommand("cargo"); cargo == "" {
				return "", "", "there is no command cargo"
			}
		}
		return cargo, rustc, ""
	}
	return "", "", missing
}

// hasLinker reports whether rustc brings rust-lld along.
func hasLinker(ctx context.Context, rustc string) bool {
	if firstCommand("rust-lld") != "" {
		return true
	}
	out, err := exec.CommandContext(ctx, rustc, "--print", "sysroot").Output()
	if err != nil {
		return false
	}
	found, _ := filepath.Glob(filepath.Join(escape(strings.TrimSpace(string(out))), "lib", "rustlib", "*", "bin", "rust-lld*"))
	return len(found) > 0
}
