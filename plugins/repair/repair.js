// Repairs messages that the destination refuses, as little as will do. There are three
// steps, and the next one is tried when the destination has refused what came of the
// last one: "bytes" (line ends, NUL), "form" (long lines, faulty header lines), and
// "attach" (a new message that holds the original). A step that would change nothing is
// left out. The same question always gets the same answer, so nothing of what the
// destination said is written into a message.

const { always = "nothing", last = "attach", charset = "windows-1252", max_size: maxSize = 32 << 20 } = ctx.config;
const steps = ["nothing", "bytes", "form", "attach"];
const piece = 1 << 18; // bytes that are looked at in one go
const maxLine = 998; // RFC 5322 section 2.1.1
const maxHeader = 1 << 20; // bytes; of a longer header section the message is only attached
const CR = 13, LF = 10;

function rewriteMessage(msg) {
	if (msg.attempt === 0 && always === "nothing") return;
	if (msg.size > maxSize) {
		msg.note(`not repaired: ${msg.size} bytes are more than ${maxSize}`);
		return;
	}
	const found = last === "attach" && msg.attempt > 2 ? {} : examine(msg);
	const step = stepOf(msg.attempt, found);
	if (step === "nothing") return;
	const done = step === "attach" ? attach(msg, found) : mend(msg, step, found);
	msg.note(`repaired: ${done}`);
}

// stepOf leaves out the steps that would change nothing, so that each attempt is
// another version. When there is none left, the last one comes again, which ends it.
function stepOf(attempt, found) {
	if (last === "attach" && attempt > 2) return "attach";
	const versions = [];
	const bytes = found.breaks + found.nuls > 0, form = found.form;
	for (const step of steps.slice(steps.indexOf(always), steps.indexOf(last) + 1)) {
		const changes = { nothing: "", bytes: bytes ? "b" : "", form: (bytes ? "b" : "") + (form ? "f" : ""), attach: "a" }[step];
		if (found.huge && step !== "nothing" && step !== "attach") continue;
		if (!versions.some(v => v.changes === changes)) versions.push({ step: changes ? step : "nothing", changes });
	}
	return versions[Math.min(attempt, versions.length - 1)]?.step ?? "nothing";
}

// examine goes through a message and says what is wrong with it.
function examine(msg) {
	const found = { breaks: 0, nuls: 0, long: 0, header: [], plans: [], form: false, huge: false };
	let length = 0;
	const ended = leaf => {
		if (length > maxLine) {
			found.long++;
			if (leaf) found.plans[leaf.number] = planOf(leaf.encoding);
		}
		length = 0;
	};
	walk(msg, found, {
		header(lines, about) {
			const fixed = fixHeader(lines, about, msg);
			found.header.push(...fixed.done);
		},
		text(bytes, from, to, end, leaf) {
			length += to - from;
			if (end) ended(leaf);
		},
		end(leaf) { ended(leaf); },
	});
	found.form = found.long > 0 || found.header.length > 0;
	return found;
}

// planOf says how the long lines of a part are cut without changing what it holds.
function planOf(encoding) {
	switch (encoding) {
	case "": case "7bit": case "8bit": case "binary": return "encode";
	case "base64": return "base64";
	case "quoted-printable": return "soften";
	}
	return "wrap";
}

// mend writes the message anew and returns what was done, in words.
function mend(msg, step, found) {
	const form = step === "form";
	const out = new Output(msg);
	const done = [
		found.breaks && `line ends (${found.breaks})`,
		found.nuls && `NUL removed (${found.nuls})`,
		form && found.long && `long lines (${found.long})`,
		...(form ? [...new Set(found.header)] : []),
	].filter(Boolean).join(", ");
	let coder = null, current;
	const finish = () => { coder?.finish(); coder = null; };
	for (const line of fold(`X-Mailweir-Repair: ${done}`)) out.line(line);
	walk(msg, { breaks: 0, nuls: 0 }, {
		header(lines, about) {
			finish();
			const plan = form && about.leaf ? found.plans[about.leaf.number] : undefined;
			for (const line of form ? fixHeader(lines, about, msg, plan).lines : lines) out.line(line);
			if (about.blank) out.line("");
		},
		text(bytes, from, to, end, leaf) {
			if (leaf !== current) finish();
			current = leaf;
			const plan = !form ? undefined : leaf ? found.plans[leaf.number] : "wrap";
			if (plan === undefined) {
				out.bytes(bytes, from, to);
				if (end) out.end();
				return;
			}
			coder ??= new Coder(out, plan);
			coder.text(bytes, from, to, end);
		},
		end: finish,
	});
	out.flush();
	return done;
}

