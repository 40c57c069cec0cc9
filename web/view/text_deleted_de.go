package view

var germanDeleted = deletedTexts{
	DeletedTasks: "Gelöschte Aufgaben", DeletedLead: "Jede kommt mit allem zurück, was sie hatte: Läufe, Plugins, Passwörter, Zeitplan und das Gedächtnis davon, was kopiert ist.",
	DeletedNone: "Nichts wiederherzustellen", DeletedNoneLead: "Was Sie löschen, bleibt hier einen Tag lang.",
	ColDeleted: "Gelöscht", ColUntil: "Bleibt bis", Restore: "Wiederherstellen", Undo: "Rückgängig machen",
	DeletedOne:   func(name string) string { return "„" + name + "“ wurde gelöscht." },
	DeletedUntil: func(time string) string { return "Das lässt sich bis " + time + " rückgängig machen." },
	RestoreLabel: func(name string) string { return name + " wiederherstellen" },
	UndoLabel: func(n int, name string) string {
		if n == 1 {
			return "Rückgängig machen: " + name + " wiederherstellen"
		}
		return "Rückgängig machen: " + pluralDE(int64(n), "Aufgabe", "Aufgaben") + " wiederherstellen"
	},
	RestoreAll: func(n int) string { return "Alle " + numberDE(int64(n)) + " wiederherstellen" },
}
