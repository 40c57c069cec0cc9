package web_test

import "strings"

// wizardGallery are the steps of the wizard, half way through a task. Accounts open with
// the password "right" by then.
func (b *browser) wizardGallery() []picture {
	b.t.Helper()
	b.login()
	sides := append(typedSides("right"), "destination-password", "right", "source-2-name", "shop", "source-2-host", "imap.shop.example", "source-2-user", "orders@shop.example")
	wrong := b.wizard("combine")
	b.step(wrong, "test source-2", append(sides, "source-2-password", "wrong")...)
	b.step(wrong, "search destination", "destination-query", "a")
	at := b.wizard("combine")
	mapping := b.must(at, "next", append(sides, "source-2-password", "right")...)
	at = strings.TrimSuffix(mapping, "mapping")
	b.step(mapping, "add-hook", "add", "folder-rules")
	b.step(mapping, "add-script")
	b.must(mapping, "next", "target-2", "Old/2019")
	b.must(at+"safety", "next")
	b.step(at+"schedule", "preview", "schedule", "cron")
	b.must(at+"schedule", "next")
	return []picture{
		{name: "wizard-template", path: "/tasks/new", wait: "#wizard"},
		{name: "wizard-accounts", path: wrong, wait: "#source-2-tested"},
		{name: "wizard-mapping", path: mapping, wait: "#rows"},
		{name: "wizard-safety", path: at + "safety", wait: "#removal"},
		{name: "wizard-schedule", path: at + "schedule", wait: "#preview-runs .next"},
		{name: "wizard-summary", path: at + "summary", wait: "#estimate"},
	}
}