// walk tells of a message line by line: header(lines, about) has the whole of a header
// section, text(bytes, from, to, end, leaf) a line of anything else or, when it is very
// long, a piece of one. NUL is left out, and CR LF, LF and CR are the end of a line.
// leaf is the part that a line belongs to, or null between parts.
function walk(msg, count, see) {
	const open = []; // multipart entities, the outermost first
	let leaf = null, numbers = 0, digest = false;
	let header = [], headerSize = 0, isMessage = true, top = true;

	const endHeader = blank => {
		const about = { top, isMessage, blank, leaf: null };
		const type = contentType(header, digest && !isMessage);
		const encoding = (valueOf(header, "content-transfer-encoding") ?? "").replace(/\([^)]*\)/g, "").replace(/[ \t]/g, "").toLowerCase();
		let nested = false;
		if (type.name.startsWith("multipart/") && type.boundary) {
			open.push({ boundary: type.boundary, digest: type.name === "multipart/digest" });
		} else if (type.name === "message/rfc822" && !["base64", "quoted-printable"].includes(encoding) && blank) {
			nested = true;
		} else {
			// RFC 2046 sections 5.1 and 5.2: these are never encoded.
			const fixed = type.name.startsWith("multipart/") || type.name.startsWith("message/");
			about.leaf = { number: numbers++, encoding: fixed ? "fixed" : encoding };
		}
		leaf = about.leaf;
		see.header(header, about);
		header = nested ? [] : null;
		headerSize = 0;
		isMessage = nested;
		top = false;
	};

	// boundary reports whether a line that begins with "--" is one, and acts upon it.
	const boundary = line => {
		const text = line.replace(/[ \t]+$/, "");
		for (let i = open.length - 1; i >= 0; i--) {
			const closes = text === `--${open[i].boundary}--`;
			if (!closes && text !== `--${open[i].boundary}`) continue;
			if (header) endHeader(false);
			leaf = null;
			digest = open[i].digest;
			open.length = closes ? i : i + 1;
			header = closes ? null : [];
			isMessage = false;
			return true;
		}
		return false;
	};

	let middle = false; // of a line
	const line = (bytes, from, to, end) => {
		if (!middle && open.length && bytes[from] === 45 && bytes[from + 1] === 45 && to - from < 256 && boundary(latin1(bytes, from, to))) {
			see.text(bytes, from, to, end, null);
			return;
		}
		if (!header) {
			see.text(bytes, from, to, end, leaf);
			middle = !end;
			return;
		}
		if (from === to && end && !middle) {
			endHeader(true);
			return;
		}
		headerSize += to - from;
		if (headerSize > maxHeader) throw new TooLong();
		const text = latin1(bytes, from, to);
		if (middle) header[header.length - 1] += text;
		else header.push(text);
		middle = !end;
	};

	try {
		lines(msg, count, line);
	} catch (e) {
		if (!(e instanceof TooLong)) throw e;
		count.huge = true;
		return;
	}
	if (header) endHeader(false);
	see.end(leaf);
}

class TooLong extends Error {}

