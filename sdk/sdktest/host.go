//go:build !wasm

package sdktest

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"mime"
	"slices"
	"strings"
	"time"

	"github.com/mailweir/mailweir/sdk/abi"
	"github.com/mailweir/mailweir/sdk/internal/guest"
)

// fake answers a plugin's imports from plain values. Outside of a question kind
// is "".
type fake struct {
	manifest abi.Manifest
	config   string

	kind                        string // the hook that is being asked
	source, folder, target, use string
	messages                    int64
	subscribed, selectable      bool
	message                     Message
	isMessage                   bool // message is set
	stored                      *Stored
	kept                        []string
	atTarget                    bool
	failure                     Failure
	report                      string

	answer Answer
	reflag bool
	put    []headerChange
	out    []byte // the new message
	doors  doors
}

var _ guest.Host = (*fake)(nil)

// info is the row of the hook that is being asked.
func (f *fake) info() abi.HookInfo {
	for _, h := range abi.HookTable {
		if h.Name == f.kind {
			return h
		}
	}
	return abi.HookInfo{}
}

func (f *fake) mayChange(effect string) bool { return slices.Contains(f.info().Effects, effect) }

func (f *fake) seesFlags() bool { return f.isMessage || f.kind == abi.HookMapFlags }

func (f *fake) seesHeaders() bool {
	return f.isMessage && (f.manifest.Needs == abi.NeedsHeaders || f.manifest.Needs == abi.NeedsBody)
}

func (f *fake) seesBody() bool {
	return f.isMessage && f.info().Body && f.manifest.Needs == abi.NeedsBody
}

func (f *fake) PropU64(id int32) int64 {
	if id == abi.PropHooks {
		var bits int64
		for i, hook := range abi.Hooks {
			if f.manifest.Implements(hook) {
				bits |= 1 << i
			}
		}
		return bits
	}
	if f.kind == "" {
		return int64(abi.ReadNotPermitted)
	}
	n, permitted := f.number(id)
	if !permitted {
		return int64(abi.ReadNotPermitted)
	}
	return n
}

// number is prop_u64 during a question.
func (f *fake) number(id int32) (n int64, permitted bool) {
	const absent = int64(abi.ReadAbsent)
	m := f.message
	switch id {
	case abi.PropDryRun:
		return number(World.DryRun), true
	case abi.PropFolderMessages:
		return f.messages, true
	case abi.PropUIDValidity:
		return 1, true
	case abi.PropSubscribed:
		return number(f.subscribed), true
	case abi.PropSelectable:
		return number(f.selectable), true
	case abi.PropFlags:
		return flagBits(m.Flags), f.seesFlags()
	case abi.PropKeywords:
		return int64(len(keywords(m.Flags))), f.seesFlags()
	case abi.PropKept:
		if f.kept == nil {
			return absent, f.kind == abi.HookMapFlags
		}
		return int64(len(f.kept)), f.kind == abi.HookMapFlags
	case abi.PropAttempt:
		return int64(m.Attempt), slices.Contains([]string{abi.HookRewriteMessage, abi.HookAfterMessage, abi.HookOnError}, f.kind)
	case abi.PropUID:
		return int64(m.UID), f.isMessage
	case abi.PropSize:
		return int64(len(m.Text)), f.isMessage
	case abi.PropDate, abi.PropZone:
		return dateNumber(m.Date, id == abi.PropZone), f.isMessage
	case abi.PropHeaderCount:
		return int64(len(m.fields())), f.seesHeaders()
	case abi.PropSide:
		return number(f.atTarget), f.kind == abi.HookMessageKey
	case abi.PropParts:
		return int64(len(m.parts())), f.seesBody()
	}
	if id < abi.PropTargetUID || id > abi.PropTargetKeywords {
		return int64(abi.ReadBadArgument), true
	}
	if f.stored == nil {
		return 0, false
	}
	s := *f.stored
	conflict := f.kind == abi.HookOnConflict
	switch id {
	case abi.PropTargetUID:
		return orAbsent(int64(s.UID)), true
	case abi.PropTargetUIDValidity:
		return orAbsent(int64(s.UIDValidity)), true
	case abi.PropTargetSize:
		return s.Size, true
	case abi.PropTargetDate, abi.PropTargetZone:
		return dateNumber(s.Date, id == abi.PropTargetZone), conflict
	case abi.PropTargetFlags:
		return flagBits(s.Flags), conflict
	default: // PropTargetKeywords
		return int64(len(keywords(s.Flags))), conflict
	}
}

