// The parts of the engine and what they share. An instance runs one script on one
// thread, so the state of a call is kept in static variables.
#ifndef ENGINE_H
#define ENGINE_H

#include "mailweir.h"
#include "quickjs.h"

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
//	do n = prop_str(id, 0, room.at, room.size); while (!fits(n));
int fits(int32_t n);

// Ends the instance: the host drops it and asks a fresh one.
_Noreturn void give_up(const char *why);

// verdict.c: skip(), defer(), accept(), moveTo(), and what a hook returned.
void verdicts_define(JSContext *ctx, JSValueConst global);
void verdicts_begin(void);
int32_t verdict_result(JSContext *ctx, int hook, JSValueConst returned);

// mail.c: the folder or message that a hook is asked about.
JSValue mail_folder(JSContext *ctx);
JSValue mail_message(JSContext *ctx);
void mail_begin(void);
int mail_set_target(JSContext *ctx, JSValueConst name); // -1 is an exception

// console.c
void console_define(JSContext *ctx, JSValueConst global);

// engine.c: returns RESULT_ERROR after telling the host why.
int32_t fail_text(const char *text);
int32_t fail_exception(JSContext *ctx);

// The name of each hook's function in a script.
extern const char *const hook_names[HOOKS];

#endif
