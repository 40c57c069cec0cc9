// The flags of a message, of one that the target has already, and of a set.
#include "engine.h"

#include <string.h>
#include <strings.h>

#include "cutils.h"

static const char *const system_flags[] = {"\\Seen", "\\Answered", "\\Flagged", "\\Deleted", "\\Draft"}; // by their bits

// canonical spells a system flag as IMAP does. The backslash may be missing: "\Seen"
// in a script is the same string as "Seen", and no keyword is called that.
static const char *canonical(const char *flag)
{
	for (int i = 0; i < LENGTH(system_flags); i++)
		if (strcasecmp(flag, system_flags[i]) == 0 || strcasecmp(flag, system_flags[i] + 1) == 0)
			return system_flags[i];
	return flag;
}

static int64_t bits_of(int which)
{
	return mw_prop_u64(which & FLAGS_STORED ? MW_PROP_TARGET_FLAGS : MW_PROP_FLAGS);
}

// keyword reads keyword number i into the room.
static int32_t keyword(int which, int32_t i)
{
	int32_t n;
	do
		n = mw_prop_str(which & FLAGS_STORED ? MW_PROP_TARGET_KEYWORD : MW_PROP_KEYWORD, i, room.at, room.size);
	while (!fits(n));
	return n;
}

// flags_list makes an array that can not be changed: pushing to it would do nothing.
JSValue flags_list(JSContext *ctx, JSValueConst this, int which)
{
	int64_t bits = bits_of(which);
	if (bits < 0)
		return mail_refused(ctx, "flags", bits);
	JSValue list = JS_NewArray(ctx);
	uint32_t n = 0;
	for (int i = 0; i < LENGTH(system_flags) && !(which & FLAGS_KEYWORDS); i++)
		if (bits >> i & 1)
			JS_SetPropertyUint32(ctx, list, n++, JS_NewString(ctx, system_flags[i]));
	int32_t len;
	for (int32_t i = 0; (len = keyword(which, i)) >= 0; i++)
		JS_SetPropertyUint32(ctx, list, n++, JS_NewStringLen(ctx, room.at, len));
	JS_PreventExtensions(ctx, list);
	return list;
}

// has(flag)
JSValue flags_has(JSContext *ctx, JSValueConst this, int argc, JSValueConst *argv, int which)
{
	int64_t bits = bits_of(which);
	if (bits < 0)
		return mail_refused(ctx, "flags", bits);
	const char *given = JS_ToCString(ctx, argv[0]);
	if (!given)
		return JS_EXCEPTION;
	const char *flag = canonical(given);
	int found = 0;
	if (flag[0] == '\\') {
		for (int i = 0; i < LENGTH(system_flags); i++)
			found |= (bits >> i & 1) && flag == system_flags[i];
	} else {
		int32_t len;
		for (int32_t i = 0; !found && (len = keyword(which, i)) >= 0; i++) {
			room.at[len] = 0;
			found = strcasecmp(flag, room.at) == 0;
		}
	}
	JS_FreeCString(ctx, given);
	return JS_NewBool(ctx, found);
}

// addFlags(...), removeFlags(...), setFlags(...)
JSValue flags_edit(JSContext *ctx, JSValueConst this, int argc, JSValueConst *argv, int op)
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
	int32_t code = dbuf_error(&list) ? MW_RESULT_ERROR : mw_flags(op, (const char *)list.buf, list.size);
	dbuf_free(&list);
	if (code != 0)
		return JS_ThrowRangeError(ctx, "a flag can not be stored, or not here");
	return JS_UNDEFINED;
}

// kept: the flags that the target folder keeps, or null for all
static JSValue get_kept(JSContext *ctx, JSValueConst this)
{
	int64_t n = mw_prop_u64(MW_PROP_KEPT);
	if (n == MW_READ_ABSENT)
		return JS_NULL;
	if (n < 0)
		return mail_refused(ctx, "kept", n);
	JSValue list = JS_NewArray(ctx);
	for (int32_t i = 0; i < n; i++) {
		int32_t len;
		do
			len = mw_prop_str(MW_PROP_KEPT_FLAG, i, room.at, room.size);
		while (!fits(len));
		if (len >= 0)
			JS_SetPropertyUint32(ctx, list, i, JS_NewStringLen(ctx, room.at, len));
	}
	JS_PreventExtensions(ctx, list);
	return list;
}

static const JSCFunctionListEntry of_set[] = {
	JS_CGETSET_MAGIC_DEF("target", mail_get_text, NULL, MW_PROP_TARGET),
	JS_CGETSET_MAGIC_DEF("flags", flags_list, NULL, FLAGS_ALL),
	JS_CGETSET_MAGIC_DEF("keywords", flags_list, NULL, FLAGS_KEYWORDS),
	JS_CGETSET_DEF("kept", get_kept, NULL),
	JS_CFUNC_MAGIC_DEF("has", 1, flags_has, FLAGS_ALL),
	JS_CFUNC_MAGIC_DEF("addFlags", 1, flags_edit, MW_FLAGS_ADD),
	JS_CFUNC_MAGIC_DEF("removeFlags", 1, flags_edit, MW_FLAGS_REMOVE),
	JS_CFUNC_MAGIC_DEF("setFlags", 1, flags_edit, MW_FLAGS_REPLACE),
};

JSValue flags_set(JSContext *ctx)
{
	JSValue object = JS_NewObject(ctx);
	JS_SetPropertyFunctionList(ctx, object, of_set, LENGTH(of_set));
	JS_PreventExtensions(ctx, object);
	return object;
}
