package view

// peopleTexts is the part of the catalogue about users and what they do.
type peopleTexts struct {
	Users, NewUser, Audit, Account, RoleForbids, TokenRefused string

	SetupTitle, SetupLead, SetupCode, SetupCodeHint, SetupWrongCode, SetupMake string
	PasswordAgain, PasswordsDiffer, PasswordHint                               string
	CodeTitle, CodeLead, CodeField, CodeHint, CodeRefused, CodeGo              string
	CodeWait                                                                   func(wait string) string

	RoleReader, RoleUser, RoleOperator, RoleAdmin                 string
	RoleReaderHint, RoleUserHint, RoleOperatorHint, RoleAdminHint string
	ScopeRead, ScopeRun, ScopeWrite, ScopeAdmin                   string

	AccountRole                                                                          func(role string) string
	PasswordTitle, PasswordNow, PasswordNew, PasswordChange, PasswordDone, PasswordWrong string
	PasswordEnds                                                                         string

	CodesTitle, CodesOff, CodesOn, CodesAdvice, CodesManage, CodesLead, CodesStart, CodesScan string
	CodesType, CodesConfirm, CodesConfirmField, CodesWrong, CodesTurnOff, CodesRenew          string
	CodesQR                                                                                   string
	CodesLeft                                                                                 func(n int) string
	RecoveryTitle, RecoveryLead, RecoveryDone                                                 string

	SessionsTitle, SessionsLead, SessionsEnd, SessionsEndOthers, SessionThis string
	ColAddress, ColBrowser, ColSeen, ColSince, BrowserUnknown                string

	TokensTitle, TokensLead, TokensEmpty, TokenMade, TokenMadeLead, TokenNew, TokenName, TokenNameHint string
	TokenScopes, TokenDays, TokenDaysHint, TokenMake, TokenRevoke, TokenExpired, TokenNever            string
	TokenDaysFault                                                                                     string
	ColToken, ColScopes, ColExpires, ColUsed                                                           string

	UsersLead                                                                                                       func(n int) string
	ColUser, ColRole, ColTasks, ColCodes, ColLogin                                                                  string
	UserActive, UserDisabled, UserAllDomains                                                                        string
	UserName, UserNameHint, UserPassword, UserRole, UserDomains, UserDomainsHint, UserEnabled                       string
	UserEnabledHint, UserSave, UserMake, UserSaved, UserPasswordTitle, UserPasswordLead                             string
	UserPasswordSet, UserCodesTitle, UserCodesLead, UserCodesOff, UserCodesRemoved                                  string
	UserRemoveTitle, UserRemoveLead, UserRemove, UserHeir, UserHeirHint, UserSelf, Yes, No, On, Off, UserPasswordDo string
	UserTasks                                                                                                       func(n int) string

	AuditLead, AuditActor, AuditDeed, AuditObject, AuditAny, AuditShow, AuditAll, AuditOlder string
	AuditEmpty, AuditKeep, AuditKeepDays, AuditKeepSave, AuditTimeline                       string
	AuditTimelineOf                                                                          func(name string) string
	ColWhen, ColWho, ColDeed, ColObject, ColDetail                                           string
	TheService                                                                               func(via string) string
	BrowserOn                                                                                func(browser, system string) string
	Somebody, ByToken                                                                        string

	TaskOf, TaskOwner, OwnerNone, OwnerChange, OwnerLead, OwnerGive, OwnerMissing string
	OwnerTitle                                                                    func(name string) string
}

