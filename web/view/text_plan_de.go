package view

import (
	"strings"

	"github.com/mailweir/mailweir/host/task"
)

var germanPlan = planTexts{
	PlanTitle: func(name string) string { return "Plan von " + name },
	PlanHead:  "Plan",
	PlanLead:  "Was ein Lauf mit jedem Ordner machen würde, so wie es zu einem Zeitpunkt aussah. Das Nachsehen ändert auf keiner Seite etwas.",
	PlanOpen:  "Vor dem Kopieren nachsehen", PlanEmpty: "Noch hat niemand nachgesehen",
	PlanEmptyLead: "mailweir meldet sich an allen Konten an, vergleicht ihre Ordner und sagt, wohin jeder geht, was schiefgehen kann und wie lange es dauern mag. Nichts wird geändert.",
	PlanMake:      "Plan machen", PlanMakeAgain: "Neuen Plan machen",
	PlanApprove: "Freigeben", PlanApproveHint: "Läufe tun dann genau das, bis einer ihn ausgeführt hat. Ordner, die anders sind als darin, werden zurückgestellt, und eine geänderte Aufgabe läuft nicht.",
	PlanWithdraw: "Freigabe zurückziehen", PlanSaveRows: "Speichern und neuen Plan machen", PlanSaveRowsHint: "Was Sie von Hand setzen, geht vor Regeln und Plugins.",
	PlanNew: "Nicht freigegeben", PlanApproved: "Freigegeben", PlanEnded: "Zurückgezogen", PlanDone: "Ausgeführt",
	PlanNewLong: "Niemand hat ihn freigegeben. Läufe folgen den Regeln der Aufgabe.", PlanIncompleteLong: "Ein Konto ließ sich nicht öffnen, darum fehlen Ordner: Er kann nicht freigegeben werden.",
	PlanApprovedBy: func(who string) string { return "Freigegeben von " + who + ": Läufe tun genau das." },
	PlanEndedBy:    func(who string) string { return "Zurückgezogen oder ersetzt von " + who + "." },
	PlanDoneBy: func(string) string {
		return "Ein Lauf hat ihn ausgeführt. Spätere Läufe folgen den Regeln der Aufgabe."
	},
	PlanOther: func(who string) string {
		return "Ein anderer Plan, freigegeben von " + who + ", bindet die Läufe, bis dieser freigegeben ist."
	},
	PlanStale: "Die Aufgabe wurde geändert, nachdem dieser Plan gemacht war. Machen Sie einen neuen.",
	PlanFirst: "Erst laufen, wenn ein Plan freigegeben wurde", PlanFirstHint: "Bis dahin endet jeder Lauf, bevor er etwas kopiert, und sagt, dass er auf Sie wartet.", PlanFirstSave: "Speichern",
	FindingFine: "Gut", FindingNote: "Hinweis", FindingStops: "Hält einen Lauf auf",
	FindingsTitle: "Was sich zeigte", FindingsNone: "Für diesen Plan wurden die Konten nicht näher angesehen.", FindingsLead: "Was einen Lauf aufhalten würde, steht zuerst.",
	FindingWhere: func(where string) string {
		name, isSource := strings.CutPrefix(where, "source ")
		switch {
		case isSource:
			return "Quelle " + name
		case where == "destination":
			return "Ziel"
		}
		return capital(where)
	},
	PlanToCopy: "Zu kopieren", PlanSize: "Größe", PlanTime: "Dauert etwa", PlanCreate: "Neue Ordner", PlanLeftOut: "Ausgelassen",
	PlanUnsure: func(n int64) string {
		return "und bis zu " + pluralDE(n, "Nachricht", "Nachrichten") + ", von denen manche schon da sein können"
	},
	PlanOf:       func(n int64) string { return "von " + pluralDE(n, "Nachricht", "Nachrichten") },
	PlanSizeMore: "oder mehr: Nicht alle Größen sind bekannt", PlanTimeUnknown: "nicht bekannt", PlanTimeNone: "nichts zu kopieren",
	PlanTimeSample: func(messages int, size string) string {
		return "nach einer Stichprobe von " + pluralDE(int64(messages), "Nachricht", "Nachrichten") + " (" + size + ")"
	},
	PlanTimeSpan: func(low, high string) string {
		if low == high {
			return low
		}
		return low + " bis " + high
	},
	PlanRows: "Wohin jeder Ordner geht", PlanRowsLead: "Ändern Sie für einzelne Zeilen den Zielordner, oder lassen Sie einen Ordner aus.",
	PlanColCopy: "Zu kopieren", PlanColOut: "Auslassen",
	PlanRowTarget: func(folder string) string { return "Zielordner von " + folder },
	PlanRowOut:    func(folder string) string { return folder + " auslassen" },
	PlanRowReset:  func(folder string) string { return "Über " + folder + " wieder die Regeln entscheiden lassen" },
	PlanByHand:    "von Hand gesetzt", PlanMade: "wird angelegt", PlanReset: "wie die Regeln sagen", PlanOut: "ausgelassen", PlanUnknown: "noch nicht bekannt",
	PlanTooBig: func(n int64) string { return numberDE(n) + " zu groß" },
	PlanDelete: func(n int64) string { return numberDE(n) + " zu löschen" },
	PlanCollision: func(kind task.CollisionKind) string {
		switch kind {
		case task.CollisionMerge:
			return "wird eins mit einem anderen Ordner"
		case task.CollisionCase:
			return "unterscheidet sich von einem anderen Ordner nur in Groß- und Kleinschreibung"
		}
		return "sieht aus wie ein anderer Ordner"
	},
	PlanFaultTarget: func(folder string) string {
		return "Sagen Sie, wohin " + folder + " gehen soll, oder lassen Sie ihn aus."
	},
	PlanMoved:      "Inzwischen wurde ein neuer Plan gemacht. Das ist der neue; nichts wurde gespeichert oder freigegeben.",
	PlanNothingSet: "Nichts wurde geändert.",
	PlanNotes:      "Hinweise", PlanBinds: "Ein freigegebener Plan bindet die Läufe",
	OptPlanFirst: "Erster Lauf", OptPlanFirstYes: "erst, wenn ein Plan freigegeben wurde",

	PlanRowsMore: func(n int) string {
		return pluralDE(int64(n), "weiterer Ordner wird", "weitere Ordner werden") + " hier nicht gezeigt; die API und „mailweir task plan“ haben sie alle."
	},
}
