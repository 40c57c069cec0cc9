// What a script answers with: skip(), defer(), accept(), moveTo(), copy(), replace(),
// stop(). Each makes an object that counts when the hook returns it.
#include "engine.h"

#include <stdio.h>
#include <string.h>

static JSClassID verdict_class;
static const JSClassDef verdict_def = {"Verdict"};

// made is set once the hook under way has made a verdict.
static int made;

// The names of a verdict's properties: filters make a verdict for each message, and to look
// its names up anew takes longer than the verdict itself.
static JSAtom reason_name, target_name, after_name;

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
	if (!JS_IsUndefined(reason))
		JS_SetProperty(ctx, v, reason_name, JS_DupValue(ctx, reason));
	if (!JS_IsUndefined(target))
		JS_SetProperty(ctx, v, target_name, JS_DupValue(ctx, target));
	return v;
}

// skip(reason), accept(reason), copy(reason), replace(reason), stop(reason)
static JSValue decide(JSContext *ctx, JSValueConst this, int argc, JSValueConst *argv, int result)
{
	return new_verdict(ctx, result, argv[0], JS_UNDEFINED);
}

// defer(reason), defer({reason, after}) with after in seconds
static JSValue later(JSContext *ctx, JSValueConst this, int argc, JSValueConst *argv)
{
	if (!JS_IsObject(argv[0]))
		return new_verdict(ctx, MW_RESULT_DEFER, argv[0], JS_UNDEFINED);
	JSValue reason = JS_GetProperty(ctx, argv[0], reason_name);
	JSValue after = JS_GetProperty(ctx, argv[0], after_name);
	JSValue v = new_verdict(ctx, MW_RESULT_DEFER, reason, JS_UNDEFINED);
	if (!JS_IsException(v))
		JS_SetProperty(ctx, v, after_name, JS_DupValue(ctx, after));
	JS_FreeValue(ctx, reason);
	JS_FreeValue(ctx, after);
	return v;
}

// moveTo(folder, reason)
static JSValue move_to(JSContext *ctx, JSValueConst this, int argc, JSValueConst *argv)
{
	return new_verdict(ctx, MW_RESULT_NO_OPINION, argv[1], argv[0]);
}

static const JSCFunctionListEntry functions[] = {
	JS_CFUNC_MAGIC_DEF("skip", 1, decide, MW_RESULT_SKIP),
	JS_CFUNC_DEF("defer", 1, later),
	JS_CFUNC_MAGIC_DEF("accept", 1, decide, MW_RESULT_ACCEPT),
	JS_CFUNC_MAGIC_DEF("copy", 1, decide, MW_RESULT_COPY),
	JS_CFUNC_MAGIC_DEF("replace", 1, decide, MW_RESULT_REPLACE),
	JS_CFUNC_MAGIC_DEF("stop", 1, decide, MW_RESULT_STOP),
	JS_CFUNC_DEF("moveTo", 2, move_to),
};

void verdicts_define(JSContext *ctx, JSValueConst global)
{
	JS_NewClassID(&verdict_class);
	JS_NewClass(JS_GetRuntime(ctx), verdict_class, &verdict_def);
	reason_name = JS_NewAtom(ctx, "reason");
	target_name = JS_NewAtom(ctx, "target");
	after_name = JS_NewAtom(ctx, "after");
	JS_SetPropertyFunctionList(ctx, global, functions, sizeof functions / sizeof functions[0]);
}

// wait_for hands over when to ask again.
static int wait_for(JSContext *ctx, JSValueConst verdict)
{
	JSValue after = JS_GetProperty(ctx, verdict, after_name);
	if (JS_IsUndefined(after))
		return 0;
	double seconds;
	int failed = JS_ToFloat64(ctx, &seconds, after) < 0;
	JS_FreeValue(ctx, after);
	if (failed)
		return -1;
	if (!(seconds >= 0 && seconds <= 1e9)) {
		JS_ThrowRangeError(ctx, "defer(): after is a number of seconds");
		return -1;
	}
	if (mw_retry_after((int64_t)(seconds * 1000)) < 0) {
		JS_ThrowTypeError(ctx, "defer(): after can be given in afterMessage only");
		return -1;
	}
	return 0;
}

