// Folders, messages, flags and parts. Each is valid during one call of a hook.
import * as abi from "./abi";
import { at, check, denied, fits, note, number, prop, room, take, text } from "./core";

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
  /** SHA-256 of all that can be read of the message, in hexadecimal digits. */
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
  /** With defer(): when to ask again at the earliest. */
  retryAfter(milliseconds: i64): void {
    check("the time", abi.retry_after(milliseconds));
  }
}
