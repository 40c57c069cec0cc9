package mailtest

import (
	"os"
	"path/filepath"
)

// trees is where .ci/setup unpacks the servers that can not be installed beside
// Dovecot, each in a directory that is laid out like a root directory.
const trees = "/opt/mailweir-test"

// findTree returns the directory of a server that has all the files.
func findTree(server string, files ...string) (string, error) {
	tree := filepath.Join(trees, server)
	for _, file := range files {
		if _, err := os.Stat(filepath.Join(tree, file)); err != nil {
			return "", err
		}
	}
	return tree, nil
}
