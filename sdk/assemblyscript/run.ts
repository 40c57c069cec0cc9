// Runs, and what goes wrong in them.
import * as abi from "./abi";
import { denied, number, text } from "./core";
import { AnyMessage } from "./mail";

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
