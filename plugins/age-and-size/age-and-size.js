// Leaves out, or moves, messages by age and size. A message whose date the source
// does not know is copied: nothing is left out by guessing.

const DAY = 24 * 60 * 60 * 1000;
const config = ctx.config;
const limits = {
	before: day("before"), since: day("since"),
	larger: bytes("larger_than"), smaller: bytes("smaller_than"),
};

function day(name) {
	const text = config[name];
	if (text === undefined) return undefined;
	const at = new Date(text + "T00:00:00Z");
	if (isNaN(at) || at.toISOString().slice(0, 10) !== text) throw new Error(`${name}: there is no day ${text}`);
	return at.getTime();
}

function bytes(name) {
	const text = config[name];
	if (text === undefined) return undefined;
	const [, number, unit] = text.match(/^([0-9.]+) ?([KMG]?)B?$/);
	return Number(number) * 1024 ** " KMG".indexOf(unit || " ");
}

// reason says why a message is left out; undefined is that it is not.
function reason(msg) {
	const arrived = msg.date?.getTime();
	if (arrived !== undefined) {
		const age = (Date.now() - arrived) / DAY;
		if (age > config.older_than_days) return `older than ${config.older_than_days} days`;
		if (age < config.younger_than_days) return `younger than ${config.younger_than_days} days`;
		if (arrived < limits.before) return `before ${config.before}`;
		if (arrived >= limits.since) return `since ${config.since}`;
	}
	if (msg.size > limits.larger) return `larger than ${config.larger_than}`;
	if (msg.size < limits.smaller) return `smaller than ${config.smaller_than}`;
}

function filterEnvelope(msg) {
	if (config.keep_flagged && msg.has("Flagged")) return;
	const why = reason(msg);
	if (why === undefined) return;
	return config.move_to ? moveTo(config.move_to, why) : skip(why);
}
