package view

import (
	"fmt"

	"github.com/mailweir/mailweir/host/task"
)

var germanBatches = batchTexts{
	Batches: "Stapel", BatchesLead: "Viele Aufgaben auf einmal, aus einer Tabelle.", BatchesNone: "Noch keine Tabelle", BatchNew: "Neuer Stapel",
	BatchesNoneLead: "Zwanzig Postfächer sollen umziehen? Schreiben Sie sie in eine Tabelle, eine Zeile für jedes, und bringen Sie sie hierher. Sie sehen, was aus jeder Zeile wird, bevor etwas beginnt.",
	BatchNewLead:    "Eine Tabelle mit einer Zeile für jedes Postfach. Nichts wird als Aufgabe gespeichert, bevor Sie es durchgesehen haben.",
	BatchFile:       "Eine CSV-Datei", BatchPaste: "Oder die Zeilen einfügen", BatchPasteHint: "Mit den Namen der Spalten in der ersten Zeile. Direkt aus einer Tabellenkalkulation geht es auch.",
	BatchLook: "Ansehen", BatchColumns: "Welche Spalten?", BatchColumnsLead: "In beliebiger Reihenfolge. Nur die ersten drei müssen da sein.",
	BatchExample: "Zum Beispiel", BatchMissing: "Wählen Sie eine Datei, oder fügen Sie die Zeilen ein.", BatchPasted: "Eingefügte Tabelle", BatchCut: "Die Tabelle kam nicht als Ganzes an. Bitte senden Sie sie noch einmal.",
	BatchColumn: map[string]string{
		"name":                 "Name der Aufgabe. Eine Aufgabe, die so heißt, wird geändert; sonst wird eine angelegt.",
		"source":               "Das alte Postfach: eine Adresse, eine URL wie imaps://anna@alt.example, oder account:NAME",
		"destination":          "Das neue Postfach, auf dieselbe Weise",
		"source_server":        "Server des alten Postfachs, wenn die Adresse ihn nicht verrät",
		"source_user":          "Wer sich anmeldet, wenn es nicht die Adresse ist",
		"source_password":      "Leer lassen, dann bekommen Sie einen Link, mit dem der Benutzer es selbst eingibt",
		"destination_server":   "Und dieselben drei für das neue Postfach",
		"destination_user":     "",
		"destination_password": "",
		"every":                "Die Kopie wiederholen: 15m, 6h, 1d",
	},
	BatchCol: "Stapel", BatchMade: "Angelegt", BatchTasks: "Aufgaben", BatchCopied: "Kopiert", BatchStanding: "Wie sie stehen", BatchRows: "Zeilen",
	BatchRetry: "Noch einmal versuchen, was scheiterte", BatchRetryHint: "Startet alle Aufgaben dieses Stapels, die nicht alles bekamen.", BatchFailures: "Gescheitertes herunterladen (CSV)",
	BatchLinks: "Links für wartende Benutzer (CSV)", BatchLinksHint: "Das legt für jeden einen neuen Link an; frühere Links öffnen dann nichts mehr.",
	BatchStoring: "Die Zeilen werden zu Aufgaben. Diese Seite folgt.", BatchLeft: "Einige Zeilen sind noch keine Aufgaben.", BatchLeftGo: "Verbessern", BatchAllTasks: "Seine Aufgaben",
	BatchNobody: "Keine Aufgabe dieses Stapels ist so.",
	BatchSays: func(t task.BatchTotals) string {
		s := pluralDE(int64(t.Rows), "Zeile", "Zeilen") + ": " + numberDE(int64(t.Made)) + " angelegt, " + numberDE(int64(t.Changed)) + " geändert, " + numberDE(int64(t.Same)) + " wie zuvor"
		if t.Failed > 0 {
			s += ", " + numberDE(int64(t.Failed)) + " nicht gespeichert"
		}
		return s
	},

	Drafts: "Tabellen, die nicht begonnen sind", DraftExpires: "Sie enthält Passwörter und wird darum vergessen", DraftGoOn: "Weitermachen",
	DraftSums: func(s task.DraftSums) string {
		text := numberDE(int64(s.Made)) + " neu, " + numberDE(int64(s.Changed)) + " geändert, " + numberDE(int64(s.Same)) + " wie sie sind"
		if s.Failed > 0 {
			text += ", " + numberDE(int64(s.Failed)) + " falsch"
		}
		return text
	},
	DraftRows: func(n int) string { return pluralDE(int64(n), "Zeile", "Zeilen") },
	DraftLooking: func(known, all int) string {
		return numberDE(int64(known)) + " von " + numberDE(int64(all)) + " Zeilen angesehen …"
	},
	DraftAll: "Alle Zeilen", DraftWrong: "Nur was falsch ist", DraftStart: "Alle anlegen", DraftRun: "Jede Aufgabe sofort starten", DraftDiscard: "Tabelle verwerfen", DraftTestPage: "Alle auf dieser Seite testen",
	DraftStartGood: func(n int) string {
		if n == 1 {
			return "Die 1 gute Zeile anlegen"
		}
		return "Die " + numberDE(int64(n)) + " guten Zeilen anlegen"
	},
	DraftNothingGood: "Keine Zeile kann gespeichert werden, wie sie ist. Verbessern Sie mindestens eine.", DraftStarting: "Ihre Zeilen werden gespeichert.", DraftNoneWrong: "Nichts ist mehr falsch.",
	DraftPreview: "Was aus jeder Zeile wird", DraftLeadWait: "Aufgaben ohne Passwort warten darauf; für jede bekommen Sie einen Link, den der Benutzer öffnen kann.",
	DraftLine: func(n int) string { return fmt.Sprintf("Zeile %d", n) },
	DraftFix:  "Verbessern", DraftFixLead: "Leere Felder sind, als gäbe es die Spalte nicht.", DraftSave: "Speichern", DraftRemove: "Auslassen", DraftTest: "Testen", DraftCancel: "Abbrechen",
	DraftKept: "Leer behält das der Tabelle", DraftTested: "Beide Seiten öffnen sich", DraftTestedWaits: "Öffnet sich, soweit ein Passwort da ist", DraftColRow: "Zeile", DraftColVerdict: "Urteil", DraftColTest: "Test",
	DraftUntested: "Nicht getestet", DraftWaits: "wartet auf das Passwort des Benutzers",
	DraftLabel: map[string]string{
		"name": "Name der Aufgabe", "source": "Postfach", "source_server": "Server", "source_user": "Benutzer", "source_password": "Passwort", "source_root": "Ordner", "source_name": "Name der Quelle",
		"destination": "Postfach", "destination_server": "Server", "destination_user": "Benutzer", "destination_password": "Passwort", "destination_root": "Ordner",
		"template": "Wie die Aufgabe", "every": "Alle", "cron": "Cron-Zeile", "zone": "Zeitzone",
	},
	DraftSource: "Von", DraftDestination: "Nach", DraftWhen: "Aufgabe",
	Effect: map[task.Effect]string{
		task.EffectMade: "Neu", task.EffectChanged: "Ändert eine Aufgabe", task.EffectSame: "So, wie sie ist", task.EffectFailed: "Falsch",
	},
	DraftUnknown: "Noch nicht angesehen", TableBroke: "Die Tabelle bricht hier wegen eines Fehlers ab; mehr steht im Protokoll von mailweir.",
}

