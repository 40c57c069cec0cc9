//go:build !wasm

package sdktest

import (
	"encoding/json"
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

	answer Answer
	reflag bool
}

var _ guest.Host = (*fake)(nil)

func (f *fake) isFilter() bool { return f.kind != "" && f.kind != abi.HookMapFolder }

func (f *fake) seesHeaders() bool {
	return f.isFilter() && (f.manifest.Needs == abi.NeedsHeaders || f.manifest.Needs == abi.NeedsBody)
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
	switch id {
	case abi.PropFolderMessages:
		return f.messages
	case abi.PropUIDValidity:
		return 1
	case abi.PropSubscribed:
		return number(f.subscribed)
	case abi.PropSelectable:
		return number(f.selectable)
	}
	if !f.isFilter() {
		return int64(abi.ReadNotPermitted)
	}
	switch m := f.message; id {
	case abi.PropUID:
		return int64(m.UID)
	case abi.PropSize:
		return int64(len(m.Text))
	case abi.PropDate, abi.PropZone:
		if m.Date.IsZero() {
			return int64(abi.ReadAbsent)
		}
		if id == abi.PropDate {
			return m.Date.Unix() + abi.DateEpoch
		}
		_, offset := m.Date.Zone()
		return int64(offset/60) + abi.ZoneBias
	case abi.PropFlags:
		var bits int64
		for i, name := range systemFlags {
			if slices.ContainsFunc(m.Flags, func(f string) bool { return strings.EqualFold(f, name) }) {
				bits |= 1 << i
			}
		}
		return bits
	case abi.PropKeywords:
		return int64(len(m.keywords()))
	case abi.PropHeaderCount:
		if !f.seesHeaders() {
			return int64(abi.ReadNotPermitted)
		}
		return int64(len(m.fields()))
	}
	return int64(abi.ReadBadArgument)
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
	if f.kind == "" {
		return abi.ReadNotPermitted
	}
	switch id {
	case abi.PropSource:
		return give(f.source, dst)
	case abi.PropFolder:
		return give(f.folder, dst)
	case abi.PropTarget:
		return give(f.target, dst)
	case abi.PropUse:
		if f.use == "" {
			return abi.ReadAbsent
		}
		return give(f.use, dst)
	case abi.PropKeyword:
		if !f.isFilter() {
			return abi.ReadNotPermitted
		}
		if words := f.message.keywords(); int(index) < len(words) {
			return give(words[index], dst)
		}
		return abi.ReadAbsent
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

func (f *fake) BodyRead(_ int32, offset int64, dst []byte) int32 {
	if f.kind != abi.HookFilterMessage || f.manifest.Needs != abi.NeedsBody {
		return abi.ReadNotPermitted
	}
	return giveFrom(f.message.Text, offset, dst)
}

func (f *fake) SetFolder(name string) int32 {
	if f.kind == "" {
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
	if !f.isFilter() {
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
	if !f.isFilter() {
		return abi.ReadNotPermitted
	}
	f.answer.Date = time.Unix(unix, 0).In(time.FixedZone("", int(zone)*60))
	return 0
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
	return int32(copy(dst, value[min(offset, int64(len(value))):]))
}
