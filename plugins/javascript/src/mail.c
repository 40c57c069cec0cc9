// The folder and the message that hooks are given. There is one object of each per
// instance; it holds nothing itself, and every property asks the host when the
// script reads it. What a script does not look at costs nothing.
#include "engine.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cutils.h"

// What the hook under way has set: the host goes on answering with what it asked
// about, while a script expects to read what it wrote.
static char *new_target; // NULL when it was not set
static double new_date;  // milliseconds since 1970; NAN when it was not set

void mail_begin(void)
{
	free(new_target);
	new_target = NULL;
	new_date = NAN;
}

// refused turns a negative read code into an exception.
static JSValue refused(JSContext *ctx, const char *what, int64_t code)
{
	if (code == READ_NOT_PERMITTED)
		return JS_ThrowTypeError(ctx, "%s can not be read here", what);
	return JS_ThrowRangeError(ctx, "%s: there is no such thing", what);
}

// new_text makes a string of bytes; each that is not part of UTF-8 becomes U+FFFD.
// JS_NewStringLen alone would swallow good characters beside bad bytes.
static JSValue new_text(JSContext *ctx, const char *bytes, size_t n)
{
	const uint8_t *p = (const uint8_t *)bytes, *end = p + n, *good = p, *next;
	DynBuf out;
	dbuf_init(&out);
	while (p < end) {
		if (*p < 0x80) {
			p++;
			continue;
		}
		size_t left = end - p;
		int c = unicode_from_utf8(p, left < UTF8_CHAR_LEN_MAX ? left : UTF8_CHAR_LEN_MAX, &next);
		if (c >= 0x80 && c <= 0x10ffff && (c < 0xd800 || c > 0xdfff)) {
			p = next;
			continue;
		}
		dbuf_put(&out, good, p - good);
		dbuf_putstr(&out, "\xef\xbf\xbd");
		good = ++p;
	}
	JSValue text;
	if (out.size == 0) {
		text = JS_NewStringLen(ctx, bytes, n);
	} else {
		dbuf_put(&out, good, end - good);
		text = dbuf_error(&out) ? JS_ThrowOutOfMemory(ctx) : JS_NewStringLen(ctx, (const char *)out.buf, out.size);
	}
	dbuf_free(&out);
	return text;
}

// answer makes a string of n bytes in the room.
static JSValue answer(JSContext *ctx, const char *what, int32_t n)
{
	if (n == READ_ABSENT)
		return JS_UNDEFINED;
	return n < 0 ? refused(ctx, what, n) : new_text(ctx, room.at, n);
}

// Properties that are texts: source, folder, use.

static JSValue get_text(JSContext *ctx, JSValueConst this, int id)
{
	int32_t n;
	do
		n = prop_str(id, 0, room.at, room.size);
	while (!fits(n));
	return answer(ctx, "this", n == READ_ABSENT ? 0 : n);
}

static JSValue get_target(JSContext *ctx, JSValueConst this)
{
	return new_target ? JS_NewString(ctx, new_target) : get_text(ctx, this, PROP_TARGET);
}

int mail_set_target(JSContext *ctx, JSValueConst name)
{
	if (!JS_IsString(name)) {
		JS_ThrowTypeError(ctx, "a folder name must be a string");
		return -1;
	}
	size_t n;
	const char *text = JS_ToCStringLen(ctx, &n, name);
	if (!text)
		return -1;
	int32_t code = set_folder(text, n);
	if (code == 0) {
		free(new_target);
		new_target = strdup(text);
	} else if (code == READ_NOT_PERMITTED) {
		JS_ThrowTypeError(ctx, "the target can be changed by hooks only");
	} else {
		JS_ThrowRangeError(ctx, "\"%.200s\" can not be a folder name", text);
	}
	JS_FreeCString(ctx, text);
	return code == 0 ? 0 : -1;
}

static JSValue set_target(JSContext *ctx, JSValueConst this, JSValueConst name)
{
	return mail_set_target(ctx, name) < 0 ? JS_EXCEPTION : JS_UNDEFINED;
}

// Properties that are numbers or booleans; null is unknown.

static JSValue get_number(JSContext *ctx, JSValueConst this, int id)
{
	int64_t n = prop_u64(id);
	if (n == READ_ABSENT)
		return JS_NULL;
	return n < 0 ? refused(ctx, "this", n) : JS_NewInt64(ctx, n);
}

