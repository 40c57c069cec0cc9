package task

import (
	"testing"
	"time"
)

func TestParseInterval(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"15m": 15 * time.Minute, "6h": 6 * time.Hour, "1d": 24 * time.Hour, "1h30m": 90 * time.Minute, "2d12h": 60 * time.Hour, "90s": 90 * time.Second,
	} {
		got, err := ParseInterval(text)
		if err != nil || got != want {
			t.Errorf("%q is %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "d", "x", "1", "-1h", "1d-2h", "+1d", "99999999d", "1.5d", "1d1d"} {
		if got, err := ParseInterval(text); err == nil {
			t.Errorf("%q is %v", text, got)
		}
	}
}

func FuzzParseInterval(f *testing.F) {
	for _, text := range []string{"15m", "1d", "2d12h30m", "1h0m", "d", "1dd"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := ParseInterval(text)
		if err != nil {
			return
		}
		if d < 0 {
			t.Fatalf("%q is %v", text, d)
		}
		if back, err := ParseInterval(IntervalText(d)); d > 0 && (err != nil || back != d) {
			t.Errorf("%q is %v, and that is written %q: %v, %v", text, d, IntervalText(d), back, err)
		}
	})
}
