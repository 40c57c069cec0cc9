package view

var germanPlugins = pluginTexts{
	Plugins: "Plugins",
	PluginsLead: func(n int) string {
		return pluralDE(int64(n), "Plugin, das Aufgaben verwenden können", "Plugins, die Aufgaben verwenden können")
	},

	PluginShipped: "Teil von mailweir", PluginFaulty: "Nicht verwendbar", PluginTrusted: "Vertraute Signatur",
	PluginUntrusted: "Von Unbekannten signiert", PluginUnsigned: "Nicht signiert",

	ColPlugin: "Plugin", ColVersion: "Version", ColHooks: "Wird gefragt", ColDigest: "Fingerabdruck",

	PluginAsks: "Was es verlangt", PluginAsksNothing: "Nichts außer zu antworten. Es erreicht weder Netz noch Dateien.",
	PluginOptional: "Es arbeitet auch ohne das.", PluginNeeds: "Sieht sich an", PluginSettings: "Seine Einstellungen, als JSON Schema",
	PluginSource: "Quelltext", PluginLicence: "Lizenz", PluginSigned: "Signatur", PluginFile: "Datei",
	PluginTasks: "Verwendet von", PluginNoTasks: "keiner Aufgabe", PluginWhere: "wo:",
	PluginBy:  func(name, key string) string { return "von " + name + " (Schlüssel " + key + ")" },
	PluginKey: func(key string) string { return "Schlüssel " + key },
	NeedsWords: map[string]string{
		"": "Ordner, Markierungen, Größen und Zeiten; nichts vom Inhalt der Nachrichten", "envelope": "Ordner, Markierungen, Größen und Zeiten; nichts vom Inhalt der Nachrichten",
		"headers": "auch Kopfzeilen der Nachrichten", "body": "ganze Nachrichten",
	},
	HookWords: map[string]string{
		"map_folder": "wohin Ordner gehen", "map_flags": "welche Markierungen Kopien bekommen", "filter_envelope": "zu jeder Nachricht, bevor sie geladen wird",
		"filter_message": "zu jeder Nachricht, sobald sie hier ist", "rewrite_message": "um Nachrichten zu ändern", "message_key": "welche Nachrichten dieselben sind",
		"on_conflict": "was mit einer anderen Fassung geschieht", "after_message": "nach jeder kopierten Nachricht", "before_task": "vor einem Lauf",
		"after_folder": "nach jedem Ordner", "after_task": "nach einem Lauf", "on_error": "zu dem, was gescheitert ist",
	},
	GrantWords: map[string]string{
		"http": "Webanfragen", "tcp": "Verbindungen", "smtp": "E-Mails senden", "kv": "Sich von Lauf zu Lauf etwas merken",
		"config": "Seine Einstellungen", "body": "Ganze Nachrichten", "log-content": "Protokollieren, was es gelesen hat",
	},

	UploadTitle: "Plugin hinzufügen", UploadLead: "Ein Plugin ist eine .wasm-Datei. Sie wird erst angesehen; nichts wird installiert, bevor Sie es sagen.",
	UploadFile: "Datei", UploadLook: "Ansehen", UploadMissing: "Wählen Sie zuerst eine Datei.",
	UploadInstall: "Installieren", UploadUpgrade: "Das installierte ersetzen", UploadDiscard: "Verwerfen",
	UploadAnyway: "Installieren, obwohl niemand dafür bürgt, wer es gemacht hat",
	UploadSame:   "Genau diese Datei ist schon installiert.", UploadReplaces: "Es ersetzt", UploadNew: "Noch nicht installiert",
	UploadAskGone: "nicht mehr", AskNew: "neu", AskChanged: "geändert",
	UploadKeeps:  "Was Aufgaben dem alten erlaubt haben, bleibt, wie es ist. Aufgaben, die auf die alte Datei festgelegt sind, starten erst, wenn sie die neue verwenden sollen.",
	UploadOf:     func(name string) string { return name + " ansehen" },
	UploadBroken: "Das Hochladen brach ab.",
	Installed:    func(id string) string { return id + " ist installiert. Aufgaben können es jetzt verwenden." },
	Removed:      func(id string) string { return id + " ist entfernt." },

	PluginRemove: "Plugin entfernen", PluginRemoveLead: "Seine Datei wird gelöscht. Was es sich gemerkt hat, bleibt bei den Aufgaben.",
	PluginRemoveNot: "Es kann nicht entfernt werden, solange Aufgaben es verwenden.",
}
