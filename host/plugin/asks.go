package plugin

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mailweir/mailweir/sdk/abi"
)

// checkAsks says which import takes a grant that the manifest does not ask for. An
// engine asks for nothing: what its scripts may do is theirs to be granted.
func (s shape) checkAsks(manifest abi.Manifest) error {
	if s.exports(abi.ExportCheck, kindFunc) {
		return nil
	}
	for _, imp := range s.imported {
		if imp.module != abi.Module {
			continue
		}
		grants := abi.GrantsOf(imp.name)
		asked := func(grant string) bool { _, ok := manifest.Asked(grant); return ok }
		if len(grants) > 0 && !slices.ContainsFunc(grants, asked) {
			return fmt.Errorf("imports %s, but its manifest does not ask for %s", quoteImport(imp.module, imp.name), strings.Join(grants, " or "))
		}
	}
	return nil
}
