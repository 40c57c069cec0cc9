// What the hooks are given that change messages, compare them, or are told of what
// became of them.
#include "engine.h"

#include <string.h>

// put checks the answer of an effect.
static JSValue put(JSContext *ctx, const char *what, int32_t code)
{
	if (code == MW_READ_NOT_PERMITTED)
		return JS_ThrowTypeError(ctx, "%s can not be changed here", what);
	return code < 0 ? JS_ThrowRangeError(ctx, "%s can not be that", what) : JS_UNDEFINED;
}

// setHeader(name, value), addHeader(name, value), removeHeader(name)
static JSValue put_header(JSContext *ctx, JSValueConst this, int argc, JSValueConst *argv, int op)
{
	size_t name_len, value_len = 0;
	const char *value = NULL, *name = JS_ToCStringLen(ctx, &name_len, argv[0]);
	if (name && op != MW_HEADER_REMOVE) {
		if (JS_IsUndefined(argv[1]) || JS_IsNull(argv[1]))
			JS_ThrowTypeError(ctx, "the field %s needs a value", name);
		else
			value = JS_ToCStringLen(ctx, &value_len, argv[1]);
	}
	JSValue result = JS_EXCEPTION;
	if (name && (value || op == MW_HEADER_REMOVE)) {
		int32_t code = mw_header_put(op, name, name_len, value ? value : "", value_len);
		char what[120] = "the field ";
		strncat(what, name, 100);
		result = put(ctx, what, code);
	}
	JS_FreeCString(ctx, value);
	JS_FreeCString(ctx, name);
	return result;
}

// write(textOrBytes)
static JSValue write_out(JSContext *ctx, JSValueConst this, int argc, JSValueConst *argv)
{
	struct bytes b;
	if (bytes_of(ctx, argv[0], "what is written", &b) < 0)
		return JS_EXCEPTION;
	int32_t code = mw_out_write(b.at, b.len);
	bytes_free(ctx, &b);
	return put(ctx, "the message", code);
}

static const JSCFunctionListEntry of_rewrite[] = {
	JS_CGETSET_MAGIC_DEF("attempt", mail_get_number, NULL, MW_PROP_ATTEMPT),
	JS_CGETSET_MAGIC_DEF("refusal", mail_get_text, NULL, MW_PROP_ERROR),
	JS_CFUNC_MAGIC_DEF("setHeader", 2, put_header, MW_HEADER_SET),
	JS_CFUNC_MAGIC_DEF("addHeader", 2, put_header, MW_HEADER_ADD),
	JS_CFUNC_MAGIC_DEF("removeHeader", 1, put_header, MW_HEADER_REMOVE),
	JS_CFUNC_DEF("write", 1, write_out),
};

JSValue change_rewrite(JSContext *ctx) { return mail_message(ctx, of_rewrite, LENGTH(of_rewrite)); }

// side
static JSValue get_side(JSContext *ctx, JSValueConst this)
{
	int64_t n = mw_prop_u64(MW_PROP_SIDE);
	return n < 0 ? mail_refused(ctx, "side", n) : JS_NewString(ctx, n ? "target" : "source");
}

static const JSCFunctionListEntry of_key[] = {JS_CGETSET_DEF("side", get_side, NULL)};

JSValue change_key(JSContext *ctx) { return mail_message(ctx, of_key, LENGTH(of_key)); }

int32_t change_set_key(JSContext *ctx, JSValueConst key)
{
	size_t n;
	const char *text = JS_ToCStringLen(ctx, &n, key);
	if (!text)
		return -1;
	JSValue result = put(ctx, "the key", mw_set_key(text, n));
	JS_FreeCString(ctx, text);
	return JS_IsException(result) ? -1 : 0;
}

static const JSCFunctionListEntry of_copied[] = {
	JS_CGETSET_MAGIC_DEF("onceKey", mail_get_text, NULL, MW_PROP_ONCE_KEY),
	JS_CGETSET_MAGIC_DEF("attempt", mail_get_number, NULL, MW_PROP_ATTEMPT),
};

JSValue change_copied(JSContext *ctx) { return mail_message(ctx, of_copied, LENGTH(of_copied)); }

static JSValue closed_object(JSContext *ctx, const JSCFunctionListEntry *list, int len)
{
	JSValue object = JS_NewObject(ctx);
	JS_SetPropertyFunctionList(ctx, object, list, len);
	JS_PreventExtensions(ctx, object);
	return object;
}

static const JSCFunctionListEntry of_stored[] = {
	JS_CGETSET_MAGIC_DEF("uid", mail_get_number, NULL, MW_PROP_TARGET_UID),
	JS_CGETSET_MAGIC_DEF("uidValidity", mail_get_number, NULL, MW_PROP_TARGET_UID_VALIDITY),
	JS_CGETSET_MAGIC_DEF("size", mail_get_number, NULL, MW_PROP_TARGET_SIZE),
	JS_CGETSET_MAGIC_DEF("date", mail_get_date, NULL, MW_PROP_TARGET_DATE),
	JS_CGETSET_MAGIC_DEF("flags", flags_list, NULL, FLAGS_STORED),
	JS_CGETSET_MAGIC_DEF("keywords", flags_list, NULL, FLAGS_STORED | FLAGS_KEYWORDS),
	JS_CFUNC_MAGIC_DEF("has", 1, flags_has, FLAGS_STORED),
};

JSValue change_stored(JSContext *ctx) { return closed_object(ctx, of_stored, LENGTH(of_stored)); }

static const JSCFunctionListEntry of_failure[] = {
	JS_CGETSET_MAGIC_DEF("stage", mail_get_text, NULL, MW_PROP_STAGE),
	JS_CGETSET_MAGIC_DEF("kind", mail_get_text, NULL, MW_PROP_ERROR_KIND),
	JS_CGETSET_MAGIC_DEF("text", mail_get_text, NULL, MW_PROP_ERROR),
	JS_CGETSET_MAGIC_DEF("attempt", mail_get_number, NULL, MW_PROP_ATTEMPT),
	JS_CGETSET_MAGIC_DEF("source", mail_get_text, NULL, MW_PROP_SOURCE),
	JS_CGETSET_MAGIC_DEF("folder", mail_get_text, NULL, MW_PROP_FOLDER),
};

JSValue change_failure(JSContext *ctx) { return closed_object(ctx, of_failure, LENGTH(of_failure)); }
