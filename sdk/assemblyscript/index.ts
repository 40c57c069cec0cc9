// What a mailweir plugin written in AssemblyScript imports.
//
// A plugin exports abi_minor, and one function for each hook that it answers; plugin.json
// names them as well:
//
//	import * as mw from "../mailweir/index";
//	export { abi_minor } from "../mailweir/index";
//
//	export function map_folder(): i32 {
//	  mw.begin();
//	  const folder = new mw.Folder();
//	  return mw.end(folder.use == "Junk" ? mw.skip("junk stays behind") : mw.noOpinion());
//	}
//
// Nothing is handed to a plugin in advance: each property asks the host when it is read.
// A value that may not be read makes the hook fail, so that what it was asked about is
// held, and never decided by what merely looks absent.
import * as abi from "./abi";
export { abi };

export function abi_minor(): i32 {
  return abi.MINOR;
}

// fault is misuse in the call under way; it turns the result into an error.
let fault = "";

/** Begins a hook, or init. */
export function begin(): void {
  fault = "";
}

/** Makes the hook fail, whatever it returns. The first reason is kept. */
export function error(why: string): i32 {
  if (fault == "") fault = why;
  return abi.RESULT_ERROR;
}

/** Ends a hook, or init, with what the export returns. */
export function end(result: i32): i32 {
  if (fault == "") return result;
  const b = String.UTF8.encode(fault);
  abi.fail(changetype<usize>(b), b.byteLength);
  return abi.RESULT_ERROR;
}

/** What asc calls when a plugin gives up; see asconfig.json. */
export function abort(message: string | null, file: string | null, line: u32, column: u32): void {
  log(abi.LOG_ERROR, (message ? message : "it gave up") + " (" + (file ? file : "") + ":" + line.toString() + ")");
  unreachable();
}

// Answers. Which ones a hook may give is in ABI.md.

/** The next plugin is asked. Changes that were made count. */
export function noOpinion(): i32 {
  return abi.RESULT_NO_OPINION;
}
/** No further plugin is asked. Changes that were made count. */
export function accept(): i32 {
  return abi.RESULT_ACCEPT;
}
/** Left out, on purpose. The reason is shown in the report. */
export function skip(why: string): i32 {
  return answer(abi.RESULT_SKIP, why);
}
/** Not now: asked again in the next run. */
export function defer(why: string): i32 {
  return answer(abi.RESULT_DEFER, why);
}
/** on_conflict: copied beside the one that is there. */
export function copy(why: string): i32 {
  return answer(abi.RESULT_COPY, why);
}
/** on_conflict: copied, then the one that is there is deleted. */
export function replace(why: string): i32 {
  return answer(abi.RESULT_REPLACE, why);
}
/** before_task and on_error: the run ends here, and a person has to look at it. */
export function stop(why: string): i32 {
  return answer(abi.RESULT_STOP, why);
}

function answer(result: i32, why: string): i32 {
  if (why != "") note(why);
  return result;
}

function note(why: string): void {
  const b = String.UTF8.encode(why);
  check("the note", abi.note(changetype<usize>(b), b.byteLength));
}

/** With defer() in after_message and on_error: when to ask again at the earliest. */
export function retryAfter(milliseconds: i64): void {
  check("the time", abi.retry_after(milliseconds));
}

function check(what: string, code: i32): void {
  if (code == abi.READ_NOT_PERMITTED) error(what + " can not be changed in this hook");
}

// Read calls.

let room = new ArrayBuffer(1024);

function denied(what: string, code: i64): void {
  if (code == abi.READ_NOT_PERMITTED) error(what + " can not be read here; see needs in plugin.json, and which hook this is");
  else if (code == abi.READ_BAD_ARGUMENT) error(what + " was asked for with an argument that makes no sense");
}

function at(): usize {
  return changetype<usize>(room);
}

// fits reports whether an answer of n bytes was written to the room, and makes it large
// enough if not.
function fits(n: i32): bool {
  if (n <= room.byteLength) return true;
  room = new ArrayBuffer(n + n / 2);
  return false;
}

function take(what: string, n: i32): string | null {
  if (n < 0) {
    denied(what, n);
    return null;
  }
  return String.UTF8.decodeUnsafe(at(), n);
}

function prop(what: string, id: i32, index: i32 = 0): string | null {
  let n: i32;
  do n = abi.prop_str(id, index, at(), room.byteLength);
  while (!fits(n));
  return take(what, n);
}

