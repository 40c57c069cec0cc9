package view

import "github.com/mailweir/mailweir/host/task"

// planTexts is the part of the catalogue about the plan of a task.
type planTexts struct {
	PlanTitle                                               func(name string) string
	PlanHead, PlanLead, PlanOpen, PlanEmpty, PlanEmptyLead  string
	PlanMake, PlanMakeAgain, PlanApprove, PlanApproveHint   string
	PlanWithdraw, PlanSaveRows, PlanSaveRowsHint            string
	PlanNew, PlanApproved, PlanEnded, PlanDone              string
	PlanNewLong, PlanIncompleteLong                         string
	PlanApprovedBy, PlanEndedBy, PlanDoneBy                 func(who string) string
	PlanOther                                               func(who string) string
	PlanStale, PlanFirst, PlanFirstHint, PlanFirstSave      string
	FindingFine, FindingNote, FindingStops                  string
	FindingsTitle, FindingsNone, FindingsLead               string
	FindingWhere                                            func(where string) string
	PlanToCopy, PlanSize, PlanTime, PlanCreate, PlanLeftOut string
	PlanUnsure                                              func(n int64) string
	PlanOf                                                  func(n int64) string
	PlanSizeMore, PlanTimeUnknown, PlanTimeNone             string
	PlanTimeSample                                          func(messages int, size string) string
	PlanTimeSpan                                            func(low, high string) string
	PlanRows, PlanRowsLead, PlanColCopy, PlanColOut         string
	PlanRowTarget, PlanRowOut, PlanRowReset                 func(folder string) string
	PlanByHand, PlanMade, PlanReset, PlanOut, PlanUnknown   string
	PlanTooBig, PlanDelete                                  func(n int64) string
	PlanCollision                                           func(kind task.CollisionKind) string
	PlanFaultTarget                                         func(folder string) string
	PlanMoved, PlanNothingSet                               string
	PlanNotes, PlanBinds                                    string
	OptPlanFirst, OptPlanFirstYes                           string
	PlanRowsMore                                            func(n int) string // rows that are not shown
}

var englishPlan = planTexts{
	PlanTitle: func(name string) string { return "Plan of " + name },
	PlanHead:  "Plan",
	PlanLead:  "What a run would do with each folder, as it was found out at one moment. Looking changes nothing on either side.",
	PlanOpen:  "Look before you copy", PlanEmpty: "Nobody has looked yet",
	PlanEmptyLead: "mailweir logs in to all accounts, compares their folders, and says where each one goes, what may go wrong, and how long it may take. Nothing is changed.",
	PlanMake:      "Make a plan", PlanMakeAgain: "Make a new plan",
	PlanApprove: "Approve", PlanApproveHint: "Runs then do exactly this, until one has carried it out. Folders that are not as it says are held back, and a changed task does not run.",
	PlanWithdraw: "Withdraw approval", PlanSaveRows: "Save and make a new plan", PlanSaveRowsHint: "What you set by hand wins over rules and plugins.",
	PlanNew: "Not approved", PlanApproved: "Approved", PlanEnded: "Withdrawn", PlanDone: "Carried out",
	PlanNewLong: "Nobody has approved it. Runs follow the rules of the task.", PlanIncompleteLong: "An account could not be opened, so folders are missing: it can not be approved.",
	PlanApprovedBy: func(who string) string { return "Approved by " + who + ": runs do exactly this." },
	PlanEndedBy:    func(who string) string { return "Withdrawn or replaced by " + who + "." },
	PlanDoneBy:     func(string) string { return "A run has carried it out. Later runs follow the rules of the task." },
	PlanOther: func(who string) string {
		return "Another plan, approved by " + who + ", binds runs until this one is approved."
	},
	PlanStale: "The task was changed after this plan was made. Make a new one.",
	PlanFirst: "Run only once a plan was approved", PlanFirstHint: "Until then every run ends before it copies anything, and says that it waits for you.", PlanFirstSave: "Save",
	FindingFine: "Fine", FindingNote: "Note", FindingStops: "Stops a run",
	FindingsTitle: "What was found", FindingsNone: "This plan was made without looking at the accounts any closer.", FindingsLead: "What would stop a run comes first.",
	FindingWhere: func(where string) string { return capital(where) },
	PlanToCopy:   "To copy", PlanSize: "Size", PlanTime: "May take", PlanCreate: "New folders", PlanLeftOut: "Left out",
	PlanUnsure: func(n int64) string {
		return "and up to " + plural(n, "message", "messages") + ", some of which may be there"
	},
	PlanOf:       func(n int64) string { return "of " + plural(n, "message", "messages") },
	PlanSizeMore: "or more: not all sizes are known", PlanTimeUnknown: "not known", PlanTimeNone: "nothing to copy",
	PlanTimeSample: func(messages int, size string) string {
		return "by a sample of " + plural(int64(messages), "message", "messages") + " (" + size + ")"
	},
	PlanTimeSpan: func(low, high string) string {
		if low == high {
			return low
		}
		return low + " to " + high
	},
	PlanRows: "Where each folder goes", PlanRowsLead: "Change a destination folder, or leave a folder out, for single rows.",
	PlanColCopy: "To copy", PlanColOut: "Leave out",
	PlanRowTarget: func(folder string) string { return "Destination folder of " + folder },
	PlanRowOut:    func(folder string) string { return "Leave out " + folder },
	PlanRowReset:  func(folder string) string { return "Let rules decide about " + folder + " again" },
	PlanByHand:    "set by hand", PlanMade: "is made", PlanReset: "as the rules say", PlanOut: "left out", PlanUnknown: "not known yet",
	PlanTooBig: func(n int64) string { return numberEN(n) + " too large" },
	PlanDelete: func(n int64) string { return numberEN(n) + " to delete" },
	PlanCollision: func(kind task.CollisionKind) string {
		switch kind {
		case task.CollisionMerge:
			return "becomes one with another folder"
		case task.CollisionCase:
			return "differs from another folder in letter case only"
		}
		return "looks like another folder"
	},
	PlanFaultTarget: func(folder string) string { return "Say where " + folder + " shall go, or leave it out." },
	PlanMoved:       "A new plan was made meanwhile. This is the new one; nothing was saved or approved.",
	PlanNothingSet:  "Nothing was changed.",
	PlanNotes:       "Notes", PlanBinds: "An approved plan binds runs",
	OptPlanFirst: "First run", OptPlanFirstYes: "only once a plan was approved",

	PlanRowsMore: func(n int) string {
		return plural(int64(n), "more folder is", "more folders are") + " not shown here; the API and “mailweir task plan” have them all."
	},
}

// fewRows bounds how many rows of a plan can be edited on the page.
const fewRows = 500