var englishPeople = peopleTexts{
	Users: "Users", NewUser: "New user", Audit: "Audit trail", Account: "Your account",
	RoleForbids:  "Your role does not allow this. An admin can change that.",
	TokenRefused: "The token opens nothing: it is unknown, revoked or expired.",

	SetupTitle: "Welcome", SetupLead: "One step: make the first user. It is an admin, who makes all others.",
	SetupCode: "Set-up code", SetupCodeHint: "It was printed in the terminal when mailweir started. In a browser on that machine it is not asked for.",
	SetupWrongCode: "This is not the set-up code of the mailweir that runs now.", SetupMake: "Make the admin",
	PasswordAgain: "The password again", PasswordsDiffer: "The two passwords are not the same.", PasswordHint: "At least 10 characters; a few words are fine.",
	CodeTitle: "One-time code", CodeLead: "Your password is right. Now the code that your phone shows.", CodeField: "Code",
	CodeHint: "Six digits, or one of your recovery codes.", CodeRefused: "This code is wrong, or was used already.", CodeGo: "Go on",
	CodeWait: func(wait string) string { return "Too many wrong codes. Please wait " + wait + " and try again." },

	RoleReader: "Read-only", RoleUser: "User", RoleOperator: "Operator", RoleAdmin: "Admin",
	RoleReaderHint:   "Sees tasks and runs, all or those of some domains, and changes nothing.",
	RoleUserHint:     "Has tasks of their own and sees no others.",
	RoleOperatorHint: "Has tasks, and tends all that belong to some domains.",
	RoleAdminHint:    "May do everything, and manages the users.",
	ScopeRead:        "read: look at tasks and runs", ScopeRun: "run: run, stop, pause and resume tasks",
	ScopeWrite: "write: make, change and delete tasks", ScopeAdmin: "admin: what only admins may do",

	AccountRole:   func(role string) string { return role },
	PasswordTitle: "Password", PasswordNow: "Password now", PasswordNew: "New password", PasswordChange: "Change the password",
	PasswordDone: "The password is changed. All your other sessions have ended.", PasswordWrong: "The password is wrong.",
	PasswordEnds: "All your other sessions end with it. Tokens stay.",

	CodesTitle: "One-time codes", CodesOff: "The password alone opens your account.", CodesOn: "Each login asks for a code beside the password.",
	CodesAdvice: "As an admin you should turn them on: whoever has your password has everything.",
	CodesManage: "Manage codes", CodesLead: "A program on your phone shows a new code every 30 seconds. Each login asks for one, so that your password alone is worth nothing to others.",
	CodesStart: "Turn on codes", CodesScan: "Scan this with the program on your phone, such as Aegis, FreeOTP or Google Authenticator.",
	CodesType: "Or type this key:", CodesConfirm: "Confirm", CodesConfirmField: "The code that it shows now", CodesWrong: "This is not the code of this key. Is the clock of the phone right?",
	CodesTurnOff: "Turn off codes", CodesRenew: "Use another phone", CodesQR: "QR code with the key",
	CodesLeft:     func(n int) string { return plural(int64(n), "recovery code is", "recovery codes are") + " left." },
	RecoveryTitle: "Your recovery codes", RecoveryLead: "Each opens your account once if the phone is lost. They are shown this once: print them, or keep them where your passwords are.",
	RecoveryDone: "I have kept them",

	SessionsTitle: "Sessions", SessionsLead: "Where you are logged in. A session ends after 30 minutes without use.",
	SessionsEnd: "End", SessionsEndOthers: "End all others", SessionThis: "this one", BrowserUnknown: "no name",
	ColAddress: "Address", ColBrowser: "Browser", ColSeen: "Last used", ColSince: "Since",

	TokensTitle: "Tokens", TokensLead: "They let programs act for you, as far as their scopes reach: “Authorization: Bearer …”.",
	TokensEmpty: "You have none.", TokenMade: "The token is made", TokenMadeLead: "It is shown this once. Keep it like a password.",
	TokenNew: "New token", TokenName: "What it is for", TokenNameHint: "Such as “backup script”.", TokenScopes: "What it may do",
	TokenDays: "Valid for days", TokenDaysHint: "Empty is for ever.", TokenMake: "Make the token", TokenRevoke: "Revoke",
	TokenExpired: "expired", TokenNever: "never", TokenDaysFault: "A token is valid for 1 to 3650 days.",
	ColToken: "Token", ColScopes: "Scopes", ColExpires: "Expires", ColUsed: "Last used",

	UsersLead: func(n int) string { return plural(int64(n), "user", "users") },
	ColUser:   "User", ColRole: "Role", ColTasks: "Tasks", ColCodes: "Codes", ColLogin: "Last login",
	UserActive: "Active", UserDisabled: "Disabled", UserAllDomains: "all domains",
	UserName: "Name", UserNameHint: "To log in with; an address is fine. It can not be changed later.", UserPassword: "First password", UserRole: "Role",
	UserDomains: "Domains", UserDomainsHint: "Of an operator, or those that a read-only user sees (empty: all). Separated by blanks.",
	UserEnabled: "Can log in", UserEnabledHint: "Without it sessions end and tokens open nothing. Tasks go on by their schedules.",
	UserSave: "Save", UserMake: "Make the user", UserSaved: "Saved.",
	UserPasswordTitle: "New password", UserPasswordLead: "All sessions of the user end with it.", UserPasswordSet: "The password is set, and the user's sessions have ended.",
	UserCodesTitle: "One-time codes", UserCodesLead: "For a user who has lost the phone and the recovery codes.", UserCodesOff: "Turn off codes", UserCodesRemoved: "The codes are turned off.",
	UserRemoveTitle: "Remove the user", UserRemoveLead: "Sessions and tokens end. Tasks stay and get another owner.", UserRemove: "Remove the user",
	UserHeir: "The tasks go to", UserHeirHint: "Runs and passwords stay with the tasks.", UserSelf: "This is you. Somebody else has to change your role or remove you.",
	Yes: "yes", No: "no", On: "On", Off: "Off", UserPasswordDo: "Set the password",
	UserTasks: func(n int) string { return plural(int64(n), "task", "tasks") },

	AuditLead: "Who did what, and when. Nothing in it can be changed.", AuditActor: "Who", AuditDeed: "What", AuditObject: "Object", AuditAny: "anything",
	AuditShow: "Show", AuditAll: "Show all", AuditOlder: "Older", AuditEmpty: "There is nothing of this kind.",
	AuditKeep: "How long it is kept", AuditKeepDays: "Days", AuditKeepSave: "Save", AuditTimeline: "Timeline",
	AuditTimelineOf: func(name string) string { return "Timeline of “" + name + "”" },
	ColWhen:         "When", ColWho: "Who", ColDeed: "What", ColObject: "Object", ColDetail: "Detail",
	TheService: func(via string) string {
		if via == "command line" {
			return "the command line"
		}
		return "mailweir itself"
	},
	BrowserOn: func(browser, system string) string { return browser + " on " + system },
	Somebody:  "somebody", ByToken: "by a token",

	TaskOf: "of", TaskOwner: "Owner", OwnerNone: "mailweir itself", OwnerChange: "Change", OwnerGive: "Give the task", OwnerMissing: "There is no such user any more.",
	OwnerLead:  "The owner sees the task, changes it and runs it. Limits on where it may connect are those of the owner's role.",
	OwnerTitle: func(name string) string { return "Give “" + name + "” to" },
}
