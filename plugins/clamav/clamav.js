// Has each message scanned for viruses before it is copied: by clamd over a connection
// (INSTREAM), or by a scanner that takes messages over HTTP. What nobody has scanned is
// held, unless the configuration says otherwise.

const config = ctx.config;
const address = config.address ?? "127.0.0.1:3310";
const largest = bytes(config.larger_than ?? "25 MB");
const timeout = config.timeout_seconds ?? 25;
const PIECE = 256 << 10;

function bytes(text) {
	const [, number, unit] = text.match(/^([0-9.]+) ?([KMG]?)B?$/);
	return Number(number) * 1024 ** " KMG".indexOf(unit || " ");
}

// length is a number as clamd wants it before each piece: four bytes, the highest first.
const length = n => new Uint8Array([n >>> 24, n >>> 16, n >>> 8, n]);

// clamd returns what clamd says about a message, such as "stream: OK".
function clamd(msg) {
	const conn = tcp({ address, tls: config.tls ?? false, timeout });
	try {
		conn.write("zINSTREAM\0");
		for (let at = 0; at < msg.size;) {
			const piece = msg.body(at, PIECE);
			if (piece.length === 0) throw new Error(`the message ends at byte ${at} of ${msg.size}`);
			conn.write(length(piece.length));
			conn.write(piece);
			at += piece.length;
		}
		conn.write(length(0));
	} catch (error) {
		// When a message is longer than clamd likes, it says so and hangs up.
		if (error.denied !== false) throw error;
		let said = "";
		try { said = conn.text(); } catch { /* what counts is the first error */ }
		if (said === "") throw error;
		return said;
	}
	return conn.text();
}

// byTCP and byHTTP return {virus}, {large}, {open: why}, or {} for a clean message.
function byTCP(msg) {
	const said = clamd(msg).replace(/[\0\s]+$/, "");
	if (ctx.dryRun) return {};
	if (said === "stream: OK") return {};
	const found = said.match(/^stream: (.+) FOUND$/);
	if (found) return found[1].startsWith("Heuristics.Limits.Exceeded") ? { large: true } : { virus: found[1] };
	if (said.includes("size limit exceeded")) return { large: true };
	return { open: said === "" ? "it hung up without an answer" : `it says "${said}"` };
}

function byHTTP(msg) {
	const headers = { "Content-Type": "message/rfc822", ...config.request_headers };
	const answer = http({ method: "POST", url: config.url, headers, body: msg, timeout });
	if (answer.status === 401 || answer.status === 403) throw new Error(`the scanner refuses the request (${answer.status})`);
	if (ctx.dryRun) return {};
	if (answer.status === 413) return { large: true };
	if (!answer.ok && answer.status !== 406) return { open: `it answers ${answer.status}` };
	const said = answer.text();
	const name = said.match(/"(?:virus|name|Description)"\s*:\s*"([^"]*)"/)?.[1];
	const infected = answer.status === 406 || /"infected"\s*:\s*true|"Status"\s*:\s*"FOUND"/.test(said);
	return infected ? { virus: name || "a virus" } : {};
}

// unanswered counts in a row; after some of them not every message waits for a scanner
// that is not there.
let unanswered = 0, quietUntil = 0;

function scan(msg) {
	if (msg.size > largest) return { large: true };
	if (Date.now() < quietUntil) return { open: "it has not answered before" };
	let result;
	try {
		result = config.url ? byHTTP(msg) : byTCP(msg);
	} catch (error) {
		if (error.denied !== false) throw error; // nobody has granted it, or the configuration makes no sense
		result = { open: error.message };
	}
	unanswered = result.open ? unanswered + 1 : 0;
	if (unanswered >= 3) quietUntil = Date.now() + 30_000;
	return result;
}

// decide carries out what the configuration says.
function decide(msg, fate, why) {
	switch (fate) {
	case "skip": return skip(why);
	case "move": msg.addFlags(...config.flags ?? []); return moveTo(config.folder ?? "Quarantine", why);
	case "copy": msg.note(why); return;
	default: return defer(why);
	}
}

function filterMessage(msg) {
	const { virus, large, open } = scan(msg);
	if (virus) return decide(msg, config.infected ?? "hold", `virus: ${virus}`);
	if (large) return decide(msg, config.when_larger ?? "hold", "not scanned: the message is larger than what is scanned");
	if (open) return decide(msg, config.when_down ?? "hold", `not scanned: the scanner does not answer: ${open}`);
}
