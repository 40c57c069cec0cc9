// Asks rspamd about each message before it is copied. The message goes there as it is,
// and no byte of it passes through this script. What nobody has answered for is held.

const config = ctx.config;
const server = (config.server ?? "http://127.0.0.1:11333").replace(/\/+$/, "");
const exempt = config.exempt_uses ?? ["Junk", "Sent", "Drafts"];
const largest = bytes(config.larger_than ?? "50 MB");
const fields = { ...config.request_headers };
if (config.secret) fields.Password = `{{secret:${config.secret}}}`;

// What becomes of a message. Greylisting and "soft reject" ask a mail server to come
// again, which mail that has arrived long ago can not.
const becomes = {
	no_action: "copy", greylist: "copy", soft_reject: "copy", add_header: "mark", rewrite_subject: "mark",
	reject: "move", discard: "move", quarantine: "move", ...config.actions,
};

function bytes(text) {
	const [, number, unit] = text.match(/^([0-9.]+) ?([KMG]?)B?$/);
	return Number(number) * 1024 ** " KMG".indexOf(unit || " ");
}

// unanswered counts in a row; after some of them not every message waits for a server
// that is not there.
let unanswered = 0, quietUntil = 0;

function noAnswer(why) {
	if (++unanswered >= 3) quietUntil = Date.now() + 30_000;
	return { open: `rspamd: ${why}` };
}

// ask returns {action, score}, or {open: why} when nobody has answered.
function ask(msg) {
	if (Date.now() < quietUntil) return { open: "rspamd: it has not answered before" };
	let said;
	try {
		const answer = http({ method: "POST", url: server + "/checkv2", headers: fields, body: msg, timeout: config.timeout_seconds ?? 20 });
		if (answer.status === 401 || answer.status === 403) throw new Error(`rspamd refuses the password (${answer.status})`);
		if (ctx.dryRun) return { action: "no action", score: 0 };
		if (!answer.ok) return noAnswer(`it answers ${answer.status}`);
		said = answer.text();
	} catch (error) {
		if (error.denied !== false) throw error; // nobody has granted it, or the configuration makes no sense
		return noAnswer(error.message);
	}
	try {
		const { action, score } = JSON.parse(said);
		if (!becomes[action.replaceAll(" ", "_")]) return noAnswer(`it answers with the action "${action}", which is not known`);
		unanswered = 0;
		return { action, score };
	} catch {
		return noAnswer("its answer is not understood");
	}
}

// The answer to filterMessage serves rewriteMessage, too, if the same instance of this
// script is asked a few dozen messages later. If not, rspamd is asked again.
const answers = new Map();

function judge(msg) {
	if (exempt.includes(msg.folderUse) || msg.size > largest) return { fate: "copy" };
	const id = `${msg.source}/${msg.folder}/${msg.uid}`;
	const { open, action, score } = answers.get(id) ?? ask(msg);
	if (open) return { fate: config.when_down === "copy" ? "copy" : "hold", why: open };
	if (config.header) {
		answers.set(id, { action, score });
		if (answers.size > 500) answers.delete(answers.keys().next().value);
	}
	return { fate: becomes[action.replaceAll(" ", "_")], action, why: `rspamd: ${action}, score ${Number(score).toFixed(1)}` };
}

function filterMessage(msg) {
	const { fate, action, why } = judge(msg);
	switch (fate) {
	case "skip": return skip(why);
	case "hold": return defer(why);
	case "move": msg.addFlags(...config.flags ?? ["$Junk"]); return moveTo(config.folder ?? "Junk", why);
	case "mark": msg.addFlags(...config.flags ?? ["$Junk"]); msg.note(why); return;
	default: if (why && action !== "no action") msg.note(why);
	}
}

// The field says the action and not the score: a score changes from day to day, and the
// copy of a message has to look the same whenever it is made.
const rewriteMessage = config.header ? msg => {
	const { fate, action, why } = judge(msg);
	if (fate === "hold") return defer(why);
	if (fate === "move" || fate === "mark") msg.setHeader(config.header, `Yes, action=${action}`);
} : undefined;