static JSValue get_bool(JSContext *ctx, JSValueConst this, int id)
{
	int64_t n = prop_u64(id);
	return n < 0 ? refused(ctx, "this", n) : JS_NewBool(ctx, n);
}

// The date.

static JSValue get_date(JSContext *ctx, JSValueConst this)
{
	if (!isnan(new_date))
		return JS_NewDate(ctx, new_date);
	int64_t seconds = prop_u64(PROP_DATE);
	if (seconds == READ_ABSENT)
		return JS_NULL;
	return seconds < 0 ? refused(ctx, "date", seconds) : JS_NewDate(ctx, (double)(seconds - DATE_EPOCH) * 1000);
}

// A JavaScript date has no zone, so the copy keeps that of the message.
static JSValue set_date_of(JSContext *ctx, JSValueConst this, JSValueConst value)
{
	double ms;
	if (JS_ToFloat64(ctx, &ms, value) < 0)
		return JS_EXCEPTION;
	int64_t zone = prop_u64(PROP_ZONE);
	// Beyond 8.64e15 ms there are no dates in JavaScript.
	if (!(fabs(ms) <= 8.64e15) || set_date((int64_t)floor(ms / 1000), zone < 0 ? 0 : (int32_t)zone - ZONE_BIAS) != 0)
		return JS_ThrowRangeError(ctx, "this is no date that a message can have");
	new_date = floor(ms / 1000) * 1000;
	return JS_UNDEFINED;
}

// Flags.

static const char *const system_flags[] = {"\\Seen", "\\Answered", "\\Flagged", "\\Deleted", "\\Draft"}; // by their bits

// canonical spells a system flag as IMAP does. The backslash may be missing: "\Seen"
// in a script is the same string as "Seen", and no keyword is called that.
static const char *canonical(const char *flag)
{
	for (int i = 0; i < 5; i++)
		if (strcasecmp(flag, system_flags[i]) == 0 || strcasecmp(flag, system_flags[i] + 1) == 0)
			return system_flags[i];
	return flag;
}

enum { KEYWORDS_ONLY, ALL_FLAGS };

// list_flags makes an array that can not be changed: pushing to it would do nothing.
static JSValue list_flags(JSContext *ctx, JSValueConst this, int which)
{
	int64_t bits = prop_u64(PROP_FLAGS);
	if (bits < 0)
		return refused(ctx, "flags", bits);
	JSValue list = JS_NewArray(ctx);
	uint32_t n = 0;
	for (int i = 0; i < 5 && which == ALL_FLAGS; i++)
		if (bits >> i & 1)
			JS_SetPropertyUint32(ctx, list, n++, JS_NewString(ctx, system_flags[i]));
	for (int32_t i = 0;; i++) {
		int32_t len;
		do
			len = prop_str(PROP_KEYWORD, i, room.at, room.size);
		while (!fits(len));
		if (len < 0)
			break;
		JS_SetPropertyUint32(ctx, list, n++, JS_NewStringLen(ctx, room.at, len));
	}
	JS_PreventExtensions(ctx, list);
	return list;
}

// has(flag)
static JSValue has_flag(JSContext *ctx, JSValueConst this, int argc, JSValueConst *argv)
{
	const char *given = JS_ToCString(ctx, argv[0]);
	if (!given)
		return JS_EXCEPTION;
	const char *flag = canonical(given);
	int found = 0;
	if (flag[0] == '\\') {
		int64_t bits = prop_u64(PROP_FLAGS);
		for (int i = 0; i < 5 && bits >= 0; i++)
			found |= (bits >> i & 1) && flag == system_flags[i];
	} else {
		for (int32_t i = 0, len; !found; i++) {
			do
				len = prop_str(PROP_KEYWORD, i, room.at, room.size);
			while (!fits(len));
			if (len < 0)
				break;
			room.at[len] = 0;
			found = strcasecmp(flag, room.at) == 0;
		}
	}
	JS_FreeCString(ctx, given);
	return JS_NewBool(ctx, found);
}

