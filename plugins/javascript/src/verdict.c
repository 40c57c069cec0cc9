// What a script answers with: skip(), defer(), accept(), moveTo(). Each makes an
// object that counts when the hook returns it.
#include "engine.h"

#include <stdio.h>
#include <string.h>

static JSClassID verdict_class;
static const JSClassDef verdict_def = {"Verdict"};

// made is set once the hook under way has made a verdict.
static int made;

void verdicts_begin(void) { made = 0; }

// A verdict is an object with the result as its opaque value (plus one: NULL is
// none), and the properties reason and target.
static JSValue new_verdict(JSContext *ctx, int32_t result, JSValueConst reason, JSValueConst target)
{
	JSValue v = JS_NewObjectClass(ctx, verdict_class);
	if (JS_IsException(v))
		return v;
	made = 1;
	JS_SetOpaque(v, (void *)(intptr_t)(result + 1));
	JS_SetPropertyStr(ctx, v, "reason", JS_DupValue(ctx, reason));
	JS_SetPropertyStr(ctx, v, "target", JS_DupValue(ctx, target));
	return v;
}

// skip(reason), defer(reason), accept(reason)
static JSValue decide(JSContext *ctx, JSValueConst this, int argc, JSValueConst *argv, int result)
{
	return new_verdict(ctx, result, argv[0], JS_UNDEFINED);
}

// moveTo(folder, reason)
static JSValue move_to(JSContext *ctx, JSValueConst this, int argc, JSValueConst *argv)
{
	return new_verdict(ctx, RESULT_NO_OPINION, argv[1], argv[0]);
}

static const JSCFunctionListEntry functions[] = {
	JS_CFUNC_MAGIC_DEF("skip", 1, decide, RESULT_SKIP),
	JS_CFUNC_MAGIC_DEF("defer", 1, decide, RESULT_DEFER),
	JS_CFUNC_MAGIC_DEF("accept", 1, decide, RESULT_ACCEPT),
	JS_CFUNC_DEF("moveTo", 2, move_to),
};

void verdicts_define(JSContext *ctx, JSValueConst global)
{
	JS_NewClassID(&verdict_class);
	JS_NewClass(JS_GetRuntime(ctx), verdict_class, &verdict_def);
	JS_SetPropertyFunctionList(ctx, global, functions, sizeof functions / sizeof functions[0]);
}

// stage hands the target and the reason of a verdict to the host.
static int stage(JSContext *ctx, JSValueConst verdict, int32_t result)
{
	JSValue target = JS_GetPropertyStr(ctx, verdict, "target");
	int failed = JS_IsException(target);
	if (!failed && result == RESULT_NO_OPINION) // of moveTo
		failed = mail_set_target(ctx, target) < 0;
	JS_FreeValue(ctx, target);
	if (failed)
		return -1;

	JSValue reason = JS_GetPropertyStr(ctx, verdict, "reason");
	if (!JS_IsUndefined(reason) && !JS_IsNull(reason)) {
		size_t n;
		const char *text = JS_ToCStringLen(ctx, &n, reason);
		if (text)
			note(text, n);
		else
			failed = 1;
		JS_FreeCString(ctx, text);
	}
	JS_FreeValue(ctx, reason);
	return failed ? -1 : 0;
}

static int32_t fail_returned(int hook, const char *what)
{
	char said[200];
	snprintf(said, sizeof said, "%s returned %s; it returns skip(), defer(), accept(), moveTo()%s or nothing",
		hook_names[hook], what, hook == MAP_FOLDER ? ", a folder name" : "");
	return fail_text(said);
}

int32_t verdict_result(JSContext *ctx, int hook, JSValueConst returned)
{
	if (JS_IsUndefined(returned) || JS_IsNull(returned)) {
		if (made)
			return fail_text("skip(), defer(), accept() or moveTo() was called, but its result was not returned: write \"return skip(...)\"");
		return RESULT_NO_OPINION;
	}
	if (JS_IsString(returned) && hook == MAP_FOLDER)
		return mail_set_target(ctx, returned) < 0 ? fail_exception(ctx) : RESULT_NO_OPINION;
	if (JS_GetClassID(returned) == verdict_class) {
		int32_t result = (int32_t)(intptr_t)JS_GetOpaque(returned, verdict_class) - 1;
		return stage(ctx, returned, result) < 0 ? fail_exception(ctx) : result;
	}
	if ((int)JS_PromiseState(ctx, returned) >= 0)
		return fail_returned(hook, "a promise, but hooks can not be async");
	if (JS_IsString(returned))
		return fail_returned(hook, "a string");
	if (JS_IsNumber(returned))
		return fail_returned(hook, "a number");
	if (JS_IsBool(returned))
		return fail_returned(hook, JS_ToBool(ctx, returned) ? "true" : "false");
	return fail_returned(hook, "something else");
}
