// What a script reaches outside: kv, http(), tcp() and smtp(). The last three are
// written in JavaScript (doors.js), on the functions of the host below; that file is
// evaluated when a script looks at one of them first, so that others do not pay for it.
#include "engine.h"

#include <string.h>

#include "doors.h" // doors_js, made of doors.js by build.sh

// door_failed makes an exception of the host's answer: a RangeError when an argument is
// at fault, and else an Error with a property denied. Both say why.
static JSValue door_failed(JSContext *ctx, const char *what, int32_t code)
{
	int32_t n;
	do
		n = mw_door_error(room.at, room.size);
	while (!fits(n));
	int denied = code == MW_READ_NOT_PERMITTED;
	const char *why = denied ? "this was not granted, or not in this hook" : "the host gave no reason";
	if (n > 0) {
		room.at[n] = 0;
		why = room.at;
	}
	if (code == MW_READ_BAD_ARGUMENT)
		return JS_ThrowRangeError(ctx, "%s: %s", what, n > 0 ? why : "an argument makes no sense");
	JS_ThrowInternalError(ctx, "%s: %s", what, why); // which notes the line
	JSValue error = JS_GetException(ctx);
	JS_SetPropertyStr(ctx, error, "name", JS_NewString(ctx, "Error"));
	JS_SetPropertyStr(ctx, error, "denied", JS_NewBool(ctx, denied));
	return JS_Throw(ctx, error);
}

static JSValue number_or_failed(JSContext *ctx, const char *what, int32_t n)
{
	return n < 0 ? door_failed(ctx, what, n) : JS_NewInt32(ctx, n);
}

enum { HTTP_OPEN, TCP_OPEN, SMTP_SEND };

// httpOpen(json), tcpOpen(json), smtpSend(json)
static JSValue open_door(JSContext *ctx, JSValueConst this, int argc, JSValueConst *argv, int which)
{
	size_t n;
	const char *request = JS_ToCStringLen(ctx, &n, argv[0]);
	if (!request)
		return JS_EXCEPTION;
	JSValue result;
	switch (which) {
	case HTTP_OPEN:
		result = number_or_failed(ctx, "http", mw_http_open(request, n));
		break;
	case TCP_OPEN:
		result = number_or_failed(ctx, "tcp", mw_tcp_open(request, n));
		break;
	default:
		result = number_or_failed(ctx, "smtp", mw_smtp_send(request, n));
	}
	JS_FreeCString(ctx, request);
	return result;
}

static int door_of(JSContext *ctx, JSValueConst value, int32_t *door) { return JS_ToInt32(ctx, door, value); }

// httpStatus(door)
static JSValue http_status(JSContext *ctx, JSValueConst this, int argc, JSValueConst *argv)
{
	int32_t door;
	if (door_of(ctx, argv[0], &door) < 0)
		return JS_EXCEPTION;
	return number_or_failed(ctx, "http", mw_http_status(door));
}

// httpHeader(door, name)
static JSValue http_header(JSContext *ctx, JSValueConst this, int argc, JSValueConst *argv)
{
	int32_t door, n;
	size_t len;
	if (door_of(ctx, argv[0], &door) < 0)
		return JS_EXCEPTION;
	const char *name = JS_ToCStringLen(ctx, &len, argv[1]);
	if (!name)
		return JS_EXCEPTION;
	do
		n = mw_http_header(door, name, len, room.at, room.size);
	while (!fits(n));
	JS_FreeCString(ctx, name);
	if (n == MW_READ_ABSENT)
		return JS_UNDEFINED;
	return n < 0 ? door_failed(ctx, "http", n) : mail_text(ctx, room.at, n);
}

// write(door, data, what)
static JSValue write_door(JSContext *ctx, JSValueConst this, int argc, JSValueConst *argv)
{
	int32_t door;
	struct bytes b;
	if (door_of(ctx, argv[0], &door) < 0 || bytes_of(ctx, argv[1], "what is sent", &b) < 0)
		return JS_EXCEPTION;
	int32_t code = mw_door_write(door, b.at, b.len);
	bytes_free(ctx, &b);
	return code < 0 ? door_failed(ctx, "connection", code) : JS_UNDEFINED;
}

