// What the other modules stand on: how a call begins and ends, answers, and read calls.
import * as abi from "./abi";

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

export function note(why: string): void {
  const b = String.UTF8.encode(why);
  check("the note", abi.note(changetype<usize>(b), b.byteLength));
}

export function check(what: string, code: i32): void {
  if (code == abi.READ_NOT_PERMITTED) error(what + " can not be changed in this hook");
}

// Read calls.

export let room = new ArrayBuffer(1024);

export function denied(what: string, code: i64): void {
  if (code == abi.READ_NOT_PERMITTED) error(what + " can not be read here; see needs in plugin.json, and which hook this is");
  else if (code == abi.READ_BAD_ARGUMENT) error(what + " was asked for with an argument that makes no sense");
}

export function at(): usize {
  return changetype<usize>(room);
}

// fits reports whether an answer of n bytes was written to the room, and makes it large
// enough if not.
export function fits(n: i32): bool {
  if (n <= room.byteLength) return true;
  room = new ArrayBuffer(n + n / 2);
  return false;
}

export function take(what: string, n: i32): string | null {
  if (n < 0) {
    denied(what, n);
    return null;
  }
  return String.UTF8.decodeUnsafe(at(), n);
}

export function prop(what: string, id: i32, index: i32 = 0): string | null {
  let n: i32;
  do n = abi.prop_str(id, index, at(), room.byteLength);
  while (!fits(n));
  return take(what, n);
}

export function text(what: string, id: i32): string {
  const s = prop(what, id);
  return s ? s : "";
}

// number is -1 when there is none.
export function number(what: string, id: i32): i64 {
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
