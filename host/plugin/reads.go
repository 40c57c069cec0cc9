package plugin

import (
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/tetratelabs/wazero/api"

	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/sdk/abi"
)

// prop_u64 (id)
func propU64(c *call, _ api.Module, a []uint64) int64 {
	id, q := int32(a[0]), c.q
	if id == abi.PropHooks {
		return c.bound.hookBits()
	}
	if n, ok := c.occasionU64(id); ok {
		return n
	}
	if id < abi.PropUID || id > abi.PropKept {
		return int64(abi.ReadBadArgument)
	}
	if q == nil {
		return int64(abi.ReadNotPermitted)
	}
	if value, ok := storingU64(c, id); ok {
		return value
	}
	switch id {
	case abi.PropFlags, abi.PropKeywords:
		if q.hook != abi.HookMapFlags {
			break
		}
		if id == abi.PropFlags {
			return systemBits(q.flags)
		}
		return int64(len(keywords(q.flags)))
	}
	if id > abi.PropHooks || !q.aboutFolder() {
		return int64(abi.ReadNotPermitted)
	}
	switch id {
	case abi.PropFolderMessages:
		return statusNumber(q.folder, func(s *mail.Status) uint32 { return s.Messages })
	case abi.PropUIDValidity:
		return statusNumber(q.folder, func(s *mail.Status) uint32 { return s.UIDValidity })
	case abi.PropSubscribed:
		return bit(q.folder.Subscribed)
	case abi.PropSelectable:
		return bit(q.folder.Selectable)
	}
	if !q.isFilter() {
		return int64(abi.ReadNotPermitted)
	}
	switch id {
	case abi.PropUID:
		return int64(q.message.UID)
	case abi.PropSize:
		return q.message.Size
	case abi.PropDate:
		return dateOf(q.date)
	case abi.PropZone:
		return zoneOf(q.date)
	case abi.PropFlags:
		return systemBits(q.flags)
	case abi.PropKeywords:
		return int64(len(keywords(q.flags)))
	default: // PropHeaderCount
		if !c.seesHeaders() {
			return int64(abi.ReadNotPermitted)
		}
		return int64(q.header.count())
	}
}

// prop_str (id, index, dst, cap)
func propStr(c *call, m api.Module, a []uint64) int32 {
	id, index, q := int32(a[0]), int32(a[1]), c.q
	if id == abi.PropScript {
		return scriptText(c, m, a)
	}
	if text, code, ok := c.occasionStr(id, index); ok {
		if code != 0 {
			return code
		}
		return answer(m, text, uint32(a[2]), uint32(a[3]))
	}
	many := id == abi.PropKeyword || id == abi.PropKeptFlag || id == abi.PropTargetKeyword
	if id < abi.PropSource || id > abi.PropHash || index < 0 || index > 0 && !many {
		return abi.ReadBadArgument
	}
	if q == nil {
		return abi.ReadNotPermitted
	}
	if value, code, ok := storingStr(c, id, index); ok && code == 0 {
		return answer(m, value, uint32(a[2]), uint32(a[3]))
	} else if ok {
		return code
	}
	switch {
	case id > abi.PropKeyword,
		id == abi.PropKeyword && !q.isFilter() && q.hook != abi.HookMapFlags,
		id != abi.PropKeyword && id != abi.PropTarget && !q.aboutFolder():
		return abi.ReadNotPermitted
	}
	var value string
	switch id {
	case abi.PropSource:
		value = q.source
	case abi.PropFolder:
		value = q.folder.Name
	case abi.PropTarget:
		value = q.target
	case abi.PropUse:
		if value = string(q.folder.Use); value == "" {
			return abi.ReadAbsent
		}
	case abi.PropKeyword:
		words := keywords(q.flags)
		if int(index) >= len(words) {
			return abi.ReadAbsent
		}
		value = string(words[index])
	}
	return answer(m, value, uint32(a[2]), uint32(a[3]))
}

