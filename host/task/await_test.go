package task

import (
	"testing"
	"time"
)

func TestAwaitOf_waitsForWhatOnlyAPersonCanMend(t *testing.T) {
	now := time.UnixMilli(1_800_000_000_000)
	tests := []struct {
		give  Report
		want  AwaitCode // "" ends the run
		again bool      // it is tried again by itself
	}{
		{Report{Outcome: OutcomeNeedsUser, Cause: "source a: login refused: AUTHENTICATIONFAILED"}, AwaitLogin, false},
		{Report{Outcome: OutcomeNeedsUser, Cause: "source a: TLS not verified: expired"}, AwaitServer, true},
		{Report{Outcome: OutcomeNeedsUser, Cause: "destination: unknown host old.example"}, AwaitServer, true},
		{Report{Outcome: OutcomeNeedsUser, Cause: "plugin spam: it stopped the run"}, AwaitSettings, false},
		{Report{Outcome: OutcomeUsage, Cause: "source a: is no public address"}, AwaitSettings, false},
		{Report{Outcome: OutcomeSafety, Cause: "nothing was deleted: 40 of 50 messages"}, AwaitDecision, false},
		{Report{Outcome: OutcomeFull}, "", false},
		{Report{Outcome: OutcomeTemporary}, "", false},
		{Report{Outcome: OutcomeDone}, "", false},
		{Report{Outcome: OutcomeBug}, "", false},
	}
	for _, tt := range tests {
		got := tt.give.AwaitOf(now)
		if got == nil {
			got = &Await{}
		}
		if got.Code != tt.want || !got.Until.IsZero() != tt.again || tt.want != "" && (got.Cause != tt.give.Cause || got.Outcome != tt.give.Outcome) {
			t.Errorf("%s, %q: %+v", tt.give.Outcome, tt.give.Cause, got)
		}
	}
	if got := (&Report{Outcome: OutcomeNeedsUser, Cause: "login refused"}).AwaitOf(now); got.Remedy == "" {
		t.Error("no word on what to do about a refused login")
	}
}