// read(door, most): a Uint8Array of at least one byte, or null at the end
static JSValue read_door(JSContext *ctx, JSValueConst this, int argc, JSValueConst *argv)
{
	int32_t door;
	uint64_t most;
	if (door_of(ctx, argv[0], &door) < 0 || JS_ToIndex(ctx, &most, argv[1]) < 0)
		return JS_EXCEPTION;
	if (most == 0 || most > INT32_MAX)
		return JS_ThrowRangeError(ctx, "read: from 1 to %d bytes", INT32_MAX);
	char *bytes = js_malloc(ctx, most);
	if (!bytes)
		return JS_EXCEPTION;
	int32_t n = mw_door_read(door, bytes, most);
	if (n > 0)
		return mail_bytes(ctx, bytes, n);
	js_free(ctx, bytes);
	return n < 0 ? door_failed(ctx, "connection", n) : JS_NULL;
}

// close(door)
static JSValue close_door(JSContext *ctx, JSValueConst this, int argc, JSValueConst *argv)
{
	int32_t door;
	if (door_of(ctx, argv[0], &door) < 0)
		return JS_EXCEPTION;
	mw_door_close(door);
	return JS_UNDEFINED;
}

// text(bytes): as UTF-8
static JSValue text_of(JSContext *ctx, JSValueConst this, int argc, JSValueConst *argv)
{
	struct bytes b;
	if (bytes_of(ctx, argv[0], "a text", &b) < 0)
		return JS_EXCEPTION;
	JSValue text = mail_text(ctx, b.at, b.len);
	bytes_free(ctx, &b);
	return text;
}

// isMessage(value)
static JSValue is_message(JSContext *ctx, JSValueConst this, int argc, JSValueConst *argv)
{
	return JS_NewBool(ctx, mail_is_message(argv[0]));
}

static const JSCFunctionListEntry host_functions[] = {
	JS_CFUNC_MAGIC_DEF("httpOpen", 1, open_door, HTTP_OPEN),
	JS_CFUNC_MAGIC_DEF("tcpOpen", 1, open_door, TCP_OPEN),
	JS_CFUNC_MAGIC_DEF("smtpSend", 1, open_door, SMTP_SEND),
	JS_CFUNC_DEF("httpStatus", 1, http_status),
	JS_CFUNC_DEF("httpHeader", 2, http_header),
	JS_CFUNC_DEF("write", 2, write_door),
	JS_CFUNC_DEF("read", 2, read_door),
	JS_CFUNC_DEF("close", 1, close_door),
	JS_CFUNC_DEF("text", 1, text_of),
	JS_CFUNC_DEF("isMessage", 1, is_message),
};

static JSValue doors = JS_UNDEFINED; // what doors.js gives, once it was evaluated

static const char *const door_names[] = {"http", "tcp", "smtp"};

static JSValue get_door(JSContext *ctx, JSValueConst this, int which)
{
	if (JS_IsUndefined(doors)) {
		JSValue make = JS_Eval(ctx, doors_js, strlen(doors_js), "<doors>", JS_EVAL_TYPE_GLOBAL | JS_EVAL_FLAG_STRICT);
		if (JS_IsException(make))
			return make;
		JSValue host = JS_NewObject(ctx);
		JS_SetPropertyFunctionList(ctx, host, host_functions, LENGTH(host_functions));
		JSValue made = JS_Call(ctx, make, JS_UNDEFINED, 1, &host);
		JS_FreeValue(ctx, host);
		JS_FreeValue(ctx, make);
		if (JS_IsException(made))
			return made;
		doors = made;
	}
	return JS_GetPropertyStr(ctx, doors, door_names[which]);
}

static const JSCFunctionListEntry door_getters[] = {
	JS_CGETSET_MAGIC_DEF("http", get_door, NULL, 0),
	JS_CGETSET_MAGIC_DEF("tcp", get_door, NULL, 1),
	JS_CGETSET_MAGIC_DEF("smtp", get_door, NULL, 2),
};