function text(what: string, id: i32): string {
  const s = prop(what, id);
  return s ? s : "";
}

// number is -1 when there is none.
function number(what: string, id: i32): i64 {
  const n = abi.prop_u64(id);
  if (n < 0) denied(what, n);
  return n < 0 ? -1 : n;
}

/** One member of the configuration, by a path such as "a.b": a string as its text, anything else as JSON. */
export function setting(path: string, otherwise: string): string {
  const key = String.UTF8.encode(path);
  let n: i32;
  do n = abi.config(changetype<usize>(key), key.byteLength, at(), room.byteLength);
  while (!fits(n));
  const value = take("the configuration", n);
  return value ? value : otherwise;
}

/** One member of the configuration that is a whole number. */
export function settingNumber(path: string, otherwise: i64): i64 {
  const s = setting(path, "");
  if (s == "") return otherwise;
  const digits = s.startsWith("-") ? s.substring(1) : s;
  if (digits == "" || digits.length > 18) error(path + " in the configuration is no whole number");
  for (let i = 0; i < digits.length; i++) {
    const c = digits.charCodeAt(i);
    if (c < 48 || c > 57) {
      error(path + " in the configuration is no whole number");
      return otherwise;
    }
  }
  return I64.parseInt(s);
}

/** The time in milliseconds since 1970. */
export function now(): i64 {
  return abi.now_ms();
}

/** Writes a line to the log of the run; the level is one of abi.LOG_... */
export function log(level: i32, line: string): void {
  const b = String.UTF8.encode(line);
  abi.log(level, changetype<usize>(b), b.byteLength);
}

/** Writes a line to the log of the run. */
export function info(line: string): void {
  log(abi.LOG_INFO, line);
}

/** Name of the task. It works in init, too. */
export function taskName(): string {
  return text("the task", abi.PROP_TASK);
}
/** What identifies the run. It works in init, too. */
export function runID(): string {
  return text("the run", abi.PROP_RUN);
}
/** Whether nothing will be changed anywhere: what is sent is recorded, and not sent. */
export function dryRun(): bool {
  return number("dry run", abi.PROP_DRY_RUN) == 1;
}

function setTarget(name: string): void {
  const b = String.UTF8.encode(name);
  check("the target", abi.set_folder(changetype<usize>(b), b.byteLength));
}

const systemFlags = ["\\Seen", "\\Answered", "\\Flagged", "\\Deleted", "\\Draft"]; // by their bits

function listFlags(bitsID: i32, keywordID: i32): string[] {
  const out: string[] = [];
  const bits = max(number("the flags", bitsID), 0);
  for (let i = 0; i < systemFlags.length; i++) if ((bits >> i) & 1) out.push(systemFlags[i]);
  let word = prop("the flags", keywordID, 0);
  for (let i = 1; word !== null; i++) {
    out.push(word);
    word = prop("the flags", keywordID, i);
  }
  return out;
}

function hasFlag(list: string[], flag: string): bool {
  const wanted = flag.toLowerCase();
  for (let i = 0; i < list.length; i++) if (list[i].toLowerCase() == wanted) return true;
  return false;
}

function changeFlags(op: i32, flags: string[]): void {
  const b = String.UTF8.encode(flags.join(" "));
  check("the flags", abi.flags(op, changetype<usize>(b), b.byteLength));
}

/** A folder of a source, on its way to the target. Names have "/" between the levels. */
export class Folder {
  /** Name of the source within the task. */
  get source(): string {
    return text("the source", abi.PROP_SOURCE);
  }
  /** The folder's name at the source. */
  get name(): string {
    return text("the folder", abi.PROP_FOLDER);
  }
  /** Its special use without backslash, such as "Sent"; "" for an ordinary folder. */
  get use(): string {
    return text("the special use", abi.PROP_USE);
  }
  /** Where it would go, as the plugins before left it. */
  get target(): string {
    return text("the target", abi.PROP_TARGET);
  }
  /** Changes where it goes. A name that can not be makes the hook fail. */
  setTarget(name: string): void {
    setTarget(name);
  }
  /** Number of messages; -1 when the source did not tell it. */
  get messages(): i64 {
    return number("the number of messages", abi.PROP_FOLDER_MESSAGES);
  }
  get subscribed(): bool {
    return number("the subscription", abi.PROP_SUBSCRIBED) == 1;
  }
  /** Whether it can hold messages. */
  get selectable(): bool {
    return number("selectable", abi.PROP_SELECTABLE) == 1;
  }
  /** Sets the reason that plan and report show. */
  note(why: string): void {
    note(why);
  }
}