// stage hands the target and the reason of a verdict to the host.
static int stage(JSContext *ctx, JSValueConst verdict, int32_t result)
{
	int failed = 0;
	if (result == MW_RESULT_NO_OPINION) { // of moveTo
		JSValue target = JS_GetProperty(ctx, verdict, target_name);
		failed = JS_IsException(target) || mail_set_target(ctx, target) < 0;
		JS_FreeValue(ctx, target);
	}
	if (!failed && result == MW_RESULT_DEFER)
		failed = wait_for(ctx, verdict) < 0;
	if (failed)
		return -1;

	JSValue reason = JS_GetProperty(ctx, verdict, reason_name);
	if (!JS_IsUndefined(reason) && !JS_IsNull(reason)) {
		size_t n;
		const char *text = JS_ToCStringLen(ctx, &n, reason);
		if (text)
			mw_note(text, n);
		else
			failed = 1;
		JS_FreeCString(ctx, text);
	}
	JS_FreeValue(ctx, reason);
	return failed ? -1 : 0;
}

static const struct {
	int32_t result;
	const char *name;
} names[] = {
	{MW_RESULT_SKIP, "skip()"},       {MW_RESULT_DEFER, "defer()"}, {MW_RESULT_ACCEPT, "accept()"}, {MW_RESULT_COPY, "copy()"},
	{MW_RESULT_REPLACE, "replace()"}, {MW_RESULT_STOP, "stop()"},
};

// A verdict of moveTo() makes sense where a target can be set.
static int moves(int hook) { return hook == MAP_FOLDER || hook == FILTER_ENVELOPE || hook == FILTER_MESSAGE; }

static int32_t fail_returned(int hook, const char *what)
{
	char said[300];
	int n = snprintf(said, sizeof said, "%s returned %s; it returns ", hook_names[hook], what);
	for (int i = 0; i < LENGTH(names); i++)
		if (hook_results[hook] >> names[i].result & 1)
			n += snprintf(said + n, sizeof said - n, "%s, ", names[i].name);
	if (moves(hook))
		n += snprintf(said + n, sizeof said - n, "moveTo(), ");
	if (hook == MAP_FOLDER)
		n += snprintf(said + n, sizeof said - n, "a folder name, ");
	if (hook == MESSAGE_KEY)
		n += snprintf(said + n, sizeof said - n, "a key, ");
	snprintf(said + n - 2, sizeof said - n + 2, " or nothing"); // over the last comma
	return fail_text(said);
}

int32_t verdict_result(JSContext *ctx, int hook, JSValueConst returned)
{
	if (JS_IsUndefined(returned) || JS_IsNull(returned)) {
		if (made)
			return fail_text("skip(), defer(), accept() or moveTo() was called, but its result was not returned: write \"return skip(...)\"");
		return MW_RESULT_NO_OPINION;
	}
	if (JS_IsString(returned) && hook == MAP_FOLDER)
		return mail_set_target(ctx, returned) < 0 ? fail_exception(ctx) : MW_RESULT_NO_OPINION;
	if (JS_IsString(returned) && hook == MESSAGE_KEY)
		return change_set_key(ctx, returned) < 0 ? fail_exception(ctx) : MW_RESULT_NO_OPINION;
	if (JS_GetClassID(returned) == verdict_class) {
		int32_t result = (int32_t)(intptr_t)JS_GetOpaque(returned, verdict_class) - 1;
		for (int i = 0; i < LENGTH(names); i++)
			if (names[i].result == result && !(hook_results[hook] >> result & 1))
				return fail_returned(hook, names[i].name);
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
