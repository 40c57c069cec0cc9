// The MIME parts of a message. Each is an object that holds its number and nothing
// else; its properties ask the host when the script reads them.
#include "engine.h"

static JSClassID part_class;
static const JSClassDef part_def = {"Part"};

static int32_t number_of(JSValueConst part)
{
	return (int32_t)(intptr_t)JS_GetOpaque(part, part_class) - 1;
}

// type, charset, filename, disposition
static JSValue get_text(JSContext *ctx, JSValueConst this, int id)
{
	int32_t n, part = number_of(this);
	do
		n = mw_part_str(part, id, room.at, room.size);
	while (!fits(n));
	if (n < 0 && n != MW_READ_ABSENT)
		return mail_refused(ctx, "this part", n);
	return mail_text(ctx, room.at, n < 0 ? 0 : n);
}

// size, depth
static JSValue get_number(JSContext *ctx, JSValueConst this, int id)
{
	int64_t n = mw_part_u64(number_of(this), id);
	return n < 0 ? mail_refused(ctx, "this part", n) : JS_NewInt64(ctx, n);
}

// leaf
static JSValue get_leaf(JSContext *ctx, JSValueConst this)
{
	int64_t n = mw_part_u64(number_of(this), MW_PART_LEAF);
	return n < 0 ? mail_refused(ctx, "this part", n) : JS_NewBool(ctx, n);
}

// body(offset, length), text(offset, length)
static JSValue get_body(JSContext *ctx, JSValueConst this, int argc, JSValueConst *argv, int as)
{
	int32_t part = number_of(this);
	return mail_body(ctx, part, mw_part_u64(part, MW_PART_SIZE), argv, as);
}

static const JSCFunctionListEntry of_part[] = {
	JS_CGETSET_MAGIC_DEF("type", get_text, NULL, MW_PART_TYPE),
	JS_CGETSET_MAGIC_DEF("charset", get_text, NULL, MW_PART_CHARSET),
	JS_CGETSET_MAGIC_DEF("filename", get_text, NULL, MW_PART_FILENAME),
	JS_CGETSET_MAGIC_DEF("disposition", get_text, NULL, MW_PART_DISPOSITION),
	JS_CGETSET_MAGIC_DEF("size", get_number, NULL, MW_PART_SIZE),
	JS_CGETSET_MAGIC_DEF("depth", get_number, NULL, MW_PART_DEPTH),
	JS_CGETSET_DEF("leaf", get_leaf, NULL),
	JS_CFUNC_MAGIC_DEF("body", 2, get_body, AS_BYTES),
	JS_CFUNC_MAGIC_DEF("text", 2, get_body, AS_TEXT),
};

void parts_define(JSContext *ctx)
{
	JS_NewClassID(&part_class);
	JS_NewClass(JS_GetRuntime(ctx), part_class, &part_def);
	JSValue proto = JS_NewObject(ctx);
	JS_SetPropertyFunctionList(ctx, proto, of_part, LENGTH(of_part));
	JS_SetClassProto(ctx, part_class, proto);
}

JSValue parts_list(JSContext *ctx, JSValueConst this)
{
	int64_t n = mw_prop_u64(MW_PROP_PARTS);
	if (n < 0)
		return mail_refused(ctx, "parts", n);
	JSValue list = JS_NewArray(ctx);
	for (uint32_t i = 0; i < n; i++) {
		JSValue part = JS_NewObjectClass(ctx, part_class);
		if (JS_IsException(part)) {
			JS_FreeValue(ctx, list);
			return part;
		}
		JS_SetOpaque(part, (void *)(intptr_t)(i + 1)); // NULL is none
		JS_PreventExtensions(ctx, part);
		JS_SetPropertyUint32(ctx, list, i, part);
	}
	return list;
}