// lines calls line(bytes, from, to, end) for each line of a message; end is false for a
// piece that is not the end of its line.
function lines(msg, count, line) {
	const size = msg.size;
	let told = 0;
	for (let at = 0; at < size;) {
		const bytes = msg.body(at, piece), n = bytes.length, final = at + n >= size;
		const next = (byte, i) => { const p = bytes.indexOf(byte, i); return p < 0 ? Infinity : p; };
		let lf = -1, cr = -1, nul = next(0, 0), i = 0;
		const tell = (from, to, end) => {
			if (tooMany(++told, at + to) || tooMany(count.nuls, at + to)) throw new TooLong();
			if (nul >= to) {
				line(bytes, from, to, end);
				return;
			}
			const rest = withoutNul(bytes, from, to);
			count.nuls += to - from - rest.length;
			line(rest, 0, rest.length, end);
			nul = next(0, to);
		};
		while (i < n) {
			if (lf < i) lf = next(LF, i);
			if (cr < i) cr = next(CR, i);
			let to, after;
			if (cr < lf) {
				// CR CR LF is what too eager programs make of CR LF.
				let k = cr + 1;
				while (k < n && bytes[k] === CR && k < cr + 4) k++;
				if (k === n && !final && cr > 0) { // what follows is in the next piece
					if (i > 0) break;
					tell(0, cr, false);
					i = cr;
					break;
				}
				to = cr;
				after = k < n && bytes[k] === LF ? k + 1 : cr + 1;
				if (after !== cr + 2) count.breaks++;
			} else if (lf < Infinity) {
				to = lf;
				after = lf + 1;
				count.breaks++;
			} else {
				if (i > 0 && !final) break; // the rest of the line is in the next piece
				to = after = n;
			}
			tell(i, to, after > to);
			i = after;
		}
		at += i;
	}
}

// A message of so many and so short lines is no text; each of them takes its time.
const tooMany = (n, bytes) => n > 100000 + bytes / 16;

function withoutNul(bytes, from, to) {
	const rest = new Uint8Array(to - from);
	let n = 0;
	for (let i = from; i < to; i++) if (bytes[i]) rest[n++] = bytes[i];
	return rest.subarray(0, n);
}

// Strings of bytes: each character is one. What JavaScript takes for white space (\s,
// trim) has bytes of letters in it, so blanks are spelled out.

const trim = text => text.replace(/^[ \t]+|[ \t]+$/g, "");

function latin1(bytes, from, to) {
	let text = "";
	for (; from < to; from += 4096) text += String.fromCharCode.apply(null, bytes.subarray(from, Math.min(to, from + 4096)));
	return text;
}

function bytesOf(text) {
	const bytes = new Uint8Array(text.length);
	for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
	return bytes;
}

// An Output collects what is written, because each call of the host has its price.
class Output {
	constructor(msg) {
		this.msg = msg;
		this.buffer = new Uint8Array(piece);
		this.n = 0;
	}
	flush() {
		if (this.n) this.msg.write(this.buffer.subarray(0, this.n));
		this.n = 0;
	}
	room(n) { if (this.n + n > piece) this.flush(); }
	bytes(bytes, from, to) {
		const n = to - from;
		if (n === 0) return;
		this.room(n);
		if (n > piece) this.msg.write(bytes.subarray(from, to));
		else if (n > 0) {
			this.buffer.set(bytes.subarray(from, to), this.n);
			this.n += n;
		}
	}
	end() {
		this.room(2);
		this.buffer[this.n++] = CR;
		this.buffer[this.n++] = LF;
	}
	line(text) {
		const bytes = bytesOf(text);
		this.bytes(bytes, 0, bytes.length);
		this.end();
	}
}

const hex = bytesOf("0123456789ABCDEF");

// A Coder cuts long lines: by quoted-printable ("encode"), by soft line ends in what is
// quoted-printable ("soften"), in what is base64, or where it has to be ("wrap").
class Coder {
	constructor(out, plan) {
		Object.assign(this, { out, plan, column: 0, blank: false, whole: true });
	}

	text(bytes, from, to, end) {
		if (this.plan === "encode") {
			this.encode(bytes, from, to, end);
			return;
		}
		if (this.whole && end && to - from <= maxLine) {
			this.out.bytes(bytes, from, to);
			this.out.end();
			return;
		}
		this.whole = end;
		const most = this.plan === "wrap" ? 900 : 72;
		while (from < to) {
			let cut = Math.min(to, from + most - this.column);
			if (cut < to || !end) {
				if (this.plan === "soften") for (let back = 2; back > 0; back--) if (cut - back >= from && bytes[cut - back] === 61) { cut -= back; break; }
				if (this.plan === "wrap") for (let at = cut; at > from + 400; at--) if (bytes[at] === 32) { cut = at; break; }
			}
			if (cut <= from && this.column === 0) cut = Math.min(to, from + 1);
			this.out.bytes(bytes, from, cut);
			this.column += cut - from;
			from = cut;
			if (from < to) this.cut();
		}
		if (end) {
			this.out.end();
			this.column = 0;
		}
	}

