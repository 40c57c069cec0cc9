package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/mailweir/mailweir/host/access"
)

// route is a line of the table of all that the server answers.
type route struct {
	method, path string
	permission   permission
	handler      echo.HandlerFunc
}

func (s *Server) routes() []route {
	const get, post = http.MethodGet, http.MethodPost
	return append(s.apiRoutes(), []route{
		{get, "/healthz", everyone, s.healthy},
		{get, "/readyz", everyone, s.ready},
		{get, "/metrics", watching(access.ReadMetrics), s.metrics},
		{get, "/static/:digest/:name", everyone, s.getStatic},

		{get, setupPath, visitor, s.showSetup},
		{post, setupPath, visitor, s.setUp},
		{get, "/login", visitor, s.showLogin},
		{post, "/login", visitor, s.login},
		{get, "/login/code", visitor, s.showCode},
		{post, "/login/code", visitor, s.enterCode},
		{post, "/logout", visitor, s.logout},
		{post, themePath, visitor, s.setTheme},
		{post, languagePath, visitor, s.setLanguage},

		{get, "/", to(access.ListTasks), s.showOverview},
		{get, "/events", watching(access.ListTasks), s.watchOverview},
		{get, "/tasks", to(access.ListTasks), s.listTasks},
		{get, "/tasks/events", watching(access.ListTasks), s.watchTasks},
		{post, "/tasks/bulk", to(access.BulkTasks), s.bulkTasks},
		{get, "/tasks/form", to(access.CreateTask), s.newTask},
		{post, "/tasks/form", to(access.CreateTask), s.saveTask},
		{get, "/tasks/new", to(access.CreateTask), s.newWizard},
		{post, "/tasks/new", to(access.CreateTask), s.startWizard},
		{get, "/tasks/new/:sketch/:step", to(access.CreateTask), s.showStep},
		{post, "/tasks/new/:sketch/:step", to(access.CreateTask), s.takeStep},
		{get, "/tasks/:task", to(access.ReadTask), s.showTask},
		{get, "/tasks/:task/edit", to(access.ChangeTask), s.editTask},
		{post, "/tasks/:task/edit", to(access.ChangeTask), s.saveTask},
		{get, "/tasks/:task/delete", to(access.DeleteTask), s.confirmDelete},
		{post, "/tasks/:task/delete", to(access.DeleteTask), s.deleteTask},
		{post, "/tasks/:task/pause", to(access.PauseTask), s.pauseTask},
		{post, "/tasks/:task/resume", to(access.PauseTask), s.resumeTask},
		{post, "/tasks/:task/run", to(access.RunTask), s.startRun},

		{get, "/tasks/:task/plan", to(access.ReadTask), s.showPlan},
		{post, "/tasks/:task/plan", to(access.RunTask), s.makePlan},
		{post, "/tasks/:task/plan/rows", to(access.ChangeTask), s.changeRows},
		{post, "/tasks/:task/plan/approve", to(access.ChangeTask), s.approvePlan},
		{post, "/tasks/:task/plan/withdraw", to(access.ChangeTask), s.withdrawPlan},
		{post, "/tasks/:task/plan/first", to(access.ChangeTask), s.setPlanFirst},

		{get, "/tasks/:task/hooks", to(access.ChangeTask), s.editHooks},
		{post, "/tasks/:task/hooks", to(access.ChangeTask), s.saveHooks},
		{post, "/tasks/:task/scripts", to(access.ChangeTask), s.newScript},
		{get, "/tasks/:task/scripts/:script", to(access.ChangeTask), s.showScript},
		{post, "/tasks/:task/scripts/:script", to(access.ChangeTask), s.editScript},
		{post, "/tasks/:task/scripts/:script/try", to(access.ChangeTask), s.tryScript},
		{post, "/tasks/:task/scripts/:script/use", to(access.ChangeTask), s.useScript},

		{get, "/tasks/:task/timeline", to(access.ReadTask), s.showTimeline},
		{get, "/tasks/:task/owner", to(access.GiveTask), s.chooseOwner},
		{post, "/tasks/:task/owner", to(access.GiveTask), s.giveTask},

		{get, "/deleted", to(access.CreateTask), s.listDeleted},
		{post, "/deleted/:deletion/restore", to(access.CreateTask), s.restoreDeleted},

		{get, "/batches", to(access.ListTasks), s.listBatches},
		{get, tablePath, to(access.CreateTask), s.newBatch},
		{post, tablePath, to(access.CreateTask), s.takeTable},
		{get, "/batches/:batch", to(access.ListTasks), s.showBatch},
		{get, "/batches/:batch/events", watching(access.ListTasks), s.watchBatch},
		{get, "/batches/:batch/failures.csv", to(access.ListTasks), s.downloadFailures},
		{post, "/batches/:batch/links.csv", to(access.CreateTask), s.downloadLinks},
		{get, "/drafts/:draft", to(access.CreateTask), s.showDraft},
		{get, "/drafts/:draft/head", to(access.CreateTask), s.showDraftHead},
		{post, "/drafts/:draft", to(access.CreateTask), s.decideDraft},
		{post, "/drafts/:draft/rows/:row", to(access.CreateTask), s.decideRow},

		{post, "/tasks/:task/link", to(access.ChangeTask), s.makeLink},
		{post, "/tasks/:task/link/revoke", to(access.ChangeTask), s.revokeLink},
		{get, linkPath + ":token", everyone, s.showLink},
		{post, linkPath + ":token", everyone, s.givePasswords},
		{get, linkPath + ":token/events", everyone, s.watchLink},

		{get, "/runs/:run", to(access.ReadTask), s.showRun},
		{get, "/runs/:run/events", watching(access.ReadTask), s.watchRun},
		{get, "/runs/:run/compare", to(access.ReadTask), s.compareRuns},
		{get, "/runs/:run/report.json", to(access.ReadTask), s.downloadReport},
		{post, "/runs/:run/stop", to(access.RunTask), s.stopRun},
		{post, "/runs/:run/pause", to(access.RunTask), s.pauseRun},
		{post, "/runs/:run/resume", to(access.RunTask), s.resumeRun},
		{post, "/runs/:run/retry", to(access.RunTask), s.retryRun},
		{post, "/runs/:run/pace", to(access.RunTask), s.paceRun},
		{get, "/runs/:run/folders.csv", to(access.ReadTask), s.downloadFolders},
		{get, "/runs/:run/listed.csv", to(access.ReadTask), s.downloadListed},

		{get, "/account", to(access.OwnAccount), s.showAccount},
		{post, "/account/password", to(access.OwnAccount), s.changePassword},
		{post, "/account/sessions/end", to(access.OwnAccount), s.endOtherSessions},
		{post, "/account/sessions/:session/end", to(access.OwnAccount), s.endSession},
		{post, "/account/tokens", to(access.OwnAccount), s.makeToken},
		{post, "/account/tokens/:token/revoke", to(access.OwnAccount), s.revokeToken},
		{get, "/account/codes", to(access.OwnAccount), s.showCodes},
		{post, "/account/codes", to(access.OwnAccount), s.changeCodes},
		{get, "/account/codes/qr.png", to(access.OwnAccount), s.showQR},

		{get, "/users", to(access.ManageUsers), s.listUsers},
		{get, "/users/new", to(access.ManageUsers), s.newUser},
		{post, "/users/new", to(access.ManageUsers), s.addUser},
		{get, "/users/:user", to(access.ManageUsers), s.showUser},
		{post, "/users/:user", to(access.ManageUsers), s.changeUser},
		{post, "/users/:user/password", to(access.ManageUsers), s.resetPassword},
		{post, "/users/:user/codes", to(access.ManageUsers), s.removeCodes},
		{post, "/users/:user/remove", to(access.ManageUsers), s.removeUser},

		{get, "/plugins", administrator, s.listPlugins},
		{post, uploadPath, administrator, s.uploadPlugin},
		{get, "/plugins/:plugin", administrator, s.showPlugin},
		{post, "/plugins/:plugin/remove", administrator, s.removePlugin},
		{get, "/uploads/:upload", administrator, s.showUpload},
		{post, "/uploads/:upload", administrator, s.decideUpload},

		{get, "/accounts", administrator, s.listAccounts},
		{get, "/accounts/new", administrator, s.newAccount},
		{post, "/accounts/new", administrator, s.saveAccount},
		{get, "/accounts/:account", administrator, s.showStoredAccount},
		{post, "/accounts/:account", administrator, s.saveAccount},
		{post, "/accounts/:account/test", administrator, s.testAccount},
		{post, "/accounts/:account/remove", administrator, s.removeAccount},
		{post, "/accounts/:account/authorize", administrator, s.askConsent},
		{get, consentPath, administrator, s.takeConsent},

		{get, "/domains", administrator, s.listDomains},
		{get, "/domains/new", administrator, s.newDomain},
		{post, "/domains/new", administrator, s.saveDomain},
		{get, "/domains/:domain", administrator, s.showDomain},
		{post, "/domains/:domain", administrator, s.saveDomain},
		{post, "/domains/:domain/test", administrator, s.testMailbox},
		{post, "/domains/:domain/remove", administrator, s.removeDomain},

		{get, "/directories", administrator, s.listDirectories},
		{get, "/directories/new", administrator, s.newDirectory},
		{post, "/directories/new", administrator, s.saveDirectory},
		{get, "/directories/:directory", administrator, s.showDirectory},
		{post, "/directories/:directory", administrator, s.saveDirectory},
		{post, "/directories/:directory/remove", administrator, s.removeDirectory},

		{get, "/rules", administrator, s.listRules},
		{get, "/rules/new", administrator, s.newRule},
		{post, "/rules/new", administrator, s.saveRule},
		{get, "/rules/:rule", administrator, s.showRule},
		{post, "/rules/:rule", administrator, s.saveRule},
		{post, "/rules/:rule/apply", administrator, s.applyRule},
		{post, "/rules/:rule/remove", administrator, s.removeRule},

		{get, "/channels", to(access.OwnChannels), s.listChannels},
		{get, "/channels/new", to(access.OwnChannels), s.newChannel},
		{post, "/channels/new", to(access.OwnChannels), s.saveChannel},
		{get, "/channels/:channel", to(access.OwnChannels), s.showChannel},
		{post, "/channels/:channel", to(access.OwnChannels), s.saveChannel},
		{post, "/channels/:channel/test", to(access.OwnChannels), s.testChannel},
		{post, "/channels/:channel/remove", to(access.OwnChannels), s.removeChannel},

		{get, "/settings", administrator, s.showSettings},
		{post, "/settings", administrator, s.changeSettings},
		{get, "/about", to(access.ListTasks), s.showAbout},

		{get, "/audit", to(access.ReadAudit), s.showAudit},
		{post, "/audit/retention", administrator, s.setRetention},
	}...)
}
