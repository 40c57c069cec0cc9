// What a script for mailweir finds. An editor that knows TypeScript completes and
// checks a script with this line at its top:
//
//	/// <reference path="./mailweir.d.ts" />
//
// There are no modules, no timers and no files, and other servers only through http(),
// tcp() and smtp(); the rest of the language (ECMAScript 2023) is there. Nothing is
// asynchronous. Scripts are in strict mode.

/** A folder of a source, on its way to the target. Names have "/" between the levels. */
interface Folder {
	/** Name of the source within the task. */
	readonly source: string;
	/** The folder's name at the source. */
	readonly name: string;
	/** Special use of the folder: "Sent", "Trash", "Junk", "Drafts", "Archive", ...; "" for an ordinary folder. */
	readonly use: string;
	/** Where the folder would go, as the plugins before left it. Assign another name to change it. */
	target: string;
	/** Number of messages; null when the source did not tell it. */
	readonly messages: number | null;
	/** UIDVALIDITY; null when the source did not tell it. */
	readonly uidValidity: number | null;
	readonly subscribed: boolean;
	/** false for a folder that only holds other folders. */
	readonly selectable: boolean;
	/** Sets the reason that plan and report show. */
	note(reason: string): void;
}

/** A message, in every hook about one. What is not looked at costs nothing. */
interface AnyMessage {
	/** Name of the source within the task. */
	readonly source: string;
	/** Name of the folder that holds the message at the source. */
	readonly folder: string;
	/** Special use of that folder; "" for an ordinary one. */
	readonly folderUse: string;
	/** The folder that the message goes to, as the plugins before left it. */
	readonly target: string;
	readonly uid: number;
	/** Bytes. In filterEnvelope some servers only estimate it. */
	readonly size: number;
	/** When the message arrived (IMAP's internal date); null when unknown. */
	readonly date: Date | null;
	/** All flags, such as "\\Seen" and "$Forwarded", as the message has them at the source. */
	readonly flags: readonly string[];
	/** The flags that are no system flags. */
	readonly keywords: readonly string[];
	/** Whether the message has a flag, in any letter case. System flags are known without their backslash too: has("Seen"). */
	has(flag: string): boolean;
	/** The first header field with this name, in any letter case, unfolded and decoded; undefined when there is none. */
	header(name: string): string | undefined;
	/** The same as it was sent, still folded and encoded. */
	rawHeader(name: string): string | undefined;
	/** All header fields with this name, from the top. */
	headers(name: string): string[];
	/** The names of all header fields, from the top. */
	readonly headerNames: string[];
	/** Bytes of the whole message as it was sent, header included; at most 1 MiB unless length says otherwise. filterMessage, rewriteMessage and afterMessage only. */
	body(offset?: number, length?: number): Uint8Array;
	/** The same as text. What is not UTF-8 becomes U+FFFD; nothing is decoded from base64 or quoted-printable. */
	text(offset?: number, length?: number): string;
	/** The MIME parts, in their order; one that holds others comes before them. Where body() works. */
	readonly parts: Part[];
	/** SHA-256 of all that body() gives, in hexadecimal digits. Where body() works. */
	readonly hash: string;
	/** Sets the reason that the report shows. */
	note(reason: string): void;
}

/** A message that filterEnvelope and filterMessage decide about. */
interface Message extends AnyMessage {
	/** The folder that the message would go to, as the plugins before left it. Assign another name to change it. */
	target: string;
	/** When the message arrived (IMAP's internal date); null when unknown. Assign a Date to change that of the copy. */
	get date(): Date | null;
	set date(date: Date | number);
	/** Adds flags to the copy. */
	addFlags(...flags: string[]): void;
	/** Removes flags from the copy. */
	removeFlags(...flags: string[]): void;
	/** Gives the copy these flags and no others. */
	setFlags(...flags: string[]): void;
}

/** A MIME part of a message. */
interface Part {
	/** Media type in lower case, such as "text/plain". */
	readonly type: string;
	/** "" when not given. */
	readonly charset: string;
	/** Decoded; "" when not given. */
	readonly filename: string;
	/** "inline", "attachment", another word in lower case, or "". */
	readonly disposition: string;
	/** Bytes of what body() reads. */
	readonly size: number;
	/** 0 for the top part, 1 for the parts in it. */
	readonly depth: number;
	/** false for a part that only holds other parts. */
	readonly leaf: boolean;
	/** The part's bytes, its transfer encoding undone; at most 1 MiB unless length says otherwise. */
	body(offset?: number, length?: number): Uint8Array;
	/** The same as text, taken for UTF-8. */
	text(offset?: number, length?: number): string;
}

