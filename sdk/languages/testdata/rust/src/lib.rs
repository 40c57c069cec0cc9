//! Goes through what the Rust SDK has. The probes of all languages do the same.

use mailweir::*;

fn start() -> Result<(), Error> {
    Ok(())
}

fn all(read: impl Fn(i64, &mut [u8]) -> usize) -> Vec<u8> {
    let mut out = Vec::new();
    let mut piece = [0u8; 16];
    loop {
        match read(out.len() as i64, &mut piece) {
            0 => return out,
            n => out.extend_from_slice(&piece[..n]),
        }
    }
}

fn filter_message(_: &mut (), m: &Message) -> Verdict {
    for p in m.parts() {
        let data = String::from_utf8(all(|at, to| p.read(at, to))).unwrap();
        info(&format!(
            "{}|{}|{}|{}|{}|{}|{}|{}",
            p.media_type(), p.charset(), p.disposition(), p.filename(), p.size(), p.depth(), p.is_leaf(), data
        ));
    }
    info(&m.hash()[..4]);
    Verdict::NoOpinion
}

fn map_flags(_: &mut (), f: &FlagSet) -> Opinion {
    match f.kept() {
        None => {
            f.add(&["$All", &f.target()]);
            Opinion::Accept
        }
        Some(kept) => {
            f.set(&kept.iter().map(String::as_str).collect::<Vec<_>>());
            Opinion::NoOpinion
        }
    }
}

fn rewrite_message(_: &mut (), r: &Rewrite) -> Verdict {
    if r.refusal() == "skip" {
        return Verdict::Skip("refused".into());
    }
    if r.attempt() == 0 {
        r.remove_header("x-old");
        r.set_header("Subject", "Grüße");
        r.add_header("X-Size", &r.size().to_string());
        return Verdict::Accept;
    }
    r.write(b"X: 1\r\n");
    r.write(&all(|at, to| r.read(at, to)));
    Verdict::NoOpinion
}

fn message_key(_: &mut (), k: &Key) -> Opinion {
    if k.at_target() {
        k.set(&k.header("subject").unwrap_or_default());
    }
    Opinion::NoOpinion
}

fn on_conflict(_: &mut (), c: &Conflict) -> ConflictVerdict {
    let there = c.there();
    if there.uid().is_none() {
        return ConflictVerdict::Copy("unknown".into());
    }
    if there.has("$DRAFT") {
        return ConflictVerdict::Replace("a draft".into());
    }
    if there.size() > c.size() {
        return ConflictVerdict::Skip("larger".into());
    }
    if there.date() > c.date() {
        return ConflictVerdict::Defer("newer".into());
    }
    ConflictVerdict::NoOpinion
}

fn after_message(_: &mut (), c: &Copied) -> Verdict {
    match outside(c) {
        Ok(()) => Verdict::Accept,
        Err(why) => {
            c.retry_after(90_000);
            Verdict::Defer(why.to_string())
        }
    }
}

fn outside(c: &Copied) -> Result<(), Error> {
    let r = Door::http(&format!(
        r#"{{"method": "POST", "url": "https://x.example/", "headers": {{"Idempotency-Key": {}}}, "body": "written"}}"#,
        json(&c.once_key())
    ))?;
    r.write(format!("uid={}", c.stored().uid().unwrap_or(0)).as_bytes())?;
    let status = r.status()?;
    info(&format!("{} {} {}", status, r.header("server").unwrap_or_default(), r.read_all()?.len()));
    let n = kv::add("n", 2)?;
    let no = kv::cas("n", b"1", b"x")?;
    let yes = kv::cas("n", b"2", b"9")?;
    let v = String::from_utf8(kv::get("n")?.unwrap()).unwrap();
    info(&format!("{} {} {} {} {}", n, no, yes, v, kv::get("none")?.is_some()));
    let conn = Door::tcp(r#"{"address": "clamd:3310"}"#)?;
    conn.write(b"ping")?;
    info(&String::from_utf8(conn.read_all()?).unwrap());
    send(r#"{"relay": "archive", "from": "a@x", "to": ["b@x"], "body": "message"}"#)
}

fn before_task(_: &mut (), r: &Run) -> Result<RunVerdict, Error> {
    if r.report().contains("too many") {
        return Ok(RunVerdict::Stop("a person has to look".into()));
    }
    Ok(RunVerdict::NoOpinion)
}

fn told(_: &mut (), r: &Run) -> Opinion {
    info(&format!("{} {} {} {}", task_name(), run_id(), dry_run(), r.report().len()));
    Opinion::Accept
}

fn on_error(_: &mut (), f: &Failure) -> RunVerdict {
    match f.message() {
        Some(m) => RunVerdict::Skip(format!("{} {} {} {} {}", f.stage(), f.kind(), f.text(), f.attempt(), m.uid())),
        None => RunVerdict::Defer("later".into()),
    }
}

mailweir::plugin! {
    start: start -> (),
    filter_message: filter_message,
    map_flags: map_flags,
    rewrite_message: rewrite_message,
    message_key: message_key,
    on_conflict: on_conflict,
    after_message: after_message,
    before_task: before_task,
    after_folder: told,
    after_task: told,
    on_error: on_error,
}
