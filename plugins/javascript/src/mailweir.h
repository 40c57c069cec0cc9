// What mailweir_v1 offers to C: the functions, numbers and exports that the engine
// uses. sdk/abi is the contract; its names are kept here in C's spelling.
#ifndef MAILWEIR_H
#define MAILWEIR_H

#include <stdint.h>

#define IMPORT(name) __attribute__((import_module("mailweir_v1"), import_name(#name))) extern
#define EXPORT(name) __attribute__((export_name(#name)))

// Read calls answer with the length of the value, or a negative read code; when
// the length is more than cap, nothing was written.
IMPORT(prop_u64) int64_t prop_u64(int32_t id);
IMPORT(prop_str) int32_t prop_str(int32_t id, int32_t index, void *dst, int32_t cap);
IMPORT(header_get) int32_t header_get(const char *name, int32_t name_len, int32_t index, int32_t mode, void *dst, int32_t cap);
IMPORT(header_name) int32_t header_name(int32_t index, void *dst, int32_t cap);
IMPORT(body_read) int32_t body_read(int32_t part, int64_t offset, void *dst, int32_t cap);
IMPORT(config) int32_t config(const char *key, int32_t key_len, void *dst, int32_t cap);

IMPORT(set_folder) int32_t set_folder(const char *name, int32_t len);
IMPORT(flags) int32_t change_flags(int32_t op, const char *flags, int32_t len);
IMPORT(set_date) int32_t set_date(int64_t unix_seconds, int32_t zone_minutes);
IMPORT(note) int32_t note(const char *text, int32_t len);

IMPORT(log) void log_line(int32_t level, const char *text, int32_t len);
IMPORT(log_enabled) int32_t log_enabled(int32_t level);
IMPORT(fail) void fail(const char *text, int32_t len);

enum { RESULT_ERROR = -1, RESULT_NO_OPINION, RESULT_ACCEPT, RESULT_SKIP, RESULT_DEFER };
enum { READ_ABSENT = -1, READ_NOT_PERMITTED = -2 };
enum { HEADER_RAW, HEADER_DECODED };
enum { FLAGS_ADD, FLAGS_REMOVE, FLAGS_REPLACE };
enum { LOG_DEBUG = -4, LOG_INFO = 0, LOG_WARN = 4, LOG_ERROR = 8 };
enum { PART_WHOLE = -1 };

// Properties of prop_u64.
enum {
	PROP_UID = 1,
	PROP_SIZE = 2,
	PROP_DATE = 3,
	PROP_ZONE = 4,
	PROP_FLAGS = 5,
	PROP_FOLDER_MESSAGES = 8,
	PROP_UID_VALIDITY = 9,
	PROP_SUBSCRIBED = 10,
	PROP_SELECTABLE = 11,
};
#define DATE_EPOCH INT64_C(62135596800)
#define ZONE_BIAS 1440

// Properties of prop_str.
enum { PROP_SOURCE = 1, PROP_FOLDER, PROP_TARGET, PROP_USE, PROP_KEYWORD, PROP_SCRIPT };

// The hooks, in the order of the bits that init returns.
enum { MAP_FOLDER, FILTER_ENVELOPE, FILTER_MESSAGE, HOOKS };

#endif
