package plugin

import (
	"time"

	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/sdk/abi"
)

// storingU64 answers the properties about what is stored; ok is false for others.
func storingU64(c *call, id int32) (value int64, ok bool) {
	q := c.q
	switch id {
	case abi.PropAttempt:
		if q.hook == abi.HookRewriteMessage {
			return int64(q.attempt), true
		}
	case abi.PropSide:
		if q.hook == abi.HookMessageKey {
			return bit(q.atTarget), true
		}
	case abi.PropKept:
		switch {
		case q.hook != abi.HookMapFlags:
		case q.kept == nil:
			return int64(abi.ReadAbsent), true
		default:
			return int64(len(q.kept)), true
		}
	case abi.PropTargetUID, abi.PropTargetUIDValidity, abi.PropTargetSize, abi.PropTargetDate, abi.PropTargetZone,
		abi.PropTargetFlags, abi.PropTargetKeywords:
		if q.conflict != nil {
			return conflictU64(q, id), true
		}
	}
	return 0, false
}

// conflictU64 is about the message that is at the target.
func conflictU64(q *question, id int32) int64 {
	there := &q.conflict.There
	switch id {
	case abi.PropTargetUID:
		return int64(there.UID)
	case abi.PropTargetUIDValidity:
		return int64(q.conflict.TargetValidity)
	case abi.PropTargetSize:
		return there.Size
	case abi.PropTargetDate:
		return dateOf(there.InternalDate)
	case abi.PropTargetZone:
		return zoneOf(there.InternalDate)
	case abi.PropTargetFlags:
		return systemBits(mail.CleanFlags(there.Flags))
	default: // PropTargetKeywords
		return int64(len(keywords(mail.CleanFlags(there.Flags))))
	}
}

func dateOf(date time.Time) int64 {
	if date.IsZero() {
		return int64(abi.ReadAbsent)
	}
	return date.Unix() + abi.DateEpoch
}

func zoneOf(date time.Time) int64 {
	if date.IsZero() {
		return int64(abi.ReadAbsent)
	}
	_, offset := date.Zone()
	return int64(offset/60) + abi.ZoneBias
}

// storingStr answers the texts about what is stored: the value, or with ok a read
// code that says why there is none.
func storingStr(c *call, id, index int32) (value string, code int32, ok bool) {
	q := c.q
	switch id {
	case abi.PropKeptFlag:
		if q.hook == abi.HookMapFlags {
			return pick(q.kept, index)
		}
	case abi.PropTargetKeyword:
		if q.conflict != nil {
			return pick(keywords(mail.CleanFlags(q.conflict.There.Flags)), index)
		}
	case abi.PropError:
		switch {
		case q.hook != abi.HookRewriteMessage:
		case q.attempt == 0:
			return "", abi.ReadAbsent, true
		default:
			return q.refusal, 0, true
		}
	}
	return "", 0, false
}

func pick(list []mail.Flag, index int32) (string, int32, bool) {
	if int(index) >= len(list) {
		return "", abi.ReadAbsent, true
	}
	return string(list[index]), 0, true
}
