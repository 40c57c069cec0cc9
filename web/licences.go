package web

import "strings"

// licences are the SPDX expressions of the modules that are linked into the program. A
// test reads what the modules bring with them.
var licences = func() map[string]string {
	all := map[string]string{}
	for licence, modules := range map[string]string{
		"Apache-2.0": `
			github.com/opencontainers/go-digest github.com/opencontainers/image-spec github.com/pquerna/otp
			github.com/prometheus/client_golang github.com/prometheus/client_model github.com/prometheus/common
			github.com/prometheus/procfs github.com/puzpuzpuz/xsync/v3 github.com/sethvargo/go-retry github.com/spf13/afero
			github.com/spf13/cobra github.com/tetratelabs/wazero oras.land/oras-go/v2`,
		"BSD-2-Clause": `
			github.com/uptrace/bun github.com/uptrace/bun/dialect/pgdialect github.com/uptrace/bun/dialect/sqlitedialect
			github.com/vmihailenco/msgpack/v5 github.com/vmihailenco/tagparser/v2`,
		"BSD-3-Clause": `
			github.com/gofrs/flock github.com/google/uuid github.com/munnerz/goautoneg github.com/remyoudompheng/bigfft
			github.com/spf13/pflag github.com/tmthrgd/go-hex golang.org/x/crypto golang.org/x/net golang.org/x/oauth2 golang.org/x/sync
			golang.org/x/sys golang.org/x/term golang.org/x/text golang.org/x/time google.golang.org/protobuf
			modernc.org/mathutil modernc.org/memory modernc.org/sqlite`,
		"BSD-3-Clause AND MIT": `
			modernc.org/libc`,
		"MIT": `
			github.com/Azure/go-ntlmssp github.com/VividCortex/ewma github.com/a-h/templ github.com/acarl005/stripansi
			github.com/alexedwards/scs/v2 github.com/beorn7/perks github.com/boombuler/barcode github.com/cespare/xxhash/v2
			github.com/clipperhouse/uax29/v2 github.com/danielgtaylor/huma/v2 github.com/dustin/go-humanize
			github.com/emersion/go-imap/v2 github.com/emersion/go-message github.com/emersion/go-sasl
			github.com/go-asn1-ber/asn1-ber github.com/go-ldap/ldap/v3 github.com/google/jsonschema-go
			github.com/jackc/pgpassfile github.com/jackc/pgservicefile github.com/jackc/pgx/v5 github.com/jackc/puddle/v2
			github.com/jinzhu/inflection github.com/labstack/echo/v4 github.com/labstack/gommon github.com/mattn/go-colorable
			github.com/mattn/go-isatty github.com/mattn/go-runewidth github.com/mfridman/interpolate github.com/pressly/goose/v3
			github.com/tidwall/gjson github.com/tidwall/match github.com/tidwall/pretty github.com/tidwall/sjson
			github.com/valyala/bytebufferpool github.com/valyala/fasttemplate go.uber.org/multierr`,
		"MIT AND Apache-2.0": `
			go.yaml.in/yaml/v3`,
		"MPL-2.0": `
			github.com/riverqueue/river github.com/riverqueue/river/riverdriver
			github.com/riverqueue/river/riverdriver/riverpgxv5 github.com/riverqueue/river/riverdriver/riversqlite
			github.com/riverqueue/river/rivershared github.com/riverqueue/river/rivertype`,
		"Unlicense": `
			github.com/vbauerster/cupwriter github.com/vbauerster/mpb/v8`,
	} {
		for _, module := range strings.Fields(modules) {
			all[module] = licence
		}
	}
	return all
}()
