package registry

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"github.com/opencontainers/image-spec/specs-go"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"oras.land/oras-go/v2/content"
	"oras.land/oras-go/v2/registry/remote"

	"github.com/mailweir/mailweir/sdk/abi"
)

// Push stores a plugin's file under a reference with a tag, and returns the
// reference that names it by its digest. What the registry has already is not sent
// again.
func Push(ctx context.Context, ref string, wasm []byte, o Options) (pinned string, err error) {
	plugin, err := abi.ReadManifest(wasm)
	if err != nil {
		return "", err
	}
	repo, err := open(ref, o)
	if err != nil {
		return "", err
	}
	if _, err := repo.Reference.Digest(); err == nil {
		return "", as(ErrReference, fmt.Errorf("the reference %q names a digest; a plugin is pushed under a tag", ref))
	}
	manifest, blobs, err := artifact(plugin, wasm)
	if err != nil {
		return "", err
	}
	for _, b := range blobs {
		if err := pushBlob(ctx, repo, b); err != nil {
			return "", explain(ctx, repo.Reference.Host(), err)
		}
	}
	desc := content.NewDescriptorFromBytes(ocispec.MediaTypeImageManifest, manifest)
	if err := repo.Manifests().PushReference(ctx, desc, bytes.NewReader(manifest), repo.Reference.Reference); err != nil {
		return "", explain(ctx, repo.Reference.Host(), err)
	}
	return pin(repo, desc), nil
}

// blob is something that a manifest names.
type blob struct {
	desc    ocispec.Descriptor
	content []byte
}

// artifact makes the manifest of a plugin, and what it names.
func artifact(plugin abi.Manifest, wasm []byte) (manifest []byte, blobs []blob, err error) {
	config, err := json.Marshal(plugin)
	if err != nil {
		return nil, nil, err
	}
	of := func(mediaType string, b []byte) blob {
		return blob{content.NewDescriptorFromBytes(mediaType, b), b}
	}
	blobs = []blob{of(ConfigType, config), of(LayerType, wasm)}
	layer := blobs[1].desc
	// The name of the file for who pulls it with a tool for all artifacts.
	layer.Annotations = map[string]string{ocispec.AnnotationTitle: plugin.ID + ".wasm"}
	m := ocispec.Manifest{
		Versioned: specs.Versioned{SchemaVersion: 2},
		MediaType: ocispec.MediaTypeImageManifest, ArtifactType: ArtifactType,
		Config: blobs[0].desc, Layers: []ocispec.Descriptor{layer},
		Annotations: map[string]string{
			ocispec.AnnotationTitle:       plugin.ID,
			ocispec.AnnotationVersion:     plugin.Version,
			ocispec.AnnotationDescription: plugin.Description,
		},
	}
	if plugin.License != "" {
		m.Annotations[ocispec.AnnotationLicenses] = plugin.License
	}
	if plugin.Source != "" {
		m.Annotations[ocispec.AnnotationSource] = plugin.Source
	}
	manifest, err = json.Marshal(m)
	return manifest, blobs, err
}

func pushBlob(ctx context.Context, repo *remote.Repository, b blob) error {
	there, err := repo.Blobs().Exists(ctx, b.desc)
	if err != nil || there {
		return err
	}
	return repo.Blobs().Push(ctx, b.desc, bytes.NewReader(b.content))
}

// pin is the reference that names a manifest by its digest.
func pin(repo *remote.Repository, desc ocispec.Descriptor) string {
	ref := repo.Reference
	ref.Reference = desc.Digest.String()
	return Scheme + ref.String()
}
