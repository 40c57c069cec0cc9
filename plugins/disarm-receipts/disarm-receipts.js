// Takes out or renames header fields that ask for a receipt, so that a program that
// opens an old message at its new place does not answer. Everything else stays byte for
// byte.

const usual = [
	"Disposition-Notification-To", "Disposition-Notification-Options", "Return-Receipt-To",
	"X-Confirm-Reading-To", "X-Pmrqc", "Generate-Delivery-Report",
];
const { then = "rename", folders = [], fields = usual } = ctx.config;

function rewriteMessage(msg) {
	if (folders.length && !folders.includes(msg.folder)) return;
	const found = fields.filter(name => msg.rawHeader(name) !== undefined);
	for (const name of found) {
		// Each is added on top, so the last one comes first.
		if (then === "rename") for (const value of msg.headers(name).reverse()) msg.addHeader(`X-Disarmed-${name}`, value.replaceAll("\t", " "));
		msg.removeHeader(name);
	}
	if (found.length) msg.note(`disarmed: ${found.join(", ")}`);
}