func orAbsent(n int64) int64 {
	if n == 0 {
		return int64(abi.ReadAbsent)
	}
	return n
}

func dateNumber(t time.Time, zone bool) int64 {
	switch {
	case t.IsZero():
		return int64(abi.ReadAbsent)
	case zone:
		_, offset := t.Zone()
		return int64(offset/60) + abi.ZoneBias
	}
	return t.Unix() + abi.DateEpoch
}

func flagBits(flags []string) int64 {
	var bits int64
	for i, name := range systemFlags {
		if slices.ContainsFunc(flags, func(f string) bool { return strings.EqualFold(f, name) }) {
			bits |= 1 << i
		}
	}
	return bits
}

// systemFlags are in the order of the bits of abi.PropFlags.
var systemFlags = []string{`\Seen`, `\Answered`, `\Flagged`, `\Deleted`, `\Draft`}

func number(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

func (f *fake) PropStr(id, index int32, dst []byte) int32 {
	list := func(words []string, permitted bool) int32 {
		switch {
		case !permitted:
			return abi.ReadNotPermitted
		case int(index) >= len(words):
			return abi.ReadAbsent
		}
		return give(words[index], dst)
	}
	one := func(s string, permitted bool) int32 {
		switch {
		case !permitted:
			return abi.ReadNotPermitted
		case index != 0:
			return abi.ReadBadArgument
		case s == "":
			return abi.ReadAbsent
		}
		return give(s, dst)
	}
	asked := f.kind != ""
	switch id {
	case abi.PropTask:
		return one("task", true)
	case abi.PropRun:
		return one("run", true)
	case abi.PropSource:
		return one(f.source, asked)
	case abi.PropFolder:
		return one(f.folder, asked)
	case abi.PropTarget:
		return one(f.target, asked)
	case abi.PropUse:
		return one(f.use, asked)
	case abi.PropKeyword:
		return list(keywords(f.message.Flags), f.seesFlags())
	case abi.PropKeptFlag:
		return list(f.kept, f.kind == abi.HookMapFlags)
	case abi.PropTargetKeyword:
		if f.stored == nil {
			return abi.ReadNotPermitted
		}
		return list(keywords(f.stored.Flags), f.kind == abi.HookOnConflict)
	case abi.PropStage:
		return one(f.failure.Stage, f.kind == abi.HookOnError)
	case abi.PropErrorKind:
		return one(f.failure.Kind, f.kind == abi.HookOnError)
	case abi.PropError:
		if f.kind == abi.HookRewriteMessage {
			return one(f.message.Refusal, true)
		}
		return one(f.failure.Text, f.kind == abi.HookOnError)
	case abi.PropOnceKey:
		return one(fmt.Sprintf("%s/%s/%d", f.source, f.folder, f.message.UID), f.kind == abi.HookAfterMessage)
	case abi.PropHash:
		return one(fmt.Sprintf("%x", sha256.Sum256([]byte(f.message.Text))), f.isMessage && f.info().Body)
	}
	return abi.ReadBadArgument
}

func (f *fake) HeaderGet(name string, index, mode int32, dst []byte) int32 {
	if !f.seesHeaders() {
		return abi.ReadNotPermitted
	}
	for _, field := range f.message.fields() {
		if !strings.EqualFold(field.name, name) {
			continue
		}
		if index--; index >= 0 {
			continue
		}
		if mode == abi.HeaderRaw {
			return give(field.body, dst)
		}
		unfolded := strings.TrimSpace(strings.NewReplacer("\r\n", "", "\n", "").Replace(field.body))
		if decoded, err := new(mime.WordDecoder).DecodeHeader(unfolded); err == nil {
			unfolded = decoded
		}
		return give(strings.ToValidUTF8(unfolded, "\uFFFD"), dst)
	}
	return abi.ReadAbsent
}

func (f *fake) HeaderName(index int32, dst []byte) int32 {
	if !f.seesHeaders() {
		return abi.ReadNotPermitted
	}
	fields := f.message.fields()
	if int(index) >= len(fields) {
		return abi.ReadAbsent
	}
	return give(fields[index].name, dst)
}

func (f *fake) HeadersRaw(offset int64, dst []byte) int32 {
	if !f.seesHeaders() {
		return abi.ReadNotPermitted
	}
	return giveFrom(f.message.header(), offset, dst)
}

func (f *fake) BodyRead(part int32, offset int64, dst []byte) int32 {
	if !f.seesBody() {
		return abi.ReadNotPermitted
	}
	if part == abi.PartWhole {
		return giveFrom(f.message.Text, offset, dst)
	}
	if p, ok := f.part(part); ok {
		return giveFrom(p.data, offset, dst)
	}
	return abi.ReadAbsent
}

func (f *fake) SetFolder(name string) int32 {
	if !f.mayChange("set_folder") {
		return abi.ReadNotPermitted
	}
	if err := abi.CheckFolderName(name); err != nil {
		guest.Break("it asked for " + err.Error())
		return abi.ReadBadArgument
	}
	f.answer.Target = name
	return 0
}

func (f *fake) Flags(op int32, list string) int32 {
	if !f.mayChange("flags") {
		return abi.ReadNotPermitted
	}
	if !f.reflag {
		f.answer.Flags, f.reflag = slices.Clone(f.message.Flags), true
	}
	named := strings.Fields(list)
	isNamed := func(have string) bool {
		return slices.ContainsFunc(named, func(n string) bool { return strings.EqualFold(have, n) })
	}
	switch op {
	case abi.FlagsReplace:
		f.answer.Flags = named
	case abi.FlagsRemove:
		f.answer.Flags = slices.DeleteFunc(f.answer.Flags, isNamed)
	case abi.FlagsAdd:
		f.answer.Flags = append(slices.DeleteFunc(f.answer.Flags, isNamed), named...)
	}
	return 0
}

func (f *fake) SetDate(unix int64, zone int32) int32 {
	if !f.mayChange("set_date") {
		return abi.ReadNotPermitted
	}
	f.answer.Date = time.Unix(unix, 0).In(time.FixedZone("", int(zone)*60))
	return 0
}

func (f *fake) SetKey(key string) int32 {
	switch {
	case !f.mayChange("set_key"):
		return abi.ReadNotPermitted
	case len(key) > abi.MaxKey:
		guest.Break("it asked for a key that is too long")
		return abi.ReadBadArgument
	}
	f.answer.Key = key
	return 0
}

func (f *fake) RetryAfter(ms int64) int32 {
	if !f.mayChange("retry_after") {
		return abi.ReadNotPermitted
	}
	f.answer.RetryAfter = time.Duration(ms) * time.Millisecond
	return 0
}

func (f *fake) ReportRead(offset int64, dst []byte) int32 {
	if f.report == "" {
		return abi.ReadNotPermitted
	}
	return giveFrom(f.report, offset, dst)
}

func (f *fake) Note(text string) int32 {
	if f.kind == "" {
		return abi.ReadNotPermitted
	}
	f.answer.Note = text
	return 0
}

func (f *fake) Config(key string, dst []byte) int32 {
	if f.config == "" {
		return abi.ReadAbsent
	}
	value := json.RawMessage(f.config)
	for step := range strings.SplitSeq(key, ".") {
		if key == "" {
			break
		}
		var members map[string]json.RawMessage
		if json.Unmarshal(value, &members) != nil || members[step] == nil {
			return abi.ReadAbsent
		}
		value = members[step]
	}
	var text string
	if json.Unmarshal(value, &text) == nil && value[0] == '"' {
		return give(text, dst)
	}
	return give(string(value), dst)
}

func (f *fake) Log(_ int32, text string) { f.answer.Log = append(f.answer.Log, text) }

func (f *fake) LogEnabled(int32) int32 { return 1 }

func (f *fake) NowMS() int64 { return time.Now().UnixMilli() }

func (f *fake) Fail(text string) { f.answer.Error = text }

// give is the end of a read call.
func give(value string, dst []byte) int32 {
	if len(value) <= len(dst) {
		copy(dst, value)
	}
	return int32(len(value))
}

func giveFrom(value string, offset int64, dst []byte) int32 {
	if offset < 0 {
		return abi.ReadBadArgument
	}
	return int32(copy(dst, value[min(offset, int64(len(value))):]))
}
