// Tells a web server what was copied: each message, each folder, each run, as JSON. What
// the server does not take is sent again, under the same key.

const config = ctx.config;
const wants = event => config.events.includes(event);
const LISTED = 200; // lines of a report's list that are sent
const LATE = 400_000; // characters of reports that wait for the next one

function target(event, source, folder) {
	const values = { event, source, folder, task: ctx.task };
	return config.url.replace(/\{(event|source|folder|task)\}/g, (_, name) => encodeURIComponent(values[name] ?? ""));
}

// post returns {after} when the server wants to be asked later, and throws when it has
// not taken what was sent.
function post(url, key, body) {
	const headers = { "Content-Type": "application/json", "Idempotency-Key": key, ...config.headers };
	if (config.signing_secret) headers["X-Mailweir-Signature"] = `sha256={{hmac-sha256:${config.signing_secret}}}`;
	const answer = http({ method: "POST", url, headers, body, timeout: config.timeout_seconds ?? 10 });
	if (answer.ok) return {};
	const wait = answer.header("Retry-After");
	if (wait !== undefined && (answer.status === 429 || answer.status === 503)) {
		const seconds = /^\d+$/.test(wait) ? Number(wait) : (Date.parse(wait) - Date.now()) / 1000;
		if (seconds >= 0 && seconds < 1e8) return { after: seconds, reason: `the server answers ${answer.status}, Retry-After: ${wait}` };
	}
	throw new Error(`the server answers ${answer.status}`);
}

const afterMessage = wants("message") ? (msg, stored) => {
	const text = name => msg.header(name) ?? null;
	const body = JSON.stringify({
		event: "message", key: msg.onceKey, attempt: msg.attempt, task: ctx.task, run: ctx.run,
		source: msg.source, folder: msg.folder, use: msg.folderUse, uid: msg.uid, size: msg.size, date: msg.date, flags: msg.flags,
		message_id: text("Message-ID"), from: text("From"), to: text("To"), subject: text("Subject"),
		stored: { folder: msg.target, uid: stored.uid, uid_validity: stored.uidValidity, size: stored.size },
	});
	const { after, reason } = post(target("message", msg.source, msg.folder), msg.onceKey, body);
	if (reason) return defer({ after, reason });
} : undefined;

// Reports are told once by mailweir. Those that the server has not taken wait in the
// memory, which several instances change at the same time. changeLate returns them as they
// are then; undefined is that kv was not granted.
function changeLate(change) {
	try {
		for (;;) {
			const old = kv.get("late") ?? null;
			const late = change(JSON.parse(old ?? "[]"));
			while (JSON.stringify(late).length > LATE) late.shift();
			const now = late.length > 0 ? JSON.stringify(late) : null;
			if (now === old || kv.cas("late", old, now)) return late;
		}
	} catch (error) {
		if (!error.denied) throw error;
	}
}

// insist is post, but that only a yes is an answer.
function insist({ url, key, body }) {
	const { reason } = post(url, key, body);
	if (reason) throw new Error(reason);
	changeLate(late => late.filter(l => l.key !== key));
}

function tell(url, key, body) {
	const now = { url, key, body };
	try {
		insist(now);
	} catch (error) {
		const kept = changeLate(late => [...late.filter(l => l.key !== key), now]);
		throw kept ? new Error(`${error.message}; it is told again after the next run`) : error;
	}
}

// tellLate is called when nothing else is told, so that nothing is told twice. What the
// server does not take now goes on waiting.
function tellLate() {
	for (const l of changeLate(late => late) ?? []) {
		try {
			insist(l);
		} catch (error) {
			console.warn("a report of an earlier run goes on waiting:", error.message);
			return;
		}
	}
}

const afterFolder = wants("folder") ? () => {
	const folder = report();
	const key = `${ctx.run}/${folder.source}/${folder.folder}`;
	tell(target("folder", folder.source, folder.folder), header(key), JSON.stringify({ event: "folder", key, task: ctx.task, run: ctx.run, report: folder }));
} : undefined;

const afterTask = wants("run") || wants("folder") ? () => {
	if (wants("run")) {
		const all = report();
		const listed = all.listed.length;
		all.listed = all.listed.slice(0, LISTED);
		tell(target("run", "", ""), header(ctx.run), JSON.stringify({ event: "run", key: ctx.run, task: ctx.task, run: ctx.run, listed, report: all }));
	}
	tellLate();
} : undefined;

// header is a key that fits into a header field.
const header = key => encodeURIComponent(key);
