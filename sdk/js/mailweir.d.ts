// What a script for mailweir finds. An editor that knows TypeScript completes and
// checks a script with this line at its top:
//
//	/// <reference path="./mailweir.d.ts" />
//
// There are no modules, no timers, no files and no network; the rest of the language
// (ECMAScript 2023) is there. Scripts are in strict mode.

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

/** A message of a source, on its way to the target. What is not looked at costs nothing. */
interface Message {
	/** Name of the source within the task. */
	readonly source: string;
	/** Name of the folder that holds the message at the source. */
	readonly folder: string;
	/** Special use of that folder; "" for an ordinary one. */
	readonly folderUse: string;
	/** The folder that the message would go to, as the plugins before left it. Assign another name to change it. */
	target: string;
	readonly uid: number;
	/** Bytes. In filterEnvelope some servers only estimate it. */
	readonly size: number;
	/** When the message arrived (IMAP's internal date); null when unknown. Assign a Date to change that of the copy. */
	get date(): Date | null;
	set date(date: Date | number);
	/** All flags, such as "\\Seen" and "$Forwarded", as the message has them at the source. */
	readonly flags: readonly string[];
	/** The flags that are no system flags. */
	readonly keywords: readonly string[];
	/** Whether the message has a flag, in any letter case. System flags are known without their backslash too: has("Seen"). */
	has(flag: string): boolean;
	/** Adds flags to the copy. */
	addFlags(...flags: string[]): void;
	/** Removes flags from the copy. */
	removeFlags(...flags: string[]): void;
	/** Gives the copy these flags and no others. */
	setFlags(...flags: string[]): void;
	/** The first header field with this name, in any letter case, unfolded and decoded; undefined when there is none. */
	header(name: string): string | undefined;
	/** The same as it was sent, still folded and encoded. */
	rawHeader(name: string): string | undefined;
	/** All header fields with this name, from the top. */
	headers(name: string): string[];
	/** The names of all header fields, from the top. */
	readonly headerNames: string[];
	/** Bytes of the whole message as it was sent, header included; at most 1 MiB unless length says otherwise. filterMessage only. */
	body(offset?: number, length?: number): Uint8Array;
	/** The same as text. What is not UTF-8 becomes U+FFFD; nothing is decoded from base64 or quoted-printable. */
	text(offset?: number, length?: number): string;
	/** Sets the reason that the report shows. */
	note(reason: string): void;
}

/** What a hook answers with: the result of skip(), defer(), accept() or moveTo(). */
declare class Verdict {
	private constructor();
}

/** Leaves the folder or message out, on purpose. */
declare function skip(reason?: string): Verdict;
/** Holds the message until the next run, which asks again. A folder can not be deferred: it is held as faulty. */
declare function defer(reason?: string): Verdict;
/** Copies the folder or message with the changes made so far, and asks no further plugin. */
declare function accept(reason?: string): Verdict;
/** Copies the folder or message to another folder; further plugins are asked. */
declare function moveTo(folder: string, reason?: string): Verdict;

declare const ctx: {
	/** The configuration of this script: the JSON object that was given with it, or {}. */
	readonly config: any;
};

/** Writes to the log of the run. */
declare const console: Record<"log" | "info" | "debug" | "warn" | "error", (...values: unknown[]) => void>;

// A script defines one or more of these functions. They must not be async.

/** Where does a folder go? A string is its name at the target; nothing is no opinion. */
type mapFolder = (folder: Folder) => Verdict | string | null | void;
/** What becomes of a message, before it is downloaded? */
type filterEnvelope = (msg: Message) => Verdict | null | void;
/** What becomes of a message, now that it is here? It costs the download of every message. */
type filterMessage = (msg: Message) => Verdict | null | void;