/** What can be read of a message, in every hook about one. */
export class AnyMessage {
  get source(): string {
    return text("the source", abi.PROP_SOURCE);
  }
  /** Name of its folder at the source. */
  get folder(): string {
    return text("the folder", abi.PROP_FOLDER);
  }
  /** Special use of that folder, or "". */
  get folderUse(): string {
    return text("the special use", abi.PROP_USE);
  }
  /** The folder that it goes to, as the plugins before left it. */
  get target(): string {
    return text("the target", abi.PROP_TARGET);
  }
  get uid(): i64 {
    return number("the UID", abi.PROP_UID);
  }
  /** Bytes; before the download some servers only estimate it. */
  get size(): i64 {
    return number("the size", abi.PROP_SIZE);
  }
  get hasDate(): bool {
    return number("the date", abi.PROP_DATE) >= 0;
  }
  /** When it arrived, in seconds since 1970; see hasDate. */
  get date(): i64 {
    return number("the date", abi.PROP_DATE) - abi.DATE_EPOCH;
  }
  /** All flags, the system flags first. */
  get flags(): string[] {
    return listFlags(abi.PROP_FLAGS, abi.PROP_KEYWORD);
  }
  /** Whether it has a flag, in any letter case. */
  has(flag: string): bool {
    return hasFlag(this.flags, flag);
  }
  /** A header field of this name, counted from the top, unfolded and decoded; null when there is none. */
  header(name: string, index: i32 = 0, mode: i32 = abi.HEADER_DECODED): string | null {
    const key = String.UTF8.encode(name);
    let n: i32;
    do n = abi.header_get(changetype<usize>(key), key.byteLength, index, mode, at(), room.byteLength);
    while (!fits(n));
    return take("the header", n);
  }
  hasHeader(name: string): bool {
    const key = String.UTF8.encode(name);
    const n = abi.header_get(changetype<usize>(key), key.byteLength, 0, abi.HEADER_RAW, 0, 0);
    denied("the header", n);
    return n >= 0;
  }
  /** The name of a header field, counted over all; null when there is none. */
  headerName(index: i32): string | null {
    let n: i32;
    do n = abi.header_name(index, at(), room.byteLength);
    while (!fits(n));
    return take("the header", n);
  }
  /** Bytes of the whole message; fewer than length at its end. The message has to be here: filter_message, rewrite_message, after_message, with needs "body". */
  body(offset: i64, length: i32): Uint8Array {
    return readPart(abi.PART_WHOLE, offset, length);
  }
  /** SHA-256 of the message as it was sent, in hexadecimal digits. */
  get hash(): string {
    return text("the hash", abi.PROP_HASH);
  }
  /** Its MIME parts, in their order; one that holds others comes before them. */
  get parts(): Part[] {
    const n = <i32>max(number("the parts", abi.PROP_PARTS), 0);
    const out: Part[] = [];
    for (let i = 0; i < n; i++) out.push(new Part(i));
    return out;
  }
  /** Sets the reason that the report shows. */
  note(why: string): void {
    note(why);
  }
}

function readPart(part: i32, offset: i64, length: i32): Uint8Array {
  const out = new Uint8Array(length);
  const n = abi.body_read(part, offset, out.dataStart, length);
  denied("the body", n);
  return out.subarray(0, max(n, 0));
}

/** A MIME part of a message. */
export class Part {
  constructor(private index: i32) {}

