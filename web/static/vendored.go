package static

import (
	"encoding/json"
	"sync"
)

// Asset is a work of others among the files, as VENDOR.json lists it.
type Asset struct {
	Name        string `json:"name"`
	Version     string `json:"version"`
	Licence     string `json:"licence"`      // its SPDX expression
	LicenceFile string `json:"licence_file"` // base name of the file with its text
}

// Vendored returns the works of others.
var Vendored = sync.OnceValue(func() []Asset {
	var all []Asset
	if err := json.Unmarshal(files()["VENDOR.json"].Content, &all); err != nil {
		panic("static: VENDOR.json: " + err.Error()) // a test reads it, too
	}
	return all
})
