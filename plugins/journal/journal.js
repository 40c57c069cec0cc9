// Sends each copied message to a mail archive, once: as a journal report, which has the
// message attached and names its sender and recipients, or as it is.

const config = ctx.config;
const to = [config.to].flat();
const from = config.from ?? "";
const asReport = (config.format ?? "report") === "report";

// REMEMBERED is more than can be sent and not yet be settled when the machine stops.
const REMEMBERED = 200;

// wasSent and remember keep the keys of the last messages that the archive took.
const keys = () => JSON.parse(kv.get("sent") ?? "[]");
const wasSent = key => keys().includes(key);

function remember(key) {
	for (;;) {
		const old = kv.get("sent") ?? null;
		const now = [key, ...JSON.parse(old ?? "[]")].slice(0, REMEMBERED);
		if (kv.cas("sent", old, JSON.stringify(now))) return;
	}
}

// addresses finds the addresses in header fields. Display names and comments are none,
// even when they hold an "@": what stands in <> counts if there is any.
function addresses(msg, ...names) {
	const found = new Set();
	for (const name of names) {
		for (const field of msg.headers(name)) {
			const bare = field.replace(/"(?:[^"\\]|\\.)*"/g, "").replace(/\([^()]*\)/g, "");
			for (const part of bare.replace(/[^,:;<]*:/g, ",").split(/[,;]/)) {
				const angle = part.match(/<\s*([^<>\s]+@[^<>\s]+)\s*>/);
				const word = angle ? angle[1] : part.trim();
				if (/^[^\s@<>]+@[^\s@<>]+$/.test(word)) found.add(word);
			}
		}
	}
	return [...found];
}

// line is a text that fits into a line of the report, or into a header field.
const line = text => text.replace(/[\x00-\x1f\x7f]+/g, " ").trim().slice(0, 400);

// report is the text of a journal report as Exchange writes it, one "Name: value" a line.
function report(msg) {
	const [sender = ""] = [...addresses(msg, "Return-Path"), ...addresses(msg, "Sender", "From")];
	const recipients = new Set([...addresses(msg, "To", "Cc", "Bcc", "Delivered-To"), ...config.owner ? [config.owner] : []]);
	return [
		`Sender: ${sender}`,
		`Subject: ${line(msg.header("Subject") ?? "")}`,
		`Message-Id: ${line(msg.header("Message-ID") ?? "")}`,
		...[...recipients].map(r => `Recipient: ${r}`),
	].map(l => l + "\r\n").join("");
}

function send(msg, withReport) {
	if (!withReport) return smtp({ relay: config.relay, from, to, attach: msg });
	const headers = { "X-MS-Journal-Report": "", "X-Mailweir-Once": msg.onceKey };
	if (!from) headers.From = config.header_from ?? to[0];
	const subject = line(msg.header("Subject") ?? "");
	if (subject) headers.Subject = subject;
	smtp({ relay: config.relay, from, to, headers, text: report(msg), attach: msg });
}

function afterMessage(msg) {
	if (config.exempt_uses?.includes(msg.folderUse)) return;
	if (wasSent(msg.onceKey)) return;
	try {
		try {
			send(msg, asReport);
		} catch (error) {
			// SMTP can not carry this message as it is, but as an attachment.
			if (!(error instanceof RangeError) || asReport) throw error;
			send(msg, true);
		}
	} catch (error) {
		// Nobody knows whether the archive has it. It is sent again under the same key, but
		// not at once.
		if (error.denied === false && /may have taken it/.test(error.message)) return defer({ after: 300, reason: error.message });
		throw error;
	}
	remember(msg.onceKey);
}
