package view

import "strconv"

var germanHistory = historyTexts{
	StartedWith: "Womit er gestartet wurde", StartedWithLead: "So, wie es damals war. Die Aufgabe kann seither geändert worden sein.",
	StartedWithUnknown: "Das wurde nicht aufgehoben: Eine frühere Version von mailweir hat diesen Lauf begonnen, oder er endete, bevor er begann.",
	OptionWords: map[string]string{
		"source": "Von", "destination": "Nach", "reach": "Erlaubte Server", "schedule": "Zeitplan", "zone": "Zeitzone", "window": "Zeitfenster",
		"jitter": "Beginnt später um bis zu", "plan first": "Erst muss ein Plan freigegeben sein", "approved plan": "Freigegebener Plan", "folders set by hand": "Von Hand gesetzte Ordner",
		"only folders": "Nur manche Ordner", "rate": "Bytes je Sekunde", "message rate": "Nachrichten je Sekunde", "flags": "Markierungen", "delete at source": "Löscht an der Quelle", "mirror deletions": "Spiegelt Löschungen nach",
		"limit on deleting": "Grenze für das Löschen", "replace": "Ersetzt Nachrichten", "version of mailweir": "Version von mailweir",
	},
	OptionValueWords: map[string]string{
		"by hand": "von Hand", "any server": "beliebige", "public mail servers": "öffentliche Mailserver", "yes": "ja",
		"carried over, what was changed at the destination stays": "werden übertragen; was am Ziel geändert wurde, bleibt",
		"now": "sofort", "nothing": "nichts", "never": "nie", "plugins may": "Plugins dürfen es", "no limit": "keine Grenze", "that of the service": "die des Dienstes",
	},
	OptionFromWords: map[string]string{
		"default": "Vorgabe", "task": "die Aufgabe", "stored account": "gespeichertes Konto", "local domain": "eigene Domain", "rule": "Regel",
		"role of the owner": "Rolle des Besitzers", "service": "der Dienst", "run": "dieser Lauf",
	},
	HooksUsed: "Plugins und Skripte in ihrer Reihenfolge", HookVersion: "Fassung", HookFile: "Seine Datei", HookConfig: "Seine Einstellungen",
	HookConfigDefault: "Vorgabe", HookNotLoaded: "konnte nicht geladen werden", HookPinned: "die Aufgabe will diese Datei",

	Compare: "Mit dem Lauf davor vergleichen", CompareTitle: "Zwei Läufe im Vergleich", CompareLead: "Der frühere Lauf steht links.", CompareBack: "Zurück zum Lauf",
	CompareWith: "Vergleichen mit", CompareDo: "Vergleichen", CompareBefore: "Vorher", CompareAfter: "Nachher", CompareRuns: "Die beiden Läufe", CompareTotals: "Summen",
	CompareOptions: "Einstellungen, die sich unterscheiden", CompareOptionsSame: "Einstellungen und Plugins waren gleich.",
	CompareOptionsUnknown: "Es ist nicht von beiden Läufen bekannt, womit sie gestartet wurden.",
	CompareHooks:          "Plugins, die sich unterscheiden", CompareHookWhat: "Was sich unterscheidet",
	HookChangeWords: map[string]string{
		"added": "neu dabei", "removed": "weggefallen", "version": "Fassung", "digest": "seine Datei", "configuration": "seine Einstellungen", "grants": "was es darf",
		"on error": "was geschieht, wenn es scheitert", "merges": "was mit Ordnern geschieht, die es zusammenlegt", "order": "sein Platz in der Reihenfolge",
	},
	CompareTroubles: "Schwierigkeiten", CompareTroublesNone: "Keiner der Läufe hatte Schwierigkeiten.", CompareNew: "neu", CompareGone: "behoben", CompareStays: "in beiden",
	CompareFolders: "Ordner, die sich unterscheiden", CompareFoldersUnknown: "Die Ordner beider Läufe sind nicht mehr aufgehoben.",
	CompareFoldersSame: func(n int) string {
		if n == 1 {
			return "Ein Ordner ist in beiden gleich."
		}
		return strconv.Itoa(n) + " Ordner sind in beiden gleich."
	},
	CompareNotThere: "nicht da", CompareChange: "Änderung",
	CompareNone: "Es ist kein früherer Lauf dieser Aufgabe aufgehoben.",
}