  private text(id: i32): string {
    let n: i32;
    do n = abi.part_str(this.index, id, at(), room.byteLength);
    while (!fits(n));
    const s = take("a part", n);
    return s ? s : "";
  }
  private number(id: i32): i64 {
    const n = abi.part_u64(this.index, id);
    denied("a part", n);
    return max(n, 0);
  }
  /** Media type in lower case, such as "text/plain". */
  get type(): string {
    return this.text(abi.PART_TYPE);
  }
  get charset(): string {
    return this.text(abi.PART_CHARSET);
  }
  get filename(): string {
    return this.text(abi.PART_FILENAME);
  }
  get disposition(): string {
    return this.text(abi.PART_DISPOSITION);
  }
  /** Bytes of what body() reads. */
  get size(): i64 {
    return this.number(abi.PART_SIZE);
  }
  /** 0 for the top part, 1 for the parts in it. */
  get depth(): i64 {
    return this.number(abi.PART_DEPTH);
  }
  /** Whether it holds data, and not other parts. */
  get leaf(): bool {
    return this.number(abi.PART_LEAF) == 1;
  }
  /** Bytes, the transfer encoding undone; fewer than length at the end. */
  body(offset: i64, length: i32): Uint8Array {
    return readPart(this.index, offset, length);
  }
}

/** A message that filters decide about. */
export class Message extends AnyMessage {
  /** Changes the folder that it goes to. A name that can not be makes the hook fail. */
  setTarget(name: string): void {
    setTarget(name);
  }
  /** Adds flags to the copy. */
  addFlags(flags: string[]): void {
    changeFlags(abi.FLAGS_ADD, flags);
  }
  /** Removes flags from the copy. */
  removeFlags(flags: string[]): void {
    changeFlags(abi.FLAGS_REMOVE, flags);
  }
  /** Gives the copy these flags and no others. */
  setFlags(flags: string[]): void {
    changeFlags(abi.FLAGS_REPLACE, flags);
  }
  /** Changes the internal date of the copy: seconds since 1970, and the zone in minutes east of UTC. */
  setDate(seconds: i64, zone: i32): void {
    check("the date", abi.set_date(seconds, zone));
  }
}

/** map_flags: a set of flags on its way to a folder of the target. */
export class FlagSet {
  get target(): string {
    return text("the target", abi.PROP_TARGET);
  }
  get flags(): string[] {
    return listFlags(abi.PROP_FLAGS, abi.PROP_KEYWORD);
  }
  has(flag: string): bool {
    return hasFlag(this.flags, flag);
  }
  /** Whether the target folder keeps all flags. */
  get keepsAll(): bool {
    return number("the kept flags", abi.PROP_KEPT) < 0;
  }
  /** The flags that the target folder keeps, unless it keeps all. */
  get kept(): string[] {
    const n = <i32>number("the kept flags", abi.PROP_KEPT);
    const out: string[] = [];
    for (let i = 0; i < n; i++) {
      const flag = prop("the kept flags", abi.PROP_KEPT_FLAG, i);
      if (flag) out.push(flag);
    }
    return out;
  }
  addFlags(flags: string[]): void {
    changeFlags(abi.FLAGS_ADD, flags);
  }
  removeFlags(flags: string[]): void {
    changeFlags(abi.FLAGS_REMOVE, flags);
  }
  setFlags(flags: string[]): void {
    changeFlags(abi.FLAGS_REPLACE, flags);
  }
}

/** rewrite_message: a message that can be changed before it is stored. */
export class Rewrite extends AnyMessage {
  /** How many versions of it the target has refused. */
  get attempt(): i64 {
    return number("the attempt", abi.PROP_ATTEMPT);
  }
  /** What the target answered to the last version, or "". */
  get refusal(): string {
    return text("the refusal", abi.PROP_ERROR);
  }
  private put(op: i32, name: string, value: string): void {
    const n = String.UTF8.encode(name);
    const v = String.UTF8.encode(value);
    check("the header", abi.header_put(op, changetype<usize>(n), n.byteLength, changetype<usize>(v), v.byteLength));
  }
  /** Replaces the first field of this name and removes the others; adds one on top when there is none. Everything else stays byte for byte. */
  setHeader(name: string, value: string): void {
    this.put(abi.HEADER_SET, name, value);
  }
  /** Adds a field on top. */
  addHeader(name: string, value: string): void {
    this.put(abi.HEADER_ADD, name, value);
  }
  /** Removes all fields of this name. */
  removeHeader(name: string): void {
    this.put(abi.HEADER_REMOVE, name, "");
  }
  /** Appends to a whole new message, with CR LF line ends, that is stored in place of this one. */
  write(data: Uint8Array): void {
    check("the message", abi.out_write(data.dataStart, data.length));
  }
  /** Appends a text to it. */
  writeText(data: string): void {
    const b = String.UTF8.encode(data);
    check("the message", abi.out_write(changetype<usize>(b), b.byteLength));
  }
}

