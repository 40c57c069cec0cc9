// ctx - the configuration and the run - and report().
#include "engine.h"

#include "cutils.h"

// ctx.dryRun
static JSValue get_dry_run(JSContext *ctx, JSValueConst this)
{
	int64_t n = mw_prop_u64(MW_PROP_DRY_RUN);
	return n < 0 ? mail_refused(ctx, "ctx.dryRun", n) : JS_NewBool(ctx, n);
}

static const JSCFunctionListEntry of_context[] = {
	JS_CGETSET_MAGIC_DEF("task", mail_get_text, NULL, MW_PROP_TASK),
	JS_CGETSET_MAGIC_DEF("run", mail_get_text, NULL, MW_PROP_RUN),
	JS_CGETSET_DEF("dryRun", get_dry_run, NULL),
};

// report() parses the plan or report.
static JSValue get_report(JSContext *ctx, JSValueConst this, int argc, JSValueConst *argv)
{
	enum { PIECE = 64 << 10 };
	DynBuf text;
	dbuf_init(&text);
	int32_t n;
	do {
		if (dbuf_realloc(&text, text.size + PIECE + 1) < 0) {
			dbuf_free(&text);
			return JS_ThrowOutOfMemory(ctx);
		}
		n = mw_report_read(text.size, text.buf + text.size, PIECE);
		if (n > 0)
			text.size += n;
	} while (n > 0);
	JSValue report;
	if (n < 0) {
		report = JS_ThrowTypeError(ctx, "there is no report here; beforeTask, afterFolder and afterTask can read one");
	} else {
		text.buf[text.size] = 0;
		report = JS_ParseJSON(ctx, (const char *)text.buf, text.size, "report");
	}
	dbuf_free(&text);
	return report;
}

static const JSCFunctionListEntry functions[] = {JS_CFUNC_DEF("report", 0, get_report)};

int context_define(JSContext *ctx, JSValueConst global)
{
	int32_t n;
	do
		n = mw_config("", 0, room.at, room.size);
	while (!fits(n));
	const char *text = "{}";
	if (n >= 0) {
		room.at[n] = 0;
		text = room.at;
	}
	JSValue parsed = JS_ParseJSON(ctx, text, n < 0 ? 2 : n, "configuration");
	if (JS_IsException(parsed))
		return -1;
	JSValue context = JS_NewObject(ctx);
	JS_SetPropertyStr(ctx, context, "config", parsed);
	JS_SetPropertyFunctionList(ctx, context, of_context, LENGTH(of_context));
	JS_SetPropertyFunctionList(ctx, global, functions, LENGTH(functions));
	return JS_SetPropertyStr(ctx, global, "ctx", context);
}