// addFlags(...), removeFlags(...), setFlags(...)
static JSValue edit_flags(JSContext *ctx, JSValueConst this, int argc, JSValueConst *argv, int op)
{
	DynBuf list; // separated by spaces, which no flag can hold
	dbuf_init(&list);
	for (int i = 0; i < argc; i++) {
		const char *given = JS_IsString(argv[i]) ? JS_ToCString(ctx, argv[i]) : NULL;
		if (!given || !*given || strchr(given, ' ')) {
			JS_ThrowTypeError(ctx, "each flag must be a string of its own, without spaces");
			JS_FreeCString(ctx, given);
			dbuf_free(&list);
			return JS_EXCEPTION;
		}
		dbuf_putstr(&list, canonical(given));
		dbuf_putc(&list, ' ');
		JS_FreeCString(ctx, given);
	}
	int32_t code = dbuf_error(&list) ? RESULT_ERROR : change_flags(op, (const char *)list.buf, list.size);
	dbuf_free(&list);
	if (code != 0)
		return JS_ThrowRangeError(ctx, "a flag can not be stored, or not here");
	return JS_UNDEFINED;
}

// Header fields.

// header(name), rawHeader(name)
static JSValue get_header(JSContext *ctx, JSValueConst this, int argc, JSValueConst *argv, int mode)
{
	size_t len;
	const char *name = JS_ToCStringLen(ctx, &len, argv[0]);
	if (!name)
		return JS_EXCEPTION;
	int32_t n;
	do
		n = header_get(name, len, 0, mode, room.at, room.size);
	while (!fits(n));
	JS_FreeCString(ctx, name);
	return answer(ctx, "the header", n);
}

// headers(name)
static JSValue get_headers(JSContext *ctx, JSValueConst this, int argc, JSValueConst *argv)
{
	size_t len;
	const char *name = JS_ToCStringLen(ctx, &len, argv[0]);
	if (!name)
		return JS_EXCEPTION;
	JSValue list = JS_NewArray(ctx);
	int32_t n;
	for (uint32_t i = 0;; i++) {
		do
			n = header_get(name, len, i, HEADER_DECODED, room.at, room.size);
		while (!fits(n));
		if (n < 0)
			break;
		JS_SetPropertyUint32(ctx, list, i, new_text(ctx, room.at, n));
	}
	JS_FreeCString(ctx, name);
	if (n == READ_ABSENT)
		return list;
	JS_FreeValue(ctx, list);
	return refused(ctx, "the header", n);
}

static JSValue get_header_names(JSContext *ctx, JSValueConst this)
{
	JSValue list = JS_NewArray(ctx);
	int32_t n;
	for (uint32_t i = 0;; i++) {
		do
			n = header_name(i, room.at, room.size);
		while (!fits(n));
		if (n < 0)
			break;
		JS_SetPropertyUint32(ctx, list, i, new_text(ctx, room.at, n));
	}
	if (n == READ_ABSENT)
		return list;
	JS_FreeValue(ctx, list);
	return refused(ctx, "the header", n);
}

// The message itself.

static void free_bytes(JSRuntime *runtime, void *opaque, void *bytes) { js_free_rt(runtime, bytes); }

enum { AS_BYTES, AS_TEXT };

// body(offset, length), text(offset, length)
static JSValue get_body(JSContext *ctx, JSValueConst this, int argc, JSValueConst *argv, int as)
{
	int64_t size = prop_u64(PROP_SIZE);
	if (size < 0)
		return refused(ctx, "the message", size);
	uint64_t offset, length = 1 << 20;
	if (JS_ToIndex(ctx, &offset, argv[0]) < 0 || (!JS_IsUndefined(argv[1]) && JS_ToIndex(ctx, &length, argv[1]) < 0))
		return JS_EXCEPTION;
	uint64_t left = offset < (uint64_t)size ? (uint64_t)size - offset : 0;
	if (length > left)
		length = left;
	if (length > INT32_MAX)
		return JS_ThrowOutOfMemory(ctx);

	char *bytes = js_malloc(ctx, length + 1);
	if (!bytes)
		return JS_EXCEPTION;
	int32_t n = body_read(PART_WHOLE, offset, bytes, length);
	if (n < 0) {
		js_free(ctx, bytes);
		if (n == READ_NOT_PERMITTED)
			return JS_ThrowTypeError(ctx, "the message is not here yet; filterMessage can read it");
		return refused(ctx, "the message", n);
	}
	if (as == AS_TEXT) {
		JSValue text = new_text(ctx, bytes, n);
		js_free(ctx, bytes);
		return text;
	}
	JSValue buffer = JS_NewArrayBuffer(ctx, (uint8_t *)bytes, n, free_bytes, NULL, 0);
	JSValue args[] = {buffer, JS_UNDEFINED, JS_UNDEFINED};
	JSValue array = JS_NewTypedArray(ctx, 3, args, JS_TYPED_ARRAY_UINT8);
	JS_FreeValue(ctx, buffer);
	return array;
}

