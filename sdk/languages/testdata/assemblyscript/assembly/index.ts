// Goes through what the AssemblyScript SDK has. The probes of all languages do the same.
import * as mw from "../../../../assemblyscript/index";
export { abi_minor } from "../../../../assemblyscript/index";

function filterMessage(m: mw.Message): i32 {
  const parts = m.parts;
  for (let i = 0; i < parts.length; i++) {
    const p = parts[i];
    const data = p.body(0, 1000);
    mw.info([p.type, p.charset, p.disposition, p.filename, p.size.toString(), p.depth.toString(), p.leaf.toString(), text(data)].join("|"));
  }
  mw.info(m.hash.substring(0, 4));
  return mw.noOpinion();
}

function text(data: Uint8Array): string {
  return String.UTF8.decodeUnsafe(data.dataStart, data.length);
}

function mapFlags(f: mw.FlagSet): i32 {
  if (f.keepsAll) {
    f.addFlags(["$All", f.target]);
    return mw.accept();
  }
  f.setFlags(f.kept);
  return mw.noOpinion();
}

function rewriteMessage(r: mw.Rewrite): i32 {
  if (r.refusal == "skip") return mw.skip("refused");
  if (r.attempt == 0) {
    r.removeHeader("x-old");
    r.setHeader("Subject", "Grüße");
    r.addHeader("X-Size", r.size.toString());
    return mw.accept();
  }
  r.writeText("X: 1\r\n");
  let piece = r.body(0, 16);
  for (let at: i64 = 0; piece.length > 0; piece = r.body(at, 16)) {
    r.write(piece);
    at += piece.length;
  }
  return mw.noOpinion();
}

function messageKey(k: mw.Key): i32 {
  if (k.atTarget) k.set(k.header("subject")!);
  return mw.noOpinion();
}

function onConflict(c: mw.Conflict): i32 {
  const there = c.there;
  if (there.uid < 0) return mw.copy("unknown");
  if (there.has("$DRAFT")) return mw.replace("a draft");
  if (there.size > c.size) return mw.skip("larger");
  if (there.hasDate && there.date > c.date) return mw.defer("newer");
  return mw.noOpinion();
}

function later(c: mw.Copied): i32 {
  c.retryAfter(90000);
  return mw.defer(mw.doorError);
}

function afterMessage(c: mw.Copied): i32 {
  const r = mw.Door.http('{"method": "POST", "url": "https://x.example/", "headers": {"Idempotency-Key": ' + mw.json(c.onceKey) + '}, "body": "written"}');
  if (!r) return later(c);
  r.writeText("uid=" + c.stored.uid.toString());
  const status = r.status();
  if (status < 0) return later(c);
  const piece = new Uint8Array(64);
  let size = 0;
  for (let n = r.read(piece); n > 0; n = r.read(piece)) size += n;
  mw.info(status.toString() + " " + r.header("server")! + " " + size.toString());
  r.close();

  const n = mw.kvAdd("n", 2);
  if (n < 0) return later(c);
  const no = mw.kvCas("n", "1", "x");
  const yes = mw.kvCas("n", "2", "9");
  const none = mw.kvGet("none");
  mw.info([n.toString(), no.toString(), yes.toString(), mw.kvGet("n")!, (none !== null).toString()].join(" "));

  const conn = mw.Door.tcp('{"address": "clamd:3310"}');
  if (!conn) return later(c);
  conn.writeText("ping");
  const got = conn.read(piece);
  mw.info(text(piece.subarray(0, got)));
  conn.close();

  if (!mw.send('{"relay": "archive", "from": "a@x", "to": ["b@x"], "body": "message"}')) return later(c);
  return mw.accept();
}

function beforeTask(): i32 {
  return mw.report().includes("too many") ? mw.stop("a person has to look") : mw.noOpinion();
}

function told(): i32 {
  mw.info(mw.taskName() + " " + mw.runID() + " " + mw.dryRun().toString() + " " + mw.report().length.toString());
  return mw.accept();
}

function onError(f: mw.Failure): i32 {
  const m = f.message;
  if (m) return mw.skip([f.stage, f.kind, f.text, f.attempt.toString(), m.uid.toString()].join(" "));
  return mw.defer("later");
}

export function filter_message(): i32 {
  mw.begin();
  return mw.end(filterMessage(new mw.Message()));
}
export function map_flags(): i32 {
  mw.begin();
  return mw.end(mapFlags(new mw.FlagSet()));
}
export function rewrite_message(): i32 {
  mw.begin();
  return mw.end(rewriteMessage(new mw.Rewrite()));
}
export function message_key(): i32 {
  mw.begin();
  return mw.end(messageKey(new mw.Key()));
}
export function on_conflict(): i32 {
  mw.begin();
  return mw.end(onConflict(new mw.Conflict()));
}
export function after_message(): i32 {
  mw.begin();
  return mw.end(afterMessage(new mw.Copied()));
}
export function before_task(): i32 {
  mw.begin();
  return mw.end(beforeTask());
}
export function after_folder(): i32 {
  mw.begin();
  return mw.end(told());
}
export function after_task(): i32 {
  mw.begin();
  return mw.end(told());
}
export function on_error(): i32 {
  mw.begin();
  return mw.end(onError(new mw.Failure()));
}
