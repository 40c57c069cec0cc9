#!/usr/bin/env bash
# Builds javascript.wasm: the QuickJS engine of Debian's source package, and the
# shim in src/ that lets it speak mailweir_v1.
#
#   plugins/javascript/build.sh [-o DIR]     default: the folder of this file
#
# Writes DIR/javascript.wasm and DIR/javascript.wasm.json, which holds its SHA-256 and
# the versions of everything that it was made with. The same versions give the same
# bytes.
#
# Needs Go, apt-get, and these Debian packages:
#   clang-16 lld-16 wasi-libc libclang-rt-16-dev-wasm32
# QUICKJS_TARBALL names a copy of the tarball to take instead of asking the mirror.
set -eu
cd "$(dirname "$0")"

version=2025.04.26
tarball=quickjs_$version.orig.tar.xz
tarball_sha256=ec81da5b3249ed648dbc7df4a1654988910e66a118d9b71cb63534216efcfbbe

out=$PWD
if [ "${1:-}" = -o ]; then
	out=$(realpath "$2")
fi
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# fetch takes the source package from the mirror that this machine uses anyway. Its
# release of Debian need not be the one that has the package, so apt-get works with
# lists of its own.
fetch() {
	mirror=$(apt-get indextargets --format '$(LABEL) $(REPO_URI)' | awk '$1 == "Debian" { print $2; exit }')
	[ -n "$mirror" ] || { echo "apt-get knows no mirror of Debian; set QUICKJS_TARBALL" >&2; exit 1; }
	mkdir -p "$tmp/lists/partial"
	echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror trixie main" >"$tmp/sources.list"
	cat >"$tmp/apt.conf" <<-CONF
		Dir::Etc::sourcelist "$tmp/sources.list";
		Dir::Etc::sourceparts "-";
		Dir::State::lists "$tmp/lists";
		Dir::Cache::pkgcache "";
		Dir::Cache::srcpkgcache "";
		APT::Sandbox::User "";
	CONF
	(
		cd "$tmp"
		export APT_CONFIG=$tmp/apt.conf
		apt-get -qq update
		apt-get -qq source --download-only "quickjs=$version-1"
	)
}

if [ -n "${QUICKJS_TARBALL:-}" ]; then
	cp "$QUICKJS_TARBALL" "$tmp/$tarball"
else
	fetch
fi
echo "$tarball_sha256  $tmp/$tarball" | sha256sum --check --quiet
tar -xf "$tmp/$tarball" -C "$tmp"
mv "$tmp/quickjs-"* "$tmp/quickjs"

# QuickJS includes setjmp.h and does not use it; this libc refuses it.
mkdir "$tmp/include"
: >"$tmp/include/setjmp.h"

# The part of the shim that is JavaScript becomes one string of C. A ?
# is escaped because two of them can begin a trigraph.
{
	echo 'static const char doors_js[] ='
	sed -e 's/\\/\\\\/g' -e 's/["?]/\\&/g' -e 's/.*/"&\\n"/' src/doors.js
	echo ';'
} >"$tmp/include/doors.h"

# EMSCRIPTEN switches off what WebAssembly lacks: threads, and asking malloc for the
# size of a block. It also switches off the check of the stack's depth, which works
# here and is switched on again. Paths of this machine must not get into the result.
flags=(
	--target=wasm32-wasi -O2
	-DEMSCRIPTEN=1 -DCONFIG_STACK_CHECK=1 -D_GNU_SOURCE "-DCONFIG_VERSION=\"$version\""
	-I"$tmp/include" -I"$tmp/quickjs" -I../../sdk/c
	-ffile-prefix-map="$tmp"=. -ffile-prefix-map="$PWD"=.
)
objects=()
for file in "$tmp"/quickjs/{quickjs,libregexp,libunicode,cutils,dtoa}.c; do
	objects+=("$tmp/$(basename "$file" .c).o")
	clang-16 "${flags[@]}" -w -c "$file" -o "${objects[-1]}"
done
for file in src/*.c; do
	objects+=("$tmp/shim-$(basename "$file" .c).o")
	clang-16 "${flags[@]}" -std=c17 -Wall -Werror -c "$file" -o "${objects[-1]}"
done

# The stack comes first in memory, so that running over its end traps.
clang-16 --target=wasm32-wasi -mexec-model=reactor "${objects[@]}" \
	-Wl,-z,stack-size=1048576 -Wl,--stack-first -Wl,--strip-all -o "$tmp/engine.wasm"

versions=(quickjs="$version" quickjs_sha256="$tarball_sha256")
for package in clang-16 lld-16 wasi-libc libclang-rt-16-dev-wasm32; do
	versions+=("$package=$(dpkg-query -W -f '${Version}' "$package")")
done
go run ./seal "$tmp/engine.wasm" plugin.json "$out/javascript.wasm" "${versions[@]}"
