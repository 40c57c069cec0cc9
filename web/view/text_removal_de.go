package view

var germanRemoval = removalTexts{
	FormRemoval:     "Löschen und ersetzen",
	FormRemovalLead: "Gefährlich, und aus, solange Sie es nicht einschalten. Es kommt nach dem Kopieren, und nur dort, wo die andere Kopie sicher ist.",
	FormRemovalOpen: "Zeigen, was gelöscht werden kann",
	FormDelete:      "An der Quelle löschen", FormDeleteHint: "Nur was kopiert und zurückgelesen wurde und dieselben Bytes hat.",
	DeleteKeep: "nie: Alles bleibt dort", DeleteNow: "sobald es kopiert und zurückgelesen ist", DeleteDays: "einige Tage nach dem Kopieren",
	FormDeleteDays: "Tage nach dem Kopieren",
	FormMirror:     "Kopien löschen, deren Nachrichten an der Quelle verschwunden sind",
	FormMirrorHint: "Nachrichten, die nur das Ziel hat, werden nie angerührt.",
	FormGrace:      "Tage, die eine Nachricht verschwunden sein muss",
	FormLimit:      "Höchstens, in einem Lauf", FormLimitHint: "Ein Anteil wie 10%, oder eine Anzahl, der Nachrichten einer Seite. Darüber wird nichts gelöscht, und der Lauf wartet auf Sie.",
	FormReplace: "Plugins dürfen Nachrichten am Ziel ersetzen", FormReplaceHint: "Nur Plugins, die dafür gemacht sind, verlangen das.",
	FormConfirm: func(word string) string {
		return "Geben Sie „" + word + "“ ein, um zu erlauben, was Sie eingeschaltet haben"
	},
	FormConfirmHint: "Nur nötig, wenn mehr gelöscht oder ersetzt werden darf als zuvor.", ConfirmWord: "löschen",
	FaultDays: "Eine Anzahl von Tagen, von 0 bis 36500.", FaultConfirm: "Bitte geben Sie das Wort genau so ein, wie es dasteht, oder schalten Sie Löschen und Ersetzen aus.",
	FaultBoth: "Eine Aufgabe, die an einer Quelle löscht, kann nicht auch Löschungen spiegeln.",
	RemovalSource: func(source, age string) string {
		return "bei " + source + ", " + age + " nach dem Kopieren einer Nachricht"
	},
	RemovalSourceNow: func(source, _ string) string {
		return "bei " + source + ", sobald eine Nachricht kopiert und zurückgelesen ist"
	},
	RemovalMirror: func(grace string) string {
		return "Kopien, " + grace + " nachdem ihre Nachrichten an der Quelle verschwunden sind"
	},
	RemovalReplace: "Plugins dürfen Nachrichten am Ziel ersetzen.", RemovalTitle: "Diese Aufgabe löscht", RemovalLimit: "Höchstens, in einem Lauf:",
	FormAuthToken: "das Passwort ist ein Zugriffstoken",
	OptReplace:    "Ersetzen", OptReplaceNever: "am Ziel wird nie etwas ersetzt",
}
