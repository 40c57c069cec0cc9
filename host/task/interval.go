package task

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// ParseInterval reads a time such as 15m, 6h, 1d or 1h30m.
func ParseInterval(text string) (time.Duration, error) {
	days, rest, hasDays := strings.Cut(text, "d")
	var d time.Duration
	var err error
	if hasDays {
		var n uint64
		if n, err = strconv.ParseUint(days, 10, 16); err == nil {
			d = time.Duration(n) * 24 * time.Hour
		}
	} else {
		rest = text
	}
	if err == nil && rest != "" {
		var part time.Duration
		part, err = time.ParseDuration(rest)
		d += part
	}
	if err != nil || text == "" || strings.ContainsAny(text, "+-") {
		return 0, fmt.Errorf("%q is not an interval like 15m, 6h or 1d", text)
	}
	return d, nil
}

// IntervalText is the inverse of ParseInterval.
func IntervalText(d time.Duration) string {
	const day = 24 * time.Hour
	text := ""
	if days := d / day; days > 0 {
		text = strconv.FormatInt(int64(days), 10) + "d"
	}
	if rest := d % day; rest > 0 {
		s := rest.String()
		for _, zero := range []string{"m0s", "h0m"} {
			if strings.HasSuffix(s, zero) {
				s = s[:len(s)-2]
			}
		}
		text += s
	}
	return text
}
