package view

import "strconv"

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
	QueuedNext: "Er ist als nächster dran.",
	QueuedBefore: func(n int) string {
		if n == 1 {
			return "Vor ihm ist ein Lauf dran."
		}
		return "Vor ihm sind " + strconv.Itoa(n) + " Läufe dran."
	},
	QueuedWorker: "Er beginnt, sobald ein Arbeiter frei ist.",
	QueuedAccount: func(where string, limit int) string {
		return "Mit dem Konto " + where + " arbeiten schon so viele Läufe gleichzeitig, wie erlaubt sind: " + strconv.Itoa(limit) + "."
	},
	QueuedHost: func(where string, limit int) string {
		return "Mit dem Server " + where + " arbeiten schon so viele Läufe gleichzeitig, wie erlaubt sind: " + strconv.Itoa(limit) + "."
	},
	QueuedRuns: func(limit int) string {
		return "Es arbeiten schon so viele Läufe gleichzeitig, wie erlaubt sind: " + strconv.Itoa(limit) + "."
	},

	PauseRun: "Lauf pausieren", ResumeRun: "Lauf fortsetzen", GoOn: "Jetzt weitermachen",
	AwaitNext:  "Er macht von selbst weiter, sobald die Aufgabe oder ihr Konto geändert wird, und sofort mit „Jetzt weitermachen“.",
	AwaitUntil: "Von selbst wieder versucht:",
}