/** A set of flags on its way to a folder of the target. */
interface FlagSet {
	/** The folder that they go to. */
	readonly target: string;
	readonly flags: readonly string[];
	/** The flags that are no system flags. */
	readonly keywords: readonly string[];
	/** The flags that the target folder keeps; null when it keeps all. */
	readonly kept: readonly string[] | null;
	has(flag: string): boolean;
	addFlags(...flags: string[]): void;
	removeFlags(...flags: string[]): void;
	setFlags(...flags: string[]): void;
}

/** A message that can be changed before it is stored. */
interface Rewrite extends AnyMessage {
	/** How many versions of it the target has refused. */
	readonly attempt: number;
	/** What the target answered to the last version, or "". */
	readonly refusal: string;
	/** Replaces the first header field of this name, and removes the others; adds one on top when there is none. Everything else stays byte for byte. */
	setHeader(name: string, value: string | number): void;
	/** Adds a header field on top. */
	addHeader(name: string, value: string | number): void;
	/** Removes all header fields of this name. */
	removeHeader(name: string): void;
	/** Appends to a whole new message, with \r\n line ends, that is stored in place of this one. */
	write(data: string | Uint8Array | ArrayBuffer): void;
}

/** A message of which it is asked what makes it the same as another one. */
interface Key extends AnyMessage {
	/** Where it is. */
	readonly side: "source" | "target";
}

/** A message that was copied. */
interface Copied extends AnyMessage {
	/** The same whenever this message is asked about again, and different for any other. */
	readonly onceKey: string;
	/** How often the function has failed or deferred before. */
	readonly attempt: number;
}

/** A message at the target. */
interface Stored {
	/** null when the target did not tell it. */
	readonly uid: number | null;
	readonly uidValidity: number | null;
	readonly size: number;
	/** null when unknown. This and the flags can be read in onConflict only. */
	readonly date: Date | null;
	readonly flags: readonly string[];
	readonly keywords: readonly string[];
	has(flag: string): boolean;
}

/** Something that failed: a message, a folder or the run itself. */
interface Failure {
	readonly stage: "list" | "map" | "fetch" | "filter" | "rewrite" | "append" | "record" | "remove" | "hook";
	readonly kind: "auth" | "quota" | "refused" | "lost" | "timeout" | "too big" | "no folder" | "plugin" | "other";
	/** What the report will say. */
	readonly text: string;
	/** How often this failed before. */
	readonly attempt: number;
	/** Name of the source, or "". */
	readonly source: string;
	/** The folder at the source, or "". */
	readonly folder: string;
}

/** What a hook answers with: the result of skip(), defer() and the others. */
declare class Verdict {
	private constructor();
}

/** Leaves the folder or message out, on purpose. */
declare function skip(reason?: string): Verdict;
/** Holds the message or folder until the next run, which asks again. */
declare function defer(reason?: string): Verdict;
/** The same in afterMessage only: ask again after so many seconds at the earliest. */
declare function defer(options: { after?: number; reason?: string }): Verdict;
/** Copies the folder or message with the changes made so far, and asks no further plugin. */
declare function accept(reason?: string): Verdict;
/** Copies the folder or message to another folder; further plugins are asked. */
declare function moveTo(folder: string, reason?: string): Verdict;
/** onConflict: copies the message beside the one that is there. */
declare function copy(reason?: string): Verdict;
/** onConflict: copies the message, then deletes the one that is there. */
declare function replace(reason?: string): Verdict;
/** beforeTask and onError: the run ends here, and a person has to look at it. */
declare function stop(reason?: string): Verdict;

declare const ctx: {
	/** The configuration of this script: the JSON object that was given with it, or {}. */
	readonly config: any;
	/** Name of the task. */
	readonly task: string;
	/** What identifies the run. */
	readonly run: string;
	/** Whether nothing will be changed anywhere. What is sent is recorded then, and not sent. Inside of functions only. */
	readonly dryRun: boolean;
};

/** The plan (beforeTask) or report (afterFolder, afterTask), parsed. */
declare function report(): any;

