// What a mailweir plugin written in C or C++ includes. It needs no library.
//
//	#include "mailweir.h"
//
//	MW_HOOK(map_folder)
//	{
//		char use[64];
//		mw_text(MW_PROP_USE, use, sizeof use);
//		if (mw_equal(use, "Junk"))
//			return mw_skip("junk stays behind");
//		return MW_RESULT_NO_OPINION;
//	}
//
// Each MW_HOOK is a function that is asked; plugin.json names it as well. mailweir_abi.h
// has all functions of the host and all numbers; what is here wraps those that are used
// most. A value that may not be read, or does not fit, makes the hook fail: what it was
// asked about is held, and never decided by half a value.
#ifndef MAILWEIR_H
#define MAILWEIR_H

#include <stddef.h>

#include "mailweir_abi.h"

#ifdef __cplusplus
extern "C" {
#define MW_LINKAGE extern "C"
#else
#define MW_LINKAGE
#endif

// MW_HOOK(name) { ... } is the function that answers a hook, such as map_folder or
// filter_envelope. It returns MW_RESULT_... or mw_skip() and the like.
#define MW_HOOK(name) \
	static int32_t mw_on_##name(void); \
	MW_LINKAGE MW_EXPORT(name) int32_t name(void) \
	{ \
		mw_why[0] = 0; \
		return mw_end(mw_on_##name()); \
	} \
	static int32_t mw_on_##name(void)

// MW_START { ... } runs before the first question: the configuration is read here. It
// returns 0, or mw_error() with a text that the user is shown.
#define MW_START MW_HOOK(init)

MW_EXPORT(abi_minor) __attribute__((weak)) int32_t abi_minor(void) { return MW_MINOR; }

// mw_why is why the hook under way fails; empty when it does not.
static char mw_why[MW_MAX_NOTE] __attribute__((unused));

#define MW_INLINE static inline __attribute__((unused))

// Texts end with a NUL.

MW_INLINE int32_t mw_length(const char *s)
{
	int32_t n = 0;
	while (s[n])
		n++;
	return n;
}

MW_INLINE int mw_begins(const char *s, const char *with)
{
	while (*with)
		if (*s++ != *with++)
			return 0;
	return 1;
}

MW_INLINE int mw_equal(const char *a, const char *b) { return mw_begins(a, b) && mw_length(a) == mw_length(b); }

// mw_error makes the hook fail, whatever it returns. The first reason counts.
MW_INLINE int32_t mw_error(const char *why)
{
	int32_t i = 0;
	if (!mw_why[0])
		for (; why[i] && i < MW_MAX_NOTE - 1; i++)
			mw_why[i] = why[i];
	if (i > 0)
		mw_why[i] = 0;
	return MW_RESULT_ERROR;
}

MW_INLINE int32_t mw_end(int32_t result)
{
	if (!mw_why[0])
		return result;
	mw_fail(mw_why, mw_length(mw_why));
	return MW_RESULT_ERROR;
}

// mw_append appends a text to one in a buffer of cap bytes.
MW_INLINE void mw_append(char *to, size_t cap, const char *s)
{
	size_t n = mw_length(to), more = mw_length(s);
	if (n + more + 1 > cap) {
		mw_error("a text does not fit into its buffer");
		return;
	}
	for (size_t i = 0; i <= more; i++)
		to[n + i] = s[i];
}

// mw_done is the end of every read below: it ends the text in dst, and returns its
// length, or -1 and an empty text when there is none.
MW_INLINE int32_t mw_done(int32_t n, char *dst, size_t cap)
{
	if (n >= 0 && (size_t)n < cap) {
		dst[n] = 0;
		return n;
	}
	dst[0] = 0;
	if (n >= 0)
		mw_error("a value does not fit into its buffer");
	else if (n == MW_READ_NOT_PERMITTED)
		mw_error("something can not be read here; see needs in plugin.json, and which hook this is");
	else if (n == MW_READ_BAD_ARGUMENT)
		mw_error("something was asked for with an argument that makes no sense");
	return -1;
}

// The reads: dst has room for cap bytes with the NUL. They return the length, or -1 when
// there is no such value.

// mw_text reads MW_PROP_FOLDER, MW_PROP_TARGET and the like.
MW_INLINE int32_t mw_text(int32_t id, char *dst, size_t cap)
{
	return mw_done(mw_prop_str(id, 0, dst, cap - 1), dst, cap);
}

// mw_header reads the first header field of a name, decoded. It takes needs "headers".
MW_INLINE int32_t mw_header(const char *name, char *dst, size_t cap)
{
	return mw_done(mw_header_get(name, mw_length(name), 0, MW_HEADER_DECODED, dst, cap - 1), dst, cap);
}

// mw_has_header reports whether there is a header field of a name.
MW_INLINE int mw_has_header(const char *name)
{
	char none[1];
	int32_t n = mw_header_get(name, mw_length(name), 0, MW_HEADER_RAW, none, 0);
	if (n < MW_READ_ABSENT)
		mw_done(n, none, sizeof none);
	return n >= 0;
}

// mw_setting reads a member of the configuration; where there is none, dst keeps what it
// holds.
MW_INLINE void mw_setting(const char *key, char *dst, size_t cap)
{
	int32_t n = mw_config(key, mw_length(key), dst, cap - 1);
	if (n >= 0 && (size_t)n < cap)
		dst[n] = 0;
	else if (n >= 0)
		mw_error("a member of the configuration is too long");
}

// mw_setting_number reads a member of the configuration that is a whole number.
MW_INLINE int64_t mw_setting_number(const char *key, int64_t otherwise)
{
	char text[24] = "";
	int64_t n = 0;
	mw_setting(key, text, sizeof text);
	const char *p = text[0] == '-' ? text + 1 : text;
	if (!text[0])
		return otherwise;
	if (!*p || mw_length(p) > 18)
		mw_error("a member of the configuration is no whole number");
	for (; *p; p++) {
		if (*p < '0' || *p > '9') {
			mw_error("a member of the configuration is no whole number");
			return otherwise;
		}
		n = n * 10 + (*p - '0');
	}
	return text[0] == '-' ? -n : n;
}

// mw_number reads MW_PROP_SIZE and the like; -1 when there is none.
MW_INLINE int64_t mw_number(int32_t id)
{
	char none[1];
	int64_t n = mw_prop_u64(id);
	if (n < MW_READ_ABSENT)
		mw_done((int32_t)n, none, sizeof none);
	return n < 0 ? -1 : n;
}

// mw_date reads when the message arrived, in seconds since 1970. It returns 0 when the
// source does not know.
MW_INLINE int mw_date(int64_t *seconds)
{
	int64_t n = mw_number(MW_PROP_DATE);
	*seconds = n - MW_DATE_EPOCH;
	return n >= 0;
}

// The effects. What can not be makes the hook fail.

MW_INLINE void mw_check(int32_t code)
{
	if (code == MW_READ_NOT_PERMITTED)
		mw_error("something can not be changed in this hook");
	else if (code < 0)
		mw_error("something can not be changed to that");
}

MW_INLINE void mw_set_target(const char *folder) { mw_check(mw_set_folder(folder, mw_length(folder))); }
MW_INLINE void mw_add_flags(const char *list) { mw_check(mw_flags(MW_FLAGS_ADD, list, mw_length(list))); }
MW_INLINE void mw_remove_flags(const char *list) { mw_check(mw_flags(MW_FLAGS_REMOVE, list, mw_length(list))); }
MW_INLINE void mw_set_flags(const char *list) { mw_check(mw_flags(MW_FLAGS_REPLACE, list, mw_length(list))); }
MW_INLINE void mw_set_note(const char *why) { mw_check(mw_note(why, mw_length(why))); }
MW_INLINE void mw_info(const char *line) { mw_log(MW_LOG_INFO, line, mw_length(line)); }

MW_INLINE void mw_set_header(const char *name, const char *value)
{
	mw_check(mw_header_put(MW_HEADER_SET, name, mw_length(name), value, mw_length(value)));
}
MW_INLINE void mw_add_header(const char *name, const char *value)
{
	mw_check(mw_header_put(MW_HEADER_ADD, name, mw_length(name), value, mw_length(value)));
}
MW_INLINE void mw_remove_header(const char *name)
{
	mw_check(mw_header_put(MW_HEADER_REMOVE, name, mw_length(name), "", 0));
}

// Answers with a reason that the report shows. Which ones a hook may give is in ABI.md.

MW_INLINE int32_t mw_answer(int32_t result, const char *why)
{
	mw_set_note(why);
	return result;
}

MW_INLINE int32_t mw_skip(const char *why) { return mw_answer(MW_RESULT_SKIP, why); }
MW_INLINE int32_t mw_defer(const char *why) { return mw_answer(MW_RESULT_DEFER, why); }
MW_INLINE int32_t mw_copy(const char *why) { return mw_answer(MW_RESULT_COPY, why); }
MW_INLINE int32_t mw_replace(const char *why) { return mw_answer(MW_RESULT_REPLACE, why); }
MW_INLINE int32_t mw_stop(const char *why) { return mw_answer(MW_RESULT_STOP, why); }

// Doors and memory. Each of their functions answers with a negative number when it was
// refused or has failed, which is no fault of the plugin by itself:
//
//	int32_t status = mw_http_status(door);
//	if (status < 0) {
//		char why[MW_MAX_NOTE];
//		return mw_defer(mw_door_why("http", status, why, sizeof why));
//	}

// mw_door_why writes why, in the host's words after what was tried, and returns dst. code
// is what the last function of a door or of kv answered. A reason that is too long is cut.
MW_INLINE const char *mw_door_why(const char *what, int64_t code, char *dst, size_t cap)
{
	char why[MW_MAX_NOTE + 1];
	int32_t n = mw_door_error(why, MW_MAX_NOTE);
	const char *said = why;
	if (n > 0 && n <= MW_MAX_NOTE)
		why[n] = 0;
	else if (code == MW_READ_NOT_PERMITTED)
		said = "this was not granted, or not in this hook";
	else if (code == MW_READ_BAD_ARGUMENT)
		said = "an argument makes no sense";
	else
		said = "the host gave no reason";
	const char *const parts[] = {what, ": ", said};
	size_t at = 0;
	for (int i = 0; i < 3; i++)
		for (const char *p = parts[i]; *p && at + 1 < cap; p++)
			dst[at++] = *p;
	dst[at] = 0;
	return dst;
}

// mw_door_check makes the hook fail when a function of a door or of kv was refused or has
// failed, and returns its answer.
MW_INLINE int64_t mw_door_check(const char *what, int64_t code)
{
	char why[MW_MAX_NOTE];
	if (code < 0)
		mw_error(mw_door_why(what, code, why, sizeof why));
	return code;
}

// mw_door_header reads a field of an answer's header section, after mw_http_status.
MW_INLINE int32_t mw_door_header(int32_t door, const char *name, char *dst, size_t cap)
{
	int32_t n = mw_http_header(door, name, mw_length(name), dst, cap - 1);
	if (n >= MW_READ_ABSENT)
		return mw_done(n, dst, cap);
	dst[0] = 0;
	mw_door_check("http", n);
	return -1;
}

// Requests of http_open, tcp_open and smtp_send are JSON; these write it into a buffer:
//
//	char request[1024];
//	mw_json_begin(request, sizeof request);
//	mw_json_text(request, sizeof request, "url", url);
//	mw_json_end(request, sizeof request);

MW_INLINE void mw_json_begin(char *to, size_t cap)
{
	to[0] = 0;
	mw_append(to, cap, "{");
}

MW_INLINE void mw_json_end(char *to, size_t cap) { mw_append(to, cap, "}"); }

MW_INLINE void mw_json_string(char *to, size_t cap, const char *s)
{
	static const char digits[] = "0123456789abcdef";
	mw_append(to, cap, "\"");
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;
		char one[7] = {(char)c, 0};
		if (c == '"' || c == '\\') {
			one[0] = '\\';
			one[1] = (char)c;
		} else if (c < 0x20) {
			one[0] = '\\';
			one[1] = 'u';
			one[2] = one[3] = '0';
			one[4] = digits[c >> 4];
			one[5] = digits[c & 15];
		}
		mw_append(to, cap, one);
	}
	mw_append(to, cap, "\"");
}

// mw_json_raw adds a member whose value is JSON already.
MW_INLINE void mw_json_raw(char *to, size_t cap, const char *key, const char *json)
{
	if (!mw_equal(to, "{"))
		mw_append(to, cap, ",");
	mw_json_string(to, cap, key);
	mw_append(to, cap, ":");
	mw_append(to, cap, json);
}

MW_INLINE void mw_json_text(char *to, size_t cap, const char *key, const char *value)
{
	mw_json_raw(to, cap, key, "");
	mw_json_string(to, cap, value);
}

#ifdef __cplusplus
}
#endif

#endif
