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

JSValue mail_refused(JSContext *ctx, const char *what, int64_t code)
{
	if (code == MW_READ_NOT_PERMITTED)
		return JS_ThrowTypeError(ctx, "%s can not be read here", what);
	return JS_ThrowRangeError(ctx, "%s: there is no such thing", what);
}

// is_ascii looks at eight bytes at a time, as nearly all that is read is ASCII.
static int is_ascii(const char *bytes, size_t n)
{
	uint64_t eight, seen = 0;
	size_t i = 0;
	for (; i + sizeof eight <= n; i += sizeof eight) {
		memcpy(&eight, bytes + i, sizeof eight);
		seen |= eight;
	}
	for (; i < n; i++)
		seen |= (uint8_t)bytes[i];
	return (seen & 0x8080808080808080) == 0;
}

// JS_NewStringLen alone would swallow good characters beside bad bytes.
JSValue mail_text(JSContext *ctx, const char *bytes, size_t n)
{
	if (is_ascii(bytes, n))
		return JS_NewStringLen(ctx, bytes, n);
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
	if (n == MW_READ_ABSENT)
		return JS_UNDEFINED;
	return n < 0 ? mail_refused(ctx, what, n) : mail_text(ctx, room.at, n);
}

// Properties that are texts: source, folder, use.

JSValue mail_get_text(JSContext *ctx, JSValueConst this, int id)
{
	int32_t n;
	do
		n = mw_prop_str(id, 0, room.at, room.size);
	while (!fits(n));
	return answer(ctx, "this", n == MW_READ_ABSENT ? 0 : n);
}

