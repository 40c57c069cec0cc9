package registry

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"oras.land/oras-go/v2/content"
	"oras.land/oras-go/v2/registry/remote"
)

// maxManifest bounds the manifest of an artifact. That of a plugin takes some
// 1,000 bytes.
const maxManifest = 1 << 20

// Pulled is a plugin's file out of a registry.
type Pulled struct {
	Wasm []byte
	Ref  string // the reference that names it by its digest
	// Pinned says that it was asked for by its digest.
	Pinned bool
}

// Pull fetches the plugin of a reference. Nothing that comes is larger than limit
// bytes, and everything has the digest that it should have. What is in the file is
// not looked at.
func Pull(ctx context.Context, ref string, limit int64, o Options) (*Pulled, error) {
	repo, err := open(ref, o)
	if err != nil {
		return nil, err
	}
	host := repo.Reference.Host()
	desc, raw, err := fetchManifest(ctx, repo)
	if err != nil {
		return nil, explain(ctx, host, err)
	}
	layer, err := layerOf(raw, limit)
	if err != nil {
		return nil, err
	}
	wasm, err := fetchAll(ctx, repo.Blobs(), layer)
	if err != nil {
		return nil, explain(ctx, host, err)
	}
	_, notPinned := repo.Reference.Digest()
	return &Pulled{Wasm: wasm, Ref: pin(repo, desc), Pinned: notPinned == nil}, nil
}

func fetchManifest(ctx context.Context, repo *remote.Repository) (ocispec.Descriptor, []byte, error) {
	desc, body, err := repo.Manifests().FetchReference(ctx, repo.Reference.Reference)
	if err != nil {
		return desc, nil, err
	}
	defer body.Close()
	if want, err := repo.Reference.Digest(); err == nil && desc.Digest != want {
		return desc, nil, fmt.Errorf("the registry answers with %s instead", desc.Digest)
	}
	if desc.MediaType != ocispec.MediaTypeImageManifest {
		return desc, nil, fmt.Errorf("it is no plugin, but a %.80q", desc.MediaType)
	}
	if desc.Size > maxManifest {
		return desc, nil, fmt.Errorf("its manifest is larger than %d bytes", maxManifest)
	}
	raw, err := content.ReadAll(body, desc)
	return desc, raw, err
}

// layerOf returns the descriptor of the plugin's file.
func layerOf(raw []byte, limit int64) (ocispec.Descriptor, error) {
	var m ocispec.Manifest
	if err := json.Unmarshal(raw, &m); err != nil {
		return ocispec.Descriptor{}, fmt.Errorf("its manifest can not be read: %w", err)
	}
	if m.ArtifactType != ArtifactType && m.Config.MediaType != ConfigType {
		kind := m.ArtifactType
		if kind == "" {
			kind = m.Config.MediaType
		}
		return ocispec.Descriptor{}, fmt.Errorf("it is no plugin, but a %.80q", kind)
	}
	if len(m.Layers) != 1 || m.Layers[0].MediaType != LayerType {
		return ocispec.Descriptor{}, fmt.Errorf("a plugin has one layer of the type %s, and this has others", LayerType)
	}
	layer := m.Layers[0]
	if err := layer.Digest.Validate(); err != nil {
		return ocispec.Descriptor{}, fmt.Errorf("its manifest names a digest %.80q: %w", layer.Digest, err)
	}
	if layer.Size < 0 || layer.Size > limit {
		return ocispec.Descriptor{}, fmt.Errorf("the plugin is larger than %d bytes", limit)
	}
	return layer, nil
}

// fetchAll reads as much as desc says, and compares the digest.
func fetchAll(ctx context.Context, from content.Fetcher, desc ocispec.Descriptor) (_ []byte, err error) {
	body, err := from.Fetch(ctx, desc)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	// No more than was announced is looked at, whatever comes.
	wasm, err := content.ReadAll(io.LimitReader(body, desc.Size+1), desc)
	if err != nil {
		return nil, fmt.Errorf("what the registry sends is not what its manifest says: %w", err)
	}
	return wasm, nil
}