/** message_key: a message of which it is asked what makes it the same as another one. */
export class Key extends AnyMessage {
  get atTarget(): bool {
    return number("the side", abi.PROP_SIDE) == 1;
  }
  /** What makes the message the same as another one; "" leaves it to mailweir. */
  set(key: string): void {
    const b = String.UTF8.encode(key);
    check("the key", abi.set_key(changetype<usize>(b), b.byteLength));
  }
}

/** A message at the target. */
export class Stored {
  /** -1 when the target did not tell it. */
  get uid(): i64 {
    return number("the UID at the target", abi.PROP_TARGET_UID);
  }
  get uidValidity(): i64 {
    return number("the UIDVALIDITY of the target", abi.PROP_TARGET_UID_VALIDITY);
  }
  get size(): i64 {
    return number("the size at the target", abi.PROP_TARGET_SIZE);
  }
  /** In seconds since 1970; in on_conflict only, as the flags. */
  get date(): i64 {
    return number("the date at the target", abi.PROP_TARGET_DATE) - abi.DATE_EPOCH;
  }
  get hasDate(): bool {
    return number("the date at the target", abi.PROP_TARGET_DATE) >= 0;
  }
  get flags(): string[] {
    return listFlags(abi.PROP_TARGET_FLAGS, abi.PROP_TARGET_KEYWORD);
  }
  has(flag: string): bool {
    return hasFlag(this.flags, flag);
  }
}

/** on_conflict: a message that the target has already, but not quite the same. */
export class Conflict extends AnyMessage {
  get there(): Stored {
    return new Stored();
  }
}

/** after_message: a message that was copied. */
export class Copied extends AnyMessage {
  get stored(): Stored {
    return new Stored();
  }
  /** The same whenever this message is asked about again, and different for any other. */
  get onceKey(): string {
    return text("the key", abi.PROP_ONCE_KEY);
  }
  /** How often the hook has failed or deferred before. */
  get attempt(): i64 {
    return number("the attempt", abi.PROP_ATTEMPT);
  }
}

/** before_task, after_folder, after_task: the plan or report as JSON. */
export function report(): string {
  const piece = new ArrayBuffer(4096);
  let all = new Uint8Array(0);
  let n: i32;
  while ((n = abi.report_read(all.length, changetype<usize>(piece), piece.byteLength)) > 0) {
    const more = new Uint8Array(all.length + n);
    more.set(all);
    memory.copy(more.dataStart + all.length, changetype<usize>(piece), n);
    all = more;
  }
  denied("the report", n);
  return String.UTF8.decode(all.buffer);
}

/** on_error: something that failed: a message, a folder or the run itself. */
export class Failure {
  /** "list", "map", "fetch", "filter", "rewrite", "append", "record", "remove" or "hook". */
  get stage(): string {
    return text("the stage", abi.PROP_STAGE);
  }
  /** "auth", "quota", "refused", "lost", "timeout", "too big", "no folder", "plugin" or "other". */
  get kind(): string {
    return text("the kind", abi.PROP_ERROR_KIND);
  }
  /** What the report will say. */
  get text(): string {
    return text("the error", abi.PROP_ERROR);
  }
  /** How often this failed before. */
  get attempt(): i64 {
    return number("the attempt", abi.PROP_ATTEMPT);
  }
  get source(): string {
    return text("the source", abi.PROP_SOURCE);
  }
  get folder(): string {
    return text("the folder", abi.PROP_FOLDER);
  }
  /** The message that failed; null when it was no message. */
  get message(): AnyMessage | null {
    return abi.prop_u64(abi.PROP_UID) >= 0 ? new AnyMessage() : null;
  }
}

// Durable memory and other servers, each with its grant. What is refused or fails is
// told by doorError, and is no fault of the plugin.

/** Why the last of the functions below did not succeed; "" when it did. */
export let doorError = "";

function door(what: string, code: i64): i64 {
  doorError = "";
  if (code >= 0) return code;
  let n: i32;
  do n = abi.door_error(at(), room.byteLength);
  while (!fits(n));
  if (code == abi.READ_BAD_ARGUMENT) doorError = what + ": an argument makes no sense";
  else if (n > 0) doorError = what + ": " + String.UTF8.decodeUnsafe(at(), n);
  else doorError = what + (code == abi.READ_NOT_PERMITTED ? ": this was not granted, or not in this hook" : ": the host gave no reason");
  return code;
}

