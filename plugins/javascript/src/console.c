// console.log and its kin write to the log of the run.
#include "engine.h"

#include <string.h>

#include "cutils.h"

// append adds the text of one argument to the line: objects as JSON, anything else
// as String() shows it. -1 is an exception.
static int append(JSContext *ctx, DynBuf *line, JSValueConst arg)
{
	JSValue json = JS_UNDEFINED;
	if (JS_IsObject(arg) && !JS_IsError(ctx, arg) && !JS_IsFunction(ctx, arg))
		json = JS_JSONStringify(ctx, arg, JS_UNDEFINED, JS_UNDEFINED);
	if (JS_IsException(json))
		return -1;
	size_t n;
	const char *text = JS_ToCStringLen(ctx, &n, JS_IsUndefined(json) ? arg : json);
	JS_FreeValue(ctx, json);
	if (!text)
		return -1;
	dbuf_put(line, (const uint8_t *)text, n);
	JS_FreeCString(ctx, text);
	return 0;
}

static JSValue print(JSContext *ctx, JSValueConst this, int argc, JSValueConst *argv, int level)
{
	if (!mw_log_enabled(level))
		return JS_UNDEFINED;
	DynBuf line;
	dbuf_init(&line);
	int failed = 0;
	for (int i = 0; i < argc && !failed; i++) {
		if (i > 0)
			dbuf_putc(&line, ' ');
		failed = append(ctx, &line, argv[i]) < 0;
	}
	if (!failed && dbuf_error(&line)) {
		JS_ThrowOutOfMemory(ctx);
		failed = 1;
	}
	if (!failed)
		mw_log(level, (const char *)line.buf, line.size);
	dbuf_free(&line);
	return failed ? JS_EXCEPTION : JS_UNDEFINED;
}

static const JSCFunctionListEntry functions[] = {
	JS_CFUNC_MAGIC_DEF("log", 1, print, MW_LOG_INFO),
	JS_CFUNC_MAGIC_DEF("info", 1, print, MW_LOG_INFO),
	JS_CFUNC_MAGIC_DEF("debug", 1, print, MW_LOG_DEBUG),
	JS_CFUNC_MAGIC_DEF("warn", 1, print, MW_LOG_WARN),
	JS_CFUNC_MAGIC_DEF("error", 1, print, MW_LOG_ERROR),
};

void console_define(JSContext *ctx, JSValueConst global)
{
	JSValue console = JS_NewObject(ctx);
	JS_SetPropertyFunctionList(ctx, console, functions, sizeof functions / sizeof functions[0]);
	JS_SetPropertyStr(ctx, global, "console", console);
}
