package view

import "strconv"

// holdTexts is about runs that wait in the queue, were paused, or wait for somebody.
type holdTexts struct {
	StatePausing, StatePausingLong string
	StatePaused                    string
	StatePausedLong                func(by string) string
	StateWaiting, StateWaitingLong string

	QueuedNext                string
	QueuedBefore              func(n int) string
	QueuedWorker              string
	QueuedAccount, QueuedHost func(where string, limit int) string
	QueuedRuns                func(limit int) string

	PauseRun, ResumeRun, GoOn string
	AwaitNext, AwaitUntil     string
}

var englishHold = holdTexts{
	StatePausing: "Pausing", StatePausingLong: "Finishes what is on its way, then rests.",
	StatePaused: "Paused",
	StatePausedLong: func(by string) string {
		if by == "" {
			return "It rests, and goes on where it was when it is resumed."
		}
		return "Paused by " + by + ". It goes on where it was when it is resumed."
	},
	StateWaiting: "Waits for you", StateWaitingLong: "It can not go on before somebody has done something.",
	QueuedNext: "It is next.",
	QueuedBefore: func(n int) string {
		if n == 1 {
			return "One run comes before it."
		}
		return strconv.Itoa(n) + " runs come before it."
	},
	QueuedWorker: "It begins when a worker is free.",
	QueuedAccount: func(where string, limit int) string {
		return "As many runs as may be at work at a time with the account " + where + " are: " + strconv.Itoa(limit) + "."
	},
	QueuedHost: func(where string, limit int) string {
		return "As many runs as may be at work at a time with the host " + where + " are: " + strconv.Itoa(limit) + "."
	},
	QueuedRuns: func(limit int) string {
		return "As many runs as may be at work at a time are: " + strconv.Itoa(limit) + "."
	},

	PauseRun: "Pause run", ResumeRun: "Resume run", GoOn: "Go on now",
	AwaitNext:  "It goes on by itself as soon as the task or its account is changed, and at once with \u201cGo on now\u201d.",
	AwaitUntil: "It is tried again by itself:",
}
