package view

// deletedTexts are about tasks that were deleted and can be restored.
type deletedTexts struct {
	DeletedTasks, DeletedLead, DeletedNone, DeletedNoneLead string
	ColDeleted, ColUntil, Restore, Undo                     string
	DeletedOne, DeletedUntil, RestoreLabel                  func(string) string
	UndoLabel                                               func(n int, name string) string
	RestoreAll                                              func(n int) string
}

var englishDeleted = deletedTexts{
	DeletedTasks: "Deleted tasks", DeletedLead: "Each comes back with all it had: runs, plugins, passwords, schedule, and the memory of what was copied.",
	DeletedNone: "Nothing to restore", DeletedNoneLead: "What you delete is kept here for a day.",
	ColDeleted: "Deleted", ColUntil: "Kept until", Restore: "Restore", Undo: "Undo",
	DeletedOne:   func(name string) string { return "“" + name + "” was deleted." },
	DeletedUntil: func(time string) string { return "It can be restored until " + time + "." },
	RestoreLabel: func(name string) string { return "Restore " + name },
	UndoLabel: func(n int, name string) string {
		if n == 1 {
			return "Undo: restore " + name
		}
		return "Undo: restore " + plural(int64(n), "task", "tasks")
	},
	RestoreAll: func(n int) string { return "Restore all " + numberEN(int64(n)) },
}
