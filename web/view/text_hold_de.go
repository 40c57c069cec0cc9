package view

var germanHold = holdTexts{
	StatePausing: "Pausiert gleich", StatePausingLong: "Beendet noch, was unterwegs ist, und ruht dann.",
	StatePaused: "Pausiert",
	StatePausedLong: func(by string) string {
		if by == "" {
			return "Er ruht und macht dort weiter, wo er war, sobald er fortgesetzt wird."
		}
		return "Pausiert von " + by + ". Er macht dort weiter, wo er war, sobald er fortgesetzt wird."
	},
	StateWaiting: "Wartet auf Sie", StateWaitingLong: "Er kann erst weitergehen, wenn jemand etwas getan hat.",
	PauseRun: "Lauf pausieren", ResumeRun: "Lauf fortsetzen", GoOn: "Jetzt weitermachen",
	AwaitNext:  "Er macht von selbst weiter, sobald die Aufgabe oder ihr Konto geändert wird, und sofort mit „Jetzt weitermachen“.",
	AwaitUntil: "Von selbst wieder versucht:",
}
