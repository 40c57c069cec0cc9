package plugin

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"path/filepath"
	"strings"

	"github.com/spf13/afero"

	"github.com/mailweir/mailweir/host/plugin/meter"
)

// Modules with their meter are kept in the directory of compiled code, below a folder with
// the version of what makes them: to meter a plugin in Go takes a third of its start. A
// file begins with the CRC-32C of the rest, big endian. One that is damaged counts as not
// there; whoever can write one could write compiled code as well.

// meteredVersion names what makes a metered module of a file: [clampTables] and the meter.
var meteredVersion = fmt.Sprintf("metered-v%d", meter.Version)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// disk is where [Options.CacheDir] is.
var disk = afero.NewOsFs()

// addMeter returns a module as it is compiled, and whether it has been kept before.
func (h *Host) addMeter(digest string, wasm []byte) (metered []byte, kept bool, err error) {
	if metered := readMetered(h.meteredFile(digest)); metered != nil {
		return metered, true, nil
	}
	clamped, err := clampTables(wasm)
	if err != nil {
		return nil, false, err
	}
	if metered, err = meter.Inject(clamped, meterOptions); err != nil {
		return nil, false, errBroken(err)
	}
	return metered, false, nil
}

// meteredFile is "" when nothing is kept.
func (h *Host) meteredFile(digest string) string {
	if h.opts.CacheDir == "" {
		return ""
	}
	return filepath.Join(h.opts.CacheDir, meteredVersion, strings.TrimPrefix(digest, "sha256:"))
}

// readMetered returns nil when the file is not there, or not as it was written.
func readMetered(file string) []byte {
	if file == "" {
		return nil
	}
	b, err := afero.ReadFile(disk, file)
	if err != nil || len(b) < crc32.Size || binary.BigEndian.Uint32(b) != crc32.Checksum(b[crc32.Size:], castagnoli) {
		return nil
	}
	return b[crc32.Size:]
}

// keepMetered keeps a module that was compiled. It is best effort: what can not be kept is
// metered anew.
func (h *Host) keepMetered(digest string, metered []byte) {
	file := h.meteredFile(digest)
	if file == "" || disk.MkdirAll(filepath.Dir(file), 0o700) != nil {
		return
	}
	tmp, err := afero.TempFile(disk, filepath.Dir(file), "*.tmp")
	if err != nil {
		return
	}
	_, err = tmp.Write(binary.BigEndian.AppendUint32(nil, crc32.Checksum(metered, castagnoli)))
	if err == nil {
		_, err = tmp.Write(metered)
	}
	if cerr := tmp.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = disk.Rename(tmp.Name(), file)
	}
	if err != nil {
		_ = disk.Remove(tmp.Name()) // it is what failed that counts, and that is nothing
	}
}
