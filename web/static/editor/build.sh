#!/usr/bin/env bash
# Bundles CodeMirror into one file. The lock file says which packages, by their
# checksums; the same ones give the same bytes. VENDOR.json has those of the result.
set -eu
cd "$(dirname "$0")"
vendor=$(cd ../vendor && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp package.json package-lock.json entry.js "$work"
cd "$work"
npm ci --silent --no-audit --no-fund
npx esbuild entry.js --bundle --format=esm --minify --legal-comments=none --target=es2022 --log-level=warning --outfile="$vendor/codemirror.min.js"
cp node_modules/codemirror/LICENSE "$vendor/LICENSE-codemirror.txt"
sha256sum "$vendor/codemirror.min.js" "$vendor/LICENSE-codemirror.txt"
