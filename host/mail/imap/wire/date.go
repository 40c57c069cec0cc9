package wire

import "time"

// zoneCache keeps the zones of INTERNALDATEs: a mailbox has few, and each costs
// an allocation.
type zoneCache struct{ zones map[int]*time.Location }

// maxZones is how many there are in the world, with room for invented ones.
const maxZones = 256

func (z *zoneCache) location(offset int) *time.Location {
	if loc, ok := z.zones[offset]; ok {
		return loc
	}
	loc := time.FixedZone("", offset)
	if z.zones == nil {
		z.zones = make(map[int]*time.Location)
	}
	if len(z.zones) < maxZones {
		z.zones[offset] = loc
	}
	return loc
}

const months = "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC"

// date reads a date-time of RFC 9051 section 9: `17-Jul-1996 02:44:25 -0700`. The
// day may have one digit with or without a space before it, the zone may be
// missing (UTC then). What is no date gives the zero time.
func (z *zoneCache) date(s []byte) time.Time {
	for len(s) > 0 && s[0] == ' ' {
		s = s[1:]
	}
	if len(s) > 1 && s[1] == '-' {
		var padded [40]byte
		if len(s) >= len(padded) {
			return time.Time{}
		}
		padded[0] = '0'
		s = padded[:1+copy(padded[1:], s)]
	}
	// 0123456789012345678901234567
	// 17-Jul-1996 02:44:25 -0700
	if len(s) < 20 || s[2] != '-' || s[6] != '-' || s[11] != ' ' || s[14] != ':' || s[17] != ':' {
		return time.Time{}
	}
	day, month, year := digits(s[0:2]), monthOf(s[3:6]), digits(s[7:11])
	hour, minute, second := digits(s[12:14]), digits(s[15:17]), digits(s[18:20])
	offset, ok := zone(s[20:])
	if !ok || month == 0 || day < 1 || day > 31 || year < 1 ||
		hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60 {
		return time.Time{}
	}
	t := time.Date(year, time.Month(month), day, hour, minute, second, 0, z.location(offset))
	if t.Day() != day && second < 60 {
		return time.Time{} // 31 February: no guess is better than another
	}
	return t
}

// digits reads a number of digits only; -1 if there is anything else.
func digits(s []byte) int {
	n := 0
	for _, c := range s {
		if c < '0' || c > '9' {
			return -1
		}
		n = n*10 + int(c-'0')
	}
	return n
}

// monthOf returns 1 to 12, or 0.
func monthOf(s []byte) int {
	for m := range 12 {
		if equalFold(s, months[3*m:3*m+3]) {
			return m + 1
		}
	}
	return 0
}

// zone reads " +hhmm" as seconds east of UTC.
func zone(s []byte) (offset int, ok bool) {
	for len(s) > 0 && s[0] == ' ' {
		s = s[1:]
	}
	if len(s) == 0 {
		return 0, true
	}
	if len(s) != 5 || (s[0] != '+' && s[0] != '-') {
		return 0, false
	}
	h, m := digits(s[1:3]), digits(s[3:5])
	if h < 0 || m < 0 || h > 23 || m > 59 {
		return 0, false
	}
	offset = h*3600 + m*60
	if s[0] == '-' {
		offset = -offset
	}
	return offset, true
}
