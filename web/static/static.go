// Package static holds the files that browsers load beside the pages, embedded
// in the program. Those in vendor are the work of others, listed with version,
// licence and checksum in vendor/VENDOR.json; those in own are ours.
//
// The stylesheet of every page is written in parts, own/app: they become app.css in
// the order of their names, and what comes later wins.
//
// A file's address carries a digest of its content, so that browsers may keep it
// for ever and never show an old one.
package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"sync"
)

//go:embed vendor/*.js vendor/*.css vendor/LICENSE-*.txt vendor/VENDOR.json own
var embedded embed.FS

// Prefix is the path below which the files are served.
const Prefix = "/static/"

// File is one embedded file, ready to be sent.
type File struct {
	Type    string // media type
	Content []byte
	Gzip    []byte // the same compressed; nil where that gains nothing
	digest  string
}

// types are spelled out because the system's own table may differ.
var types = map[string]string{
	".css":  "text/css; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".svg":  "image/svg+xml",
	".txt":  "text/plain; charset=utf-8",
	".json": "application/json",
}

// files has an entry for each embedded file by its base name. They are read and
// compressed when a page asks for the first of them: most runs of the program are
// copies, which never do.
var files = sync.OnceValue(load)

// Find returns the file at digest/name, or false if there is none of that
// content.
func Find(digest, name string) (File, bool) {
	f, ok := files()[name]
	return f, ok && f.digest == digest
}

// URL returns the address of a file by its base name. It panics when there is no
// such file, which the test of any page that names it shows.
func URL(name string) string {
	f, ok := files()[name]
	if !ok {
		panic(fmt.Sprintf("static: no file is called %q", name))
	}
	return Prefix + f.digest + "/" + name
}

// parts is the directory whose files become one, whole.
const (
	parts = "own/app"
	whole = "app.css"
)

func load() map[string]File {
	contents := map[string][]byte{}
	err := fs.WalkDir(embedded, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := embedded.ReadFile(p)
		if err != nil {
			return err
		}
		if path.Dir(p) == parts { // in the order of their names, as WalkDir goes
			contents[whole] = append(append(contents[whole], content...), '\n')
			return nil
		}
		name := path.Base(p)
		if _, twice := contents[name]; twice {
			return fmt.Errorf("two files are called %q", name)
		}
		contents[name] = content
		return nil
	})
	if err != nil {
		panic("static: " + err.Error()) // embedded files can always be read
	}
	all := make(map[string]File, len(contents))
	for name, content := range contents {
		all[name] = newFile(name, content)
	}
	return all
}

func newFile(name string, content []byte) File {
	sum := sha256.Sum256(content)
	return File{
		Type:    types[path.Ext(name)],
		Content: content,
		Gzip:    compress(content),
		digest:  hex.EncodeToString(sum[:8]),
	}
}

// compress returns nil when the result is not smaller.
func compress(content []byte) []byte {
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // the level is valid
	_, _ = w.Write(content)                               // a bytes.Buffer takes everything
	_ = w.Close()
	if b.Len() >= len(content) {
		return nil
	}
	return b.Bytes()
}