// header_get (name, name_len, index, mode, dst, cap)
func headerGet(c *call, m api.Module, a []uint64) int32 {
	name := mustRead(m, uint32(a[0]), uint32(a[1]))
	index, mode := int32(a[2]), int32(a[3])
	if !c.seesHeaders() {
		return abi.ReadNotPermitted
	}
	if len(name) == 0 || index < 0 || mode != abi.HeaderRaw && mode != abi.HeaderDecoded {
		return abi.ReadBadArgument
	}
	c.sawContent = true
	body, ok := c.q.header.get(name, int(index))
	switch {
	case !ok:
		return abi.ReadAbsent
	case mode == abi.HeaderDecoded:
		return answer(m, c.q.header.decode(&c.scratch, body), uint32(a[4]), uint32(a[5]))
	}
	return answer(m, body, uint32(a[4]), uint32(a[5]))
}

// header_name (index, dst, cap)
func headerName(c *call, m api.Module, a []uint64) int32 {
	if !c.seesHeaders() {
		return abi.ReadNotPermitted
	}
	name, ok := c.q.header.name(int(int32(a[0])))
	if !ok {
		return abi.ReadAbsent
	}
	return answer(m, name, uint32(a[1]), uint32(a[2]))
}

// headers_raw (offset, dst, cap)
func headersRaw(c *call, m api.Module, a []uint64) int32 {
	off, dst := int64(a[0]), mustRead(m, uint32(a[1]), uint32(a[2]))
	if !c.seesHeaders() {
		return abi.ReadNotPermitted
	}
	if off < 0 {
		return abi.ReadBadArgument
	}
	c.sawContent = true
	raw := c.q.header.raw
	return int32(copy(dst, raw[min(off, int64(len(raw))):]))
}

// body_read (part, offset, dst, cap)
func bodyRead(c *call, m api.Module, a []uint64) int32 {
	part, off, dst := int32(a[0]), int64(a[1]), mustRead(m, uint32(a[2]), uint32(a[3]))
	if c.q == nil || c.q.body == nil || !c.mayReadBody() {
		return abi.ReadNotPermitted
	}
	c.sawContent = true
	if part != abi.PartWhole {
		return c.readPart(part, off, dst)
	}
	if off < 0 {
		return abi.ReadBadArgument
	}
	left := c.q.message.Size - off
	if left <= 0 || len(dst) == 0 {
		return 0
	}
	dst = dst[:min(int64(len(dst)), left)]
	n, err := c.q.body.ReadAt(dst, off)
	if n < len(dst) {
		// The message is here as a whole, so this is our trouble. The guest must
		// not take it for the end of the message.
		if err == nil || errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		panic(faultf("read the message: %w", err))
	}
	c.fuel.read(n)
	return int32(n)
}

// aboutFolder reports whether a source folder is at hand.
func (q *question) aboutFolder() bool { return q.hook == abi.HookMapFolder || q.isFilter() }

// seesHeaders reports whether this hook may look at the header section.
func (c *call) seesHeaders() bool {
	return c.q != nil && c.q.isFilter() && c.bound.module.seesHeaders()
}

// seesHeaders reports whether the plugin has said that it looks at header sections.
func (m *Module) seesHeaders() bool {
	return m.manifest.Needs == abi.NeedsHeaders || m.manifest.Needs == abi.NeedsBody
}

func statusNumber(f mail.Folder, of func(*mail.Status) uint32) int64 {
	if f.Status == nil {
		return int64(abi.ReadAbsent)
	}
	return int64(of(f.Status))
}

func bit(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

var systemFlags = map[mail.Flag]int64{
	mail.FlagSeen:     abi.FlagSeen,
	mail.FlagAnswered: abi.FlagAnswered,
	mail.FlagFlagged:  abi.FlagFlagged,
	mail.FlagDeleted:  abi.FlagDeleted,
	mail.FlagDraft:    abi.FlagDraft,
}

// systemBits are the system flags of a set that is from mail.CleanFlags.
func systemBits(flags []mail.Flag) int64 {
	var bits int64
	for _, f := range flags {
		bits |= systemFlags[f]
	}
	return bits
}

// keywords are the other flags.
func keywords(flags []mail.Flag) []mail.Flag {
	return slices.DeleteFunc(slices.Clone(flags), func(f mail.Flag) bool { return strings.HasPrefix(string(f), `\`) })
}
