// The parts of the engine and what they share. An instance runs one script on one
// thread, so the state of a call is kept in static variables.
#ifndef ENGINE_H
#define ENGINE_H

#include "hooks.h"
#include "mailweir_abi.h"
#include "quickjs.h"

#define LENGTH(array) ((int)(sizeof(array) / sizeof((array)[0])))

// The hooks by number: MAP_FOLDER, FILTER_ENVELOPE, ... in the order of the bits that
// init returns.
#define X(NAME, export, function, results) NAME,
enum { MW_HOOKS(X) HOOKS };
#undef X

// room is where the host writes what a read call asks for. It grows as needed and
// holds the last answer only.
struct room {
	char *at;
	int32_t size;
};
extern struct room room;

// fits reports whether an answer of n bytes was written to the room, with a place
// left for a NUL. Otherwise it makes the room large enough, and the caller asks again:
//
//	do n = mw_prop_str(id, 0, room.at, room.size); while (!fits(n));
int fits(int32_t n);

// Ends the instance: the host drops it and asks a fresh one.
_Noreturn void give_up(const char *why);

// verdict.c: skip(), defer() and the others, and what a hook returned.
void verdicts_define(JSContext *ctx, JSValueConst global);
void verdicts_begin(void);
int32_t verdict_result(JSContext *ctx, int hook, JSValueConst returned);

// mail.c: the folder or message that a hook is asked about.
enum { AS_BYTES, AS_TEXT };
void mail_define(JSContext *ctx);
void mail_begin(void);
JSValue mail_folder(JSContext *ctx);
JSValue mail_filtered(JSContext *ctx); // a message as filters see it
JSValue mail_message(JSContext *ctx, const JSCFunctionListEntry *more, int len); // a message, and what one hook can do with it
int mail_is_message(JSValueConst value);
int mail_set_target(JSContext *ctx, JSValueConst name); // -1 is an exception
JSValue mail_refused(JSContext *ctx, const char *what, int64_t code); // an exception for a negative read code
JSValue mail_text(JSContext *ctx, const char *bytes, size_t n); // a string; each byte that is not part of UTF-8 becomes U+FFFD
JSValue mail_bytes(JSContext *ctx, char *bytes, size_t n); // a Uint8Array that owns bytes of js_malloc
JSValue mail_body(JSContext *ctx, int32_t part, int64_t size, JSValueConst *argv, int as);

// Getters and functions for objects, by property of the host.
JSValue mail_get_text(JSContext *ctx, JSValueConst this, int id);   // "" when absent
JSValue mail_get_number(JSContext *ctx, JSValueConst this, int id); // null when absent
JSValue mail_get_date(JSContext *ctx, JSValueConst this, int id);   // null when absent
JSValue mail_add_note(JSContext *ctx, JSValueConst this, int argc, JSValueConst *argv);

// flags.c: the flags of the message, or of the one that is stored already.
enum { FLAGS_ALL = 0, FLAGS_KEYWORDS = 1, FLAGS_STORED = 2 };
JSValue flags_list(JSContext *ctx, JSValueConst this, int which);
JSValue flags_has(JSContext *ctx, JSValueConst this, int argc, JSValueConst *argv, int which);
JSValue flags_edit(JSContext *ctx, JSValueConst this, int argc, JSValueConst *argv, int op);
JSValue flags_set(JSContext *ctx); // the object that mapFlags is given

// parts.c
void parts_define(JSContext *ctx);
JSValue parts_list(JSContext *ctx, JSValueConst this);

// change.c: what rewriteMessage, messageKey, onConflict, afterMessage and onError are given.
JSValue change_rewrite(JSContext *ctx);
JSValue change_key(JSContext *ctx);
JSValue change_copied(JSContext *ctx);
JSValue change_stored(JSContext *ctx);
JSValue change_failure(JSContext *ctx);
int32_t change_set_key(JSContext *ctx, JSValueConst key); // -1 is an exception

// context.c: ctx and report().
int context_define(JSContext *ctx, JSValueConst global); // -1 is an exception

// outside.c: kv, http(), tcp(), smtp().
void outside_define(JSContext *ctx, JSValueConst global);

// bytes.c: a string, Uint8Array or ArrayBuffer as bytes.
struct bytes {
	const void *at;
	size_t len;
	const char *text; // to be freed
	JSValue buffer;   // to be freed
};
int bytes_of(JSContext *ctx, JSValueConst value, const char *what, struct bytes *out); // -1 is an exception
void bytes_free(JSContext *ctx, struct bytes *b);

// console.c
void console_define(JSContext *ctx, JSValueConst global);

// engine.c: returns MW_RESULT_ERROR after telling the host why.
int32_t fail_text(const char *text);
int32_t fail_exception(JSContext *ctx);

// What a script calls each hook, and which results it may give, as bits.
extern const char *const hook_names[HOOKS];
extern const uint8_t hook_results[HOOKS];

#endif