// note(reason)
static JSValue add_note(JSContext *ctx, JSValueConst this, int argc, JSValueConst *argv)
{
	size_t n;
	const char *text = JS_ToCStringLen(ctx, &n, argv[0]);
	if (!text)
		return JS_EXCEPTION;
	note(text, n);
	JS_FreeCString(ctx, text);
	return JS_UNDEFINED;
}

// The objects. They can not get further properties, so that a misspelt assignment is
// an exception.

static const JSCFunctionListEntry of_folder[] = {
	JS_CGETSET_MAGIC_DEF("source", get_text, NULL, PROP_SOURCE),
	JS_CGETSET_MAGIC_DEF("name", get_text, NULL, PROP_FOLDER),
	JS_CGETSET_MAGIC_DEF("use", get_text, NULL, PROP_USE),
	JS_CGETSET_DEF("target", get_target, set_target),
	JS_CGETSET_MAGIC_DEF("messages", get_number, NULL, PROP_FOLDER_MESSAGES),
	JS_CGETSET_MAGIC_DEF("uidValidity", get_number, NULL, PROP_UID_VALIDITY),
	JS_CGETSET_MAGIC_DEF("subscribed", get_bool, NULL, PROP_SUBSCRIBED),
	JS_CGETSET_MAGIC_DEF("selectable", get_bool, NULL, PROP_SELECTABLE),
	JS_CFUNC_DEF("note", 1, add_note),
};

static const JSCFunctionListEntry of_message[] = {
	JS_CGETSET_MAGIC_DEF("source", get_text, NULL, PROP_SOURCE),
	JS_CGETSET_MAGIC_DEF("folder", get_text, NULL, PROP_FOLDER),
	JS_CGETSET_MAGIC_DEF("folderUse", get_text, NULL, PROP_USE),
	JS_CGETSET_DEF("target", get_target, set_target),
	JS_CGETSET_MAGIC_DEF("uid", get_number, NULL, PROP_UID),
	JS_CGETSET_MAGIC_DEF("size", get_number, NULL, PROP_SIZE),
	JS_CGETSET_DEF("date", get_date, set_date_of),
	JS_CGETSET_MAGIC_DEF("flags", list_flags, NULL, ALL_FLAGS),
	JS_CGETSET_MAGIC_DEF("keywords", list_flags, NULL, KEYWORDS_ONLY),
	JS_CFUNC_DEF("has", 1, has_flag),
	JS_CFUNC_MAGIC_DEF("addFlags", 1, edit_flags, FLAGS_ADD),
	JS_CFUNC_MAGIC_DEF("removeFlags", 1, edit_flags, FLAGS_REMOVE),
	JS_CFUNC_MAGIC_DEF("setFlags", 1, edit_flags, FLAGS_REPLACE),
	JS_CFUNC_MAGIC_DEF("header", 1, get_header, HEADER_DECODED),
	JS_CFUNC_MAGIC_DEF("rawHeader", 1, get_header, HEADER_RAW),
	JS_CFUNC_DEF("headers", 1, get_headers),
	JS_CGETSET_DEF("headerNames", get_header_names, NULL),
	JS_CFUNC_MAGIC_DEF("body", 2, get_body, AS_BYTES),
	JS_CFUNC_MAGIC_DEF("text", 2, get_body, AS_TEXT),
	JS_CFUNC_DEF("note", 1, add_note),
};

static JSValue closed_object(JSContext *ctx, const JSCFunctionListEntry *list, int len)
{
	JSValue object = JS_NewObject(ctx);
	JS_SetPropertyFunctionList(ctx, object, list, len);
	JS_PreventExtensions(ctx, object);
	return object;
}

JSValue mail_folder(JSContext *ctx) { return closed_object(ctx, of_folder, sizeof of_folder / sizeof of_folder[0]); }
JSValue mail_message(JSContext *ctx) { return closed_object(ctx, of_message, sizeof of_message / sizeof of_message[0]); }
