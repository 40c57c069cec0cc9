package plugin

import sig "github.com/mailweir/mailweir/host/plugin/signature"

// checkSigned refuses a file that is not what its maker signed: it was damaged, or
// changed by somebody, and nothing of it is run. Who is trusted is not decided here.
func checkSigned(wasm []byte) error {
	_, err := sig.Read(wasm)
	return err
}