// kv.get(key): the text, or undefined
static JSValue kv_get(JSContext *ctx, JSValueConst this, int argc, JSValueConst *argv)
{
	size_t len;
	const char *key = JS_ToCStringLen(ctx, &len, argv[0]);
	if (!key)
		return JS_EXCEPTION;
	int32_t n;
	do
		n = mw_kv_get(key, len, room.at, room.size);
	while (!fits(n));
	JS_FreeCString(ctx, key);
	if (n == MW_READ_ABSENT)
		return JS_UNDEFINED;
	return n < 0 ? door_failed(ctx, "kv", n) : mail_text(ctx, room.at, n);
}

enum { KV_PUT, KV_CAS };

// put(key, value), cas(key, old, value). null and undefined are no value.
static JSValue kv_put(JSContext *ctx, JSValueConst this, int argc, JSValueConst *argv, int which)
{
	const char *text[3] = {"", "", ""}, *owned[3] = {NULL, NULL, NULL};
	size_t len[3] = {0, 0, 0};
	int n = which == KV_CAS ? 3 : 2, failed = 0;
	for (int i = 0; i < n && !failed; i++) {
		if (i > 0 && (JS_IsNull(argv[i]) || JS_IsUndefined(argv[i])))
			continue;
		// A number or an object that became a text by itself would surprise who reads it back.
		if (!JS_IsString(argv[i]) && !JS_IsNumber(argv[i])) {
			JS_ThrowTypeError(ctx, "kv: keys and values are strings; JSON.stringify() makes one of anything");
			failed = 1;
			break;
		}
		owned[i] = JS_ToCStringLen(ctx, &len[i], argv[i]);
		if (!owned[i])
			failed = 1;
		else
			text[i] = owned[i];
	}
	JSValue result = JS_EXCEPTION;
	if (!failed && which == KV_CAS) {
		int32_t code = mw_kv_cas(text[0], len[0], text[1], len[1], text[2], len[2]);
		result = code < 0 ? door_failed(ctx, "kv", code) : JS_NewBool(ctx, code);
	} else if (!failed) {
		int32_t code = mw_kv_put(text[0], len[0], text[1], len[1]);
		result = code < 0 ? door_failed(ctx, "kv", code) : JS_UNDEFINED;
	}
	for (int i = 0; i < n; i++)
		JS_FreeCString(ctx, owned[i]);
	return result;
}

// add(key, delta): the sum
static JSValue kv_add(JSContext *ctx, JSValueConst this, int argc, JSValueConst *argv)
{
	int64_t delta = 1;
	if (!JS_IsUndefined(argv[1]) && JS_ToInt64(ctx, &delta, argv[1]) < 0)
		return JS_EXCEPTION;
	size_t len;
	const char *key = JS_ToCStringLen(ctx, &len, argv[0]);
	if (!key)
		return JS_EXCEPTION;
	int64_t n = mw_kv_add(key, len, delta);
	JS_FreeCString(ctx, key);
	return n < 0 ? door_failed(ctx, "kv", (int32_t)n) : JS_NewInt64(ctx, n);
}

static const JSCFunctionListEntry of_kv[] = {
	JS_CFUNC_DEF("get", 1, kv_get),
	JS_CFUNC_MAGIC_DEF("put", 2, kv_put, KV_PUT),
	JS_CFUNC_DEF("add", 2, kv_add),
	JS_CFUNC_MAGIC_DEF("cas", 3, kv_put, KV_CAS),
};

void outside_define(JSContext *ctx, JSValueConst global)
{
	JSValue kv = JS_NewObject(ctx);
	JS_SetPropertyFunctionList(ctx, kv, of_kv, LENGTH(of_kv));
	JS_PreventExtensions(ctx, kv);
	JS_SetPropertyStr(ctx, global, "kv", kv);
	JS_SetPropertyFunctionList(ctx, global, door_getters, LENGTH(door_getters));
}