/** The value of a key in the plugin's memory; null when there is none, or with a doorError. */
export function kvGet(key: string): string | null {
  const k = String.UTF8.encode(key);
  let n: i32;
  do n = abi.kv_get(changetype<usize>(k), k.byteLength, at(), room.byteLength);
  while (!fits(n));
  doorError = "";
  if (n >= 0) return String.UTF8.decodeUnsafe(at(), n);
  if (n != abi.READ_ABSENT) door("kv", n);
  return null;
}
/** Remembers a value at once; an empty one forgets the key. It returns false with a doorError. */
export function kvPut(key: string, value: string): bool {
  const k = String.UTF8.encode(key);
  const v = String.UTF8.encode(value);
  return door("kv", abi.kv_put(changetype<usize>(k), k.byteLength, changetype<usize>(v), v.byteLength)) >= 0;
}
/** Adds to a number, 0 at first, and returns the sum; negative with a doorError. */
export function kvAdd(key: string, delta: i64): i64 {
  const k = String.UTF8.encode(key);
  return door("kv", abi.kv_add(changetype<usize>(k), k.byteLength, delta));
}
/** Remembers a value if the key still has the old one, "" meaning none, and tells whether it did. */
export function kvCas(key: string, old: string, value: string): bool {
  const k = String.UTF8.encode(key);
  const o = String.UTF8.encode(old);
  const v = String.UTF8.encode(value);
  return door("kv", abi.kv_cas(changetype<usize>(k), k.byteLength, changetype<usize>(o), o.byteLength, changetype<usize>(v), v.byteLength)) == 1;
}

/** A connection, or a request and its answer. Negative numbers tell of a doorError. */
export class Door {
  private constructor(private what: string, private id: i32) {}

  /** Begins a request: {"method", "url", "headers": {}, "body": "none", "written" or "message", "timeout_ms"}. */
  static http(request: string): Door | null {
    const r = String.UTF8.encode(request);
    const id = <i32>door("http", abi.http_open(changetype<usize>(r), r.byteLength));
    return id < 0 ? null : new Door("http", id);
  }
  /** Connects: {"address": "host:port", "tls": false, "timeout_ms"}. */
  static tcp(request: string): Door | null {
    const r = String.UTF8.encode(request);
    const id = <i32>door("tcp", abi.tcp_open(changetype<usize>(r), r.byteLength));
    return id < 0 ? null : new Door("tcp", id);
  }
  /** Sends bytes: of a request's body, or over the connection. */
  write(data: Uint8Array): bool {
    return door(this.what, abi.door_write(this.id, data.dataStart, data.length)) >= 0;
  }
  writeText(data: string): bool {
    const b = String.UTF8.encode(data);
    return door(this.what, abi.door_write(this.id, changetype<usize>(b), b.byteLength)) >= 0;
  }
  /** Ends the request's body and waits for the status code, such as 200. */
  status(): i32 {
    return <i32>door(this.what, abi.http_status(this.id));
  }
  /** A field of the answer's header section. */
  header(name: string): string | null {
    const key = String.UTF8.encode(name);
    let n: i32;
    do n = abi.http_header(this.id, changetype<usize>(key), key.byteLength, at(), room.byteLength);
    while (!fits(n));
    return take("the answer's header", n);
  }
  /** Waits for bytes, and returns how many; 0 is the end. */
  read(to: Uint8Array): i32 {
    return <i32>door(this.what, abi.door_read(this.id, to.dataStart, to.length));
  }
  close(): void {
    abi.door_close(this.id);
  }
}

/** Sends mail through a granted relay: {"relay", "from", "to": [], "headers": {}, "body": "message", "attached" or "text", "text"}. It returns false with a doorError. */
export function send(request: string): bool {
  const r = String.UTF8.encode(request);
  return door("smtp", abi.smtp_send(changetype<usize>(r), r.byteLength)) >= 0;
}

/** A text as a JSON string, with its quotes. */
export function json(s: string): string {
  let out = '"';
  for (let i = 0; i < s.length; i++) {
    const c = s.charCodeAt(i);
    if (c == 34 || c == 92) out += "\\" + s.charAt(i);
    else if (c < 32) out += "\\u00" + (c < 16 ? "0" : "") + c.toString(16);
    else out += s.charAt(i);
  }
  return out + '"';
}
