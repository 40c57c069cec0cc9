package plugin

import (
	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/sdk/abi"
)

// RunInfo says in which run plugins are asked. The zero value is none.
type RunInfo struct {
	Task   string // name of the task, or of the copy
	ID     string // the same in all questions of the run
	DryRun bool   // nothing is changed anywhere
}

// occasion is what is known about a question besides its folder and message. Which
// of it can be read depends on the hook.
type occasion struct {
	attempt int64 // after_message, on_error

	// after_message
	key            string
	targetUID      mail.UID // 0 is not known
	targetValidity uint32   // 0 is not known
	targetSize     int64

	// on_error
	stage, trouble, kind string

	report []byte // before_task, after_folder, after_task

	// Found when somebody asks for it; the body is here.
	parts *parts
	hash  string
}

// aboutRun reports whether the question is about a run or what has become of a
// folder, so that little can be known of a folder itself.
func (q *question) aboutRun() bool {
	return q.hook == abi.HookBeforeTask || q.hook == abi.HookAfterFolder || q.hook == abi.HookAfterTask
}

// absentOr is the number, or the read code for 0.
func absentOr(n int64) int64 {
	if n == 0 {
		return int64(abi.ReadAbsent)
	}
	return n
}

// occasionU64 answers prop_u64 where the hook matters more than the folder or the
// message; ok is false for all else.
func (c *call) occasionU64(id int32) (n int64, ok bool) {
	if id == abi.PropDryRun {
		return bit(c.bound.info.DryRun), true
	}
	q := c.q
	if q == nil {
		return 0, false
	}
	switch id {
	case abi.PropAttempt:
		if q.hook == abi.HookAfterMessage || q.hook == abi.HookOnError {
			return q.occasion.attempt, true
		}
	case abi.PropTargetUID, abi.PropTargetUIDValidity, abi.PropTargetSize:
		if q.hook == abi.HookAfterMessage {
			return absentOr(map[int32]int64{
				abi.PropTargetUID: int64(q.occasion.targetUID), abi.PropTargetUIDValidity: int64(q.occasion.targetValidity), abi.PropTargetSize: q.occasion.targetSize,
			}[id]), true
		}
	case abi.PropParts:
		if !c.seesBody() {
			return int64(abi.ReadNotPermitted), true
		}
		return int64(len(c.parts().list)), true
	case abi.PropFolderMessages, abi.PropSubscribed:
		if q.hook == abi.HookAfterMessage {
			return int64(abi.ReadAbsent), true // nobody has looked
		}
	case abi.PropUID, abi.PropSize, abi.PropDate, abi.PropZone, abi.PropFlags, abi.PropKeywords:
		if q.hook == abi.HookOnError && (q.message == nil || id == abi.PropSize && q.message.Size == 0) {
			return int64(abi.ReadAbsent), true
		}
	}
	if q.aboutRun() && id >= abi.PropFolderMessages && id <= abi.PropSelectable {
		return int64(abi.ReadNotPermitted), true
	}
	return 0, false
}

// occasionStr is the same for prop_str; code is 0 when there is a value.
func (c *call) occasionStr(id, index int32) (value string, code int32, ok bool) {
	switch id {
	case abi.PropTask, abi.PropRun:
		value = c.bound.info.Task
		if id == abi.PropRun {
			value = c.bound.info.ID
		}
		return textOr(value, index)
	}
	q := c.q
	if q == nil {
		return "", 0, false
	}
	switch id {
	case abi.PropSource, abi.PropFolder, abi.PropTarget:
		if q.aboutRun() || q.hook == abi.HookOnError {
			return textOr(map[int32]string{abi.PropSource: q.source, abi.PropFolder: q.folder.Name, abi.PropTarget: q.target}[id], index)
		}
	case abi.PropStage, abi.PropError, abi.PropErrorKind:
		if q.hook == abi.HookOnError {
			return textOr(map[int32]string{abi.PropStage: q.occasion.stage, abi.PropError: q.occasion.trouble, abi.PropErrorKind: q.occasion.kind}[id], index)
		}
		if id != abi.PropError {
			return "", abi.ReadNotPermitted, true
		}
	case abi.PropOnceKey:
		if q.hook != abi.HookAfterMessage {
			return "", abi.ReadNotPermitted, true
		}
		return textOr(q.occasion.key, index)
	case abi.PropHash:
		if !c.seesBody() {
			return "", abi.ReadNotPermitted, true
		}
		if q.hook == abi.HookRewriteMessage {
			// Plugins before this one may have rewritten the message.
			return textOr(q.originalHash(), index)
		}
		return textOr(c.hash(), index)
	}
	return "", 0, false
}

func textOr(value string, index int32) (string, int32, bool) {
	switch {
	case index != 0:
		return "", abi.ReadBadArgument, true
	case value == "":
		return "", abi.ReadAbsent, true
	}
	return value, 0, true
}

// seesBody reports whether this plugin may look at the whole message.
func (c *call) seesBody() bool { return c.q != nil && c.q.body != nil && c.mayReadBody() }
