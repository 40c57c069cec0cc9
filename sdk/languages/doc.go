// Package languages holds no code: its tests ask plugins of every language whether they
// keep to mailweir_v1. Package sdktest stands in for the host, so that all hooks, doors
// and effects are gone through; that the host is the same is tested there.
package languages
