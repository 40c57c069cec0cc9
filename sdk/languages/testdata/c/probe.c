// Goes through what the C SDK has. The probes of all languages do the same.
#include "../../../c/mailweir.h"

static void append_number(char *to, size_t cap, int64_t n)
{
	char digits[24];
	int i = sizeof digits;
	digits[--i] = 0;
	do
		digits[--i] = '0' + n % 10;
	while ((n /= 10) > 0);
	mw_append(to, cap, digits + i);
}

static void append_prop(char *to, size_t cap, int32_t id)
{
	char value[256];
	mw_text(id, value, sizeof value);
	mw_append(to, cap, value);
}

static void append_part(char *to, size_t cap, int32_t part, int32_t id)
{
	char value[256];
	int32_t n = mw_part_str(part, id, value, sizeof value - 1);
	value[n < 0 ? 0 : n] = 0;
	mw_append(to, cap, value);
	mw_append(to, cap, "|");
}

MW_HOOK(filter_message)
{
	int64_t parts = mw_number(MW_PROP_PARTS);
	for (int32_t i = 0; i < parts; i++) {
		char line[1024] = "", data[256];
		append_part(line, sizeof line, i, MW_PART_TYPE);
		append_part(line, sizeof line, i, MW_PART_CHARSET);
		append_part(line, sizeof line, i, MW_PART_DISPOSITION);
		append_part(line, sizeof line, i, MW_PART_FILENAME);
		append_number(line, sizeof line, mw_part_u64(i, MW_PART_SIZE));
		mw_append(line, sizeof line, "|");
		append_number(line, sizeof line, mw_part_u64(i, MW_PART_DEPTH));
		mw_append(line, sizeof line, mw_part_u64(i, MW_PART_LEAF) == 1 ? "|true|" : "|false|");
		data[mw_body_read(i, 0, data, sizeof data - 1)] = 0;
		mw_append(line, sizeof line, data);
		mw_info(line);
	}
	char hash[65];
	mw_text(MW_PROP_HASH, hash, sizeof hash);
	hash[4] = 0;
	mw_info(hash);
	return MW_RESULT_NO_OPINION;
}

MW_HOOK(map_flags)
{
	char list[512] = "";
	int64_t kept = mw_number(MW_PROP_KEPT);
	if (kept < 0) {
		mw_append(list, sizeof list, "$All ");
		append_prop(list, sizeof list, MW_PROP_TARGET);
		mw_add_flags(list);
		return MW_RESULT_ACCEPT;
	}
	for (int32_t i = 0; i < kept; i++) {
		char flag[64];
		mw_done(mw_prop_str(MW_PROP_KEPT_FLAG, i, flag, sizeof flag - 1), flag, sizeof flag);
		mw_append(list, sizeof list, flag);
		mw_append(list, sizeof list, " ");
	}
	mw_set_flags(list);
	return MW_RESULT_NO_OPINION;
}

MW_HOOK(rewrite_message)
{
	char text[64], piece[16];
	if (mw_text(MW_PROP_ERROR, text, sizeof text) > 0 && mw_equal(text, "skip"))
		return mw_skip("refused");
	if (mw_number(MW_PROP_ATTEMPT) == 0) {
		mw_remove_header("x-old");
		mw_set_header("Subject", "Gr\xc3\xbc\xc3\x9f" "e");
		text[0] = 0;
		append_number(text, sizeof text, mw_number(MW_PROP_SIZE));
		mw_add_header("X-Size", text);
		return MW_RESULT_ACCEPT;
	}
	mw_check(mw_out_write("X: 1\r\n", 6));
	int32_t n;
	for (int64_t at = 0; (n = mw_body_read(MW_PART_WHOLE, at, piece, sizeof piece)) > 0; at += n)
		mw_check(mw_out_write(piece, n));
	return MW_RESULT_NO_OPINION;
}

MW_HOOK(message_key)
{
	char subject[64];
	if (mw_number(MW_PROP_SIDE) == 1) {
		int32_t n = mw_header("subject", subject, sizeof subject);
		mw_check(mw_set_key(subject, n));
	}
	return MW_RESULT_NO_OPINION;
}

MW_HOOK(on_conflict)
{
	if (mw_number(MW_PROP_TARGET_UID) < 0)
		return mw_copy("unknown");
	char word[64];
	int32_t n = mw_prop_str(MW_PROP_TARGET_KEYWORD, 0, word, sizeof word - 1);
	if (n > 0 && mw_done(n, word, sizeof word) > 0 && mw_equal(word, "$Draft"))
		return mw_replace("a draft");
	if (mw_number(MW_PROP_TARGET_SIZE) > mw_number(MW_PROP_SIZE))
		return mw_skip("larger");
	if (mw_number(MW_PROP_TARGET_DATE) > mw_number(MW_PROP_DATE))
		return mw_defer("newer");
	return MW_RESULT_NO_OPINION;
}

// later tells why a door did not open.
static int32_t later(const char *what, int64_t code)
{
	char why[256];
	mw_check(mw_retry_after(90000));
	return mw_defer(mw_door_why(what, code, why, sizeof why));
}