	cut() {
		if (this.plan === "soften" || this.plan === "encode") this.out.bytes(equalSign, 0, 1);
		this.out.end();
		this.column = 0;
	}

	// RFC 2045 section 6.7. A blank at the end of a line is encoded, or hidden from it by
	// a soft line end.
	encode(bytes, from, to, end) {
		const { out } = this;
		if (end && from < to && isBlank(bytes[to - 1])) {
			this.encode(bytes, from, to - 1, false);
			this.quote(bytes[to - 1]);
			this.blank = false;
		} else {
			for (let i = from; i < to;) {
				if (this.column >= 72) this.cut();
				const start = i, stop = Math.min(to, i + 75 - this.column);
				while (i < stop && plain[bytes[i]]) i++;
				out.bytes(bytes, start, i);
				this.column += i - start;
				if (i < stop) this.quote(bytes[i++]);
			}
			if (from < to) this.blank = isBlank(bytes[to - 1]);
		}
		if (!end) return;
		if (this.blank) this.cut();
		this.blank = false;
		out.end();
		this.column = 0;
	}

	quote(b) {
		const { out } = this;
		if (this.column > 72) this.cut();
		out.room(3);
		out.buffer[out.n++] = 61;
		out.buffer[out.n++] = hex[b >> 4];
		out.buffer[out.n++] = hex[b & 15];
		this.column += 3;
	}

	finish() {
		if (this.blank) this.cut();
		this.blank = false;
	}
}

const isBlank = b => b === 32 || b === 9;
const plain = new Uint8Array(256); // what quoted-printable leaves as it is
for (let b = 32; b < 127; b++) plain[b] = b === 61 ? 0 : 1;
plain[9] = 1;

const equalSign = new Uint8Array([61]);

// Header sections, as lists of lines without their ends.

const isName = /^([!-9;-~]{1,200})[ \t]*:/;
const strange = /[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\xff]/; // what a header may not hold
const strangeAll = new RegExp(strange.source, "g");

// fields puts lines together; name is "" for one that is no field.
function fields(lines) {
	const list = [];
	for (const line of lines) {
		if (list.length && /^[ \t]/.test(line)) list.at(-1).lines.push(line);
		else list.push({ name: isName.exec(line)?.[1] ?? "", lines: [line] });
	}
	return list;
}

const unfold = lines => lines.join("");

function bodyOf(field) { return trim(unfold(field.lines).replace(isName, "")); }

// valueOf is the unfolded body of the first field with a name in lower case.
function valueOf(lines, name) {
	const field = fields(lines).find(f => f.name.toLowerCase() === name);
	return field && bodyOf(field);
}

