import * as abi from "./abi";
import { at, error, fits, room, take } from "./core";

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
  if (n > 0) doorError = what + ": " + String.UTF8.decodeUnsafe(at(), n);
  else if (code == abi.READ_BAD_ARGUMENT) doorError = what + ": an argument makes no sense";
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
  /** A field of the answer's header section. A door that has none to read makes the hook fail. */
  header(name: string): string | null {
    const key = String.UTF8.encode(name);
    let n: i32;
    do n = abi.http_header(this.id, changetype<usize>(key), key.byteLength, at(), room.byteLength);
    while (!fits(n));
    if (n >= abi.READ_ABSENT) return take("the answer's header", n);
    door(this.what, n);
    error(doorError);
    return null;
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