var germanLinks = linkTexts{
	StateWaits: "Wartet auf Benutzer", StateWaitsLong: "Jemand muss erst ein Passwort eingeben. Legen Sie einen Link an, und senden Sie ihn dem, der es hat.",
	LinkCopy: "Link kopieren", LinkCopied: "Kopiert", LinkTitle: "Ein Link für den Benutzer", LinkLead: "Senden Sie ihn der Person, der das Postfach gehört. Sie braucht hier kein Benutzerkonto: Sie gibt ihr Passwort ein und sieht, wie die Kopie vorangeht.",
	LinkOnce: "Er wird nur dieses eine Mal gezeigt. Ein früherer Link dieser Aufgabe öffnet nichts mehr.", LinkGood: "Er gilt bis", LinkBack: "Zurück zur Aufgabe",
	LinkHead: "Link für den Benutzer", LinkOpen: "angelegt, noch nicht benutzt; er gilt bis", LinkUsed: "das Passwort wurde eingegeben", LinkExpired: "abgelaufen", LinkNone: "Es gibt keinen.", LinkMake: "Link anlegen", LinkRevoke: "Widerrufen", LinkBy: "von",
	LinkAskWaits: "Er fragt nach dem Passwort, das fehlt.", LinkAskAgain: "Er fragt noch einmal nach dem Passwort des alten Postfachs, falls es sich geändert hat.",
	LinkLost: "Dieser Link öffnet nichts", LinkLostLead: "Vielleicht ist er abgelaufen, durch einen neueren ersetzt oder nicht vollständig kopiert. Bitten Sie die Person, die ihn gesendet hat, um einen neuen.",
	GiveTitle: "Ihre E-Mails ziehen gleich um", GiveTitleAgain: "Ihr Passwort wird noch einmal gebraucht",
	GiveLead:       "Alle Ihre E-Mails werden aus dem alten Postfach in das neue kopiert. Nichts wird gelöscht, und Sie können inzwischen beide weiter benutzen.",
	GivePasswordOf: "Passwort von", GivePasswordHint: "Das, mit dem Sie dort Ihre E-Mails lesen.", GiveSend: "Prüfen und beginnen", GiveTrying: "Wird geprüft …",
	GivePassword: func(address string) string { return "Passwort von " + address },
	GiveWrong:    "Der Mailserver nimmt dieses Passwort nicht an.", GiveWrongMore: "Bitte geben Sie es noch einmal ein. Manche Anbieter verlangen ein Passwort, das für Mailprogramme gemacht ist („App-Passwort“), oder dass IMAP in den Einstellungen des Postfachs eingeschaltet ist.",
	GiveServer: "Der Mailserver ist im Moment nicht zu erreichen.", GiveServerMore: "Ihr Passwort kann durchaus richtig sein: Niemand konnte fragen. Bitte versuchen Sie es in ein paar Minuten mit demselben Link noch einmal. Bleibt es so, sagen Sie es der Person, die Ihnen den Link gesendet hat.",
	GiveMissing: "Bitte geben Sie das Passwort ein.", GiveFrom: "Von", GiveInto: "Nach", GiveKept: "Das Passwort wird verschlüsselt gespeichert und nur für diese Kopie verwendet.",
	GiveBusy: "Gerade prüft jemand anderes ein Passwort. Bitte versuchen Sie es in einem Augenblick noch einmal.", GiveChanged: "An der Kopie wurde inzwischen etwas geändert. Bitte sehen Sie sie sich noch einmal an, und geben Sie das Passwort noch einmal ein.",
	GiveWait: func(wait string) string {
		return "Das war mehrmals falsch. Bitte warten Sie " + wait + " und versuchen Sie es dann noch einmal."
	},
	GoesTitle: "Ihre E-Mails werden kopiert", GoesLead: "Sie können diese Seite schließen. Die Kopie geht weiter, und dieser Link zeigt, wie weit sie ist, wann immer Sie ihn öffnen.",
	GoesQueued: "Es beginnt gleich", GoesDone: "Alle Ihre E-Mails sind da", GoesDoneLead: "Alles wurde kopiert. Das alte Postfach ist, wie es war.", GoesListed: "Fast alle Ihre E-Mails sind da",
	GoesWaits: "Danke, das Passwort ist richtig", GoesTrouble: "Die Kopie hat angehalten", GoesTroubleLead: "Nichts ist verloren: Alle E-Mails sind noch im alten Postfach. Die Person, die Ihnen den Link gesendet hat, sieht das auch.",
	GoesSoon: "Die Kopie wurde unterbrochen und geht von selbst weiter", GoesSafe: "Im alten Postfach wird nichts gelöscht.", GoesCome: "Danke. Die Kopie beginnt bald; diese Seite folgt.",
	GoesCount: func(done, all int64) string {
		return numberDE(done) + " von " + pluralDE(all, "Nachricht", "Nachrichten")
	},
	GoesNot: func(n int64) string {
		return pluralDE(n, "Nachricht konnte", "Nachrichten konnten") + " nicht kopiert werden. Die Person, die Ihnen den Link gesendet hat, kann sehen, welche."
	},
	Via: "über einen Link",
}
