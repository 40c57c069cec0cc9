package view

import "fmt"

var germanHooks = hookTexts{
	HooksTitle: "Plugins und Skripte", HooksEdit: "Ändern",
	HooksLead:  "Sie werden von oben nach unten gefragt: Jedes sieht, was die davor übrig gelassen haben.",
	HooksSaved: "Gespeichert. Der nächste Lauf fragt sie.",
	HooksOf:    func(name string) string { return "Plugins und Skripte von „" + name + "“" },
	HookScript: func(name string, version int) string {
		return fmt.Sprintf("Skript %s, Version %d", name, version)
	},
	HookNew: "Neuer Eintrag", HookAddPlugin: "Plugin hinzufügen", HookAdd: "Hinzufügen", HookMoreGrants: "Weitere Erlaubnisse", HookGrants: "Erlaubnisse, eine je Zeile",
	HookSettings: "Einstellungen", HookAsForm: "Als Formular", HookAsJSON: "Als JSON",
	HookOnError: "Wenn es an einem Ordner oder einer Nachricht scheitert", OnErrorHold: "Diese zurückstellen, aufführen und im nächsten Lauf noch einmal versuchen",
	OnErrorIgnore: "Weitermachen, als wäre es nicht gefragt worden", OnErrorStop: "Den Lauf anhalten, damit jemand nachsieht",
	HookMerges: "Wenn es einen Ordner dorthin legt, wohin schon ein anderer geht", MergesReport: "Beide dorthin kopieren und darauf hinweisen", MergesRefuse: "Den Ordner zurückstellen, aufführen und im nächsten Lauf noch einmal versuchen",
	PinOther:    "Diese Aufgabe ist auf eine andere Datei des Plugins festgelegt als die installierte und startet nicht. Ihre Datei:",
	PinUpgrade:  func(version, digest string) string { return "Version " + version + " verwenden (" + digest + ")" },
	PinThis:     "Nur genau diese Datei",
	PinHint:     "Eine spätere Version des Plugins hält diese Aufgabe dann an, bis jemand hier zustimmt.",
	GrantNeeded: "Ohne das startet es nicht.", GrantGive: "Erlauben", GrantType: "Nur Sie können sagen, wohin. Tragen Sie es unten ein:",
	FieldRequired: "nötig", FieldUsual: "nicht gesetzt", FieldLines: "Eines je Zeile.", FieldJSON: "Als JSON.", FieldKey: "Name", FieldAdd: "Eintrag hinzufügen",
	FieldItem: func(n int) string { return fmt.Sprintf("Eintrag %d", n) }, FieldMissing: "Das fehlt.",
	FaultSettings: "Die Einstellungen passen nicht; siehe unten.",
}