/** Durable memory, which is this task's alone. It takes the grant kv. Keys have at most 512 bytes, values a MiB. */
declare const kv: {
	get(key: string): string | undefined;
	/** Remembers a value at once; null forgets the key. */
	put(key: string, value: string | number | null): void;
	/** Adds to a number, 0 at first, and returns the sum, which never falls below 0. Without delta 1 is added. */
	add(key: string, delta?: number): number;
	/** Remembers a value if the key still has the old one, null meaning none, and tells whether it did. */
	cas(key: string, old: string | number | null, value: string | number | null): boolean;
};

/** The answer of a server. */
interface HTTPResponse {
	readonly status: number;
	/** status is 200 to 299. */
	readonly ok: boolean;
	header(name: string): string | undefined;
	bytes(): Uint8Array;
	text(): string;
	json(): any;
}

/** Asks a server and waits for its answer. It takes the grant http. It throws when there is none; a status of 400 or more is an answer. */
declare function http(request: string | {
	/** "GET" unless it is given. */
	method?: string;
	url: string;
	/** {{secret:NAME}} in a value is filled in by mailweir; {{hmac-sha256:NAME}} with the HMAC-SHA256 of the body under that secret, in hexadecimal digits. */
	headers?: Record<string, string | number>;
	/** The message itself sends it as it is; its bytes do not pass through the script. */
	body?: string | Uint8Array | AnyMessage | null;
	/** Seconds. */
	timeout?: number;
}): HTTPResponse;

/** Connects to a server. It takes the grant tcp. */
declare function tcp(options: string | { address: string; tls?: boolean; timeout?: number }): {
	write(data: string | Uint8Array | ArrayBuffer): void;
	/** Waits for bytes, at most so many; null is the end. */
	read(most?: number): Uint8Array | null;
	/** Reads to the end. */
	text(): string;
	close(): void;
};

/** Sends mail through a relay, and returns when that has taken it. It takes the grant smtp. */
declare function smtp(mail: {
	/** Name of the granted relay. */
	relay: string;
	from: string;
	to: string | string[];
	/** Further fields, such as Subject. */
	headers?: Record<string, string>;
	text?: string;
	/** The message that the function was given: sent as it is, or with text as an attachment, which is encoded where SMTP could not carry it unaltered. */
	attach?: AnyMessage;
}): void;

/** Writes to the log of the run. */
declare const console: Record<"log" | "info" | "debug" | "warn" | "error", (...values: unknown[]) => void>;

// A script defines one or more of these functions. They must not be async.

/** Where does a folder go? A string is its name at the target; nothing is no opinion. */
type mapFolder = (folder: Folder) => Verdict | string | null | void;
/** What becomes of a message, before it is downloaded? Those below 1 MiB may be here already. */
type filterEnvelope = (msg: Message) => Verdict | null | void;
/** What becomes of a message, now that it is here? It costs the download of every message. */
type filterMessage = (msg: Message) => Verdict | null | void;
/** Which flags does the target get for these? Asked once per folder and set. */
type mapFlags = (flags: FlagSet) => Verdict | null | void;
/** What is stored in place of the message? Without a change it is stored byte for byte. */
type rewriteMessage = (msg: Rewrite) => Verdict | null | void;
/** What makes two messages the same one? Nothing leaves it to mailweir. */
type messageKey = (msg: Key) => Verdict | string | null | void;
/** The target has the message already, but not quite the same: what then? Nothing leaves it there. */
type onConflict = (msg: AnyMessage, there: Stored) => Verdict | null | void;
/** The message was copied. Asked at least once for each, until it returns nothing, accept() or, not wanting this one, skip(). */
type afterMessage = (msg: Copied, stored: Stored) => Verdict | null | void;
/** A run is about to copy; report() is its plan. skip() ends it as done, defer() as to be tried again, stop() as needing a person. */
type beforeTask = () => Verdict | null | void;
/** A folder is through; report() is its part of the report. */
type afterFolder = () => Verdict | null | void;
/** A run has ended, well or not; report() is its report. */
type afterTask = () => Verdict | null | void;
/** Something failed and will not be tried again in this run. skip() leaves a message out from now on and a folder out of this run, defer() holds them and makes a run end as to be tried again, stop() ends the run as needing a person. */
type onError = (failure: Failure, msg?: AnyMessage) => Verdict | null | void;
