// Package registry keeps plugins in registries of the Open Container Initiative:
// what serves container images serves plugins as well.
//
// A plugin is an artifact of one layer:
//
//	manifest  application/vnd.oci.image.manifest.v1+json
//	          artifact type application/vnd.mailweir.plugin.v1
//	config    application/vnd.mailweir.plugin.config.v1+json: the plugin's manifest
//	layer     application/wasm: the file as it is, signature included
//
// The same file gives the same manifest, and thus the same digest, whenever and by
// whomever it is pushed.
//
// A reference is HOST[:PORT]/NAME:TAG or HOST[:PORT]/NAME@sha256:HEX, with or
// without "oci://" in front. A tag may be moved to another plugin; a digest is
// compared with what comes.
package registry
