// Leaves out, moves or marks messages by their addresses. The first rule that
// matches decides; "keep" ends the search without doing anything.

const rules = ctx.config.rules.map(rule => ({
	...rule,
	from: rule.from?.map(pattern),
	to: rule.to?.map(pattern),
}));

// pattern turns "ann@example.org", "@example.org", ".example.org" or "news*@example.org"
// into an expression for a whole address.
function pattern(text) {
	const anywhere = text.startsWith("@") || text.startsWith(".");
	const body = text.toLowerCase().split("*").map(part => part.replace(/[\\^$.|?+()[\]{}]/g, "\\$&")).join(".*");
	return new RegExp((anywhere ? "^.*" : "^") + body + "$");
}

// addresses finds what looks like an address in header fields. Display names are no
// addresses, even when they hold an "@": what stands in <> counts if there is any.
function addresses(msg, names) {
	const found = [];
	for (const name of names) {
		for (const field of msg.headers(name)) {
			const bare = field.replace(/"(?:[^"\\]|\\.)*"/g, "").replace(/\([^()]*\)/g, "");
			for (const part of bare.split(",")) {
				const angle = part.match(/<\s*([^<>\s]+@[^<>\s]+)\s*>/);
				const word = angle ? angle[1] : part.trim();
				if (/^[^\s@]+@[^\s@]+$/.test(word)) found.push(word.toLowerCase());
			}
		}
	}
	return found;
}

function filterEnvelope(msg) {
	let senders, recipients;
	for (const rule of rules) {
		if (rule.folders?.length && !rule.folders.includes(msg.folder)) continue;
		if (rule.from) {
			senders ??= addresses(msg, ["from", "sender"]);
			if (!rule.from.some(p => senders.some(a => p.test(a)))) continue;
		}
		if (rule.to) {
			recipients ??= addresses(msg, ["to", "cc", "delivered-to"]);
			if (!rule.to.some(p => recipients.some(a => p.test(a)))) continue;
		}
		const who = rule.from ? `from ${senders[0]}` : `to ${recipients[0]}`;
		switch (rule.then) {
		case "skip": return skip(who);
		case "move": return moveTo(rule.folder, who);
		case "flag": msg.addFlags(...rule.flags); msg.note(who); return;
		default: return;
		}
	}
}
