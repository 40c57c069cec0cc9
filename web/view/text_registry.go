package view

// registryTexts is the part of the catalogue about stored accounts, local domains,
// directories and rules.
type registryTexts struct {
	Accounts, Domains, Directories, Rules, Settings, Notifications, SubMenu string

	AccountsLead                                                                            func(n int) string
	AccountsEmpty, AccountsEmptyLead, NewAccount                                            string
	ColAccount, ColMailbox, ColUsedBy, ColTested                                            string
	AccountUntested, AccountBroken, AccountWorks, AccountTest, AccountSave, AccountMake     string
	AccountName, AccountNameHint, AccountFind, AccountFindLead, AccountAddress              string
	AccountFindDo, AccountPreset, AccountPresetNone, AccountPresetDo                        string
	AccountFound, AccountFoundNone, AccountFoundNotes, AccountUse, AccountUnsure            string
	AccountOAuth, AccountLogin, AccountKnown, AccountSaved, AccountUntestedLead             string
	AccountRemove, AccountRemoveLead, AccountRemoveNot, AccountUses, AccountUsesNone        string
	AccountAbilities, AccountServer, AccountHolds, AccountQuota, AccountTLS, AccountAppends string
	AccountFindOther, AccountTestTyped                                                      string
	AccountNames, AccountChangesAll                                                         string
	AccountTestOf                                                                           func(server string) string
	AccountFolders                                                                          func(folders int, messages int64) string
	AccountQuotaOf                                                                          func(used, limit string) string
	AccountProvider                                                                         func(name string) string
	UsesMore                                                                                func(n int) string
	Ways                                                                                    map[string]string
	ProviderLogin                                                                           map[string]string
	ProviderPassword, ProviderAppPassword, ProviderOAuth                                    string
	LimitConnections, LimitMessage, LimitDownload, LimitUpload                              string
	UseTask, UseRule                                                                        string

	AbleUIDPlus, UnableUIDPlus, AbleCondstore, UnableCondstore, AbleMultiAppend, UnableMultiAppend string
	AbleSpecialUse, UnableSpecialUse, AbleCompress, AbleQuota, UnableQuota                         string

	DomainsLead                                                                         func(n int) string
	DomainsEmpty, DomainsEmptyLead, NewDomain, ColDomain, ColServer, ColWay             string
	DomainName, DomainNameHint, DomainHost, DomainWay, DomainMaster, DomainMasterHint   string
	DomainAuthzid, DomainAuthzidHint, DomainAdmin, DomainAdminHint, DomainShort         string
	DomainShortHint, DomainSave, DomainMake, DomainSaved, DomainRemove                  string
	DomainRemoveLead, DomainRemoveNot, DomainTest, DomainTestLead, DomainTestAddress    string
	DomainSep, DomainPassword, FaultDomain, FaultAdmin, FaultDomainHost, DomainTestHint string

	DirectoriesLead                                                                           func(n int) string
	DirectoriesEmpty, DirectoriesEmptyLead, NewDirectory, ColDirectory, ColKind               string
	ColWhere, ColRules, DirectoryLDAP, DirectoryCSV, DirectoryStatic                          string
	DirectoryUsers                                                                            func(n int) string
	DirectoryName, DirectoryKind, DirectoryURL, DirectoryURLHint, DirectoryBase               string
	DirectoryBaseHint, DirectoryBind, DirectoryBindHint, DirectoryPassword, DirectoryMore     string
	DirectoryFilter, DirectoryAddressAt, DirectoryNameAt, DirectoryGroupsAt                   string
	DirectoryGroupBase, DirectoryGroupBaseHint, DirectoryCA, DirectoryFile, DirectoryFileHint string
	DirectoryList, DirectoryListHint, DirectoryTest, DirectorySave, DirectoryMake             string
	DirectorySaved, DirectoryRemove, DirectoryRemoveLead, DirectoryRemoveNot                  string
	DirectorySearch, DirectorySearchText, DirectorySearchGroup, DirectorySearchDo             string
	DirectorySearchLead, DirectoryAnyGroup, ColGroups, ColName, FaultDirectoryPassword        string
	DirectoryFound                                                                            func(n int) string
	DirectoryFirst                                                                            func(n int) string
	DirectoryNobody                                                                           string
	DirectoryGroupCount                                                                       func(n int) string
	DirectorySkipped                                                                          func(n int) string
	FaultURL, FaultBase, FaultFile, FaultUsers                                                string
	FaultMailbox                                                                              func(domain string) string

	RulesLead                                                                        func(n int) string
	RulesEmpty, RulesEmptyLead, RulesNeedDirectory, NewRule, ColRule, ColGroup       string
	ColApplied, ColUsers, RuleBroken, RuleNever, RuleWorks, RuleEverybody            string
	RuleName, RuleNameHint, RuleOf, RuleGroup, RuleGroupHint, RuleFrom, RuleTo       string
	RuleWhom, SideKind, SideDomain, SideAccount, SideMaildir, SideAddress            string
	SideAddressHint, SideDir, SideRoot, SideRootHint, SideChoose, RulePatterns       string
	RuleHooks, RuleHooksNow, RuleHooksNone, RuleLike, RuleLikeHint, RuleNoHooks      string
	RuleWho, RuleSave, RuleMake, RuleSaved, RuleApply, RuleApplyLead, RuleApplyMany  string
	RuleRemove, RuleRemoveLead, RuleMakes, RuleKeeps, RuleResumes, RulePauses        string
	RuleRefuses, RuleWhoTitle, RuleWhoLead, RuleUnlikely, RuleNobody, ColFrom, ColTo string
	RuleApplied                                                                      func(users, made, changed, paused, resumed int) string
	RuleCount                                                                        func(n int, e RuleEffect) string
	RuleMore                                                                         func(n int) string
	FaultRuleName, FaultRuleDirectory, FaultLike, FaultSide, FaultDirPath            string
}