MW_HOOK(after_message)
{
	char request[1024], headers[256], value[256], line[512] = "";
	mw_json_begin(headers, sizeof headers);
	value[0] = 0;
	append_prop(value, sizeof value, MW_PROP_ONCE_KEY);
	mw_json_text(headers, sizeof headers, "Idempotency-Key", value);
	mw_json_end(headers, sizeof headers);
	mw_json_begin(request, sizeof request);
	mw_json_text(request, sizeof request, "method", "POST");
	mw_json_text(request, sizeof request, "url", "https://x.example/");
	mw_json_raw(request, sizeof request, "headers", headers);
	mw_json_text(request, sizeof request, "body", "written");
	mw_json_end(request, sizeof request);
	int32_t door = mw_http_open(request, mw_length(request));
	if (door < 0)
		return later("http", door);
	char body[64] = "uid=";
	append_number(body, sizeof body, mw_number(MW_PROP_TARGET_UID));
	mw_door_check("http", mw_door_write(door, body, mw_length(body)));
	int32_t status = mw_http_status(door);
	if (status < 0)
		return later("http", status);
	append_number(line, sizeof line, status);
	mw_append(line, sizeof line, " ");
	mw_door_header(door, "server", value, sizeof value);
	mw_append(line, sizeof line, value);
	int32_t n, all = 0;
	while ((n = mw_door_read(door, value, sizeof value)) > 0)
		all += n;
	mw_append(line, sizeof line, " ");
	append_number(line, sizeof line, all);
	mw_info(line);
	mw_door_close(door);

	line[0] = 0;
	int64_t sum = mw_kv_add("n", 1, 2);
	if (sum < 0)
		return later("kv", sum);
	append_number(line, sizeof line, sum);
	mw_append(line, sizeof line, mw_kv_cas("n", 1, "1", 1, "x", 1) ? " true" : " false");
	mw_append(line, sizeof line, mw_kv_cas("n", 1, "2", 1, "9", 1) ? " true " : " false ");
	mw_done(mw_kv_get("n", 1, value, sizeof value - 1), value, sizeof value);
	mw_append(line, sizeof line, value);
	mw_append(line, sizeof line, mw_kv_get("none", 4, value, 0) >= 0 ? " true" : " false");
	mw_info(line);

	mw_json_begin(request, sizeof request);
	mw_json_text(request, sizeof request, "address", "clamd:3310");
	mw_json_end(request, sizeof request);
	if ((door = mw_tcp_open(request, mw_length(request))) < 0)
		return later("tcp", door);
	mw_door_check("tcp", mw_door_write(door, "ping", 4));
	line[0] = 0;
	while ((n = mw_door_read(door, value, sizeof value - 1)) > 0) {
		value[n] = 0;
		mw_append(line, sizeof line, value);
	}
	mw_info(line);
	mw_door_close(door);

	mw_json_begin(request, sizeof request);
	mw_json_text(request, sizeof request, "relay", "archive");
	mw_json_text(request, sizeof request, "from", "a@x");
	mw_json_raw(request, sizeof request, "to", "[\"b@x\"]");
	mw_json_text(request, sizeof request, "body", "message");
	mw_json_end(request, sizeof request);
	int32_t sent = mw_smtp_send(request, mw_length(request));
	if (sent < 0)
		return later("smtp", sent);
	return MW_RESULT_ACCEPT;
}

static char report[1 << 16];

static int32_t read_report(void)
{
	int32_t n, all = 0;
	while ((n = mw_report_read(all, report + all, sizeof report - 1 - all)) > 0)
		all += n;
	report[all] = 0;
	return all;
}

MW_HOOK(before_task)
{
	int32_t n = read_report();
	for (int32_t i = 0; i < n; i++)
		if (mw_begins(report + i, "too many"))
			return mw_stop("a person has to look");
	return MW_RESULT_NO_OPINION;
}

static int32_t told(void)
{
	char line[256] = "";
	append_prop(line, sizeof line, MW_PROP_TASK);
	mw_append(line, sizeof line, " ");
	append_prop(line, sizeof line, MW_PROP_RUN);
	mw_append(line, sizeof line, mw_number(MW_PROP_DRY_RUN) == 1 ? " true " : " false ");
	append_number(line, sizeof line, read_report());
	mw_info(line);
	return MW_RESULT_ACCEPT;
}

MW_HOOK(after_folder) { return told(); }
MW_HOOK(after_task) { return told(); }

MW_HOOK(on_error)
{
	char why[512] = "";
	if (mw_prop_u64(MW_PROP_UID) < 0)
		return mw_defer("later");
	append_prop(why, sizeof why, MW_PROP_STAGE);
	mw_append(why, sizeof why, " ");
	append_prop(why, sizeof why, MW_PROP_ERROR_KIND);
	mw_append(why, sizeof why, " ");
	append_prop(why, sizeof why, MW_PROP_ERROR);
	mw_append(why, sizeof why, " ");
	append_number(why, sizeof why, mw_number(MW_PROP_ATTEMPT));
	mw_append(why, sizeof why, " ");
	append_number(why, sizeof why, mw_number(MW_PROP_UID));
	return mw_skip(why);
}
