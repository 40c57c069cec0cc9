// A JavaScript engine as a mailweir plugin: the host hands it one script, and the
// functions of the script that are named after hooks answer them.
//
//	init()   evaluates the script and answers with the hooks that it defines
//	check()  only parses it, which finds errors of syntax without running anything
//	hooks    call the script's function with the folder or message
//
// Nothing here limits time or memory: the host does. Only the depth of the stack is
// looked at, so that a script that recurses without end becomes an exception that
// names its line.
#include "engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// The linker gives 1 MiB of stack. The rest is for C functions that do not look
// how deep they are.
enum { STACK = 768 << 10 };

// What the engine calls the script's file in traces; fail_exception looks for it.
#define FILE_NAME "<script>"

#define X(NAME, export, function, results) #function,
const char *const hook_names[HOOKS] = {MW_HOOKS(X)};
#undef X

#define X(NAME, export, function, results) results,
const uint8_t hook_results[HOOKS] = {MW_HOOKS(X)};
#undef X

struct room room;

static JSContext *ctx;
static JSValue functions[HOOKS]; // undefined where the script has none
static JSValue given[HOOKS][2];  // what they are given; undefined is nothing

int fits(int32_t n)
{
	if (n < room.size)
		return 1;
	room.size = n + 1 + n / 2;
	free(room.at);
	room.at = malloc(room.size);
	if (!room.at)
		give_up("out of memory");
	return 0;
}

_Noreturn void give_up(const char *why)
{
	fprintf(stderr, "%s\n", why);
	__builtin_trap();
}

int32_t fail_text(const char *text)
{
	mw_fail(text, strlen(text));
	return MW_RESULT_ERROR;
}

// line_of finds the innermost line of the script in an error's trace, which reads
// "    at filterMessage (<script>:3:12)"; 0 is unknown.
static int line_of(JSValueConst error)
{
	int line = 0;
	JSValue stack = JS_GetPropertyStr(ctx, error, "stack");
	const char *text = JS_IsString(stack) ? JS_ToCString(ctx, stack) : NULL;
	if (text) {
		const char *at = strstr(text, FILE_NAME ":");
		if (at)
			line = atoi(at + strlen(FILE_NAME ":"));
		JS_FreeCString(ctx, text);
	}
	JS_FreeValue(ctx, stack);
	return line;
}

int32_t fail_exception(JSContext *c)
{
	JSValue error = JS_GetException(c);
	// The engine throws null when there is no memory left to say so.
	if (JS_IsNull(error))
		give_up("out of memory, or the script threw null");
	int line = JS_IsError(c, error) ? line_of(error) : 0;
	const char *text = JS_ToCString(c, error);
	if (!text) // its own toString() throws
		return fail_text("an exception that can not be shown");
	// The engine has half done what it was doing, and variables of the script may
	// hold on to the memory: only a fresh instance can go on.
	if (strcmp(text, "InternalError: out of memory") == 0)
		give_up("out of memory");

	char said[1024];
	if (line > 0)
		snprintf(said, sizeof said, "line %d: %s", line, text);
	else
		snprintf(said, sizeof said, "%s", text);
	JS_FreeCString(c, text);
	JS_FreeValue(c, error);
	return fail_text(said);
}

// make_engine makes what lives as long as the instance.
static void make_engine(void)
{
	JSRuntime *runtime = JS_NewRuntime();
	if (runtime)
		JS_SetMaxStackSize(runtime, STACK);
	ctx = runtime ? JS_NewContext(runtime) : NULL;
	if (!ctx)
		give_up("out of memory");
}

// evaluate runs the script, or only parses it with JS_EVAL_FLAG_COMPILE_ONLY. Strict
// mode turns assignments to names and properties that do not exist into errors.
static JSValue evaluate(int mode)
{
	int32_t n;
	do
		n = mw_prop_str(MW_PROP_SCRIPT, 0, room.at, room.size);
	while (!fits(n));
	if (n < 0)
		return JS_ThrowTypeError(ctx, "there is no script to run");
	room.at[n] = 0;
	return JS_Eval(ctx, room.at, n, FILE_NAME, JS_EVAL_TYPE_GLOBAL | JS_EVAL_FLAG_STRICT | mode);
}