var englishRegistry = registryTexts{
	Accounts: "Accounts", Domains: "Local domains", Directories: "Directories", Rules: "Rules", Settings: "Settings",
	Notifications: "Notifications", SubMenu: "Pages beside this one",

	AccountsLead:  func(n int) string { return plural(int64(n), "stored account", "stored accounts") },
	AccountsEmpty: "No account is stored yet", AccountsEmptyLead: "Store an account once, and any number of tasks can use it. A new password then mends them all.",
	NewAccount: "New account", ColAccount: "Account", ColMailbox: "Mailbox", ColUsedBy: "Used by", ColTested: "Tested",
	AccountUntested: "Not tested", AccountBroken: "Does not work", AccountWorks: "Works",
	AccountTest: "Test", AccountSave: "Save", AccountMake: "Store the account",
	AccountName: "Name", AccountNameHint: "For people, such as “archive”.",
	AccountFindOther: "Another server, and what is known of its provider", AccountTestTyped: "Test what is typed",
	AccountFind: "Find the server", AccountFindLead: "Type the address of the mailbox, or choose who runs it. Nothing is sent there but the question.",
	AccountAddress: "Address", AccountFindDo: "Find", AccountPreset: "Provider", AccountPresetNone: "choose …", AccountPresetDo: "Fill in",
	AccountFound: "What was found", AccountFoundNone: "No server was found. Ask whoever runs the mailbox for the name of its IMAP server.",
	AccountFoundNotes: "What was asked in vain", AccountUse: "Use this",
	AccountUnsure: "Only the name service says so, which can be forged. Look at the name before you send a password there.",
	AccountOAuth:  "takes no password, only OAuth",
	AccountLogin:  "Logs in as", AccountKnown: "Good to know", AccountSaved: "Saved.",
	AccountUntestedLead: "Nobody has tested this account yet.",
	AccountRemove:       "Remove the account", AccountRemoveLead: "Its password is forgotten. Mail stays where it is.",
	AccountRemoveNot: "It can not be removed while something uses it. Change or remove that first.",
	AccountUses:      "Used by", AccountUsesNone: "Nothing uses this account yet.",
	AccountAbilities: "What the server can do", AccountServer: "Server", AccountHolds: "Holds", AccountQuota: "Room", AccountTLS: "Connection",
	AccountAppends: "Largest message", AccountNames: "In the words of the server",
	AccountChangesAll: "A change counts for all tasks that use the account, from their next run on.",
	AccountTestOf:     func(server string) string { return "Test of " + server },
	AccountFolders: func(folders int, messages int64) string {
		return plural(int64(folders), "folder", "folders") + ", " + plural(messages, "message", "messages")
	},
	AccountQuotaOf:  func(used, limit string) string { return used + " of " + limit + " used" },
	AccountProvider: func(name string) string { return "What is known of " + name },
	UsesMore:        func(n int) string { return "and " + numberEN(int64(n)) + " more" },
	Ways: map[string]string{
		"provider": "from the table of providers", "SRV record": "named by the domain (SRV record)", "autoconfig": "named by a page of the domain",
		"mail exchanger": "by where the domain's mail goes", "guess": "a guess that answers",
	},
	ProviderLogin: map[string]string{
		"address": "the whole address", "user": "what stands before the “@”", "as set up": "as its administrator has set it up",
	},
	ProviderPassword: "The password of the account opens it.", ProviderAppPassword: "A password made for programs opens it.",
	ProviderOAuth:    "It takes OAuth, too; accounts with it are stored with \"mailweir account add\" or by the API.",
	LimitConnections: "Connections at a time", LimitMessage: "Largest message", LimitDownload: "Downloads a day", LimitUpload: "Uploads a day",
	UseTask: "task", UseRule: "rule",

	AbleUIDPlus:       "Says where it stores each message, so copies are certain at once.",
	UnableUIDPlus:     "Does not say where it stores messages: each copy has to be looked up, which takes longer.",
	AbleCondstore:     "Says what has changed since last time, so later runs are short.",
	UnableCondstore:   "Does not say what has changed: later runs compare the flags of all messages.",
	AbleMultiAppend:   "Takes many messages at once.",
	UnableMultiAppend: "Takes one message at a time, which is slower over long distances.",
	AbleSpecialUse:    "Says which folder is Sent, Drafts, Trash and Junk.",
	UnableSpecialUse:  "Does not say which folder is for what: Sent, Drafts, Trash and Junk are told by their names.",
	AbleCompress:      "Compresses what crosses slow lines.",
	AbleQuota:         "Says how much room there is.",
	UnableQuota:       "Does not say how much room there is.",

	DomainsLead:  func(n int) string { return plural(int64(n), "local domain", "local domains") },
	DomainsEmpty: "No domain is local yet", DomainsEmptyLead: "When you run the mail server of a domain, one credential can open all its mailboxes. Tasks then need no passwords of its users.",
	NewDomain: "New local domain", ColDomain: "Domain", ColServer: "Server", ColWay: "Opened by",
	DomainName: "Domain", DomainNameHint: "What stands behind the “@”. It can not be changed later.", DomainHost: "Server",
	DomainWay: "How mailboxes are opened", DomainMaster: "Master user", DomainMasterHint: "Logs in as MAILBOX*ADMIN, as Dovecot has it.",
	DomainAuthzid: "Authorization identity", DomainAuthzidHint: "ADMIN logs in for the mailbox by SASL PLAIN, as Cyrus has it.",
	DomainAdmin: "Who may open all mailboxes", DomainAdminHint: "Name of the master user or administrator.",
	DomainShort: "The server calls mailboxes by what stands before the “@”", DomainShortHint: "ann instead of ann@example.org.",
	DomainSave: "Save", DomainMake: "Store the domain", DomainSaved: "Saved. Test a mailbox to see whether it works.",
	DomainRemove: "Remove the domain", DomainRemoveLead: "Its password is forgotten. Mailboxes stay.",
	DomainRemoveNot: "It can not be removed while something uses it. Change or remove that first.",
	DomainTest:      "Test a mailbox", DomainTestLead: "Opens the mailbox of an address and looks around. Nothing in it changes.", DomainTestAddress: "Address",
	DomainTestHint: "One that exists, such as your own.",
	DomainSep:      "Separator", DomainPassword: "Password",
	FaultDomain: "A domain is like example.org, in lower case.", FaultAdmin: "Name the user who may open all mailboxes.", FaultDomainHost: "Name the mail server of the domain.",

	DirectoriesLead:  func(n int) string { return plural(int64(n), "directory", "directories") },
	DirectoriesEmpty: "No directory is stored yet", DirectoriesEmptyLead: "A directory knows who has a mailbox: an LDAP server or Active Directory, a CSV file, or a list that you type. Rules give its users tasks.",
	NewDirectory: "New directory", ColDirectory: "Directory", ColKind: "Kind", ColWhere: "Where", ColRules: "Rules",
	DirectoryLDAP: "LDAP or Active Directory", DirectoryCSV: "CSV file", DirectoryStatic: "List",
	DirectoryUsers: func(n int) string { return plural(int64(n), "user", "users") },
	DirectoryName:  "Name", DirectoryKind: "Kind", DirectoryURL: "Server", DirectoryURLHint: "ldaps://HOST, or ldap://HOST with StartTLS. ?tls=none is the only way to clear text.",
	DirectoryBase: "Search base", DirectoryBaseHint: "Where its users are, such as ou=people,dc=example,dc=org.",
	DirectoryBind: "Bind DN", DirectoryBindHint: "Who asks; user@domain works with Active Directory. Empty: nobody.", DirectoryPassword: "Password",
	DirectoryMore: "Filter, attributes, groups", DirectoryFilter: "Filter", DirectoryAddressAt: "Attribute with the address", DirectoryNameAt: "Attribute with the name",
	DirectoryGroupsAt: "Attribute with the groups", DirectoryGroupBase: "Search base of groups", DirectoryGroupBaseHint: "For servers whose users do not name their groups.",
	DirectoryCA: "File of authorities", DirectoryFile: "File", DirectoryFileHint: "An absolute path on the machine of the service. Columns: address, name, groups.",
	DirectoryList: "Users", DirectoryListHint: "A line for each: address, name, and after “=” the groups.",
	DirectoryTest: "Test", DirectorySave: "Save", DirectoryMake: "Store the directory", DirectorySaved: "Saved.",
	DirectoryRemove: "Remove the directory", DirectoryRemoveLead: "Nobody in it is touched.", DirectoryRemoveNot: "It can not be removed while rules ask it.",
	DirectorySearch: "Search users", DirectorySearchText: "Name or address", DirectorySearchGroup: "Group", DirectorySearchDo: "Search",
	DirectorySearchLead: "Asks the directory now.", DirectoryAnyGroup: "any", ColGroups: "Groups", ColName: "Name",
	FaultDirectoryPassword: "Type the password again: the stored one belongs to another server or bind DN.",
	DirectoryFound:         func(n int) string { return "Found " + plural(int64(n), "user", "users") + "." },
	DirectoryFirst:         func(n int) string { return "The first " + numberEN(int64(n)) + ":" },
	DirectoryNobody:        "The directory answers, and knows nobody of this kind.",
	DirectoryGroupCount:    func(n int) string { return plural(int64(n), "group", "groups") },
	DirectorySkipped: func(n int) string {
		return plural(int64(n), "entry has no address that can be used", "entries have no address that can be used")
	},
	FaultURL: "A server is like ldaps://dc.example.org.", FaultBase: "Say where its users are.", FaultFile: "A path begins with “/”.", FaultUsers: "List at least one user.",
	FaultMailbox: func(domain string) string { return "An address in this domain ends with “@" + domain + "”." },

	RulesLead:  func(n int) string { return plural(int64(n), "rule", "rules") },
	RulesEmpty: "There is no rule yet", RulesEmptyLead: "A rule gives every user of a group a task. Who is new gets one within a quarter of an hour; the task of somebody who leaves is paused, and nothing is ever deleted.",
	RulesNeedDirectory: "A rule needs a directory that knows the users.", NewRule: "New rule", ColRule: "Rule", ColGroup: "Whom",
	ColApplied: "Applied", ColUsers: "Users", RuleBroken: "Fails", RuleNever: "Not applied", RuleWorks: "Applied", RuleEverybody: "everybody",
	RuleName: "Name", RuleNameHint: "The tasks are called “NAME: ADDRESS”.", RuleOf: "Directory", RuleGroup: "Group", RuleGroupHint: "Empty: everybody.",
	RuleFrom: "From", RuleTo: "To", RuleWhom: "Whom it is for",
	SideKind: "What it is", SideDomain: "Mailbox of a local domain", SideAccount: "Stored account", SideMaildir: "Directory of this machine (Maildir)",
	SideAddress: "Address of the mailbox", SideAddressHint: "Such as {address}, or {user}@old.example.", SideDir: "Directory",
	SideRoot: "Only below this folder", SideRootHint: "Empty: all folders. Patterns work here, too.", SideChoose: "choose …",
	RulePatterns: "{address}, {user} and {domain} stand for each user's address and its two halves.",
	RuleHooks:    "Hooks", RuleHooksNow: "The tasks are made with", RuleHooksNone: "The tasks are made without hooks.",
	RuleLike: "Hooks as those of the task", RuleLikeHint: "Name of a task. Empty: they stay as they are.", RuleNoHooks: "Without hooks from now on",
	RuleWho: "Who would get a task?", RuleSave: "Save", RuleMake: "Store the rule", RuleSaved: "Saved. It is applied within a quarter of an hour, or now.",
	RuleApply: "Apply now", RuleApplyLead: "Asks the directory and makes, changes, pauses and resumes tasks. The service does the same every quarter of an hour.",
	RuleApplyMany: "Yes, so many have left: pause their tasks", RuleRemove: "Remove the rule", RuleRemoveLead: "Its tasks stay, as if somebody had made them by hand.",
	RuleMakes: "Gets a task", RuleKeeps: "Has a task", RuleResumes: "Is back", RulePauses: "Has left", RuleRefuses: "Can not have one",
	RuleWhoTitle: "Who would get a task", RuleWhoLead: "By what is typed now. Nothing has been changed.",
	RuleUnlikely: "So many have left that nothing would be paused without being told to.", RuleNobody: "The directory knows nobody of this kind.",
	ColFrom: "From", ColTo: "To",
	RuleApplied: func(users, made, changed, paused, resumed int) string {
		return plural(int64(users), "user", "users") + ": " + plural(int64(made), "task", "tasks") + " made, " + numberEN(int64(changed)) + " changed, " +
			numberEN(int64(paused)) + " paused, " + numberEN(int64(resumed)) + " resumed."
	},
	RuleCount: func(n int, e RuleEffect) string {
		switch e {
		case RuleMakes:
			return plural(int64(n), "gets a task", "get a task")
		case RuleResumes:
			return plural(int64(n), "is back", "are back")
		case RulePauses:
			return plural(int64(n), "has left", "have left")
		case RuleRefuses:
			return plural(int64(n), "can not have one", "can not have one")
		}
		return plural(int64(n), "has a task", "have a task")
	},
	RuleMore:      func(n int) string { return "and " + numberEN(int64(n)) + " more" },
	FaultRuleName: "Give the rule a name of up to 100 bytes.", FaultRuleDirectory: "Choose the directory that knows the users.",
	FaultLike: "There is no task of this name.", FaultSide: "Choose the account, or name the mailbox.", FaultDirPath: "A path begins with “/”.",
}
