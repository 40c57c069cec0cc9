package view

// holdTexts is about runs that were paused, or that wait for somebody.
type holdTexts struct {
	StatePausing, StatePausingLong string
	StatePaused                    string
	StatePausedLong                func(by string) string
	StateWaiting, StateWaitingLong string

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
	PauseRun: "Pause run", ResumeRun: "Resume run", GoOn: "Go on now",
	AwaitNext:  "It goes on by itself as soon as the task or its account is changed, and at once with \u201cGo on now\u201d.",
	AwaitUntil: "It is tried again by itself:",
}
