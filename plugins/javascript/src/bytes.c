// What a script hands over as bytes.
#include "engine.h"

int bytes_of(JSContext *ctx, JSValueConst value, const char *what, struct bytes *out)
{
	*out = (struct bytes){.buffer = JS_UNDEFINED};
	if (JS_IsString(value)) {
		out->text = JS_ToCStringLen(ctx, &out->len, value);
		out->at = out->text;
		return out->text ? 0 : -1;
	}
	size_t offset = 0;
	JSValue buffer = JS_DupValue(ctx, value);
	uint8_t *at = JS_GetArrayBuffer(ctx, &out->len, buffer);
	if (!at) { // a view of one, perhaps
		JS_FreeValue(ctx, buffer);
		JS_FreeValue(ctx, JS_GetException(ctx));
		size_t all;
		buffer = JS_GetTypedArrayBuffer(ctx, value, &offset, &out->len, NULL);
		if (!JS_IsException(buffer))
			at = JS_GetArrayBuffer(ctx, &all, buffer);
	}
	if (!at) {
		JS_FreeValue(ctx, buffer);
		JS_FreeValue(ctx, JS_GetException(ctx));
		JS_ThrowTypeError(ctx, "%s must be a string or a Uint8Array", what);
		return -1;
	}
	out->at = at + offset;
	out->buffer = buffer;
	return 0;
}

void bytes_free(JSContext *ctx, struct bytes *b)
{
	JS_FreeCString(ctx, b->text);
	JS_FreeValue(ctx, b->buffer);
}