function contentType(lines, inDigest) {
	const value = valueOf(lines, "content-type") ?? (inDigest ? "message/rfc822" : "text/plain");
	const boundary = /;[ \t]*boundary[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^ \t;"]+))/i.exec(value);
	return {
		name: value.split(/[; \t(]/, 1)[0].toLowerCase(),
		boundary: boundary && (boundary[1]?.replace(/\\(.)/g, "$1") ?? boundary[2]).replace(/[ \t]+$/, ""),
	};
}

// fixHeader returns a header section in which every line is a field of ASCII, at most
// 998 bytes long, and what was done to it. plan is what becomes of the part's lines.
function fixHeader(lines, about, msg, plan) {
	const out = [], done = [];
	for (const field of fields(lines)) {
		if (plan === "encode" && field.name.toLowerCase() === "content-transfer-encoding") continue;
		const { name } = field;
		const blank = field.lines.some((l, i) => i > 0 && !trim(l));
		if (!name) {
			out.push(...kept("Line", unfold(field.lines)));
			done.push("header lines that were none");
		} else if (field.lines.some(l => strange.test(l))) {
			out.push(...fold(`${name}: ${encodeField(name.toLowerCase(), bodyOf(field))}`), ...kept(name, bodyOf(field)));
			done.push(name);
		} else if (blank || field.lines.some(l => l.length > maxLine)) {
			const folded = fold(`${name}: ${bodyOf(field)}`);
			out.push(...folded);
			if (unfold(folded) !== `${name}: ${bodyOf(field)}`) out.push(...kept(name, bodyOf(field)));
			done.push(name);
		} else {
			out.push(...field.lines);
		}
	}
	const missing = name => !fields(lines).some(f => f.name.toLowerCase() === name.toLowerCase());
	const add = (name, value) => {
		if (!missing(name)) return;
		out.push(`${name}: ${value}`);
		done.push(`${name} added`);
	};
	if (plan === "encode") {
		out.push("Content-Transfer-Encoding: quoted-printable");
		if (about.isMessage && missing("MIME-Version")) out.push("MIME-Version: 1.0");
	}
	if (about.top) {
		if (msg.date) add("Date", dateText(msg.date));
		add("From", "unknown@sender.invalid");
	}
	return { lines: out, done };
}

// kept is a field that keeps what was there, byte for byte.
function kept(name, text) { return fold(`X-Repaired-${name}: ${encodedWords(text)}`); }

function dateText(date) { return date.toUTCString().replace("GMT", "+0000"); }

// fold cuts a field at blanks, into lines of at most 76 bytes if there are enough of
// them, and into lines of at most 998 anyhow.
function fold(text) {
	text = text.replace(/[ \t]+$/, "");
	const lines = [];
	let at = 0, pad = "";
	while (text.length - at > 76) {
		const ahead = text.slice(at, at + maxLine); // a field may be long, so the rest is not cut off each time
		const lead = at ? ahead.search(/[^ \t]|$/) : ahead.indexOf(":") + 2;
		let cut = ahead.lastIndexOf(" ", 76);
		if (cut < lead) cut = ahead.indexOf(" ", Math.max(lead, 76));
		if (cut < 0) {
			if (at + ahead.length === text.length && pad.length + ahead.length <= maxLine) break;
			cut = 900;
		}
		lines.push(pad + ahead.slice(0, cut));
		at += cut;
		pad = /[ \t]/.test(text[at]) ? "" : " ";
	}
	lines.push(pad + text.slice(at));
	return lines;
}

const addressFields = ["from", "to", "cc", "bcc", "reply-to", "sender", "resent-from", "resent-to", "resent-cc"];

// encodeField makes ASCII of a field's body (RFC 2047), with words where words can be.
function encodeField(name, body) {
	const quoted = /"((?:[^"\\]|\\.)*)"/g;
	const isAddress = addressFields.includes(name);
	if (isAddress) {
		body = body.replace(/<[^>]*>|[^ \t,<>()"]*@[^ \t,<>()"]*/g, a => a.replace(strangeAll, "?"));
	}
	if (isAddress || name.startsWith("content-")) {
		body = body.replace(quoted, (all, text) => {
			if (!strange.test(text)) return all;
			const words = encodedWords(text.replace(/\\(.)/g, "$1"));
			return isAddress ? words : `"${words}"`;
		});
	}
	const atom = `[^ \\t${isAddress ? ",<>()\"@:;" : ""}${name.startsWith("content-") ? "=;\"" : ""}]*`;
	const word = `${atom}${strange.source}${atom}`;
	return body.replace(new RegExp(`${word}(?:[ \\t]+${word})*`, "g"), encodedWords);
}

// encodedWords encodes bytes as UTF-8, if they are, or in the configured charset. Words
// do not end within a character.
function encodedWords(bytes) {
	let of = "utf-8";
	try { decodeURIComponent(escape(bytes)); } catch { of = charset; }
	const words = [];
	for (let at = 0; at < bytes.length;) {
		let to = Math.min(bytes.length, at + 36);
		if (of === "utf-8") while (to < bytes.length && (bytes.charCodeAt(to) & 0xC0) === 0x80) to--;
		words.push(`=?${of}?B?${base64(bytes.slice(at, to))}?=`);
		at = to;
	}
	return words.join(" ");
}

// Base64.

const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

