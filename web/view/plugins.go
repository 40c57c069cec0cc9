package view

import (
	"context"
	"slices"
	"strings"

	"github.com/mailweir/mailweir/sdk/abi"
)

// Plugin is a plugin that tasks can name, or a file among them that is none.
type Plugin struct {
	Manifest abi.Manifest // only the ID of a file that is no plugin
	Digest   string       // "sha256:HEX"
	Size     int64        // in bytes
	Shipped  bool         // with mailweir; it can not be removed
	Signed   Signed
	Key      string // that signed it, and the name by which it is trusted
	By       string // "" is not trusted
	Fault    string // why it can not be used; "" is none
	Uses     Uses   // the tasks that name it
}

// Signed says whether it is known who made a plugin.
type Signed string

// What there is. Shipped plugins have none of these.
const (
	SignedNot     Signed = "unsigned"
	SignedUnknown Signed = "untrusted"
	SignedTrusted Signed = "trusted"
	SignedBad     Signed = "bad"
)

// Upload is a plugin that was sent to be looked at, and is not installed yet.
type Upload struct {
	Plugin
	Name    string  // of the file, as its sender calls it: hostile text
	Before  *Plugin // what is installed under its ID; nil is nothing
	Anyway  bool    // it takes a word of the admin, because of its signature
	Refused string  // why it can not be installed whatever the admin says; "" is nothing
}

// PluginsPage is what the list of plugins shows.
type Plugins struct {
	All      []Plugin
	Problems []string
	Notice   string
}

// Same reports whether what is uploaded is installed already.
func (u Upload) Same() bool { return u.Before != nil && u.Before.Digest == u.Digest }

// shortDigest is enough of a digest for people to compare.
func shortDigest(digest string) string {
	hex := strings.TrimPrefix(digest, "sha256:")
	return hex[:min(12, len(hex))]
}

// DigestHex is a digest as it stands in addresses.
func DigestHex(digest string) string { return strings.TrimPrefix(digest, "sha256:") }

func signedStatus(ctx context.Context, p Plugin) Status {
	x := t(ctx)
	switch {
	case p.Shipped:
		return Status{Icon: "ok", Word: x.PluginShipped, Tone: ToneGood}
	case p.Fault != "":
		return Status{Icon: "warning", Word: x.PluginFaulty, Tone: ToneBad}
	case p.Signed == SignedTrusted:
		return Status{Icon: "shield", Word: x.PluginTrusted, Tone: ToneGood}
	case p.Signed == SignedUnknown:
		return Status{Icon: "warning", Word: x.PluginUntrusted, Tone: ToneWarn}
	}
	return Status{Icon: "never", Word: x.PluginUnsigned, Tone: ToneIdle}
}

// hookWords says when a plugin is asked.
func hookWord(ctx context.Context, hook string) string {
	if word := t(ctx).HookWords[hook]; word != "" {
		return word
	}
	return Plain(hook)
}

// grantWord says what an ask is about.
func grantWord(ctx context.Context, grant string) string {
	if word := t(ctx).GrantWords[grant]; word != "" {
		return word
	}
	return Plain(grant)
}

// change says how an ask differs from those of the plugin that is installed.
func (u Upload) change(ctx context.Context, a abi.Ask) string {
	if u.Before == nil {
		return ""
	}
	old, there := u.Before.Manifest.Asked(a.Grant)
	switch {
	case !there:
		return t(ctx).AskNew
	case old.Optional != a.Optional || !slices.Equal(old.Hosts, a.Hosts) || !slices.Equal(old.Methods, a.Methods):
		return t(ctx).AskChanged
	}
	return ""
}

// dropped are the asks that the plugin that is installed has and this one has not.
func (u Upload) dropped() []abi.Ask {
	if u.Before == nil {
		return nil
	}
	var out []abi.Ask
	for _, a := range u.Before.Manifest.Asks {
		if _, still := u.Manifest.Asked(a.Grant); !still {
			out = append(out, a)
		}
	}
	return out
}

func hints(a abi.Ask) string {
	return strings.Join(append(slices.Clone(a.Hosts), a.Methods...), ", ")
}
