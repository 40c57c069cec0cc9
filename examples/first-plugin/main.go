// Command first is a mailweir plugin. It puts folders named for a year, such as
// "2019" or "Projects/2019", below an archive folder, and leaves junk behind.
package main

import (
	"strings"

	"github.com/mailweir/mailweir/sdk"
)

var config = struct {
	Below string `json:"below"`
}{Below: "Archive"}

func init() {
	sdk.OnStart(func() error { return sdk.Config(&config) })
	sdk.MapFolder(mapFolder)
}

func mapFolder(f *sdk.Folder) sdk.Result {
	if f.Use() == "Junk" {
		return sdk.Skip("junk stays behind")
	}
	name := f.Name()
	if !isYear(name[strings.LastIndexByte(name, '/')+1:]) {
		return sdk.NoOpinion()
	}
	f.SetTarget(config.Below + "/" + name)
	f.Note("a bygone year")
	return sdk.Accept()
}

func isYear(s string) bool {
	return len(s) == 4 && (s[:2] == "19" || s[:2] == "20") && strings.Trim(s, "0123456789") == ""
}

func main() {}
