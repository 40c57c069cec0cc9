package view

import "fmt"

var germanScripts = scriptTexts{
	ScriptNew: "Skript schreiben", ScriptNewLead: "Ein paar Zeilen JavaScript entscheiden, wohin Ordner gehen und welche Nachrichten kopiert werden. Sie sehen sofort, was sie mit den E-Mails dieser Aufgabe machen.",
	ScriptName: "Name", ScriptWrite: "Schreiben", ScriptOpen: "Editor öffnen", ScriptBack: "Plugins und Skripte",
	ScriptTitle: func(name string) string { return "Skript „" + name + "“" },
	ScriptLead:  "Nichts, was Sie hier ausprobieren, ändert eine Nachricht. Der nächste Lauf fragt eine gespeicherte Version.",
	ScriptCode:  "Code", ScriptSave: "Als neue Version speichern", ScriptTry: "Ausprobieren",
	ScriptFetch: "E-Mails ansehen", ScriptFetchLead: "Um zu zeigen, was das Skript macht, liest mailweir die Ordner und die neuesten Nachrichten der Quellen. Es ändert dort nichts und vergisst sie, wenn Sie hier aufhören.",
	ScriptVersions: "Versionen", ScriptNoVersions: "Noch nichts gespeichert.", ScriptUsed: "die Aufgabe fragt diese", ScriptUse: "Zu dieser zurückkehren",
	ScriptSaved: "Gespeichert. Der nächste Lauf fragt diese Version.", ScriptDraft: "Nicht gespeichert", ScriptUnused: "Die Aufgabe fragt es nicht: Es wurde aus der Liste der Plugins und Skripte genommen.",
	ScriptVersion: func(n int) string { return fmt.Sprintf("Version %d", n) },
	TryTitle:      "Was es macht", TryWaiting: "Wird ausprobiert …", TryStarts: "Es startet und hat:", TryBroken: "Es läuft nicht",
	TryFolders: "Ordner", TryMessages: "Nachrichten", TryNoMail: "Die Quellen haben keine Nachrichten.", TryLog: "Protokoll", TryLive: "Das Ergebnis folgt beim Tippen.",
	TryHooks: "Funktionen", TryNone: "keine Funktion, die mailweir kennt", TryCut: "Das dauerte zu lange; der Rest wurde nicht gefragt.",
	TryUnasked: "nicht gefragt", TryTooLarge: "zu groß, um es hier auszuprobieren", TryChanged: "wird zu", TryNoSubject: "(kein Betreff)",
	TryColFolder: "Ordner", TryColBecomes: "Was daraus wird", TryColMessage: "Nachricht", TryColTicks: "Aufwand", TryColTime: "Zeit",
	TryLeftOut: "ausgelassen", TryHeld: "zurückgestellt", TryYes: "kopiert",
	TryFetched: func(folders, messages int) string {
		if messages == 1 {
			return pluralDE(int64(folders), "Ordner", "Ordner") + " und die neueste Nachricht dieser Aufgabe"
		}
		return pluralDE(int64(folders), "Ordner", "Ordner") + " und die neuesten " + numberDE(int64(messages)) + " Nachrichten dieser Aufgabe"
	},
	TryLine: func(n int) string { return fmt.Sprintf("Zeile %d", n) },
	TryShare: func(ticks, limit int64) string {
		if limit <= 0 {
			return numberDE(ticks)
		}
		return fmt.Sprintf("%s von %s Takten", numberDE(ticks), numberDE(limit))
	},
	TryOther: func(hooks string) string { return "Hier nicht ausprobiert, aber in einem Lauf gefragt: " + hooks },
}
