package meter

import (
	"crypto/sha256"
	"encoding/hex"
	"testing"
)

// TestVersion_growsWithWhatInjectWrites: metered modules are kept by this version, so
// another output under the same number would go unnoticed.
func TestVersion_growsWithWhatInjectWrites(t *testing.T) {
	const version, want = 2, "33896da68c15bf6ac103acb052a9a45f48878c74e8d552d83c45040fd9fdcb75"
	sum := sha256.New()
	for seed := range uint64(300) {
		out, err := Inject(generate(7, seed), Options{})
		if err != nil {
			t.Fatal(err)
		}
		sum.Write(out)
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != want || Version != version {
		t.Errorf("Inject of version %d writes %s; where that is another one than %s of version %d, raise Version and enter both here", Version, got, want, version)
	}
}
