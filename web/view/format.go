package view

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// noValue stands where there is nothing to tell.
const noValue = "–"

// numberEN writes n for the English texts, with a comma between thousands.
func numberEN(n int64) string { return numberWith(n, ",") }

// Number writes n as the language does.
func (x *texts) Number(n int64) string { return numberWith(n, x.Thousands) }

func numberWith(n int64, between string) string {
	digits := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, digits = "-", digits[1:]
	}
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteString(between)
		}
		b.WriteRune(d)
	}
	return sign + b.String()
}

// tenths writes a number with one digit behind the decimal sign.
func (x *texts) tenths(f float64) string {
	return strings.Replace(strconv.FormatFloat(f, 'f', 1, 64), ".", x.Decimal, 1)
}

// Bytes writes a size in decimal units with three digits or so: 987 B, 1.2 MB.
func (x *texts) Bytes(n int64) string {
	if n < 1000 {
		return strconv.FormatInt(n, 10) + " B"
	}
	size, unit := float64(n), 0
	units := []string{"B", "kB", "MB", "GB", "TB", "PB", "EB"}
	// 999.95 would be written as 1000.0.
	for size >= 999.95 && unit < len(units)-1 {
		size /= 1000
		unit++
	}
	if size < 99.95 {
		return x.tenths(size) + " " + units[unit]
	}
	return strconv.FormatFloat(size, 'f', 0, 64) + " " + units[unit]
}

// Rate writes a number of things per second, without the unit.
func (x *texts) Rate(perSecond float64) string {
	if math.IsNaN(perSecond) || perSecond <= 0 {
		return "0"
	}
	if perSecond < 10 {
		return x.tenths(perSecond)
	}
	return x.Number(int64(math.Round(perSecond)))
}

// Duration writes how long something took, with its two largest units.
func (x *texts) Duration(d time.Duration) string {
	switch {
	case d < 0:
		return noValue
	case d < time.Second:
		return "< 1 s"
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d/time.Second))
	case d < time.Hour:
		return fmt.Sprintf("%d min %02d s", int(d/time.Minute), int(d%time.Minute/time.Second))
	case d < 24*time.Hour:
		return fmt.Sprintf("%d h %02d min", int(d/time.Hour), int(d%time.Hour/time.Minute))
	}
	return x.LongDays(int(d/(24*time.Hour)), int(d%(24*time.Hour)/time.Hour))
}

// Relative writes when at was, seen from now: 5 minutes ago.
func Relative(ctx context.Context, at, now time.Time) string {
	d, x := now.Sub(at), t(ctx)
	future := d < 0
	if future {
		d = -d
	}
	if d < 45*time.Second {
		return x.JustNow
	}
	n, unit := 0, ""
	switch {
	case d < 45*time.Minute:
		n, unit = round(d, time.Minute), "minute"
	case d < 22*time.Hour:
		n, unit = round(d, time.Hour), "hour"
	case d < 26*24*time.Hour:
		n, unit = round(d, 24*time.Hour), "day"
	case d < 320*24*time.Hour:
		n, unit = round(d, 30*24*time.Hour), "month"
	default:
		n, unit = round(d, 365*24*time.Hour), "year"
	}
	if future {
		return x.In(n, unit)
	}
	return x.Ago(n, unit)
}

func round(d, unit time.Duration) int { return max(1, int((d+unit/2)/unit)) }

// Exact writes a moment to the second with its zone.
func (x *texts) Exact(at time.Time) string { return x.Moment(at) }

// Minute writes a moment to the minute with its zone, in a form that lines up.
func (x *texts) Minute(at time.Time) string { return x.ShortTime(at) }

// Plain makes text of strangers safe to read, which escaping alone does not:
// control characters show as pictures of themselves, and characters that turn the
// direction of the text round show as their number.
func Plain(s string) string {
	clean := func(r rune) bool { return !unicode.IsControl(r) && !isBidi(r) && r != unicode.ReplacementChar }
	if strings.IndexFunc(s, func(r rune) bool { return !clean(r) }) < 0 {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case clean(r):
			b.WriteRune(r)
		case r < 0x20:
			b.WriteRune(0x2400 + r) // the block Control Pictures
		case r == 0x7f:
			b.WriteRune(0x2421)
		case r == unicode.ReplacementChar:
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, "⟨U+%04X⟩", r)
		}
	}
	return b.String()
}

// isBidi reports the characters of UAX #9 that change the direction of what
// follows, with which text can be made to read as something else.
func isBidi(r rune) bool {
	return r == 0x200e || r == 0x200f || r == 0x061c || (r >= 0x202a && r <= 0x202e) || (r >= 0x2066 && r <= 0x2069)
}

// Sentence is an error as people read it: the sentinel's own word, which only
// says what kind of error it is, is left out.
func Sentence(err, sentinel error) string {
	kind := sentinel.Error()
	var kept []string
	for _, line := range strings.Split(err.Error(), "\n") {
		line = strings.TrimSuffix(strings.TrimPrefix(line, kind+": "), ": "+kind)
		if line = strings.TrimSpace(line); line != "" && line != kind {
			kept = append(kept, capital(line))
		}
	}
	return strings.Join(kept, "\n")
}

func capital(s string) string {
	for i, r := range s {
		return string(unicode.ToUpper(r)) + s[i+len(string(r)):]
	}
	return s
}

// lines splits what Sentence joined.
func lines(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, "\n")
}

// percent is how much of the whole is done, rounded down so that 100 means all.
func percent(done, whole int64) int {
	if whole <= 0 {
		return 0
	}
	return int(min(100, max(0, done*100/whole)))
}