static JSValue get_target(JSContext *ctx, JSValueConst this)
{
	return new_target ? JS_NewString(ctx, new_target) : mail_get_text(ctx, this, MW_PROP_TARGET);
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
	int32_t code = mw_set_folder(text, n);
	if (code == 0) {
		free(new_target);
		new_target = strdup(text);
	} else if (code == MW_READ_NOT_PERMITTED) {
		JS_ThrowTypeError(ctx, "the target can not be changed here");
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

JSValue mail_get_number(JSContext *ctx, JSValueConst this, int id)
{
	int64_t n = mw_prop_u64(id);
	if (n == MW_READ_ABSENT)
		return JS_NULL;
	return n < 0 ? mail_refused(ctx, "this", n) : JS_NewInt64(ctx, n);
}

static JSValue get_bool(JSContext *ctx, JSValueConst this, int id)
{
	int64_t n = mw_prop_u64(id);
	return n < 0 ? mail_refused(ctx, "this", n) : JS_NewBool(ctx, n);
}

// The date.

static JSValue new_date_of(JSContext *ctx, int id)
{
	int64_t seconds = mw_prop_u64(id);
	if (seconds == MW_READ_ABSENT)
		return JS_NULL;
	return seconds < 0 ? mail_refused(ctx, "date", seconds) : JS_NewDate(ctx, (double)(seconds - MW_DATE_EPOCH) * 1000);
}

JSValue mail_get_date(JSContext *ctx, JSValueConst this, int id) { return new_date_of(ctx, id); }

// date of a message whose date can be changed
static JSValue get_date(JSContext *ctx, JSValueConst this)
{
	return isnan(new_date) ? new_date_of(ctx, MW_PROP_DATE) : JS_NewDate(ctx, new_date);
}

// A JavaScript date has no zone, so the copy keeps that of the message.
static JSValue set_date_of(JSContext *ctx, JSValueConst this, JSValueConst value)
{
	double ms;
	if (JS_ToFloat64(ctx, &ms, value) < 0)
		return JS_EXCEPTION;
	int64_t zone = mw_prop_u64(MW_PROP_ZONE);
	// Beyond 8.64e15 ms there are no dates in JavaScript.
	if (!(fabs(ms) <= 8.64e15) || mw_set_date((int64_t)floor(ms / 1000), zone < 0 ? 0 : (int32_t)zone - MW_ZONE_BIAS) != 0)
		return JS_ThrowRangeError(ctx, "this is no date that a message can have");
	new_date = floor(ms / 1000) * 1000;
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
		n = mw_header_get(name, len, 0, mode, room.at, room.size);
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
			n = mw_header_get(name, len, i, MW_HEADER_DECODED, room.at, room.size);
		while (!fits(n));
		if (n < 0)
			break;
		JS_SetPropertyUint32(ctx, list, i, mail_text(ctx, room.at, n));
	}
	JS_FreeCString(ctx, name);
	if (n == MW_READ_ABSENT)
		return list;
	JS_FreeValue(ctx, list);
	return mail_refused(ctx, "the header", n);
}

static JSValue get_header_names(JSContext *ctx, JSValueConst this)
{
	JSValue list = JS_NewArray(ctx);
	int32_t n;
	for (uint32_t i = 0;; i++) {
		do
			n = mw_header_name(i, room.at, room.size);
		while (!fits(n));
		if (n < 0)
			break;
		JS_SetPropertyUint32(ctx, list, i, mail_text(ctx, room.at, n));
	}
	if (n == MW_READ_ABSENT)
		return list;
	JS_FreeValue(ctx, list);
	return mail_refused(ctx, "the header", n);
}

// The message itself.

static void free_bytes(JSRuntime *runtime, void *opaque, void *bytes) { js_free_rt(runtime, bytes); }

JSValue mail_bytes(JSContext *ctx, char *bytes, size_t n)
{
	JSValue buffer = JS_NewArrayBuffer(ctx, (uint8_t *)bytes, n, free_bytes, NULL, 0);
	if (JS_IsException(buffer))
		return buffer;
	JSValue args[] = {buffer, JS_UNDEFINED, JS_UNDEFINED};
	JSValue array = JS_NewTypedArray(ctx, 3, args, JS_TYPED_ARRAY_UINT8);
	JS_FreeValue(ctx, buffer);
	return array;
}

JSValue mail_body(JSContext *ctx, int32_t part, int64_t size, JSValueConst *argv, int as)
{
	if (size < 0)
		return mail_refused(ctx, "the message", size);
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
	int32_t n = mw_body_read(part, offset, bytes, length);
	if (n < 0) {
		js_free(ctx, bytes);
		if (n == MW_READ_NOT_PERMITTED)
			return JS_ThrowTypeError(ctx, "the message is not here yet; filterMessage can read it");
		return mail_refused(ctx, "the message", n);
	}
	if (as == AS_BYTES)
		return mail_bytes(ctx, bytes, n);
	JSValue text = mail_text(ctx, bytes, n);
	js_free(ctx, bytes);
	return text;
}

// body(offset, length), text(offset, length)
static JSValue get_body(JSContext *ctx, JSValueConst this, int argc, JSValueConst *argv, int as)
{
	return mail_body(ctx, MW_PART_WHOLE, mw_prop_u64(MW_PROP_SIZE), argv, as);
}

// note(reason)
JSValue mail_add_note(JSContext *ctx, JSValueConst this, int argc, JSValueConst *argv)
{
	size_t n;
	const char *text = JS_ToCStringLen(ctx, &n, argv[0]);
	if (!text)
		return JS_EXCEPTION;
	mw_note(text, n);
	JS_FreeCString(ctx, text);
	return JS_UNDEFINED;
}

// The objects. They can not get further properties, so that a misspelt assignment is
// an exception.

static const JSCFunctionListEntry of_folder[] = {
	JS_CGETSET_MAGIC_DEF("source", mail_get_text, NULL, MW_PROP_SOURCE),
	JS_CGETSET_MAGIC_DEF("name", mail_get_text, NULL, MW_PROP_FOLDER),
	JS_CGETSET_MAGIC_DEF("use", mail_get_text, NULL, MW_PROP_USE),
	JS_CGETSET_DEF("target", get_target, set_target),
	JS_CGETSET_MAGIC_DEF("messages", mail_get_number, NULL, MW_PROP_FOLDER_MESSAGES),
	JS_CGETSET_MAGIC_DEF("uidValidity", mail_get_number, NULL, MW_PROP_UID_VALIDITY),
	JS_CGETSET_MAGIC_DEF("subscribed", get_bool, NULL, MW_PROP_SUBSCRIBED),
	JS_CGETSET_MAGIC_DEF("selectable", get_bool, NULL, MW_PROP_SELECTABLE),
	JS_CFUNC_DEF("note", 1, mail_add_note),
};

// What every hook about a message can read.
static const JSCFunctionListEntry of_any_message[] = {
	JS_CGETSET_MAGIC_DEF("source", mail_get_text, NULL, MW_PROP_SOURCE),
	JS_CGETSET_MAGIC_DEF("folder", mail_get_text, NULL, MW_PROP_FOLDER),
	JS_CGETSET_MAGIC_DEF("folderUse", mail_get_text, NULL, MW_PROP_USE),
	JS_CGETSET_MAGIC_DEF("target", mail_get_text, NULL, MW_PROP_TARGET),
	JS_CGETSET_MAGIC_DEF("uid", mail_get_number, NULL, MW_PROP_UID),
	JS_CGETSET_MAGIC_DEF("size", mail_get_number, NULL, MW_PROP_SIZE),
	JS_CGETSET_MAGIC_DEF("date", mail_get_date, NULL, MW_PROP_DATE),
	JS_CGETSET_MAGIC_DEF("flags", flags_list, NULL, FLAGS_ALL),
	JS_CGETSET_MAGIC_DEF("keywords", flags_list, NULL, FLAGS_KEYWORDS),
	JS_CFUNC_MAGIC_DEF("has", 1, flags_has, FLAGS_ALL),
	JS_CFUNC_MAGIC_DEF("header", 1, get_header, MW_HEADER_DECODED),
	JS_CFUNC_MAGIC_DEF("rawHeader", 1, get_header, MW_HEADER_RAW),
	JS_CFUNC_DEF("headers", 1, get_headers),
	JS_CGETSET_DEF("headerNames", get_header_names, NULL),
	JS_CFUNC_MAGIC_DEF("body", 2, get_body, AS_BYTES),
	JS_CFUNC_MAGIC_DEF("text", 2, get_body, AS_TEXT),
	JS_CGETSET_DEF("parts", parts_list, NULL),
	JS_CGETSET_MAGIC_DEF("hash", mail_get_text, NULL, MW_PROP_HASH),
	JS_CFUNC_DEF("note", 1, mail_add_note),
};

// What filters can change.
static const JSCFunctionListEntry of_filtered[] = {
	JS_CGETSET_DEF("target", get_target, set_target),
	JS_CGETSET_DEF("date", get_date, set_date_of),
	JS_CFUNC_MAGIC_DEF("addFlags", 1, flags_edit, MW_FLAGS_ADD),
	JS_CFUNC_MAGIC_DEF("removeFlags", 1, flags_edit, MW_FLAGS_REMOVE),
	JS_CFUNC_MAGIC_DEF("setFlags", 1, flags_edit, MW_FLAGS_REPLACE),
};

static JSClassID message_class;
static const JSClassDef message_def = {"Message"};

void mail_define(JSContext *ctx)
{
	JS_NewClassID(&message_class);
	JS_NewClass(JS_GetRuntime(ctx), message_class, &message_def);
	JS_SetClassProto(ctx, message_class, JS_NewObject(ctx));
}

int mail_is_message(JSValueConst value) { return JS_GetClassID(value) == message_class; }

JSValue mail_folder(JSContext *ctx)
{
	JSValue object = JS_NewObject(ctx);
	JS_SetPropertyFunctionList(ctx, object, of_folder, LENGTH(of_folder));
	JS_PreventExtensions(ctx, object);
	return object;
}

JSValue mail_message(JSContext *ctx, const JSCFunctionListEntry *more, int len)
{
	JSValue object = JS_NewObjectClass(ctx, message_class);
	JS_SetPropertyFunctionList(ctx, object, of_any_message, LENGTH(of_any_message));
	if (more)
		JS_SetPropertyFunctionList(ctx, object, more, len);
	JS_PreventExtensions(ctx, object);
	return object;
}

JSValue mail_filtered(JSContext *ctx) { return mail_message(ctx, of_filtered, LENGTH(of_filtered)); }