// give makes what a hook's function is given. Filters share their message.
static void give(int hook)
{
	JSValue *g = given[hook];
	switch (hook) {
	case MAP_FOLDER:
		g[0] = mail_folder(ctx);
		break;
	case FILTER_ENVELOPE:
		g[0] = mail_filtered(ctx);
		break;
	case FILTER_MESSAGE:
		g[0] = JS_IsUndefined(given[FILTER_ENVELOPE][0]) ? mail_filtered(ctx) : JS_DupValue(ctx, given[FILTER_ENVELOPE][0]);
		break;
	case MAP_FLAGS:
		g[0] = flags_set(ctx);
		break;
	case REWRITE_MESSAGE:
		g[0] = change_rewrite(ctx);
		break;
	case MESSAGE_KEY:
		g[0] = change_key(ctx);
		break;
	case ON_CONFLICT:
		g[0] = mail_message(ctx, NULL, 0);
		g[1] = change_stored(ctx);
		break;
	case AFTER_MESSAGE:
		g[0] = change_copied(ctx);
		g[1] = change_stored(ctx);
		break;
	case ON_ERROR:
		g[0] = change_failure(ctx);
		g[1] = mail_message(ctx, NULL, 0);
		break;
	}
}

// find_hooks looks up the script's functions and returns their bits. They are found by an
// expression because those that are declared with const are no properties of the global
// object.
static int32_t find_hooks(void)
{
	int32_t bits = 0;
	for (int i = 0; i < HOOKS; i++) {
		char find[100];
		int n = snprintf(find, sizeof find, "typeof %s === 'undefined' ? undefined : %s", hook_names[i], hook_names[i]);
		JSValue found = JS_Eval(ctx, find, n, "hooks", JS_EVAL_TYPE_GLOBAL);
		if (JS_IsException(found))
			return fail_exception(ctx);
		functions[i] = found;
		if (JS_IsUndefined(found))
			continue;
		if (!JS_IsFunction(ctx, found)) {
			snprintf(find, sizeof find, "%s is no function", hook_names[i]);
			return fail_text(find);
		}
		bits |= 1 << i;
		give(i);
	}
	if (bits != 0)
		return bits;
#define X(NAME, export, function, results) ", " #function
	static const char all[] = MW_HOOKS(X);
#undef X
	char said[400];
	snprintf(said, sizeof said, "the script defines none of the functions %s", all + 2);
	return fail_text(said);
}

MW_EXPORT(abi_minor) int32_t abi_minor(void) { return MW_MINOR; }

MW_EXPORT(check) int32_t check(void)
{
	make_engine();
	JSValue parsed = evaluate(JS_EVAL_FLAG_COMPILE_ONLY);
	if (JS_IsException(parsed))
		return fail_exception(ctx);
	JS_FreeValue(ctx, parsed);
	return 0;
}

MW_EXPORT(init) int32_t init(void)
{
	make_engine();
	JSValue global = JS_GetGlobalObject(ctx);
	console_define(ctx, global);
	verdicts_define(ctx, global);
	outside_define(ctx, global);
	mail_define(ctx);
	parts_define(ctx);
	if (context_define(ctx, global) < 0)
		return fail_exception(ctx);
	JS_FreeValue(ctx, global);
	for (int i = 0; i < HOOKS; i++)
		given[i][0] = given[i][1] = JS_UNDEFINED;

	JSValue result = evaluate(0);
	if (JS_IsException(result))
		return fail_exception(ctx);
	JS_FreeValue(ctx, result);
	return find_hooks();
}

// ask calls the script's function for a hook.
static int32_t ask(int hook)
{
	// The host asks only for hooks that init named. A script that defines them by
	// the clock or by chance may lack one all the same.
	if (!JS_IsFunction(ctx, functions[hook]))
		return fail_text("the script does not define this function any more");
	mail_begin();
	verdicts_begin();
	JSValue args[2] = {given[hook][0], given[hook][1]};
	// What failed need not be a message.
	if (hook == ON_ERROR && mw_prop_u64(MW_PROP_UID) < 0)
		args[1] = JS_UNDEFINED;
	JSValue returned = JS_Call(ctx, functions[hook], JS_UNDEFINED, 2, args);
	if (JS_IsException(returned))
		return fail_exception(ctx);
	int32_t result = verdict_result(ctx, hook, returned);
	JS_FreeValue(ctx, returned);
	return result;
}

#define X(NAME, export, function, results) \
	MW_EXPORT(export) int32_t export(void) { return ask(NAME); }
MW_HOOKS(X)