function base64(text) {
	let out = "";
	for (let i = 0; i < text.length; i += 3) {
		const n = text.charCodeAt(i) << 16 | (text.charCodeAt(i + 1) || 0) << 8 | (text.charCodeAt(i + 2) || 0);
		const left = text.length - i;
		out += digits[n >> 18] + digits[n >> 12 & 63] + (left > 1 ? digits[n >> 6 & 63] : "=") + (left > 2 ? digits[n & 63] : "=");
	}
	return out;
}

// Two digits for each 12 bits, in the order of the machine's bytes, which is that of
// WebAssembly: the lower one comes first.
let pairs;

function digitPairs() {
	if (pairs) return pairs;
	pairs = new Uint16Array(4096);
	for (let n = 0; n < 4096; n++) pairs[n] = digits.charCodeAt(n >> 6) | digits.charCodeAt(n & 63) << 8;
	return pairs;
}

// attach writes a new message that holds the original as it is.
function attach(msg, found) {
	const pairs = digitPairs();
	const out = new Output(msg);
	const boundary = `mailweir-${msg.hash.slice(0, 40)}`; // of 76 digits a line, none begins like this
	const wanted = ["From", "To", "Cc", "Subject", "Date", "Message-ID", "In-Reply-To", "References"];
	out.line("X-Mailweir-Repair: attached");
	const has = new Set();
	for (const name of wanted) {
		const raw = topField(msg, name, found);
		const value = raw && strange.test(raw) ? encodeField(name.toLowerCase(), raw) : raw;
		if (!value || value.length > 8192) continue;
		has.add(name);
		for (const line of fold(`${name}: ${value}`)) out.line(line);
	}
	if (!has.has("Date") && msg.date) out.line(`Date: ${dateText(msg.date)}`);
	if (!has.has("From")) out.line("From: unknown@sender.invalid");
	for (const line of [
		"MIME-Version: 1.0",
		"Content-Type: multipart/mixed;",
		` boundary="${boundary}"`,
		"",
		`--${boundary}`,
		"Content-Type: text/plain; charset=us-ascii",
		"",
		"The mail server to which this message was copied refused it as it was.",
		`The original, ${msg.size} bytes, is attached unaltered as the file original.eml.`,
		"",
		`--${boundary}`,
		"Content-Type: application/octet-stream; name=\"original.eml\"",
		"Content-Disposition: attachment; filename=\"original.eml\"",
		"Content-Transfer-Encoding: base64",
		"",
	]) out.line(line);
	const lineBytes = 57, inPiece = lineBytes * 3000;
	const coded = new Uint16Array(39 * 3000), asBytes = new Uint8Array(coded.buffer);
	for (let at = 0; at < msg.size; at += inPiece) {
		const bytes = msg.body(at, inPiece), n = bytes.length;
		let o = 0, i = 0;
		for (; i + lineBytes <= n;) {
			for (const end = i + lineBytes; i < end; i += 3) {
				const a = bytes[i + 1];
				coded[o++] = pairs[bytes[i] << 4 | a >> 4];
				coded[o++] = pairs[(a & 15) << 8 | bytes[i + 2]];
			}
			coded[o++] = LF << 8 | CR;
		}
		out.flush();
		if (o) msg.write(asBytes.subarray(0, o * 2));
		if (i < n) out.line(base64(latin1(bytes, i, n)));
	}
	out.line(`--${boundary}--`);
	out.flush();
	return "attached to a new message";
}

// topField is the body of a field as bytes, with what can not be in a line taken out.
// msg.rawHeader is a text, in which bytes that are not UTF-8 are lost.
function topField(msg, name, found) {
	found.top ??= topLines(msg);
	return valueOf(found.top, name.toLowerCase());
}

function topLines(msg) {
	const list = [];
	class Enough extends Error {}
	let size = 0;
	try {
		lines(msg, { breaks: 0, nuls: 0 }, (bytes, from, to, end) => {
			if (from === to && end || (size += to - from) > maxHeader || !end) throw new Enough();
			list.push(latin1(bytes, from, to));
		});
	} catch (e) {
		if (!(e instanceof Enough)) throw e;
	}
	return list;
}
